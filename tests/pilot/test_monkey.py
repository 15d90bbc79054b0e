"""A thousand random keys; scripts/monkey_app.py plays for longer."""

from __future__ import annotations

import monkey_app


async def test_a_thousand_random_keys_crash_nothing_and_leave_the_library_whole(capsys):
    await monkey_app.run(seed=7, keys=1_000)
    assert "no crash" in capsys.readouterr().out

"""Two hundred hostile texts in every field, in every pane: nothing crashes, acts, or reaches the terminal raw."""

from __future__ import annotations

import re

from denju.testing import FakeStudent
from denju.values import Strategy
from denju_tui.actions import PANES
from hostile import HOSTILE

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LISTS = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")


def strategy(text: str, number: int, prefix: str = "st") -> Strategy:
    """``text`` in every field that holds text."""
    return Strategy.from_dict(
        {
            "id": f"{prefix}_{number:012x}",
            "title": f"{text} late line",
            "situation": f"{text} parts late",
            "language": "en",
            **{name: [f"{text} {name}"] for name in LISTS},
            "why": text,
            "origin": {"kind": "import", "by": text, "model": text},
            "check": {"never": ["x" + re.escape(text)]},
            "unknown": text,
        }
    )


def prepare(workbench):
    """Each serves in a revision of its own; every tenth waits as a draft too."""
    workbench.library.merge([strategy(text, number) for number, text in enumerate(HOSTILE)], approved_by="[red")
    workbench.library.add([strategy(text, number, "dr") for number, text in enumerate(HOSTILE[::10])])


async def test_every_field_in_every_pane(opened):
    async with opened(FakeStudent([f"Answer {text} end" for text in HOSTILE[::20]]), prepare=prepare) as app:

        def check():
            assert not RAW.search("".join(app.lines))
            assert not app.app._exit

        for start in range(0, len(HOSTILE), 50):
            await app.pilot.press("ctrl+n")
            app.pane.facts_box.text = "\n".join(HOSTILE[start : start + 50])
            await app.ask("The parts are late\n" + "\n".join(HOSTILE[start : start + 50]))
            check()
        for pane in PANES:
            await app.app.action_pane(pane)
            await app.pilot.pause(0.05)
            check()
        library = app.app.library_pane
        await app.app.action_pane("library")
        await app.until(lambda: library.loaded)
        table = library.query_one("StrategyTable")
        for index in range(len(HOSTILE)):
            table.chosen = index
            await app.pilot.pause()
            check()
        for size in ((80, 24), (60, 15), (120, 40)):
            await app.pilot.resize_terminal(*size)
            await app.pilot.pause()
            check()

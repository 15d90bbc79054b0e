"""What the teacher costs when nobody asks it: nothing is loaded, in a clean process."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROOMS = ("denju.learning", "denju.teacher", "denju.egress", "httpx2", "google.", "genai_prices")
ASK = "import sys; from denju_tui.__main__ import main; main(['ask', '部品に傷', '--max-tokens', '2'])"
APP = "import denju_tui.app; from denju.workbench import Workbench; Workbench().settings"


@pytest.mark.parametrize("code", [ASK, APP])
def test_the_teacher_is_not_loaded_when_it_is_not_used(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True, check=True,
    )  # fmt: skip
    loaded = done.stderr.decode().splitlines()[-1].split()
    assert "denju.workbench" in loaded
    assert [name for name in loaded if name.startswith(ROOMS)] == []

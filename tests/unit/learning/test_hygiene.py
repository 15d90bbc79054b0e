"""What the teacher costs when nobody asks it: nothing is loaded, in a clean process."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROOMS = ("denju.learning", "denju.teacher", "denju.egress", "httpx2", "google.", "genai_prices")
ASK = "from denju_tui.__main__ import main; code = main(['ask', '部品に傷', '--max-tokens', '2'])"
APP = "import denju_tui.app; from denju.workbench import Workbench; Workbench().settings; code = 0"


@pytest.mark.parametrize(("use", "needed"), [(ASK, "denju.answering.ask"), (APP, "denju.workbench")])
def test_the_teacher_is_not_loaded_when_it_is_not_used(use: str, needed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{use}; import sys; print(*sys.modules, file=sys.stderr); sys.exit(code)"],
        capture_output=True, check=True,
    )  # fmt: skip
    loaded = done.stderr.decode().splitlines()[-1].split()
    assert needed in loaded
    assert [name for name in loaded if name.startswith(ROOMS)] == []

"""What the app does without until somebody needs it."""

from __future__ import annotations

import subprocess
import sys

from denju_tui.actions import PANES

HEAVY = {"pydantic", "tinydb", "httpx2", "httpx", "numpy", "ctransformers", "typer", "tomlkit", "yaml", "rank_bm25"}


def test_the_app_and_its_first_pane_load_nothing_heavy():
    code = "import sys, denju_tui.app, denju_tui.screens.ask, denju_tui.screens.introduction; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & HEAVY == set()
    assert not any(f"denju_tui.screens.{pane}" in loaded for pane in PANES if pane != "ask")

"""Commands run for real, in this process: what a process of its own shows besides is tested in test_processes.py."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from commands import Denju, Done
from denju.paths import Paths
from denju.values import Turn
from denju.workbench import Workbench
from denju_tui.__main__ import main
from denju_tui.locale import texts

CRASHED = tuple(texts(language).raw("common.unexpected").partition("{")[0] for language in ("en", "ja"))
"""How the line about an error that is none of ours begins."""


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter library and its index, made once."""
    folder = tmp_path_factory.mktemp("seeded") / "denju"
    with Workbench(paths=Paths(data=folder, config=folder), environ={}) as workbench:
        workbench.search.search([Turn("customer", "傷")], language="ja")
    return folder


@pytest.fixture
def home(seeded: Path, isolated: Path) -> Path:
    """``DENJU_HOME`` with the starter library in it."""
    return Path(shutil.copytree(seeded, isolated / "denju"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Denju:
    """Run a command in the home as it is and take what it printed; it crashes only where ``crashes`` says so."""

    def command(*arguments: str, stdin: bytes = b"", crashes: bool = False) -> Done:
        capfd.readouterr()
        with tempfile.TemporaryFile() as file:
            file.write(stdin)
            file.seek(0)
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file, encoding="utf-8"))
            code = main(arguments)
        done = Done(code, *capfd.readouterr())
        assert "Traceback" not in done.out + done.err
        assert crashes == any(line.startswith(CRASHED) for line in done.err.splitlines()), done.err
        return done

    return command


@pytest.fixture
def denju(home: Path, run: Denju) -> Denju:
    """Run a command in a home with the starter library and take what it printed."""
    return run

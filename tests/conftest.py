"""Every test runs in a home of its own, without network, and without the developer's settings, locale and terminal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

_OURS = ("DENJU_", "LC_", "XDG_")
_TERMINALS = ("LANG", "LANGUAGE", "NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "TMUX", "SSH_CONNECTION", "SSH_TTY")

# On a busy machine an example takes as long as it takes.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
# Started in the background, the tests would hand an ignored Ctrl-C on to every command they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's home; ``DENJU_HOME`` and the student's slot lie below it. Sockets are closed by pytest-socket."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name in _TERMINALS:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DENJU_HOME", str(home / "denju"))
    monkeypatch.setenv("DENJU_SLOT", str(home / "student.slot"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    return home


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    """The machine's clock is Tokyo's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()

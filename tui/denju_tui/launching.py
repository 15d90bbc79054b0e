"""Commands that outlive the app: each a process of its own, in a session of its own, with the app's settings."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from denju.text import clean
from denju.values import now

if TYPE_CHECKING:
    from denju.settings import Settings

_MOST_SAID = 10_000
"""Bytes of the end of what a command said."""


class Launched:
    """One of these commands, as long as the app is there to look after it."""

    def __init__(self, pid: int, arguments: Sequence[str], said: int) -> None:
        """``said`` is the descriptor of what its stderr is written to; it is closed with this object."""
        self.pid, self.arguments, self._said = pid, arguments, said
        self.began = now()
        self._code: int | None = None
        weakref.finalize(self, os.close, said)

    def code(self) -> int | None:
        """Its exit code; ``None`` while it runs."""
        if self._code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # another look came first
                return self._code
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does; nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):  # another look saw its end first
            if self.code() is None:
                os.kill(self.pid, signal.SIGINT)

    def said(self) -> str:
        """What it said last on stderr, in its own lines."""
        start = max(0, os.fstat(self._said).st_size - _MOST_SAID)
        return clean(os.pread(self._said, _MOST_SAID, start).decode("utf-8", "replace")).strip()


def launch(arguments: Sequence[str], settings: Settings, language: str) -> Launched:
    """Start ``denju`` with these arguments; what the app was given besides the settings' file goes with them.

    Raises:
        OSError: no process, or no file for what it says.
    """
    environ = {**os.environ, **settings.given(), "DENJU_PERSON_LANGUAGE": language}
    said, name = tempfile.mkstemp(prefix="denju-")
    os.unlink(name)
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "denju_tui", *arguments],  # -P: what lies in the folder is not imported
            environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing, 0),
                (os.POSIX_SPAWN_DUP2, nothing, 1),
                (os.POSIX_SPAWN_DUP2, said, 2),
            ],
            setsid=True,
            setsigdef=[signal.SIGHUP, signal.SIGINT, signal.SIGTERM],
        )
    except BaseException:
        os.close(said)
        raise
    finally:
        os.close(nothing)
    return Launched(pid, arguments, said)

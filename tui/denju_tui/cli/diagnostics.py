"""Narration, on stderr: the only module that writes there, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from denju.errors import DenjuError

if TYPE_CHECKING:
    from denju_tui.locale import Texts


def note(text: str) -> None:
    """One line or several of narration, cleaned."""
    from denju.text import clean

    _say(clean(text) + "\n")


class Status:
    """One line on a terminal that the next one takes the place of; nothing elsewhere."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
        self._shown = False

    def show(self, text: str) -> None:
        from denju.text import one_line

        if self.live:
            self._shown = True
            _say(f"\r\x1b[K{one_line(text)}")

    def clear(self) -> None:
        if self._shown:
            self._shown = False
            _say("\r\x1b[K")


def report(error: BaseException) -> int:
    """Tell ``error`` in plain lines, never as a traceback, and return the exit code that belongs to it."""
    from denju_tui.cli import output

    if isinstance(error, BrokenPipeError):
        # The reader of a pipe left (denju … | head): the code a shell shows for a tool that SIGPIPE ended.
        output.abandon()
        return 141
    try:
        output.finish()
    except (OSError, ValueError):
        output.abandon()
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, KeyboardInterrupt):
        _say(_texts()("common.interrupted") + "\n")
        return 130
    if isinstance(error, DenjuError):
        said = _texts().said
        note(f"denju: {said(error.what)}" + (f"\n  {said(error.hint)}" if error.hint else ""))
        return error.exit_code
    if os.environ.get("DENJU_DEBUG"):
        import traceback

        _say("".join(traceback.format_exception(error)))
        return 1
    from denju.text import one_line

    reason = one_line(f"{type(error).__name__}: {error}")[:300]
    note(_texts()("common.unexpected", reason=reason))
    return 1


def _texts() -> Texts:
    """In the language of the settings; where they cannot be read, in that of the environment."""
    from denju.paths import Paths
    from denju.settings import Settings
    from denju_tui.locale import interface_language, texts

    try:
        chosen = Settings.load(Paths.from_environment().settings).text("person.language")
    except DenjuError:
        chosen = os.environ.get("DENJU_PERSON_LANGUAGE", "auto")
    return texts(interface_language(chosen))


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody listens any more; what matters is on stdout and in the exit code.
        return

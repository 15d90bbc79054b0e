"""The terminal as it is: what it can draw, and how dear each byte is to it."""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from denju.settings import Settings

PATIENCE = 0.4
"""Seconds that a terminal has to say how wide a line is; one that stays silent draws it one cell wide."""
_SIGN = "─"
_ASK = f"\r{_SIGN}\x1b[6n\r\x1b[K"
"""A sign of the chrome, the question where the cursor stands now, and the line as it was."""
_REPLY = re.compile(rb"\x1b\[\d+;(\d+)R")


@dataclass(frozen=True, slots=True)
class Terminal:
    """What decides how the app draws."""

    remote: bool = False
    """Behind SSH or tmux: no animation, ten frames a second, the terminal's own colours."""
    tmux: bool = False
    ascii: bool = False
    """Box lines and blocks may be two cells wide, or not there at all."""
    colour: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, settings: Settings | None = None) -> Terminal:
        """From SSH_CONNECTION, SSH_TTY, TMUX, STY, NO_COLOR, the locale, and ``screen.terminal|signs``."""
        env = os.environ if environ is None else environ
        locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
        found = cls(
            remote=any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY")),
            tmux=bool(env.get("TMUX")),
            ascii="utf" not in locale.lower(),
            colour=not env.get("NO_COLOR"),
        )
        if settings is None:
            return found
        distance, signs = settings.text("screen.terminal"), settings.text("screen.signs")
        return replace(
            found,
            remote=found.remote if distance == "auto" else distance == "remote",
            ascii=found.ascii if signs == "auto" else signs == "ascii",
        )

    def prepare(self, environ: MutableMapping[str, str] | None = None) -> None:
        """Set what textual reads once, while it is imported; call it before that."""
        env = os.environ if environ is None else environ
        # Under the kitty key protocol some terminals lose what an input method commits.
        env.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
        if self.remote:
            env.setdefault("TEXTUAL_FPS", "10")
            env.setdefault("TEXTUAL_ANIMATIONS", "none")
            env.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")


class WidthProbe:
    """Asks the terminal how many cells a line of the chrome takes; what takes long can be done meanwhile."""

    def __init__(self, source: int = 0, target: int = 1) -> None:
        self._source, self._target = source, target
        self.typed = ""
        """What came before the answer: somebody typed while the app was starting."""

    @contextlib.contextmanager
    def asked(self) -> Iterator[WidthProbe]:
        """Ask, with echo off, and set the terminal back at the end."""
        before = termios.tcgetattr(self._source)
        tty.setcbreak(self._source, termios.TCSANOW)
        try:
            os.write(self._target, _ASK.encode())
            yield self
        finally:
            termios.tcsetattr(self._source, termios.TCSANOW, before)

    def wide(self, patience: float = PATIENCE) -> bool:
        """Whether it takes two cells; ``False`` when no answer comes within ``patience`` seconds."""
        heard, deadline = b"", time.monotonic() + patience
        while (reply := _REPLY.search(heard)) is None:
            left = deadline - time.monotonic()
            # Byte by byte: what is typed behind the answer is the app's.
            if (
                left <= 0
                or not select.select([self._source], [], [], left)[0]
                or not (byte := os.read(self._source, 1))
            ):
                self.typed = _text(heard)
                return False
            heard += byte
        self.typed = _text(heard[: reply.start()])
        return int(reply[1]) > 2


def _text(heard: bytes) -> str:
    from denju.text import clean

    return clean(heard.decode("utf-8", "ignore"))

"""The terminal as it is: what it can draw, and how dear each byte is to it."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass


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
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Terminal:
        """From SSH_CONNECTION, SSH_TTY, TMUX, DENJU_ASCII, NO_COLOR and the locale."""
        env = os.environ if environ is None else environ
        locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
        return cls(
            remote=any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX")),
            tmux=bool(env.get("TMUX")),
            ascii=env.get("DENJU_ASCII") == "1" or "utf" not in locale.lower(),
            colour=not env.get("NO_COLOR"),
        )


def prepare(environ: MutableMapping[str, str] | None = None) -> Terminal:
    """Set what textual reads once, while it is imported; call it before that."""
    env = os.environ if environ is None else environ
    terminal = Terminal.from_environment(env)
    # Under the kitty key protocol some terminals lose what an input method commits.
    env.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    if terminal.remote:
        env.setdefault("TEXTUAL_FPS", "10")
        env.setdefault("TEXTUAL_ANIMATIONS", "none")
        env.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    return terminal

"""Copying out of a terminal, where nobody answers: the ways there are, and which one it went."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from denju.paths import replaced, storage_error

_MOST_OSC52 = 74_000
"""Characters; terminals drop longer ones without a word."""
_WITHOUT_OSC52 = ("linux", "dumb", "vt", "screen")


@dataclass(frozen=True, slots=True)
class Copied:
    """Which way a copy went."""

    way: Literal["tmux", "osc52", "file"]
    file: Path | None = None
    """Where it can be read too; with ``file`` the only way."""


def copy(text: str, *, osc52: Callable[[str], object], file: Path, environ: Mapping[str, str] | None = None) -> Copied:
    """Copy ``text``: into tmux' buffer, else by OSC 52, which no terminal acknowledges, so ``file`` gets it too.

    Raises:
        StorageError: ``file`` was needed and cannot be written.
    """
    env = os.environ if environ is None else environ
    if env.get("TMUX") and _into_tmux(text):
        return Copied("tmux")
    try:
        with replaced(file) as out:
            out.write(text.encode())
    except OSError as error:
        raise storage_error(error, file) from error
    if env.get("TMUX") or env.get("TERM", "dumb").startswith(_WITHOUT_OSC52) or len(text) > _MOST_OSC52:
        return Copied("file", file)
    osc52(text)
    return Copied("osc52", file)


def _into_tmux(text: str) -> bool:
    """Whether tmux took it; ``-w`` hands it on to the terminal outside, where tmux is allowed to."""
    try:
        subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],  # noqa: S607 -- the tmux that this session runs in
            input=text.encode(),
            check=True,
            capture_output=True,
            timeout=2,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True

"""A command that ended, and how to start one as a process of its own."""

from __future__ import annotations

import errno
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PATIENCE = 180.0
"""Seconds after which what must come is taken for lost; the machine may be busy."""


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON line on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Denju = Callable[..., Done]
"""``denju("ask", "-", stdin=b"…")``"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "denju_tui", *arguments]


def environment(**changes: str | None) -> dict[str, str]:
    """The test's environment with changes; ``None`` removes a variable."""
    merged = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def shown_on(terminal: int, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What a terminal receives, piece by piece, until nobody has its other side open.

    A process from which nothing more comes is killed: waited for, it would keep its test for ever.
    """
    deadline = time.monotonic() + PATIENCE
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError as error:
            assert error.errno == errno.EIO
            return
        yield piece
    process.kill()
    raise AssertionError(f"Nothing more came within {PATIENCE:.0f} seconds: {process.args!r}")


_TERMINAL = """
import os, pty, sys
asked, typed, said = sys.argv[1].encode(), sys.argv[2].encode(), b""
def read(fd):
    global said
    data = os.read(fd, 65536)
    if asked in said + data and asked not in said:
        os.write(fd, typed)
    said += data
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[3:], read)))
"""


def at_a_terminal(asked: str, typed: str, *arguments: str, **changes: str | None) -> tuple[int, str]:
    """A real terminal, in a process of its own, where ``typed`` answers what is ``asked``: exit code and screen."""
    done = subprocess.run(
        [sys.executable, "-c", _TERMINAL, asked, typed, *command(*arguments)], capture_output=True,
        env=environment(**changes), check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.decode()

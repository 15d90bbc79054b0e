"""Terminals for tests: tmux, and a pty with just enough of a terminal behind it to read what stands on the screen."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

from denju_tui.widgets.message_box import BURST

PATIENCE = 180.0
"""Seconds after which what must come is taken for lost; the machine may be busy."""
_SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[?<=>]?)(?P<numbers>[\d;:]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bP[^\x1b]*\x1b\\"
    r"|\x1b[()][0-9A-Z]"
    r"|\x1b[=>78cDEM]"
)


_moment: dict[Path, str] | None = None
"""While a condition is looked at: the screen of each tmux, read once."""


def _holds(condition: Callable[[], object]) -> bool:
    """Whether ``condition`` holds now: all that it asks of a screen is read from one and the same."""
    global _moment  # a condition may ask several terminals
    _moment = {}
    try:
        return bool(condition())
    finally:
        _moment = None


def wait_for(condition: Callable[[], object], told: Callable[[], str]) -> None:
    """Wait until ``condition`` holds; ``told`` says what was there instead."""
    deadline = time.monotonic() + PATIENCE
    while not _holds(condition):
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


_ANSWERED = re.compile(r"\d(s,|秒、)\d+(tokens|トークン)")


def squeezed(text: str) -> str:
    """Without spaces and line ends, so that wrapping does not hide a sentence."""
    return "".join(text.split())


class Screen:
    """The characters on a terminal: moves and erasures, colours left out. ``wide`` draws lines two cells wide."""

    def __init__(self, columns: int, lines: int, *, wide: bool = False) -> None:
        self.wide = wide
        self.modes: set[str] = set()
        """Private modes that are on: ``1049``, ``25``, ``2004`` …"""
        self._rest = ""
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        """Empty, at another size."""
        self.columns, self.height, self.x, self.y = columns, lines, 0, 0
        self._cells = [[" "] * columns for _ in range(lines)]

    @property
    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self._cells]

    def feed(self, text: str) -> list[str]:
        """Take what an application wrote; what a terminal would answer to it."""
        answers, text = [], self._rest + text
        self._rest, at = "", 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
                continue
            found = _SEQUENCE.match(text, at)
            if found is None:
                self._rest = text[at:]
                break
            at = found.end()
            if final := found["final"]:
                answers += self._obey(found["private"], found["numbers"], final)
        return answers

    def _put(self, character: str) -> None:
        if character == "\r":
            self.x = 0
        elif character == "\n":
            self.y = min(self.y + 1, self.height - 1)
        elif character == "\b":
            self.x = max(self.x - 1, 0)
        elif character >= " ":
            width = 2 if self.wide and character in "─│" else cell_len(character)
            if self.x + width > self.columns:
                self.x, self.y = 0, min(self.y + 1, self.height - 1)
            row = self._cells[self.y]
            row[self.x] = character
            row[self.x + 1 : self.x + width] = [""] * (width - 1)
            self.x += width

    def _obey(self, private: str, numbers: str, final: str) -> list[str]:
        given = [int(each) if each.isdigit() else 0 for each in numbers.split(";")]
        first = given[0]
        if private == "?" and final in "hl":
            (self.modes.update if final == "h" else self.modes.difference_update)(numbers.split(";"))
            if final == "h" and first == 1049:
                self.resize(self.columns, self.height)
        elif private:
            pass
        elif final == "H":
            self.y = min(max(first, 1), self.height) - 1
            self.x = min(max(given[1] if len(given) > 1 else 1, 1), self.columns) - 1
        elif final == "G":
            self.x = min(max(first, 1), self.columns) - 1
        elif final in "ABCD":
            dx, dy = {"A": (0, -1), "B": (0, 1), "C": (1, 0), "D": (-1, 0)}[final]
            self.x = min(max(self.x + dx * max(first, 1), 0), self.columns - 1)
            self.y = min(max(self.y + dy * max(first, 1), 0), self.height - 1)
        elif final == "J" and first == 2:
            self._cells = [[" "] * self.columns for _ in range(self.height)]
        elif final == "K":
            self._cells[self.y][self.x :] = [" "] * (self.columns - self.x)
        elif final == "n" and first == 6:
            return [f"\x1b[{self.y + 1};{self.x + 1}R"]
        return []


class Read:
    """What can be read on a terminal."""

    @property
    def text(self) -> str:
        """All of it."""
        raise NotImplementedError

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds."""
        raise NotImplementedError

    def shows(self, text: str) -> bool:
        """Whether it can be read, wrapped or not."""
        return squeezed(text) in squeezed(self.text)

    def until_shows(self, text: str) -> None:
        self.until(lambda: self.shows(text))

    @property
    def answered(self) -> bool:
        """Whether an answer stands there with its last line."""
        return _ANSWERED.search(squeezed(self.text)) is not None


class Pty(Read):
    """A command on a terminal of its own, and what stands on it."""

    def __init__(
        self, command: Sequence[str], *, columns: int = 80, lines: int = 24, wide: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.screen = Screen(columns, lines, wide=wide)
        self.sent = 0
        """Bytes that the command has written."""
        self._master, slave = pty.openpty()
        self._size(columns, lines)
        # setsid makes the pty the command's controlling terminal: hang-ups and new sizes reach it, even where
        # whoever started the tests had them ignored.
        self.process = subprocess.Popen(
            ["env", "--default-signal=HUP", "setsid", "--ctty", *command],
            stdin=slave, stdout=slave, stderr=slave,
            env={**os.environ, **(environ or {})},
        )  # fmt: skip
        os.close(slave)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(columns, lines)
        self._size(columns, lines)

    def read(self, seconds: float = 0.0) -> bytes:
        """What came within ``seconds``, at once when something is there; the screen shows it already."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # nobody has the other end any more
            return b""
        self.sent += len(data)
        for answer in self.screen.feed(self._decoder.decode(data)):
            self.write(answer)
        return data

    def write(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _holds(condition):
            assert time.monotonic() < deadline, self.text
            self.read(0.05)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.lines)

    def type(self, text: str) -> None:
        """Type, wait until all of it stands there, and for as long as an Enter right behind it would not send."""
        self.write(text)
        self.until_shows(text)
        time.sleep(2 * BURST)

    def hang_up(self) -> None:
        """The line goes dead, and the command ends with it."""
        self.leave()
        self.process.wait(PATIENCE)

    def leave(self) -> None:
        """The line goes dead: the terminal's end is closed."""
        os.close(self._master)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)


class Tmux(Read):
    """One tmux server; its window has 80 columns and 24 lines unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        # Fails, and does not skip: without a real terminal this part is untested.
        assert shutil.which("tmux"), "tmux is missing; on Debian: apt-get install tmux"
        self.socket = folder / "tmux"

    def tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    @property
    def command(self) -> list[str]:
        return ["tmux", "-S", str(self.socket), "-f", "/dev/null"]

    @property
    def screen(self) -> str:
        if _moment is None:
            return self.tmux("capture-pane", "-p", check=False)
        if self.socket not in _moment:
            _moment[self.socket] = self.tmux("capture-pane", "-p", check=False)
        return _moment[self.socket]

    @property
    def text(self) -> str:
        return self.screen

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type, wait until all of it stands there, and for as long as an Enter right behind it would not send."""
        self.tmux("send-keys", "-l", text)
        self.until_shows(text)
        time.sleep(2 * BURST)

    def end(self) -> None:
        """End the server with all that runs in it."""
        self.tmux("kill-server", check=False)

    def until(self, condition: Callable[[], object]) -> None:
        wait_for(condition, lambda: self.screen)


def processes_of(home: Path, named: str) -> list[int]:
    """Processes whose denju lives in ``home`` and whose command line holds ``named``."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                environ, command = (each / "environ").read_bytes(), (each / "cmdline").read_text()
            except OSError:
                continue
            if f"DENJU_HOME={home}".encode() in environ.split(b"\0") and named in command:
                found.append(int(each.name))
    return found

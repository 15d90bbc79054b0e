"""What the app costs a terminal and its line: CPU to the first paint, bytes, and the way from a key to the screen.

Each program runs on a pty of 80 columns and 24 lines. CPU is the program's own, all its threads, to the moment its
text stands there; textual.app imported alone and an app of one word show what of it is the library's. elia and posting
take part where they are installed: they pin other versions of textual, so give them an environment of their own and
name its folder with --peers.

    python scripts/bench_terminal.py [--runs 5] [--peers FOLDER]
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from denju.values import Strategy
from denju.workbench import Workbench

PATIENCE = 120.0
QUIET = 0.4
"""Seconds without a byte after which the screen stands."""
ONE_WORD = "from textual.app import App; from textual.widgets import Static\n"
ONE_WORD += "class One(App):\n    def compose(self): yield Static('oneword')\nOne().run()"
MESSAGE = "The parts arrived two days late and our line has stopped."
REMOTE = {"SSH_CONNECTION": "203.0.113.5 50000 203.0.113.9 22"}
_STYLE = re.compile(rb"\x1b\[[\d;]*m")
_BEGUN = re.compile(rb"Agent +(?!Looking|Answering|starting|waiting|reading)[^\s\x1b]")
"""The agent's line once the answer stands there, and no longer what is being done for it."""


class Session:
    """One program on a pty."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.bytes = 0
        self._seen = b""
        unset = ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "NO_COLOR", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave,
            env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environ},
        )  # fmt: skip
        os.close(slave)

    @property
    def cpu(self) -> float:
        """Seconds that its threads ran."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in tasks) / 1e9

    def read(self, seconds: float) -> bool:
        """Take what comes within ``seconds``; whether something came."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return False
        if b"\x1b[6n" in data:
            self.write("\x1b[1;2R")
        self.bytes += len(data)
        self._seen = (self._seen + data)[-400_000:]
        return True

    def write(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, text: str) -> None:
        self._until(repr(text), lambda seen: text.encode() in seen)

    def until_answering(self) -> None:
        self._until("an answer", lambda seen: _BEGUN.search(_STYLE.sub(b"", seen)) is not None)

    def _until(self, what: str, shows: Callable[[bytes], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not shows(self._seen):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise LookupError(f"{what} did not come: {self._seen[-400:]!r}")
            self.read(0.01)

    def settle(self, seconds: float = QUIET) -> None:
        """Read until nothing has come for a while; what was seen is forgotten."""
        while self.read(seconds):
            pass
        self._seen = b""

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@dataclass(frozen=True)
class Program:
    """What is opened, and the text by which its first paint is known."""

    name: str
    command: list[str]
    text: str
    environ: dict[str, str]


def first_paint(program: Program) -> tuple[float, float]:
    """CPU and wall seconds."""
    started = time.monotonic()
    session = Session(program.command, program.environ)
    session.until(program.text)
    painted = session.cpu, time.monotonic() - started
    session.settle()
    session.end()
    return painted


def import_only() -> float:
    """CPU seconds of ``import textual.app``."""
    code = "import time, textual.app; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def line(session: Session) -> dict[str, float]:
    """Bytes a second when idle, bytes a key, and bytes a second from the first text of an answer to its end."""
    session.until("customer's message")
    session.settle(3.0)
    before = session.bytes
    time.sleep(5.0)
    session.settle()
    idle = (session.bytes - before) / 5.0
    before = session.bytes
    for letter in MESSAGE:
        session.write(letter)
        session.settle(0.15)
    key = (session.bytes - before) / len(MESSAGE)
    session.write("\r")
    session.until_answering()
    before, started = session.bytes, time.monotonic()
    session.until(" s, ")
    return {"idle": idle, "key": key, "stream": (session.bytes - before) / (time.monotonic() - started)}


def table(session: Session) -> tuple[float, float, float]:
    """In a library of 2,000, of a key in the filter: seconds to the first byte and to the last, and CPU; medians."""
    session.until("customer's message")
    session.settle(3.0)
    session.write("\x1b[13~")  # F3
    session.until(" of 2")
    session.settle(2.0)
    firsts, lasts, spent = [], [], []
    for letter in "strategy 19":
        cpu, started = session.cpu, time.monotonic()
        session.write(letter)
        while not session.read(0.001):
            pass
        firsts.append(last := time.monotonic() - started)
        while session.read(QUIET):
            last = time.monotonic() - started
        lasts.append(last)
        spent.append(session.cpu - cpu)
    return statistics.median(firsts), statistics.median(lasts), statistics.median(spent)


def seed(home: Path, many: int) -> None:
    """A home after the first run; ``many`` strategies more."""
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    with Workbench(environ={"DENJU_HOME": str(home)}) as workbench:
        base = next(each for each in workbench.library.all() if each.language == "en")
        more = [
            Strategy.from_dict({**base.to_dict(), "id": f"st_{number:012x}", "title": f"strategy {number}"})
            for number in range(many)
        ]
        workbench.library.merge(more, approved_by="bench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent, help="folder with elia and posting")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        seed(small, 0)
        environ = {"DENJU_HOME": str(small), "DENJU_SLOT": f"{folder}/slot", "HOME": folder}
        app = [sys.executable, "-m", "denju_tui"]
        denju = Program("denju", app, "customer's message", environ)
        programs = [
            Program("one word in textual", [sys.executable, "-c", ONE_WORD], "oneword", environ),
            denju,
            replace(denju, name="denju over SSH", environ=environ | REMOTE),
            *(
                Program(name, [str(options.peers / name)], text, environ)
                for name, text in (("elia", "Elia"), ("posting", "Posting"))
                if (options.peers / name).exists()
            ),
        ]
        print(f"{os.cpu_count()} cores, median of {options.runs}\n")
        print("| first paint at 80x24 | CPU ms | wall ms |\n| --- | ---: | ---: |")
        bare = statistics.median(import_only() for _ in range(options.runs))
        print(f"| import textual.app alone | {1000 * bare:.0f} | |")
        for program in programs:
            try:
                painted = [first_paint(program) for _ in range(options.runs)]
            except LookupError:
                if program.text == denju.text:
                    raise
                print(f"| {program.name} | ended before it painted | |", flush=True)  # a peer's own trouble
                continue
            cells = [statistics.median(part) for part in zip(*painted, strict=True)]
            print(f"| {program.name} | " + " | ".join(f"{1000 * cell:.0f}" for cell in cells) + " |", flush=True)
        print("\n| denju | idle B/s | a key B | streaming B/s |\n| --- | ---: | ---: | ---: |")
        for name, more in (("here", {}), ("over SSH", REMOTE)):
            session = Session(app, environ | more)
            found = line(session)
            session.end()
            print(f"| {name} | {found['idle']:.0f} | {found['key']:.0f} | {found['stream']:.0f} |", flush=True)
        seed(large, 2_000)
        session = Session(app, environ | {"DENJU_HOME": str(large)})
        first, last, spent = (1000 * each for each in table(session))
        session.end()
        print(f"\n2,000 strategies, a key in the filter: {first:.0f} ms to the first byte on the screen,", end=" ")
        print(f"{last:.0f} ms to the last, {spent:.0f} ms CPU")


if __name__ == "__main__":
    main()

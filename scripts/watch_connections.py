"""Use denju offline for a while, and list every address that it connected to.

    python scripts/watch_connections.py --minutes 10

Commands and the app, in a terminal of their own, are used in turn in a fresh home, all under ``strace -f``. Only
sockets of this machine (AF_UNIX) may be opened. Prints what was seen; exits 1 when an address of the internet was
among it, 2 when a command or the app did not end as it should. Needs strace.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = (
    "部品に傷がありました。検査はどうなっているのですか。",
    "My parts are three days late.",
    "単価を下げてください。",
)
APP_STARTS = 60.0
"""Seconds that a busy machine may take to draw the app."""


def commands(folder: Path, turn: int) -> list[tuple[list[str], int]]:
    """What a person does with commands, and the exit code of each."""
    message, rows = MESSAGES[turn % len(MESSAGES)], folder / "rows.jsonl"
    rows.write_text("".join(json.dumps({"id": str(at), "text": text}) + "\n" for at, text in enumerate(MESSAGES)))
    return [
        (["doctor"], 0),
        (["ask", message, "--max-tokens", "24"], 0),
        (["library", "list"], 0),
        (["library", "search", message], 0),
        (["review", "list"], 0),
        (["batch", "run", str(rows), str(folder / f"answers{turn}.jsonl"), "--max-tokens", "8"], 0),
        (["history", "list"], 0),
        (["teacher", "preview", message], 0),
        (["teacher", "request", f"{turn}: {message}"], 3),  # nobody says yes, so it waits
        (["teacher", "outbox", "list"], 0),
        (["teacher", "ledger", "--verify"], 0),
    ]


def use(minutes: float) -> int:
    """One turn after the other until the time is over; at least one. Returns how many commands ended wrongly."""
    until, turn, wrong = time.monotonic() + minutes * 60, 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {**os.environ, "DENJU_HOME": str(folder / "home"), "DENJU_SLOT": str(folder / "slot")}
        environ |= {"PYTHONPATH": f"{ROOT / 'core'}:{ROOT / 'tui'}", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        while turn == 0 or time.monotonic() < until:
            for arguments, code in commands(folder, turn):
                if turn and time.monotonic() > until:
                    break
                command = [sys.executable, "-m", "denju_tui", *arguments]
                done = subprocess.run(command, env=environ, capture_output=True, check=False)
                if done.returncode != code:
                    wrong += 1
                    print(f"{' '.join(arguments)}: {done.returncode}\n{done.stderr.decode()}", file=sys.stderr)
            wrong += not open_the_app(environ, MESSAGES[turn % len(MESSAGES)])
            turn += 1
    return wrong


def open_the_app(environ: dict[str, str], message: str) -> bool:
    """Ask in the app, look at each pane, and leave; whether it ended well."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    app = subprocess.Popen(
        [sys.executable, "-m", "denju_tui"],
        env=environ,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    read(leader, APP_STARTS, until=b"\xe4\xbc\x9d\xe6\x8e\x88")  # the name in the first line
    keys = ["\x1b", message, "\r", "\x1bOR", "\x1b[15~", "\x1bOQ"]  # Esc, a message, Enter, F3, F5, F2
    for key in keys:
        os.write(leader, key.encode())
        read(leader, 1.0)
    os.write(leader, b"\x11")  # Ctrl+Q
    ends = time.monotonic() + APP_STARTS
    while app.poll() is None and time.monotonic() < ends:
        read(leader, 0.2)
    if app.poll() is None:
        app.kill()
    os.close(leader)
    if app.wait() != 0:
        print(f"the app: {app.returncode}", file=sys.stderr)
    return app.returncode == 0


def read(leader: int, seconds: float, until: bytes | None = None) -> None:
    """Take what the app draws for some seconds, or until it has drawn ``until``."""
    drawn, ends = b"", time.monotonic() + seconds
    while time.monotonic() < ends and not (until and until in drawn):
        if select.select([leader], [], [], 0.1)[0]:
            try:
                drawn += os.read(leader, 65_536)
            except OSError:  # the app is gone
                return


def watched(minutes: float, trace: Path) -> int:
    """Run ``use`` under strace; prints what was connected to, and returns the exit code."""
    again = [sys.executable, __file__, "--inside", "--minutes", str(minutes)]
    strace = ["strace", "-f", "-qq", "-s", "256", "-e", "trace=connect,sendto,sendmsg,execve", "-o", str(trace), *again]
    done = subprocess.run(strace, check=False)
    calls = trace.read_text("utf-8", "replace")
    families = Counter(re.findall(r"connect\(\d+, \{sa_family=(\w+)", calls))
    abroad = [line for line in calls.splitlines() if re.search(r"sa_family=AF_INET6?\b", line)]
    programs = calls.count("execve(")
    told = ", ".join(f"{count} x {family}" for family, count in families.items()) or "none"
    print(f"{minutes:g} minutes, {programs} programs started; connections: {told}.")
    print("\n".join(abroad[:20]))
    return 1 if abroad else 2 * bool(done.returncode)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        sys.exit(bool(use(options.minutes)))
    with tempfile.TemporaryDirectory() as place:
        sys.exit(watched(options.minutes, Path(place) / "trace"))

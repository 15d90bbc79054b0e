"""Kill a process that sends a request, again and again, and look at what is left.

    PYTHONPATH=core python scripts/fault_egress.py --kills 100

Every round keeps an approved request, starts a process that sends it to a server on this machine, and kills that
process with SIGKILL: at one of the moments in which it touches a file, a lock or a socket, each in its turn, and
(``--random``) after a random time. Then the outbox is opened as the next start would do. The request must be there;
what may have arrived must not be sent again by itself, what did not leave must still be sendable; the ledger must
verify. Prints a line; exits 1 when anything was lost, sent twice, or did not verify.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from denju.egress.budget import Limits
from denju.egress.http import HttpNetwork, Network, Reply
from denju.egress.ledger import Ledger
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Request
from denju.egress.send import Door
from denju.errors import DenjuError
from denju.privacy.vault import Vault

BODY = '{"text":"納入品に傷がある"}'.encode()
TOUCHES = ("open", "os.", "fcntl.", "socket.", "tempfile.")
"""The audit events at which a process is killed."""

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
"""A kill, unlike a power cut, loses nothing that was only in memory, so the disk need not be waited for."""


@dataclass
class Found:
    """What all rounds together left behind; everything but ``kills`` and ``states`` has to stay 0."""

    kills: int = 0
    lost: int = 0
    twice: int = 0
    unverified: int = 0
    stuck: int = 0
    """Requests that could not be sent in the end, though they never left or a person said yes again."""
    unseen: int = 0
    """Requests that arrived, and neither their state nor the ledger says so."""
    states: Counter[str] = field(default_factory=Counter)
    """What the next start found."""

    @property
    def bad(self) -> int:
        return self.lost + self.twice + self.unverified + self.stuck + self.unseen


class Server:
    """Takes any request, counts it, and answers after a moment."""

    def __init__(self) -> None:
        self.taken = 0
        counting = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                counting.taken += 1
                self.rfile.read(int(self.headers["content-length"]))
                time.sleep(0.002)
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None: ...

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # whoever asked was killed
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _NoUsage:
    prompt = answer = thinking = 0


def door(place: Path) -> Door:
    limits = Limits(call_money=1)
    return Door(Outbox(place / "outbox"), Ledger(place / "ledger"), limits, HttpNetwork(False))


def send(place: Path, request: Request) -> Reply:
    def deliver(network: Network) -> Reply:
        return network.send("POST", request.url, headers={}, body=request.body, deadline=30, cancel=threading.Event())

    return door(place).send(request.id, deliver=deliver, usage=lambda _: _NoUsage, price=Price(1, 1, "test"))


def child(place: Path, request_id: str, point: int) -> None:
    """Send, and die at the ``point``-th touch (0: never, and print how many there were)."""
    request = Outbox(place / "outbox").get(request_id)
    touches = 0

    def touched(event: str, _: tuple[Any, ...]) -> None:
        nonlocal touches
        if event.startswith(TOUCHES):
            touches += 1
            if touches == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touched)
    send(place, request)
    print(touches, flush=True)


def nursery() -> None:
    """Fork a sender for every line of stdin: folder, request, point. Prints its pid, and at the end its exit code."""
    with contextlib.suppress(DenjuError):  # nobody is there: everything that a sending imports, once for all children
        HttpNetwork(False).send(
            "GET", "http://127.0.0.1:9/", headers={}, body=None, deadline=30, cancel=threading.Event()
        )
    for line in sys.stdin:
        place, request_id, point = line.split()
        if (pid := os.fork()) == 0:
            child(Path(place), request_id, int(point))
            os._exit(0)
        print("pid", pid, flush=True)
        print("end", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


class Nursery:
    """The process that forks the senders; this one cannot, because its server has threads."""

    def __init__(self) -> None:
        command = [sys.executable, __file__, "--nursery"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def run(self, place: Path, request_id: str, point: int, after: float | None = None) -> tuple[int, int]:
        """Exit code of one sender, and the number that it printed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(place, request_id, point, file=self._process.stdin, flush=True)
        printed = 0
        for line in self._process.stdout:
            match line.split():
                case ["pid", pid] if after is not None:
                    time.sleep(after)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                case ["end", code]:
                    return int(code), printed
                case [number]:
                    printed = int(number)
        raise RuntimeError("the nursery died")

    def close(self) -> None:
        self._process.communicate()


def killed_at(
    place: Path, server: Server, nursery: Nursery, found: Found, point: int, after: float | None = None
) -> None:
    """One round: killed at a touch or, with ``after``, that many seconds after the start of the sending."""
    outbox, ledger = Outbox(place / "outbox"), Ledger(place / "ledger")
    made = outbox.add(Request(provider="test", model="m", url=server.url, headers={}, body=BODY, tokens=9), Vault())
    outbox.approve(made.id, "sato")
    before = server.taken
    code, _ = nursery.run(place, made.id, point, after)
    time.sleep(0.02)  # what lay in the socket is counted by now
    found.kills += code == -signal.SIGKILL

    unknown = door(place).recover()
    try:
        request = outbox.get(made.id)
    except DenjuError:
        found.lost += 1
        return
    found.states[request.state] += 1
    found.lost += request.body != BODY
    found.unverified += not ledger.verify().ok or any(place.rglob(".*.tmp"))
    begun = any(each.get("outbox") == made.id for each in ledger.records())
    taken = server.taken - before
    found.unseen += bool(taken) and not (begun and request.state in {"sent", "unknown"})
    found.unseen += request.state == "unknown" and request not in unknown
    if request.state != "approved":  # nothing goes out again by itself
        try:
            send(place, request)
            found.twice += 1
        except DenjuError:
            found.twice += server.taken - before > taken
    if request.state == "unknown":
        outbox.approve(made.id, "sato")
    if request.state != "sent":
        try:
            send(place, request)
        except DenjuError:
            found.stuck += 1
    found.twice += server.taken - before > taken + (request.state != "sent")
    found.stuck += outbox.get(made.id).state != "sent"
    found.unverified += not ledger.verify().ok


def moments(place: Path, server: Server, nursery: Nursery) -> int:
    """How many touches one sending has."""
    outbox = Outbox(place / "outbox")
    made = outbox.add(Request(provider="test", model="m", url=server.url, headers={}, body=BODY, tokens=9), Vault())
    outbox.approve(made.id, "sato")
    code, count = nursery.run(place, made.id, 0)
    if code or not count:
        raise RuntimeError("a sending that nobody killed failed")
    return count


def killed(place: Path, kills: int, random_times: bool = False) -> Found:
    """``kills`` rounds, spread evenly over all moments of a sending, or at random times."""
    found, server, forks, dice = Found(), Server(), Nursery(), random.Random(1)
    try:
        count = moments(place / "first", server, forks)
        began = time.monotonic()
        moments(place / "second", server, forks)  # again: the first one also waited for the nursery
        takes = time.monotonic() - began
        for number in range(kills):
            fresh = place / f"round{number}"  # every file that lies there is one touch more
            if random_times:
                killed_at(fresh, server, forks, found, 0, after=dice.uniform(0, takes))
            else:
                killed_at(fresh, server, forks, found, 1 + number * count // kills)
    finally:
        forks.close()
        server.close()
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--nursery"]:
        nursery()
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--random", action="store_true", help="at random times in place of every moment in turn")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        result = killed(Path(folder), options.kills, options.random)
    print(result)
    sys.exit(bool(result.bad))

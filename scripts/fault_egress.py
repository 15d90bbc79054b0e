"""Kill a process that sends a request, again and again, and look at what is left.

    PYTHONPATH=core:scripts python scripts/fault_egress.py --kills 100

Every round keeps an approved request, starts a process that sends it to a server on this machine, and kills that
process with SIGKILL: at one of the moments in which it touches a file, a lock or a socket, each in its turn, and
(``--random``) after a random time. Then the outbox is opened as the next start would do. The request must be there;
what may have arrived must not be sent again by itself, what did not leave must still be sendable; the ledger must
verify. Prints a line; exits 1 when anything was lost, sent twice, or did not verify.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from denju.egress.budget import Limits
from denju.egress.http import HttpNetwork
from denju.egress.ledger import Ledger
from denju.egress.network import Network, Reply
from denju.egress.outbox import Outbox
from denju.egress.prices import Price
from denju.egress.request import Request
from denju.egress.send import Door
from denju.errors import DenjuError
from denju.privacy.vault import Vault
from killing import MEMORY, NURSERY, Nursery, Server, run_nursery

BODY = '{"text":"納入品に傷がある"}'.encode()


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


class _NoUsage:
    prompt = answer = thinking = 0


def door(place: Path) -> Door:
    limits = Limits(call_money=1)
    return Door(Outbox(place / "outbox"), Ledger(place / "ledger"), limits, HttpNetwork(False))


def send(place: Path, request: Request) -> Reply:
    def deliver(network: Network) -> Reply:
        return network.send("POST", request.url, headers={}, body=request.body, deadline=30, cancel=threading.Event())

    return door(place).send(request.id, deliver=deliver, usage=lambda _: _NoUsage, price=Price(1, 1, "test"))


def child(words: list[str]) -> None:
    """One sender: folder and request."""
    place, request_id = words
    send(Path(place), Outbox(Path(place) / "outbox").get(request_id))


def nursery() -> None:
    with contextlib.suppress(DenjuError):  # nobody is there: everything that a sending imports, once for all children
        HttpNetwork(False).send(
            "GET", "http://127.0.0.1:9/", headers={}, body=None, deadline=30, cancel=threading.Event()
        )
    run_nursery(child)


def killed_at(
    place: Path, server: Server, nursery: Nursery, found: Found, point: int, after: float | None = None
) -> None:
    """One round: killed at a touch or, with ``after``, that many seconds after the start of the sending."""
    outbox, ledger = Outbox(place / "outbox"), Ledger(place / "ledger")
    made = outbox.add(Request(provider="test", model="m", url=server.url, headers={}, body=BODY, tokens=9), Vault())
    outbox.approve(made.id, "sato")
    before = server.taken
    code, _ = nursery.run(point, place, made.id, after=after)
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
    code, count = nursery.run(0, place, made.id)
    if code or not count:
        raise RuntimeError("a sending that nobody killed failed")
    return count


def killed(place: Path, kills: int, random_times: bool = False) -> Found:
    """``kills`` rounds, spread evenly over all moments of a sending, or at random times."""
    found, server, forks, dice = Found(), Server(b"{}", pause=0.002), Nursery(__file__), random.Random(1)
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
    if sys.argv[1:] == [NURSERY]:
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

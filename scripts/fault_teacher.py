"""Kill a process between "send" and "drafted", again and again, and look at what the next start makes of it.

    PYTHONPATH=core:scripts python scripts/fault_teacher.py --kills 100

Every round keeps an approved request, starts a process that sends it to a teacher on this machine and puts the drafts
into a library, and kills that process with SIGKILL at one of the moments in which it touches a file, a lock or a
socket, at random. Then the same home is opened as the next start would do. The request must be there; an answer that
came must become its drafts without another request; what may have arrived must not be sent again without a second
yes; in the end every request has its drafts, once; the ledger must verify. Prints a line; exits 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from denju.errors import DenjuError
from denju.library.store import Library
from denju.settings import Value
from denju.values import Strategy
from denju.workbench import Workbench
from killing import MEMORY, NURSERY, Nursery, Server, run_nursery

DRAFT = {
    "title": "傷への対応", "situation": "部品に傷がある", "avoid_when": [], "priorities": ["お詫び"], "decide": [],
    "steps": ["お詫びする", "ロット番号を尋ねる"], "why": "話が続く", "cues": {"ja": ["傷があります"]},
    "reason": "要る",
}  # fmt: skip


@dataclass
class Found:
    """What all rounds together left behind; everything but ``kills`` and ``states`` has to stay 0."""

    kills: int = 0
    lost: int = 0
    """Requests that were gone."""
    twice: int = 0
    """Sent again without a second yes."""
    unread: int = 0
    """Answers that were here and did not become drafts at the next start."""
    wrong: int = 0
    """Requests that had not exactly their one draft in the end, or a draft that served by itself."""
    unverified: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def bad(self) -> int:
        return self.lost + self.twice + self.unread + self.wrong + self.unverified


def answer() -> bytes:
    """One draft, as a server that is compatible with OpenAI's says it."""
    message = {"role": "assistant", "content": json.dumps({"strategies": [DRAFT]}, ensure_ascii=False)}
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()


def opened(home: Path, url: str) -> Workbench:
    """The home, as a start of the program opens it."""
    settings: dict[str, Value] = {
        "teacher.provider": "openai",
        "teacher.model": "m",
        "teacher.base_url": url,
        "teacher.deadline": 30.0,
    }
    return Workbench(environ={"DENJU_HOME": str(home)}, overrides=settings)


def send(home: Path, url: str, request_id: str) -> None:
    for _ in opened(home, url).teach.send(request_id, threading.Event()):
        pass


def child(words: list[str]) -> None:
    """One sender: home, address and request."""
    home, url, request_id = words
    send(Path(home), url, request_id)


def nursery() -> None:
    import httpx2  # noqa: F401 - once for all children

    import denju.learning.teach
    import denju.teacher.openai  # noqa: F401

    run_nursery(child)


class Rounds:
    """One teacher, the process that forks the senders, and a home for each round."""

    def __init__(self, place: Path) -> None:
        self.teacher, self.found = Server(answer()), Found()
        self.url = f"{self.teacher.url}/v1"
        self._place, self._count = place, 0
        self._nursery = Nursery(__file__)

    def close(self) -> None:
        self._nursery.close()
        self.teacher.close()

    def touches(self) -> int:
        """How many touches one sending has that nobody kills."""
        home = self._home()
        code, count = self._nursery.run(0, home, self.url, self._kept(home))
        if code or not count:
            raise RuntimeError("a sending that nobody killed failed")
        return count

    def _home(self) -> Path:
        """A new one: in a used one every file that lies there would be one touch more."""
        self._count += 1
        home = self._place / f"round{self._count}"
        Library(opened(home, self.url).paths.library).begin([Strategy(title="傷", situation="傷", language="ja")])
        return home

    def _kept(self, home: Path) -> str:
        """A request with a yes."""
        bench = opened(home, self.url)
        request = bench.teach.keep(bench.teach.preview(bench.teach.ask(bench.case("部品に傷がある"))))
        return bench.outbox.approve(request.id, "sato").id

    def killed(self, point: int) -> None:
        """One round."""
        found, before, home = self.found, self.teacher.taken, self._home()
        request_id = self._kept(home)
        code, _ = self._nursery.run(point, home, self.url, request_id)
        found.kills += code == -signal.SIGKILL
        bench = opened(home, self.url)
        bench.teach.recover()
        try:
            request = bench.outbox.get(request_id)
        except DenjuError:
            found.lost += 1
            return
        found.states[request.state] += 1
        found.unverified += not bench.ledger.verify().ok
        found.unread += request.state == "sent" and self._drafts(bench, request.hash) != 1
        arrived = self.teacher.taken - before
        if request.state == "unknown":
            with suppress(DenjuError):  # without a second yes it must not go
                send(home, self.url, request_id)
            found.twice += self.teacher.taken - before > arrived
            bench.outbox.approve(request_id, "sato")
        if request.state != "sent":
            send(home, self.url, request_id)
        found.twice += self.teacher.taken - before > arrived + (request.state != "sent")
        found.wrong += self._drafts(opened(home, self.url), request.hash) != 1
        found.unverified += not bench.ledger.verify().ok

    @staticmethod
    def _drafts(bench: Workbench, request_hash: str) -> int:
        """How many drafts a request has; one that serves counts as many."""
        of_it = [each for each in bench.library.all() if each.origin.request == request_hash]
        return sum(1 if each.status == "draft" else 1_000 for each in of_it)


def killed(place: Path, kills: int, seed: int = 1) -> Found:
    """``kills`` rounds at random moments, spread over the whole sending."""
    rounds, dice = Rounds(place), random.Random(seed)
    try:
        touches = rounds.touches()
        for number in range(kills):
            rounds.killed(1 + int((number + dice.random()) * touches / kills))
    finally:
        rounds.close()
    return rounds.found


if __name__ == "__main__":
    if sys.argv[1:] == [NURSERY]:
        nursery()
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        result = killed(Path(folder), options.kills, options.seed)
    print(result)
    sys.exit(bool(result.bad))

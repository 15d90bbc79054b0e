"""Kill a run of learning again and again, resume it, and compare its end with that of a run that nobody killed.

    .venv/bin/python scripts/fault_learn.py --kills 50

The same plan runs twice: once undisturbed, once in processes that kill themselves with SIGKILL at random moments in
which they touch a file, a lock or a socket. In the end both libraries must be the same, byte for byte, and no call may
have come twice but those that a resume asked about and was allowed to send again. The teacher is the scripted one, the
student does as it is told. Prints a line; exits 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from denju.egress.outbox import Outbox
from denju.errors import NeedsConsent
from denju.learning.card import Card
from denju.learning.plan import Sizes
from denju.library.store import Library
from denju.settings import Value
from denju.workbench import Workbench
from killing import MEMORY, NURSERY, Nursery, run_nursery
from obedient_student import ObedientStudent
from scripted_teacher import MODEL, Domain, Scripted, Server

ASKS = 7
"""Exit code of a process whose run wants to know whether a call may be sent again."""
DOMAIN = ("start-defect-scratch",)
SIZES = Sizes(train=1, gate=7, sealed=2, turns=2)


@dataclass
class Found:
    """What came of the killed run."""

    kills: int = 0
    asked: int = 0
    """Calls that may have arrived, and were sent again with a yes."""
    calls: int = 0
    twice: int = 0
    """Calls that came more often than in the undisturbed run, without anybody being asked."""
    same: bool = False
    """Whether both libraries are the same, and hold something."""

    @property
    def bad(self) -> bool:
        return bool(self.twice) or not self.same


def opened(home: Path, url: str) -> Workbench:
    """The home, as a start of the program opens it."""
    settings: dict[str, Value] = {
        "teacher.provider": "openai", "teacher.model": MODEL, "teacher.base_url": url, "teacher.deadline": 600.0,
    }  # fmt: skip
    return Workbench(environ={"DENJU_HOME": str(home)}, overrides=settings, student=ObedientStudent())


def work(home: Path, url: str, run: str, send_again: bool) -> None:
    """Run, or go on, to the end."""
    for _ in opened(home, url).learn.run(run, threading.Event(), send_again=send_again):
        pass


def work_or_ask(words: list[str]) -> None:
    """The same in a forked process, whose exit code says where it wants to ask."""
    home, url, run, send_again = words
    try:
        work(Path(home), url, run, send_again == "1")
    except NeedsConsent:
        os._exit(ASKS)


def killed(place: Path, kills: int, span: int = 400, seed: int = 1) -> Found:
    """One run undisturbed, one killed about ``kills`` times; a process lives for ``span`` touches at most."""
    rng, found = random.Random(seed), Found()
    domain = Domain.of_starter("ja", DOMAIN)
    with Server(Scripted(domain)) as server:
        whole, torn = place / "whole", place / "torn"
        workbench = opened(whole, server.url)
        Library(workbench.paths.library).begin([])
        run = workbench.learn.plan(card=Card.from_dict(domain.card()), sizes=SIZES, seed=seed).id
        workbench.learn.agree(run, "sato")
        shutil.copytree(whole, torn)
        work(whole, server.url, run, send_again=False)
        expected = Counter(server.requests)
        server.requests.clear()
        nursery, code = Nursery(__file__), -signal.SIGKILL
        allowed: Counter[bytes] = Counter()
        while code:
            point = rng.randint(1, span) if found.kills < kills else 0
            code, _ = nursery.run(point, torn, server.url, run, int(code == ASKS))
            if code == -signal.SIGKILL:
                found.kills += 1
            elif code == ASKS:
                found.asked += 1
                allowed.update(_unknown(torn, run))
            elif code:
                raise SystemExit(f"a process ended with {code}")
        nursery.close()
        counts = Counter(server.requests)
        found.calls = len(counts)
        found.twice = (counts - expected - allowed).total()
        ends = [Library(each / "library" / "library.json").all() for each in (whole, torn)]
    found.same = ends[0] == ends[1] and bool(ends[0])
    return found


def _unknown(home: Path, run: str) -> list[bytes]:
    """The calls that the run asks about."""
    with opened(home, "http://127.0.0.1:9/v1") as workbench:
        calls = workbench.learn.open(run).calls
    return [each.body for place in calls.iterdir() for each in Outbox(place).all() if each.state == "unknown"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument(NURSERY, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.nursery:
        run_nursery(work_or_ask)
        return 0
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        found = killed(Path(folder), options.kills)
    print(found)
    return int(found.bad)


if __name__ == "__main__":
    sys.exit(main())

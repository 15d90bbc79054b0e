"""Kill, interrupt, crowd and damage a library at length, and look at what is left of it.

    PYTHONPATH=core python scripts/fault_library.py [--kills 500] [--interrupts 500] [--changes 1000] [--flips 2000]

- kill -9 of a process that changes a library as fast as it can and reports each acknowledged change through a pipe;
- Ctrl-C at any moment of a change;
- four processes that change one strategy, each so many times;
- flipped bits and every truncation of a library of a hundred.

Prints a table each; exits 1 when a change was lost, a file unreadable or damage not told.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from denju.errors import Conflict, LibraryError
from denju.library.backups import folder_of
from denju.library.store import Library
from denju.values import Strategy

SEED = Strategy(title="部品の傷", situation="納入品に傷がある", steps=("お詫びする", "ロット番号を尋ねる"))
FORM_1 = Path(__file__).parents[1] / "tests" / "data" / "library-form1.json"
"""A library as the first form was written."""

Acknowledged = tuple[str, int, str]
"""Id, revision and status of what a change has made."""
Write = Callable[[Library], Iterator[Acknowledged]]


def adding(library: Library) -> Iterator[Acknowledged]:
    """Adds one strategy after another."""
    while True:
        (added,) = library.add([SEED])
        yield added.id, added.revision, added.status


def revising(library: Library) -> Iterator[Acknowledged]:
    """Revises one strategy again and again."""
    newest = library.all()[0]
    while True:
        newest = library.revise(replace(newest, why=f"{newest.revision}"), base_revision=newest.revision)
        yield newest.id, newest.revision, newest.status


def approving(library: Library) -> Iterator[Acknowledged]:
    """Revises and approves one strategy again and again; what is approved is the newest revision."""
    newest = library.all()[0]
    while True:
        draft = library.revise(replace(newest, why=f"{newest.revision}"), base_revision=newest.revision)
        newest = library.review(draft.id, revision=draft.revision, verdict="approved", by="sato", why="ok")
        yield newest.id, newest.revision, newest.status


def importing(library: Library) -> Iterator[Acknowledged]:
    """Imports five strategies at once, again and again; they come all or not at all."""
    number = library.generation * 1_000
    while True:
        number += 1
        library.merge([replace(SEED, id=f"im_{number}_{part}") for part in range(5)])
        yield f"im_{number}_4", 1, "draft"


WRITERS: dict[str, Write] = {"add": adding, "edit": revising, "approve": approving, "import": importing}


@dataclass
class Found:
    """What was left after all rounds of one kind of write."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    unreadable: int = 0
    torn: int = 0
    """Imports of which a part came; files whose digest does not fit."""


def killed(write: Write, path: Path, kills: int, chance: random.Random, *, again: bytes | None = None) -> Found:
    """Kill ``kills`` writing processes on the library ``path``.

    Each goes on from what the one before left; with ``again``, each begins with a file of these bytes.
    """
    found = Found()
    Library(path).begin([replace(SEED, id="st_first")])
    seconds = seconds_a_change(path)
    for _ in range(kills):
        if again is not None:
            path.write_bytes(again)
            for each in folder_of(path).glob("*"):
                each.unlink()
        acknowledged = _round(write, path, chance.uniform(0, max(0.03, 4 * seconds)))
        found.kills += 1
        found.acknowledged += len(acknowledged)
        try:
            library = Library(path)
            revisions = [each for name in library.all() for each in library.revisions(name.id)]
            present = {(each.id, each.revision, each.status) for each in revisions}
        except LibraryError:
            found.unreadable += 1
            continue
        found.lost += sum(each not in present for each in acknowledged)
        imports = sum(name.startswith("im_") for name, *_ in present)
        found.torn += bool(library.notice) + bool(imports % 5)
        if len(present) > 300:  # looked through, and what follows is quicker in a small one
            path.unlink()
            Library(path).begin([replace(SEED, id="st_first")])
    return found


def seconds_a_change(path: Path) -> float:
    """How long a change takes here and now, so that the moment of the fault falls into one."""
    begun = time.monotonic()
    Library(path).add([replace(SEED, id="")])
    return time.monotonic() - begun


def _round(write: Write, path: Path, seconds: float) -> list[Acknowledged]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            library = Library(path)
            os.write(writer, b"ready\n")
            for name, revision, status in write(library):
                os.write(writer, f"{name} {revision} {status}\n".encode())
        os._exit(1)
    os.close(writer)
    with open(reader, "rb") as pipe:
        pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines = list(pipe)
    _, ended = os.waitpid(child, 0)
    if not os.WIFSIGNALED(ended):
        raise RuntimeError("the writing process ended by itself")
    return [(name, int(revision), status) for name, revision, status in (line.decode().split() for line in lines)]


def together(path: Path, processes: int, changes: int) -> tuple[int, int]:
    """Let ``processes`` count in one strategy, ``changes`` times each; returns the changes lost and the errors."""
    Library(path).add([replace(SEED, id="st_1", extra={"count": 0})])
    children = [_counting(path, changes) for _ in range(processes)]
    errors = sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)
    newest = Library(path).get("st_1")
    assert newest.revision == newest.extra["count"] + 1, "each change is a revision"
    return processes * changes - int(newest.extra["count"]), errors


def _counting(path: Path, times: int) -> int:
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            count(Library(path), times)
            os._exit(0)
        os._exit(1)
    return child


def count(library: Library, times: int) -> None:
    """Add one to the number in ``st_1``, ``times`` times; a conflict is looked at and tried again."""
    while times:
        newest = library.get("st_1")
        with suppress(Conflict):
            library.revise(replace(newest, extra={"count": newest.extra["count"] + 1}), base_revision=newest.revision)
            times -= 1


@dataclass
class Interrupted:
    """What was left after all interrupts."""

    interrupts: int = 0
    acknowledged: int = 0
    unreadable: int = 0
    astray: int = 0
    """Times that memory was not what the disk said, or an acknowledged change was missing."""


def interrupted(path: Path, times: int, chance: random.Random) -> Interrupted:
    """Change the library until Ctrl-C came ``times`` times, at random moments of a change."""
    library = Library(path)
    library.add([replace(SEED, id="st_first")])
    seconds = seconds_a_change(path)
    found = Interrupted()
    known: set[str] = set()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        while found.interrupts < times:
            if len(library.all()) > 100:  # a small file keeps the moments that matter likely
                library.path.unlink()
                library = Library(path)
                known.clear()
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 2 * seconds))
                (added,) = library.add([replace(SEED, id="")])
                known.add(added.id)
                found.acknowledged += 1
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                found.interrupts += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            try:
                there = Library(path).all()
            except LibraryError:
                found.unreadable += 1
                continue
            found.astray += library.all() != there or not known <= {each.id for each in there}
    finally:
        signal.signal(signal.SIGALRM, before)
    return found


def undetected(path: Path, flips: int, chance: random.Random, *, step: int = 1) -> tuple[int, int]:
    """Flip ``flips`` bits, one at a time, and cut at every ``step``-th byte; returns how many went unnoticed."""
    Library(path).begin([replace(SEED, id=f"st_{number}") for number in range(100)])
    good = path.read_bytes()
    silent_flips = 0
    for bit in chance.sample(range(len(good) * 8), flips):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        silent_flips += _is_unnoticed(path, bytes(flipped))
    return silent_flips, sum(_is_unnoticed(path, good[:size]) for size in range(0, len(good), step))


def _is_unnoticed(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    library = Library(path)
    try:
        return library.notice is None
    except LibraryError:
        return False


def main() -> int:
    """Run everything; 1 when anything was lost, unreadable or not told."""
    parser = argparse.ArgumentParser(description="Kill, interrupt, crowd and damage a library.")
    parser.add_argument("--kills", type=int, default=500, help="kills for each kind of write")
    parser.add_argument("--interrupts", type=int, default=500)
    parser.add_argument("--changes", type=int, default=1_000, help="changes by each of four processes")
    parser.add_argument("--flips", type=int, default=2_000)
    parser.add_argument("--step", type=int, default=1, help="bytes between two truncations")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad = _print_kills(folder, arguments.kills, chance)
        stopped = interrupted(folder / "interrupted" / "library.json", arguments.interrupts, chance)
        print(
            f"\nCtrl-C: {stopped.interrupts:,} times, {stopped.acknowledged:,} acknowledged, "
            f"{stopped.unreadable} unreadable, {stopped.astray} astray",
            flush=True,
        )
        lost, errors = together(folder / "together" / "library.json", 4, arguments.changes)
        print(f"4 processes, {arguments.changes:,} changes each: {lost} lost, {errors} errors", flush=True)
        path = folder / "damaged" / "library.json"
        flips, cuts = undetected(path, arguments.flips, chance, step=arguments.step)
        print(f"{arguments.flips:,} flipped bits: {flips} not told; every truncation: {cuts} not told")
    return 1 if bad or stopped.unreadable or stopped.astray or lost or errors or flips or cuts else 0


def _print_kills(folder: Path, kills: int, chance: random.Random) -> bool:
    print("| write | kills | acknowledged | lost | unreadable | torn |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    bad = False
    for name, write in [*WRITERS.items(), ("migrate", adding)]:
        again = FORM_1.read_bytes() if name == "migrate" else None
        found = killed(write, folder / name / "library.json", kills, chance, again=again)
        numbers = (found.kills, found.acknowledged, found.lost, found.unreadable, found.torn)
        print(f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |", flush=True)
        bad = bad or bool(found.lost or found.unreadable or found.torn)
    return bad


if __name__ == "__main__":
    sys.exit(main())

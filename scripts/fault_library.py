"""Kill a writing process, again and again, and look at what is left of its library.

    PYTHONPATH=core python scripts/fault_library.py --kills 500

Every round forks a process that changes a library as fast as it can and reports each acknowledged change through a
pipe; it is killed with SIGKILL after a random moment. Then the library must be readable, whole and hold every
acknowledged change. Prints a table; exits 1 when a change was lost or a file was unreadable.
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

from denju.errors import LibraryError
from denju.library.jsonl import Parcel, bring_in
from denju.library.store import Library
from denju.values import Strategy

SEED = Strategy(title="部品の傷", situation="納入品に傷がある", steps=("お詫びする", "ロット番号を尋ねる"))


def adding(library: Library) -> Iterator[tuple[str, int]]:
    """Adds one strategy after another; yields id and revision of what was acknowledged."""
    while True:
        (added,) = library.add([SEED])
        yield added.id, added.revision


def revising(library: Library) -> Iterator[tuple[str, int]]:
    """Revises one strategy again and again."""
    newest = library.all()[0]
    while True:
        newest = library.revise(replace(newest, why=f"{newest.revision}"), base_revision=newest.revision)
        yield newest.id, newest.revision


def approving(library: Library) -> Iterator[tuple[str, int]]:
    """Revises and approves one strategy again and again; what is approved is the newest revision."""
    newest = library.all()[0]
    while True:
        draft = library.revise(replace(newest, why=f"{newest.revision}"), base_revision=newest.revision)
        newest = library.review(draft.id, revision=draft.revision, verdict="approved", by="sato", why="ok")
        yield newest.id, newest.revision


def importing(library: Library) -> Iterator[tuple[str, int]]:
    """Imports five strategies at once, again and again; they come all or not at all."""
    number = library.generation * 1_000
    while True:
        number += 1
        parcel = tuple(replace(SEED, id=f"im_{number}_{part}") for part in range(5))
        bring_in(library, Parcel(parcel, "sha256:0"), by="sato")
        yield f"im_{number}_4", 1


WRITERS = {"add": adding, "revise": revising, "approve": approving, "import": importing}


@dataclass
class Found:
    """What was left after all rounds of one kind of write."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    unreadable: int = 0
    torn: int = 0
    """Imports of which a part came; files whose digest does not fit."""


def killed(
    write: Callable[[Library], Iterator[tuple[str, int]]], path: Path, kills: int, chance: random.Random
) -> Found:
    """Kill ``kills`` writing processes on the library ``path``; each goes on from what the one before left."""
    found = Found()
    Library(path).begin([replace(SEED, id="st_first")])
    for _ in range(kills):
        acknowledged = _round(write, path, chance.uniform(0, 0.03))
        found.kills += 1
        found.acknowledged += len(acknowledged)
        try:
            library = Library(path)
            present = {(each.id, each.revision) for name in library.all() for each in library.revisions(name.id)}
        except LibraryError:
            found.unreadable += 1
            continue
        found.lost += sum(each not in present for each in acknowledged)
        imports = sum(name.startswith("im_") for name, _ in present)
        found.torn += bool(library.notice) + bool(imports % 5)
    return found


def _round(write: Callable[[Library], Iterator[tuple[str, int]]], path: Path, seconds: float) -> list[tuple[str, int]]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            for name, revision in write(Library(path)):
                os.write(writer, f"{name} {revision}\n".encode())
        os._exit(1)
    os.close(writer)
    with open(reader, "rb") as pipe:
        first = pipe.readline()  # it is writing now
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines = [first, *pipe]
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the writing process ended by itself")
    return [(name, int(revision)) for name, revision in (line.decode().split() for line in lines)]


def main() -> int:
    """Run every kind of write; 1 when anything was lost."""
    parser = argparse.ArgumentParser(description="Kill writing processes and look at what is left.")
    parser.add_argument("--kills", type=int, default=500, help="kills for each kind of write")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| write | kills | acknowledged | lost | unreadable | torn |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    good = True
    for name, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = killed(write, Path(folder) / "library.json", arguments.kills, random.Random(arguments.seed))
        numbers = (found.kills, found.acknowledged, found.lost, found.unreadable, found.torn)
        print(f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |", flush=True)
        good = good and not (found.lost or found.unreadable or found.torn)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""The machine's slot, with real processes: one at a time, in order, and a dead holder gives it back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from denju.errors import StudentBusy
from denju.student.slot import Slot, slot_path

HOLDER = """
import sys, threading
from pathlib import Path
from denju.student.slot import Slot
slot = Slot(Path(sys.argv[1]))
for place in slot.acquire(threading.Event(), patience=60):
    print(place, flush=True)
print("held", flush=True)
sys.stdin.readline()
"""

Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start(slot: Path) -> Iterator[Start]:
    """Starts processes that take the slot, say their place and then "held", and leave it on a line of input."""
    started: list[subprocess.Popen[str]] = []

    def one() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(slot)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_three_take_turns_in_order_and_a_killed_holder_gives_way(start: Start) -> None:
    first = start()
    assert said(first) == "held"
    second = start()
    assert said(second) == "1"
    third = start()
    assert said(third) == "2"
    first.kill()
    assert said(second) == "held"
    assert said(third) == "1"
    fourth = start()
    assert said(fourth) == "2"
    third.kill()  # one that waits may go too
    second.communicate("\n")
    while (line := said(fourth)) == "1":
        pass
    assert line == "held"


def test_waiting_is_cancelled_and_gives_the_place_up(start: Start, slot: Path) -> None:
    holder = start()
    assert said(holder) == "held"
    cancel, mine = threading.Event(), Slot(slot)
    waiting = mine.acquire(cancel, patience=60)
    assert next(waiting) == 1
    behind = start()
    assert said(behind) == "2"
    cancel.set()
    assert list(waiting) == []
    assert said(behind) == "1"


def test_a_holder_that_never_ends_is_told(start: Start, slot: Path) -> None:
    assert said(start()) == "held"
    with pytest.raises(StudentBusy, match="1 in front"):
        list(Slot(slot).acquire(threading.Event(), patience=0.1))


def test_a_removed_file_does_not_make_two_holders(start: Start, slot: Path) -> None:
    assert said(start()) == "held"
    slot.unlink()
    assert said(start()) == "held"  # nothing else is possible
    mine = Slot(slot)
    assert next(mine.acquire(threading.Event(), patience=1)) == 1
    mine.release()


def test_the_file_is_for_all_users_and_nothing_else_is_opened(slot: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        mine = Slot(slot_path())
        assert list(mine.acquire(threading.Event(), patience=1)) == []
        mine.release()
    finally:
        os.umask(before)
    assert slot.stat().st_mode & 0o777 == 0o666
    assert slot.read_bytes() == b""
    for wrong in (tmp_path, tmp_path / "link", tmp_path / "no" / "folder", tmp_path / "fifo"):
        if wrong.name == "link":
            wrong.symlink_to(slot)
        if wrong.name == "fifo":
            os.mkfifo(wrong)
        with pytest.raises(StudentBusy, match="slot"):
            list(Slot(wrong).acquire(threading.Event(), patience=1))

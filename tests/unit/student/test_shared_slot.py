"""Several students of one process in the machine's slot; another process gets it before the next answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from denju.student.shared_slot import SharedSlot
from unit.student.test_slot import HOLDER, said


@pytest.fixture
def other(slot: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(slot)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def test_two_answer_at_once_and_a_person_goes_before_the_next_row(slot: Path, other: subprocess.Popen[str]) -> None:
    shared, never, order = SharedSlot(slot), threading.Event(), list[str]()
    with shared.turn(never):
        assert said(other) == "1"  # it waits behind us
        entered = threading.Event()

        def second() -> None:
            with shared.turn(never):
                order.append("row")
                entered.set()

        row = threading.Thread(target=second)
        row.start()
        assert not entered.wait(0.2)  # a person waits: no row begins
        order.append("first row ends")
    assert said(other) == "held"
    order.append("person")
    other.communicate("\n")
    row.join()
    assert order == ["first row ends", "person", "row"]
    with shared.turn(never), shared.turn(never):  # nobody waits: two at once
        pass


def test_a_wait_ends_with_the_run(slot: Path, other: subprocess.Popen[str]) -> None:
    assert said(other) == "held"
    shared, cancel = SharedSlot(slot), threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with shared.turn(cancel):
        assert cancel.is_set()
    assert shared.in_front == 0

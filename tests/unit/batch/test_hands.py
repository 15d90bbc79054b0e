"""A hand: the next prompt is made while a row is answered, and nothing of that shows in the answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from denju.answering.ask import Ask, Question
from denju.answering.batch.hands import LocalHand
from denju.answering.batch.rows import Row
from denju.errors import StudentDied
from denju.student.port import Sampling
from denju.testing import FakeStudent
from denju.values import Answer, Match, Turn
from unit.test_ask import LATE_EN, Found, Kept, Shelf, matched

NEVER = threading.Event()


@dataclass
class Counted(FakeStudent):
    """Keeps what it was asked to count."""

    counted: list[str] = field(default_factory=list)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.counted += texts
        return super().count_tokens(texts)


class Slot:
    """The machine's slot, as one that only looks on."""

    def __init__(self) -> None:
        self.log: list[str] = []

    @contextlib.contextmanager
    def turn(self, _cancel: threading.Event) -> Iterator[None]:
        self.log.append("held")
        yield
        self.log.append("free")


def hand(student: FakeStudent, slot: Slot) -> LocalHand:
    match = matched(LATE_EN)
    ask = Ask(library=Shelf(), search=Found(match), student=student, history=Kept(), sampling=Sampling(max_tokens=64))
    return LocalHand(ask, student, student.card(), slot.turn)


def row(number: int, text: str = "The parts are late") -> Row:
    turns = (Turn("customer", f"{text} {number}"),)
    return Row(number, f"r{number}", Question(turns=turns, id=f"r{number}"))


def test_a_row_is_answered_when_the_one_begun_before_it_is_done_and_holds_the_slot_only_then() -> None:
    student, slot = FakeStudent(echo=True), Slot()
    mine, match = hand(student, slot), matched(LATE_EN)
    first, second = mine.begin(row(1), match, NEVER), mine.begin(row(2), match, NEVER)
    assert (student.prompts, slot.log) == ([], [])
    answers: list[Answer] = []
    later = threading.Thread(target=lambda: answers.append(second()))
    later.start()
    later.join(0.3)
    assert later.is_alive() and slot.log == []  # it is not its turn
    answers.append(first())
    later.join()
    assert [prompt.count("late 1") for prompt in student.prompts] == [1, 0]
    assert slot.log == ["held", "free"] * 2
    assert {answer.id: answer.answer.split()[-1] for answer in answers} == {"r1": "1", "r2": "2"}
    assert all(answer.seconds < 0.2 for answer in answers)  # without the wait


def test_a_row_that_fails_before_its_turn_keeps_nobody_waiting() -> None:
    student, slot = FakeStudent(echo=True, context=300), Slot()
    mine, match = hand(student, slot), matched(LATE_EN)
    first, second = mine.begin(row(1, "late " * 1_000), match, NEVER), mine.begin(row(2), match, NEVER)
    answer = first()
    assert answer.error and answer.error["kind"] == "too_long"
    assert second().answer.endswith("2")


def test_a_stopped_run_waits_for_no_row() -> None:
    cancel = threading.Event()
    mine, match = hand(FakeStudent(echo=True), Slot()), matched(LATE_EN)
    mine.begin(row(1), match, cancel)
    second = mine.begin(row(2), match, cancel)
    cancel.set()
    assert second().finish == "cancelled"


def test_only_what_may_not_fit_is_counted_and_guidance_once() -> None:
    student = Counted(echo=True)
    mine, match = hand(student, Slot()), matched(LATE_EN)
    told = [mine.begin(row(number), match, NEVER)().tokens.prompt for number in range(3)]
    assert student.counted == []
    student.context = 400
    small = hand(student, Slot())
    assert [small.begin(row(number), match, NEVER)().tokens.prompt for number in range(3)] == told
    guidance, message = student.counted
    assert "Apologise" in guidance and message == "The parts are late 0"


def test_what_a_dead_student_had_read_is_not_told() -> None:
    student = FakeStudent([StudentDied("It ended.")])
    answer = hand(student, Slot()).begin(row(1), matched(LATE_EN), NEVER)()
    assert answer.error and answer.error["kind"] == "student_died"
    assert answer.tokens.prompt == 0
    assert len(student.prompts) == 2


@pytest.mark.parametrize("kind", ["none", "waiting"])
def test_rows_that_nothing_fits_are_answered_all_the_same(kind: str) -> None:
    student = FakeStudent(echo=True)
    assert hand(student, Slot()).begin(row(1), Match(kind), NEVER)().match == kind  # type: ignore[arg-type]

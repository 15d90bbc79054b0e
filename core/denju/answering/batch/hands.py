"""Who answers rows: each hand has a student of its own, in a process here or anywhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from denju.answering.ask import Ask
from denju.answering.batch.ahead import InTurn, Seat
from denju.answering.batch.ahead import Turn as SlotTurn
from denju.answering.batch.rows import Row
from denju.errors import UsageError
from denju.events import Event, Failed, Finished, PromptReady
from denju.student.port import Student, StudentCard
from denju.values import Answer, Match, Source, Tokens, Turn

Finish = Callable[[], Answer]
"""Answers a row that was begun: the record, one with an error among them; ``cancelled`` when the run was stopped."""


class Hand(Protocol):
    """Answers one row at a time; several hands answer at once."""

    def begin(self, row: Row, match: Match, cancel: threading.Event) -> Finish:
        """Do what can be done before it is this row's turn; another thread may be finishing the row before it.

        Rows are finished in the order in which they were begun.
        """


class LocalHand:
    """A student on this machine. While it answers a row, the prompt of the next one is made."""

    def __init__(self, ask: Ask, student: Student, card: StudentCard, turn: SlotTurn) -> None:
        """``ask`` is how to answer; its own student, search and history are not used. ``card`` is of ``student``."""
        self._ask, self._seat = replace(ask, history=Nowhere()), Seat(student, card, turn)

    def begin(self, row: Row, match: Match, cancel: threading.Event) -> Finish:
        """See ``Hand.begin``."""
        assert row.question is not None
        student = InTurn(self._seat)
        events = replace(self._ask, student=student, search=Found(match))(row.question, cancel, source="batch")
        first = next(event for event in events if isinstance(event, (PromptReady, Finished, Failed)))
        student.ready = time.monotonic()

        def finish() -> Answer:
            try:
                answer = _record(first, *events)
            finally:
                student.done.set()
            return replace(answer, seconds=answer.seconds - student.waited)

        return finish


def failed(row: Row) -> Answer:
    """The record of a row that could not be read."""
    error = row.error or UsageError("There is no message to answer.")
    return Answer(id=row.id, answer="", language="", match="off", finish="error", error=error.to_dict())


def _record(*events: Event) -> Answer:
    """The record that a use case ended with."""
    match events[-1]:
        case Finished(answer):
            return answer
        case Failed(_, Answer() as answer):
            return replace(answer, tokens=Tokens())  # what was read of the prompt is not known
    raise AssertionError("a use case ends with Finished or Failed")


@dataclass(frozen=True, slots=True)
class Found:
    """A search that is done already."""

    match: Match

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:  # noqa: ARG002
        return self.match


class Nowhere:
    """A history that keeps nothing: what is written is kept, not what was answered and lost."""

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        pass

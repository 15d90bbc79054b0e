"""Who answers rows: each hand has a student of its own, in a process here or anywhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from denju.answering.ask import Ask
from denju.answering.batch.rows import Row
from denju.errors import StudentDied, UsageError
from denju.events import Failed, Finished
from denju.student.port import Student
from denju.values import Answer, Match, Source, Turn


class Hand(Protocol):
    """Answers one row at a time; several hands answer at once."""

    def answer(self, row: Row, match: Match, cancel: threading.Event) -> Answer:
        """The record of a row, one with an error among them; ``cancelled`` when ``cancel`` was set on the way."""


@dataclass(frozen=True, slots=True)
class LocalHand:
    """A student on this machine."""

    ask: Ask
    """How to answer; its own student, search and history are not used."""
    student: Student
    turn: Callable[[threading.Event], AbstractContextManager[None]]
    """Holds the machine's student slot for one row."""

    def answer(self, row: Row, match: Match, cancel: threading.Event) -> Answer:
        """See ``Hand.answer``."""
        with self.turn(cancel):
            answer = self._answer(row, match, cancel)
            if answer.error and answer.error["kind"] == StudentDied.kind and not cancel.is_set():
                # Whatever killed its process may not do it again; what it answers does not depend on it.
                answer = self._answer(row, match, cancel)
        return answer

    def _answer(self, row: Row, match: Match, cancel: threading.Event) -> Answer:
        assert row.question is not None
        ask = replace(self.ask, student=self.student, search=Found(match), history=Nowhere())
        for event in ask(row.question, cancel, source="batch"):
            match event:
                case Finished(answer) | Failed(_, Answer() as answer):
                    return answer
        raise AssertionError("a use case ends with Finished or Failed")


def failed(row: Row) -> Answer:
    """The record of a row that could not be read."""
    error = row.error or UsageError("There is no message to answer.")
    return Answer(id=row.id, answer="", language="", match="off", finish="error", error=error.to_dict())


@dataclass(frozen=True, slots=True)
class Found:
    """A search that is done already."""

    match: Match

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5) -> Match:  # noqa: ARG002
        return self.match


class Nowhere:
    """A history that keeps nothing: what is written is kept, not what was answered and lost."""

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        pass

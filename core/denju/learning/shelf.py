"""Answers of the student with any set of strategies, approved or not: what a run tries stands in no library yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from denju.answering.ask import Ask, Question
from denju.answering.checks import run_policies
from denju.errors import Interrupted, NotFound, TooLong
from denju.events import Failed, Finished
from denju.retrieval.search import Retriever
from denju.student.port import Sampling, Student
from denju.values import Answer, Match, PolicyResult, Source, Strategy, Turn


class Shelf:
    """Strategies that serve here and nowhere else, with the search that a library has."""

    def __init__(self, strategies: Iterable[Strategy]) -> None:
        self._strategies = tuple(replace(each, status="approved") for each in strategies)

    def serving(self) -> tuple[Strategy, ...]:
        return self._strategies

    def get(self, strategy_id: str, *, revision: int | None = None) -> Strategy:
        """The strategy with this id; there is one revision of each.

        Raises:
            NotFound: there is none.
        """
        for each in self._strategies:
            if each.id == strategy_id and revision in (None, each.revision):
                return each
        raise NotFound(f"{strategy_id} is not among the strategies of this run.", "denju learn status lists them.")

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        """As a library's search."""
        return self._retriever.search(turns, language=language, limit=limit, why=why)

    @cached_property
    def _retriever(self) -> Retriever:
        return Retriever(self._strategies)


class _Nowhere:
    """A history that keeps nothing: the answers of a run are no answers to customers."""

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer, by the student or by the teacher."""

    text: str
    match: str = ""
    """As in an answer's record; empty for the teacher's."""
    strategy: str | None = None
    """Id of the strategy that was followed."""
    broken: tuple[str, ...] = ()
    """Policies that it breaks, each in words."""
    unsupported: tuple[str, ...] = ()
    """Names and numbers of its own."""
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "text": self.text, "match": self.match, "strategy": self.strategy, "broken": list(self.broken),
            "unsupported": list(self.unsupported), "error": self.error,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Attempt:
        return cls(**{**data, "broken": tuple(data["broken"]), "unsupported": tuple(data["unsupported"])})


class Desk:
    """The student at work; one answer at a time."""

    def __init__(self, student: Student, sampling: Sampling, cancel: threading.Event) -> None:
        self._student, self._sampling, self._cancel = student, sampling, cancel

    def answer(
        self, shelf: Shelf, turns: Sequence[Turn], *, strategy: str | None = None, use_strategy: bool = True
    ) -> Attempt:
        """The student's answer by the real path; ``strategy`` is an id to follow whatever the search says.

        Raises:
            Interrupted: the run is to stop.
            StudentError: the student cannot answer; only what is too long for it counts as an attempt.
        """
        ask = Ask(shelf, shelf, self._student, _Nowhere(), self._sampling)
        question = Question(tuple(turns), strategy=strategy, use_strategy=use_strategy)
        for event in ask(question, self._cancel):
            if isinstance(event, Failed):
                if isinstance(event.error, TooLong):
                    return Attempt("", error=event.error.what)
                raise event.error
            if isinstance(event, Finished):
                return self._attempt(event.answer)
        raise AssertionError("unreachable")

    def _attempt(self, answer: Answer) -> Attempt:
        if answer.finish == "cancelled":
            raise Interrupted("The run was stopped.", "It goes on with: denju learn resume")
        followed = answer.strategy.strategy.id if answer.strategy else None
        return Attempt(answer.answer, answer.match, followed, _broken(answer.policies), answer.unsupported)


def checked(text: str, policies: Iterable[Strategy]) -> Attempt:
    """A text that the student did not write, held against the policies like its own answers."""
    return Attempt(text, broken=_broken(run_policies(policies, text)))


def _broken(results: Iterable[PolicyResult]) -> tuple[str, ...]:
    return tuple(each.why for each in results if not each.ok)

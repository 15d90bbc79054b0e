"""What a front end does to get a customer answered."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from denju.values import FALLBACK_TAG, Answer, Source, Strategy, Turn

if TYPE_CHECKING:
    from denju.answering.ask import Ask
    from denju.events import Event
    from denju.library.store import Library


class AnsweringFront(ABC):
    """The answering part of the workbench."""

    @property
    @abstractmethod
    def library(self) -> Library: ...

    @abstractmethod
    def ask(self, *, seed: int = 0, max_tokens: int | None = None) -> Ask: ...

    def answer(
        self,
        turns: Sequence[Turn],
        cancel: threading.Event,
        *,
        facts: Sequence[str] = (),
        language: str | None = None,
        strategy: str | None = None,
        use_strategy: bool = True,
        strict: bool = False,
        seed: int = 0,
        max_tokens: int | None = None,
        source: Source = "ask",
    ) -> Iterator[Event]:
        """Answer a conversation, oldest turn first; the last event is Finished or Failed.

        ``strategy`` is an id to follow whatever the search says; ``source`` is what the history calls the front end.

        Raises:
            DenjuError: what must be there before an answer can begin (settings, library, student) is not.
        """
        from denju.answering.ask import Question

        question = Question(
            turns=tuple(turns), facts=tuple(facts), language=language, strategy=strategy, use_strategy=use_strategy,
            strict=strict,
        )  # fmt: skip
        return self.ask(seed=seed, max_tokens=max_tokens)(question, cancel, source=source)

    def conversation(self, value: object) -> tuple[Turn, ...]:
        """``[{"role": "customer"|"agent", "text": "…"}]`` as turns.

        Raises:
            UsageError: it is not that.
        """
        from denju.answering.batch.rows import messages

        return messages(value)

    def rechecked(self, answer: Answer, text: str, given: str) -> Answer:
        """The record with a person's ``text`` in the student's place, and what is wrong with that.

        ``given`` is the prompt, or where there was none what the person could read.

        Raises:
            LibraryError, StorageError: the library, where the policies are, cannot be read.
        """
        from denju.answering.ask import checked, in_language

        policies = [each for each in self.library.serving() if each.scope == "policy"]
        return checked(answer, text, in_language(policies, answer.language), given)

    def fallback_of(self, answer: Answer) -> Strategy | None:
        """The fallback that served, where nothing matched and a student answered.

        Raises:
            NotFound: it has been deleted since.
            LibraryError, StorageError: the library cannot be read.
        """
        if answer.match != "none" or answer.student is None:
            return None
        for used in answer.general:
            strategy = self.library.get(used.id, revision=used.revision)
            if FALLBACK_TAG in strategy.tags:
                return strategy
        return None

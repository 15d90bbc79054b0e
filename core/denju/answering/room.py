"""How much of a student's context a strategy takes, laid out as ``ask`` lays it out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from denju.answering.ask import in_language
from denju.student.port import Student
from denju.student.prompt import Guidance, build
from denju.values import FALLBACK_TAG, Strategy

_ENDLESS = 10**9
"""A context in which everything fits, so that counting never fails."""


class ContextRoom:
    """Counts with the student's own tokenizer; the student is made, and its model loaded, when it is first asked."""

    def __init__(self, student: Callable[[], Student], max_tokens: int, turn: threading.Lock) -> None:
        """``turn`` is held by whoever asks the student: a count waits for the answer that is being written."""
        self._student = student
        self._max_tokens = max_tokens
        self._turn = turn

    def context(self) -> int:
        with self._turn:
            return self._student().card().context

    def answer(self) -> int:
        return min(self._max_tokens, self.context() // 4)

    def guidance(self, strategy: Strategy, always: Sequence[Strategy]) -> int:
        """Tokens of the prompt without facts and conversation."""
        beside = [replace(strategy, status="approved"), *always] if strategy.scope != "scenario" else list(always)
        guidance = Guidance(
            language=strategy.language,
            policies=in_language([each for each in beside if each.scope == "policy"], strategy.language),
            general=in_language(
                [each for each in beside if each.scope == "general" and FALLBACK_TAG not in each.tags],
                strategy.language,
            ),
            strategy=strategy if strategy.scope == "scenario" else None,
        )
        with self._turn:
            student = self._student()
            prompt = build(
                guidance, [], template=student.card().template, count_tokens=student.count_tokens, context=_ENDLESS,
                max_tokens=1,
            )  # fmt: skip
        return prompt.tokens

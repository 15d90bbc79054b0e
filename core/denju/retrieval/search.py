"""Search: the strategy that fits a conversation, why, and whether any does.

Only what serves is given to a ``Retriever``; of that only scenario strategies are searched, in all languages. A
strategy and its translations are a group: of the group that fits best the one in the asked language serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from denju.retrieval.confidence import DEFAULT, evidence
from denju.retrieval.explanation import field_keys, matched_terms
from denju.retrieval.query import Said, query_weights, said
from denju.values import Candidate, Match, Strategy, Turn

if TYPE_CHECKING:
    from denju.retrieval.stored import Built


class Retriever:
    """The search over one state of a library. The index is built at the first search, or read from ``cache``."""

    def __init__(self, strategies: Iterable[Strategy], *, cache: Path | None = None) -> None:
        self._strategies = tuple(each for each in strategies if each.scope == "scenario")
        self._cache = cache
        self._field_keys: dict[int, dict[str, AbstractSet[str]]] = {}

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5) -> Match:
        """The strategy for the customer's last turns in ``turns``.

        ``waiting`` where the customer only greeted so far; ``none`` where no strategy reaches the threshold, with
        up to ``limit`` of those that came nearest. ``matched`` has up to ``limit - 1`` runners-up.
        """
        what = said(turns)
        if not what:
            return Match("waiting")
        query = query_weights(what)
        if not query or not self._strategies:
            return Match("none", threshold=DEFAULT.threshold)
        curve = self._built.curve
        candidates = self._candidates(what, query, language, limit)
        if candidates and candidates[0].confidence >= curve.threshold:
            return Match("matched", candidates[0], tuple(candidates[1:]), curve.threshold)
        return Match("none", None, tuple(candidates), curve.threshold)

    def _candidates(
        self, what: Sequence[Said], query: Mapping[str, float], language: str, limit: int
    ) -> list[Candidate]:
        """The best of each group, best first."""
        index, curve = self._built.index, self._built.curve
        scores = index.scores(query)
        reach = index.reach(query)
        best: dict[str, int] = {}
        for row in (-scores).argsort(kind="stable").tolist():
            if scores[row] <= 0 or len(best) == limit:
                break
            best.setdefault(self._strategies[row].group(), row)
        return [
            Candidate(
                strategy=self._in_language(group, language) or self._strategies[row],
                score=float(scores[row]),
                confidence=curve.confidence(evidence(float(scores[row]), reach)),
                terms=matched_terms(what, index.gains(query, row), self._fields(row)),
            )
            for group, row in best.items()
        ]

    def _fields(self, row: int) -> dict[str, AbstractSet[str]]:
        if row not in self._field_keys:
            self._field_keys[row] = field_keys(self._strategies[row])
        return self._field_keys[row]

    def _in_language(self, group: str, language: str) -> Strategy | None:
        return self._by_language.get((group, language))

    @cached_property
    def _by_language(self) -> dict[tuple[str, str], Strategy]:
        return {(each.group(), each.language): each for each in reversed(self._strategies)}

    @cached_property
    def _built(self) -> Built:
        from denju.retrieval.stored import opened

        return opened(self._strategies, self._cache)


def forced(strategy: Strategy) -> Match:
    """The match when a person says which strategy to follow."""
    return Match("forced", Candidate(strategy, score=0.0, confidence=1.0))

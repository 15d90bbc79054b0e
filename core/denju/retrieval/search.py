"""Search: the strategy that fits a conversation, why, and whether any does.

Only what serves is given to a ``Retriever``; of that only scenario strategies are searched, in all languages. A
strategy and its translations are a group: of the group that fits best the one in the asked language serves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from denju.retrieval.confidence import DEFAULT, evidence
from denju.retrieval.explanation import matched_terms
from denju.retrieval.query import Said, query_weights, said
from denju.values import Candidate, Match, Strategy, Turn

if TYPE_CHECKING:
    from denju.retrieval.index import Floats, Mask, Numbers
    from denju.retrieval.stored import Built


class Retriever:
    """The search over one state of a library. The index is built at the first search, or read from ``cache``.

    ``before`` is the retriever of an earlier state: what both hold is not counted again.
    """

    def __init__(
        self, strategies: Iterable[Strategy], *, cache: Path | None = None, before: Retriever | None = None
    ) -> None:
        self._strategies = tuple(each for each in strategies if each.scope == "scenario")
        self._cache = cache
        self._before = before if before is not None and "_state" in before.__dict__ else None
        self._masks: dict[tuple[frozenset[str], frozenset[str]], Mask] = {}

    def search(
        self,
        turns: Sequence[Turn],
        *,
        language: str,
        limit: int = 5,
        tags: Collection[str] = (),
        languages: Collection[str] = (),
    ) -> Match:
        """The strategy for the customer's last turns in ``turns``.

        ``waiting`` where the customer only greeted so far; ``none`` where no strategy reaches the threshold, with
        up to ``limit`` of those that came nearest. ``matched`` has up to ``limit - 1`` runners-up. With ``tags`` only
        strategies that carry all of them are searched, with ``languages`` only those written in one of them, as if
        there were no others.
        """
        what = said(turns)
        if not what:
            return Match("waiting")
        query = query_weights(what)
        if not query or not self._strategies:
            return Match("none", threshold=DEFAULT.threshold)
        calibration = self._state[0].calibration
        among = self._among(frozenset(tags), frozenset(languages))
        candidates = self._candidates(what, calibration.factors.applied(query), language, limit, among)
        threshold = calibration.curve.threshold
        if candidates and candidates[0].confidence >= threshold:
            return Match("matched", candidates[0], tuple(candidates[1:]), threshold)
        return Match("none", None, tuple(candidates), threshold)

    def _candidates(
        self, what: Sequence[Said], query: Mapping[str, float], language: str, limit: int, among: Mask | None
    ) -> list[Candidate]:
        """The best of each group, best first."""
        built, rows = self._state
        scored = built.index.score(built.index.find(query), among)
        best: dict[str, int] = {}
        for row in _best_rows(scored.scores, 4 * limit):
            group = rows[row].group()
            if len(best) < limit:
                best.setdefault(group, row)
        found = []
        for group, row in best.items():
            serving = self._rows_of.get((group, language), row)
            if among is not None and not among[serving]:
                serving = row
            score = float(scored.scores[row])
            confidence = built.calibration.curve.confidence(evidence(score, scored.reach))
            found.append(Candidate(rows[serving], score, confidence, matched_terms(what, *scored.of_row(row))))
        return found

    def _among(self, tags: frozenset[str], languages: frozenset[str]) -> Mask | None:
        """Which rows carry all of ``tags`` and are written in one of ``languages``; ``None`` for all."""
        import numpy as np

        if not tags and not languages:
            return None
        if (tags, languages) not in self._masks:
            rows = self._state[1]
            fits = (tags <= {*each.tags} and (not languages or each.language in languages) for each in rows)
            self._masks[tags, languages] = np.fromiter(fits, dtype=np.bool_, count=len(rows))
        return self._masks[tags, languages]

    @cached_property
    def _rows_of(self) -> dict[tuple[str, str], int]:
        """The row of each group in each language."""
        built, rows = self._state
        alive = built.index.alive.tolist()
        return {(each.group(), each.language): row for row, each in reversed([*enumerate(rows)]) if alive[row]}

    @cached_property
    def _state(self) -> tuple[Built, tuple[Strategy, ...]]:
        """The index, and the strategy of each of its rows: one that left still stands beside its dead row."""
        from denju.retrieval.stored import changed, digest, opened, recalibrated

        before, self._before = self._before, None
        if before is None:
            return opened(self._strategies, self._cache), self._strategies
        built, rows = before._state
        digests = [digest(each) for each in self._strategies]
        if len(set(digests)) < len(digests) or not built.index.size:
            return opened(self._strategies, self._cache), self._strategies
        present = dict(zip(digests, self._strategies, strict=True))
        known = {name for name, alive in zip(built.digests, built.index.alive.tolist(), strict=True) if alive}
        built = changed(built, self._strategies, digests)
        rows = tuple(present.get(name, old) for name, old in zip(built.digests, rows, strict=False))
        rows += tuple(each for name, each in present.items() if name not in known)
        return recalibrated(built, rows), rows


def _best_rows(scores: Floats, most: int) -> list[int]:
    """Rows with a score above 0, best first, the earlier one of two alike; about ``most``."""
    import numpy as np

    rows: Numbers = np.flatnonzero(scores)
    if len(rows) > most:
        least = np.partition(scores[rows], len(rows) - most)[len(rows) - most]
        rows = rows[scores[rows] >= least]
    best: list[int] = rows[np.argsort(-scores[rows], kind="stable")].tolist()
    return best[:most]


def forced(strategy: Strategy) -> Match:
    """The match when a person says which strategy to follow."""
    return Match("forced", Candidate(strategy, score=0.0, confidence=1.0))

"""Search: the strategy that fits a conversation, why, and whether any does.

Only what serves is given to a ``Retriever``; of that only scenario strategies are searched, in all languages. A
strategy and its translations are a group: of the group that fits best the one in the asked language serves; of two
in that language the one that fits better.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from denju.retrieval.confidence import DEFAULT, Curve, evidence
from denju.retrieval.explanation import Explanation
from denju.retrieval.query import Said, query_weights, said
from denju.values import Candidate, Match, Strategy, Turn

if TYPE_CHECKING:
    from denju.retrieval.index import Floats, Mask, Numbers
    from denju.retrieval.stored import Built


class Retriever:
    """The search over one state of a library. The index is built at the first search, or read from ``cache``.

    ``library`` is the digest of the library that ``strategies`` are all that serves of; it says at a look whether
    ``cache`` is of the same. ``before`` is the retriever of an earlier state: what both hold is not counted again.
    """

    def __init__(
        self,
        strategies: Iterable[Strategy],
        *,
        cache: Path | None = None,
        library: str = "",
        before: Retriever | None = None,
    ) -> None:
        self._strategies = tuple(each for each in strategies if each.scope == "scenario")
        self._cache = cache
        self._library = library
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
        why: bool = True,
    ) -> Match:
        """The strategy for the customer's last turns in ``turns``.

        ``waiting`` where the customer only greeted so far; ``none`` where no strategy reaches the threshold, with
        up to ``limit`` of those that came nearest. ``matched`` has up to ``limit - 1`` runners-up. With ``tags`` only
        strategies that carry all of them are searched, with ``languages`` only those written in one of them, as if
        there were no others. Without ``why`` nothing is explained, which takes a fifth of the time.
        """
        return matched(turns, lambda what, query: self._candidates(what, query, language, limit, tags, languages, why))

    def prepare(self) -> None:
        """Build now what the first search would build."""
        if self._strategies:
            self._rows_of  # noqa: B018  # kept by being asked for

    def _candidates(
        self,
        what: Sequence[Said],
        query: Mapping[str, float],
        language: str,
        limit: int,
        tags: Collection[str],
        languages: Collection[str],
        why: bool,
    ) -> tuple[list[Candidate], Curve]:
        """The best of each group, best first."""
        if not self._strategies:
            return [], DEFAULT
        built, rows = self._state
        curve = built.calibration.curve
        among = self._among(frozenset(tags), frozenset(languages))
        scored = built.index.score(
            built.calibration.factors.applied(built.index.find(built.index.widened(query))), among
        )
        best = first_of_groups(_best_rows(scored.scores, 4 * limit), lambda row: rows[row].group(), limit)
        explanation = Explanation(what if why else ())
        told = scored.of_rows(best) if why else [({}, {}) for _ in best]
        found = []
        for row, (gains, fields) in zip(best, told, strict=True):
            own = rows[row].language == language
            serving = row if own else self._rows_of.get((rows[row].group(), language), row)
            if among is not None and not among[serving]:
                serving = row
            score = float(scored.scores[row])
            confidence = curve.confidence(evidence(score, scored.reach))
            found.append(Candidate(rows[serving], score, confidence, explanation.of(gains, fields)))
        return found, curve

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
            return opened(self._strategies, self._cache, self._library), self._strategies
        built, rows = before._state
        digests = [digest(each) for each in self._strategies]
        if len(set(digests)) < len(digests) or not built.index.size:
            return opened(self._strategies, self._cache, self._library), self._strategies
        present = dict(zip(digests, self._strategies, strict=True))
        known = {name for name, alive in zip(built.digests, built.index.alive.tolist(), strict=True) if alive}
        built = changed(built, self._strategies, digests)
        rows = tuple(present.get(name, old) for name, old in zip(built.digests, rows, strict=False))
        rows += tuple(each for name, each in present.items() if name not in known)
        return recalibrated(built, rows), rows


def matched(
    turns: Sequence[Turn], candidates: Callable[[Sequence[Said], Mapping[str, float]], tuple[list[Candidate], Curve]]
) -> Match:
    """What the customer's last turns match; ``candidates`` gives those for a query, best first."""
    what = said(turns)
    if not what:
        return Match("waiting")
    query = query_weights(what)
    found, curve = candidates(what, query) if query else ([], DEFAULT)
    if found and found[0].confidence >= curve.threshold:
        return Match("matched", found[0], tuple(found[1:]), curve.threshold)
    return Match("none", None, tuple(found), curve.threshold)


def first_of_groups(rows: Iterable[int], group: Callable[[int], str], most: int) -> list[int]:
    """The first row of each group, of as many groups."""
    first: dict[str, int] = {}
    for row in rows:
        if len(first) < most:
            first.setdefault(group(row), row)
    return list(first.values())


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

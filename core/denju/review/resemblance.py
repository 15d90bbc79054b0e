"""How alike strategies are, in the terms of the search: nearly the same, found by their own cues, contradicting.

``alike`` is the BM25 score of one strategy for another's terms, as a share of the other's own score. Over the starter
library two different strategies reach 0.46 at most; a copy without its cues, or with another title, 0.73 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from denju.review.findings import Finding, quoted
from denju.values import Strategy, Turn

if TYPE_CHECKING:
    from denju.retrieval.index import Index

NEARLY_THE_SAME = 0.65
SAME_SITUATION = 0.4
"""Alike enough that the order of the steps should not be the opposite one."""
SAME_STEP = 0.8
"""Share of the lighter step's weight that stands in the other."""
FEW = 0.5
"""With less of its cues leading to itself, a strategy will not be found."""
MOST_DRAFTS = 300
"""Drafts that a strategy is held against besides all that serves."""

_FORBIDS_JA = re.compile(
    r"(?:し|さ|わ|か|て|め|べ|け|せ|れ)?(?:ない(?:こと|ように(?:する)?|でおく)?|ません|ずに(?:おく|いる)?"
    r"|てはいけない|てはならない|(?:を|は)?(?:禁止|禁止する|避ける|控える|やめる))$"
)
_FORBIDS_EN = re.compile(
    r"^(?:please )?(?:do not|don['’]t|never|avoid|refrain from|stop|no)\b\s*|^(\w+) (?:no|not)\b\s*", re.IGNORECASE
)
_DOES_JA = re.compile(r"(?<=を)(.+?)(?:する(?:こと)?|(?:し|いたし|致し)ます)$")
"""The ending of an act that names what it is done to: 「連絡する」 alone would be a part of 「連絡を忘れない」."""
_HONORIFIC = re.compile(r"[おご](?=[\u4e00-\u9fff])")


class Neighbours:
    """What a strategy is held against: all that serves, and the newest drafts of others."""

    def __init__(self, serving: Iterable[Strategy], drafts: Iterable[Strategy], *, cache: Path | None = None) -> None:
        """``cache`` is where the search keeps its index of the same library."""
        everything = tuple(serving)
        self._indexed = tuple(each for each in everything if each.scope == "scenario")
        self._beside = [each for each in everything if each.scope != "scenario"]
        self._beside += list(drafts)[-MOST_DRAFTS:]
        self._cache = cache
        self._idfs: dict[str, float] = {}
        self._last: tuple[Strategy, Mapping[str, float]] | None = None

    def like(self, strategy: Strategy) -> list[tuple[float, Strategy]]:
        """Other strategies in the same language that share terms with ``strategy``, most alike first (0 to 1)."""
        own = self._own_counts(strategy)
        most = self._score(own, own)
        if not most:
            return []
        scores = [*zip(self._index.scores(own).tolist(), self._indexed, strict=True)]
        scores += [(self._score(own, counts), each) for each, counts in self._beside_counts]
        found = [
            (min(score / most, 1.0), each)
            for score, each in scores
            if score > 0
            and each.scope == strategy.scope
            and each.language == strategy.language
            and strategy.group() not in (each.id, each.group())
            and each.group() != strategy.id
        ]
        return sorted(found, key=lambda pair: -pair[0])

    def first_for(self, cue: str, strategy: Strategy) -> Strategy | None:
        """The serving strategy that a customer who says ``cue`` would be led to instead of ``strategy``, if any."""
        from denju.retrieval.query import query_weights, said

        query = query_weights(said([Turn("customer", cue)]))
        own = self._score(query, self._own_counts(strategy))
        scores = self._index.scores(query).tolist()
        others = [
            (score, each)
            for score, each in zip(scores, self._indexed, strict=True)
            if each.group() != strategy.group() and each.id != strategy.id
        ]
        best, other = max(others, key=lambda pair: pair[0], default=(0.0, None))
        return other if best > own * (1 + 1e-9) else None  # a copy is as good

    def same_step(self, first: str, second: str) -> bool:
        """Whether two steps ask for the same thing."""
        one, other = _keys(first), _keys(second)
        lighter = min(self._weight(one), self._weight(other))
        return lighter > 0 and self._weight(one & other) >= SAME_STEP * lighter

    @cached_property
    def _index(self) -> Index:
        from denju.retrieval.stored import opened

        return opened(self._indexed, self._cache).index

    @cached_property
    def _beside_counts(self) -> list[tuple[Strategy, Mapping[str, float]]]:
        from denju.retrieval.index import strategy_counts

        return [(each, strategy_counts(each)) for each in self._beside]

    def _own_counts(self, strategy: Strategy) -> Mapping[str, float]:
        """Of the strategy that is looked at, which every check asks for."""
        from denju.retrieval.index import strategy_counts

        if self._last is None or self._last[0] is not strategy:
            self._last = strategy, strategy_counts(strategy)
        return self._last[1]

    def _score(self, query: Mapping[str, float], counts: Mapping[str, float]) -> float:
        """The BM25 score of a strategy that the index need not hold."""
        from denju.retrieval.index import K1, B

        norm = K1 * (1 - B + B * sum(counts.values()) / self._index.avgdl)
        return sum(
            weight * self._idf(key) * counts[key] * (K1 + 1) / (norm + counts[key])
            for key, weight in query.items()
            if key in counts
        )

    def _idf(self, key: str) -> float:
        """What a term weighs; one that no other strategy holds weighs as one that a single strategy holds."""
        from denju.retrieval.index import UNKNOWN

        if key not in self._idfs:
            self._idfs[key] = self._index.idf.get(key, self._index.unknown_idf / UNKNOWN) or 1.0
        return self._idfs[key]

    def _weight(self, keys: Iterable[str]) -> float:
        return sum(map(self._idf, keys))


def duplicate(strategy: Strategy, neighbours: Neighbours) -> Finding:
    """Is there one that says nearly the same?"""
    share, other = next(iter(neighbours.like(strategy)), (0.0, None))
    if other is None or share < NEARLY_THE_SAME:
        return Finding("duplicate", "none", "ok")
    values: dict[str, str | int] = {"id": other.id, "title": quoted(other.title), "percent": round(100 * share)}
    return Finding("duplicate", "found", "warning", values)


def contradictions(strategy: Strategy, policies: Sequence[Strategy], neighbours: Neighbours) -> Iterator[Finding]:
    """Does one for the same situation, or a rule for all of them, say the opposite?"""
    found = False
    near = [other for share, other in neighbours.like(strategy) if share >= SAME_SITUATION]
    rules = [each for each in policies if each.id != strategy.id and each.language == strategy.language]
    for other in near:
        for first, then in _turned_round(strategy.steps, other.steps, neighbours):
            found = True
            yield _against("order", other, step=first, rule=then)
    for other in (*near, *rules):
        for step in strategy.steps:
            for rule in other.steps:
                said = _forbidden(step, rule, neighbours) and "forbidden"
                said = said or (_forbidden(rule, step, neighbours) and "forbids")
                if said:
                    found = True
                    yield _against(said, other, step=step, rule=rule)
    if not found:
        yield Finding("contradiction", "none", "ok")


def own_cues(strategy: Strategy, neighbours: Neighbours) -> Finding | None:
    """Do its own cues lead to it? Only scenario strategies are searched."""
    if strategy.scope != "scenario":
        return None
    if not strategy.cues:
        return Finding("own_cues", "no_cues", "notice")
    lost = [(cue, other) for cue in strategy.cues if (other := neighbours.first_for(cue, strategy))]
    count = len(strategy.cues)
    if not lost:
        return Finding("own_cues", "all", "ok", {"count": count})
    cue, other = lost[0]
    values: dict[str, str | int] = {
        "found": count - len(lost), "count": count, "cue": quoted(cue), "id": other.id, "title": quoted(other.title),
    }  # fmt: skip
    if count - len(lost) < FEW * count:
        return Finding("own_cues", "few", "warning", values)
    return Finding("own_cues", "some", "notice", values)


def _against(said: str, other: Strategy, *, step: str, rule: str) -> Finding:
    values = {"id": other.id, "title": quoted(other.title), "step": quoted(step), "rule": quoted(rule)}
    return Finding("contradiction", said, "warning", values)


def _turned_round(ours: Sequence[str], theirs: Sequence[str], neighbours: Neighbours) -> Iterator[tuple[str, str]]:
    """The first two steps that stand in one order here and in the other there."""
    places = [
        (here, there)
        for here, step in enumerate(ours)
        for there, other in enumerate(theirs)
        if neighbours.same_step(step, other)
    ]
    # A step that resembles two of the other's has no place there.
    clear = [
        (here, there)
        for here, there in places
        if sum(each[0] == here for each in places) == 1 and sum(each[1] == there for each in places) == 1
    ]
    for before, after in pairwise(clear):
        if before[1] > after[1]:
            yield ours[before[0]], ours[after[0]]
            return


def _forbidden(step: str, rule: str, neighbours: Neighbours) -> bool:
    """Whether ``rule`` forbids what ``step`` asks for."""
    act = _forbidden_act(rule)
    return act is not None and _forbidden_act(step) is None and neighbours.same_step(_act(step), _act(act))


def _forbidden_act(step: str) -> str | None:
    """What a step says not to do; ``None`` where it forbids nothing."""
    bare = step.strip().rstrip(".。!！")
    if found := _FORBIDS_EN.search(bare):
        return f"{found[1] or ''} {bare[found.end() :]}".strip()
    if found := _FORBIDS_JA.search(bare):
        return bare[: found.start()]
    return None


def _act(step: str) -> str:
    """The act alone: what forbids it says neither 「する」 nor always 「お」."""
    return _DOES_JA.sub(r"\1", _HONORIFIC.sub("", step.strip().rstrip(".。!！")))


@lru_cache(maxsize=20_000)
def _keys(text: str) -> frozenset[str]:
    from denju.retrieval.terms import is_pair, normal, terms

    return frozenset(term.key for term in terms(normal(text)) if term.meaning and not is_pair(term.key))

"""What a query asks for besides its own terms: words spelled alike, and words of the same matter.

Both count for less than the query's own, and only in the score: what a query could reach at all is asked of its own
terms alone, so that a longer list of relatives neither helps nor hurts a match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from denju.retrieval.formula import UNKNOWN, UNKNOWN_CODE, key_of
from denju.retrieval.related import related
from denju.retrieval.terms import PAIR, is_pair, is_spelled

RELATED = 0.4
"""Weight of a word of the same matter, of the weight of the query's own."""
ALIKE = 0.8
"""Weight of a word spelled alike, times the square of how alike it is."""
LEAST_ALIKE = 0.4
"""Share of their 4-grams (Dice) that two words have in common at least."""
SAME = 0.7
"""So much alike, a word is taken for a form or a slip of the other."""

Alike = Callable[[Sequence[str]], Sequence[Sequence[tuple[int, float]]]]
"""For each of some words, the keys of the library's words that are spelled alike, with how alike they are (0 to 1)."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Widened:
    """The terms that are looked up for a query: its own first, then those that stand in for them."""

    own: tuple[str, ...]
    keys: list[int]
    weights: list[float]
    sources: list[int]
    """For each key the number in ``own`` of the term that it stands for."""
    stands_in: list[bool]
    """Whether the library, holding it, knows the term that it stands for."""
    unknown: list[float]
    """For each of ``own``: how much more than the rarest known term it speaks against a match that no row holds."""


def plain(query: Mapping[str, float]) -> Widened:
    """The terms of a query alone."""
    size = len(query)
    return Widened(
        tuple(query), [key_of(term) for term in query], list(query.values()), list(range(size)), [False] * size,
        [UNKNOWN] * size,
    )  # fmt: skip


def widened(query: Mapping[str, float], alike: Alike) -> Widened:
    """The terms of a query, and the relatives of each."""
    own = tuple(query)
    keys = [key_of(term) for term in own]
    present = set(keys)
    found: dict[int, tuple[float, int, bool]] = {}
    """Weight, source and whether it stands in for that, of each relative; the greatest weight."""

    def add(key: int, weight: float, number: int, same: bool) -> None:
        if key not in present and ((before := found.get(key)) is None or before[0] < weight):
            found[key] = weight, number, same

    spelled = [number for number, term in enumerate(own) if is_spelled(term)]
    for number, words in zip(spelled, alike([own[number] for number in spelled]), strict=True):
        for key, share in words:
            add(key, query[own[number]] * ALIKE * share * share, number, share >= SAME)
    for number, term in enumerate(own):
        # Two words in a row that say something together ("how much") say it as loud as a word does.
        weight = query[term] * RELATED / (PAIR if is_pair(term) else 1.0)
        for other in related(term):
            add(key_of(other), weight * (PAIR if is_pair(other) else 1.0), number, True)
    others = found.values()
    return Widened(
        own, [*keys, *found], [*query.values(), *(each[0] for each in others)],
        [*range(len(own)), *(each[1] for each in others)], [*[False] * len(own), *(each[2] for each in others)],
        [UNKNOWN_CODE if _DIGIT.search(term) else UNKNOWN for term in own],
    )  # fmt: skip

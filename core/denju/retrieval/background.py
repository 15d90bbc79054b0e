"""What a small library cannot know of itself: how common words are at a desk, and what else customers write of.

In a library of two strategies "order" is as rare as "rust", and no cue of one ever finds anything wrong, so anything
would match. Both are lent from the starter library, less and less as a library grows; one of ``ENOUGH`` strategies
stands on its own, and its scores are its own. Without numpy, as ``formula`` is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files

from denju.retrieval import formula
from denju.retrieval.formula import key_of

ENOUGH = 20
"""Strategies from which on nothing is lent."""
EVERY = 5
"""Of the cues of a starter strategy, one in so many is asked as a message on another matter."""
FITTING = 0.05
"""Share of these that may fit all the same, beside those on a matter that the library has."""


def share(size: int) -> float:
    """How much of the background is lent to a library of ``size`` strategies, 0 to 1."""
    return 0.0 if size >= ENOUGH else 1 - size / ENOUGH


def documents(size: int) -> float:
    """How many strategies are lent."""
    lent = share(size)
    return lent * topics() if lent else 0.0


def held(keys: Iterable[int], size: int) -> list[float]:
    """How many of those hold each of these terms."""
    lent = share(size)
    return [lent * _terms().get(key, 0) for key in keys] if lent else [0.0 for _ in keys]


def rarity(size: int, held_by: int, key: int) -> float:
    """What the term ``key`` weighs that ``held_by`` of ``size`` strategies hold, with what is lent."""
    return formula.rarity(size + documents(size), held_by + held([key], size)[0])


def topics() -> int:
    """Situations of the starter library, in one language."""
    return int(_lines()[0])


@cache
def messages(languages: Collection[str]) -> tuple[str, ...]:
    """What customers write on the starter library's matters, in these languages."""
    found: list[str] = []
    for part in sorted((files("denju.data") / "starter").iterdir(), key=lambda each: each.name):
        for line in part.read_text("utf-8").splitlines():
            strategy = json.loads(line)
            if strategy["scope"] == "scenario" and strategy["language"] in languages:
                found += strategy["cues"][::EVERY]
    return tuple(found)


def source() -> str:
    """``data/common_terms.txt`` as it is: how many strategies, then how many of them hold each term of two or more."""
    return (files("denju.data") / "common_terms.txt").read_text("utf-8")


@cache
def _lines() -> list[str]:
    return source().splitlines()


@cache
def _terms() -> dict[int, int]:
    pairs = (line.split("\t") for line in _lines()[1:])
    return {key_of(term): int(count) for count, term in pairs}

"""The audit of a library, from its own cues alone: what will be found, and what will be taken for something else.

Every cue is searched in the library without it, as if a customer had said it; nothing has to be labelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from denju.retrieval.calibration import calibrated
from denju.retrieval.confidence import Trial
from denju.retrieval.explanation import Explanation
from denju.retrieval.index import Index
from denju.retrieval.query import Said, body, query_weights
from denju.retrieval.stored import opened
from denju.text import language_of
from denju.values import Strategy

FEW = 5
"""With fewer cues a strategy is found less often: 0, 5, 20 cues gave hit@1 of .48, .69, .76 on a bank's customers."""
MOST_WORDS = 5
"""Words named of a confusion."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """A strategy whose cues lead to another one."""

    strategy: Strategy
    taken_for: Strategy
    times: int
    words: tuple[str, ...]
    """What in those cues speaks for the other one, most first."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many of the cues of a strategy lead to it."""

    strategy: Strategy
    right: int
    tried: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What the cues say of their library."""

    strategies: int
    cues: int
    """Those tried; of a very large library not all are."""
    expected: float | None
    """Expected hit@1, 0 to 1: the share of cues that lead to their strategy; ``None`` without cues."""
    threshold: float
    found: tuple[Found, ...]
    """Least found first."""
    confusions: tuple[Confusion, ...]
    """Most frequent first."""
    lost: tuple[Strategy, ...]
    """None of their cues leads to them."""
    few_cues: tuple[Strategy, ...]
    """Fewer than ``FEW``."""
    one_language: tuple[Strategy, ...]
    """With their translations they have cues in one language only, in a library that has two."""


def audit(strategies: Sequence[Strategy], cache: Path | None = None) -> Audit:
    """The audit of those of ``strategies`` that are searched; ``cache`` is where the search keeps its index."""
    searched = tuple(each for each in strategies if each.scope == "scenario")
    built = opened(searched, cache)
    trials = built.calibration.trials or calibrated(built.index, searched).trials
    tried = Counter(trial.strategy for trial in trials)
    right = Counter(trial.strategy for trial in trials if trial.right)
    found = sorted(tried, key=lambda row: (right[row] / tried[row], -tried[row]))
    return Audit(
        strategies=len(searched),
        cues=len(trials),
        expected=sum(right.values()) / len(trials) if trials else None,
        threshold=built.calibration.curve.threshold,
        found=tuple(Found(searched[row], right[row], tried[row]) for row in found),
        confusions=_confusions(built.index, searched, trials),
        lost=tuple(searched[row] for row in sorted(tried) if not right[row]),
        few_cues=tuple(each for each in searched if len(each.cues) < FEW),
        one_language=_one_language(searched),
    )


def _confusions(index: Index, strategies: Sequence[Strategy], trials: Sequence[Trial]) -> tuple[Confusion, ...]:
    pairs: dict[tuple[int, int], list[str]] = {}
    for trial in trials:
        # A cue that shares no word with any strategy leads nowhere, not to another one.
        if not trial.right and trial.evidence > 0:
            pairs.setdefault((trial.strategy, trial.first), []).append(trial.cue)
    ranked = sorted(pairs, key=lambda pair: (-len(pairs[pair]), pair))
    return tuple(
        Confusion(strategies[own], strategies[first], len(pairs[own, first]), _words(index, first, pairs[own, first]))
        for own, first in ranked
    )


def _words(index: Index, row: int, cues: Sequence[str]) -> tuple[str, ...]:
    """The words of these cues that speak most for one row."""
    shares: dict[str, float] = {}
    for cue in cues:
        what = [Said.of(body(cue) or cue)]
        scored = index.score(index.find(index.widened(query_weights(what))))
        for term in Explanation(what).of(*scored.of_rows([row])[0]):
            shares[term.term] = shares.get(term.term, 0.0) + term.share
    return tuple(sorted(shares, key=lambda word: -shares[word])[:MOST_WORDS])


def _one_language(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    languages: dict[str, set[str]] = {}
    for each in strategies:
        languages.setdefault(each.group(), set()).update(language_of(cue, default="") for cue in each.cues)
    if len(set().union(*languages.values()) - {""}) < 2:
        return ()
    return tuple(each for each in strategies if len(languages[each.group()] - {""}) == 1)

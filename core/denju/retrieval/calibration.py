"""Calibration: what a library's own cues teach about it, each searched in the library without it.

Twice of use. How much each word tells the strategies apart: in a bank's library "card" is rare enough, and says
nothing; a factor for every term of the cues is fitted so that the cues find their own strategies (softmax over the
first candidates, a few steps of gradient descent, pulled towards 1). Then the curve of the confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from denju.retrieval import background
from denju.retrieval.confidence import FEWEST_CUES, Curve, Trial, evidence, fitted
from denju.retrieval.counts import Keys, counted_cue
from denju.retrieval.formula import UNIT
from denju.retrieval.index import Floats, Found, Index, Numbers
from denju.retrieval.query import Said, body, query_weights
from denju.values import Strategy

MOST_CUES = 2_000
"""Cues tried for one library; of more, every n-th is."""
CANDIDATES = 10
"""First matches of a cue that its own strategy is told apart from."""
STEPS = 15
RATE = 0.02
PULL = 0.5
"""Towards a factor of 1: the more cues speak for another one, the less it holds."""
SHARPNESS = 10.0
"""Of the softmax, over the mean best score."""
FARTHEST = 1.5
"""Greatest logarithm of a factor, either way."""


@dataclass(frozen=True, slots=True)
class Factors:
    """How much more or less a term counts in a query than its rarity says; 1 for all that no cue holds."""

    keys: Keys
    """Ascending."""
    values: Floats

    @classmethod
    def none(cls) -> Factors:
        """1 for all."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.float64))

    def applied(self, found: Found) -> Found:
        """``found`` with the weight of each term of the query times its factor."""
        if not len(self.keys):
            return found
        places = np.minimum(np.searchsorted(self.keys, found.keys), len(self.keys) - 1)
        values = np.where(self.keys[places] == found.keys, self.values[places], 1.0)
        return replace(found, weights=found.weights * values)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the cues taught."""

    factors: Factors
    curve: Curve
    trials: tuple[Trial, ...] = ()
    """What it was taught by; empty where it was read from a file."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One cue beside its best candidates, its own strategy among them."""

    cue: str
    row: int
    rows: Numbers
    """The candidates."""
    terms: Numbers
    """The number of the term of each gain."""
    places: Numbers
    """The candidate of each gain, as a place in ``rows``."""
    gains: Floats
    own: Numbers
    """The numbers of the cue's own terms."""
    reaches: Floats
    """What each of them adds to the reach."""


def calibrated(index: Index, strategies: Sequence[Strategy]) -> Calibration:
    """Factors and curve of a library; ``strategies`` are beside the rows."""
    numbering: dict[int, int] = {}
    tried = list(_tried(index, strategies, numbering))
    groups = [each.group() for each in strategies]
    if len(tried) < FEWEST_CUES:
        plain = np.ones(len(numbering))
        trials = tuple(_trial(each, groups, plain) for each in tried)
        return Calibration(Factors.none(), fitted(trials, _foreign(index, strategies, Factors.none())), trials)
    logs = _factors(tried, groups, len(numbering))
    trials = tuple(_trial(each, groups, np.exp(logs)) for each in tried)
    keys = np.array(list(numbering), dtype=np.uint64)
    order = np.argsort(keys)
    factors = Factors(keys[order], np.exp(logs[order]))
    curve = fitted(trials, _foreign(index, strategies, factors), background.share(index.size))
    return Calibration(factors, curve, trials)


def _foreign(index: Index, strategies: Sequence[Strategy], factors: Factors) -> list[float]:
    """The evidence for what messages on other matters find in a small library, ascending.

    Some of them may be on its own matters: as many as it has, of all that there are. They are left out from the top.
    """
    if not index.size or index.size >= background.ENOUGH:
        return []
    serving = [each for each, alive in zip(strategies, index.alive.tolist(), strict=True) if alive]
    found = []
    for message in background.messages(frozenset(each.language for each in serving)):
        if query := query_weights([Said.of(body(message) or message)]):
            scored = index.score(factors.applied(index.find(index.widened(query))))
            found.append(evidence(float(scored.scores.max()), scored.reach))
    fitting = len({each.group() for each in serving}) / background.topics() + background.FITTING
    return sorted(found)[: math.ceil(len(found) * (1 - fitting))]


def _tried(index: Index, strategies: Sequence[Strategy], numbering: dict[int, int]) -> Iterator[_Tried]:
    """Search every cue in the library without it, at most ``MOST_CUES`` of them."""
    alive = index.alive.tolist()
    cues = [(row, cue) for row, each in enumerate(strategies) if alive[row] for cue in each.cues]
    place = np.full(index.corpus_size, -1, dtype=np.int64)
    norms = index.norms.copy()
    for row, cue in cues[:: math.ceil(len(cues) / MOST_CUES) or 1]:
        what = Said.of(body(cue) or cue)
        query = query_weights([what])
        if not query:
            continue
        counted = counted_cue(what.terms)
        found = index.find(index.widened(query))
        own = np.flatnonzero(found.rows == row)
        counts, held = found.counts.copy(), found.held.copy()
        taken = dict(zip(counted.keys.tolist(), (counted.counts * UNIT).tolist(), strict=True))
        counts[own] -= [taken.get(key, 0.0) for key in found.keys[found.which[own]].tolist()]
        gone = own[counts[own] < 1e-9]
        counts[gone] = 0.0
        held[found.which[gone]] -= 1
        norms[row] = index.norm(float(index.lengths[row]) - counted.length)
        scored = index.score(replace(found, counts=counts, held=held), norms=norms)
        norms[row] = index.norms[row]
        best = np.argsort(-scored.scores, kind="stable")[:CANDIDATES]
        rows = best if row in best else np.append(best, row)
        place[rows] = np.arange(len(rows))
        chosen = np.flatnonzero((place[found.rows] >= 0) & (scored.gains > 0))
        numbers = np.array([numbering.setdefault(key, len(numbering)) for key in found.query.keys], dtype=np.int64)
        yield _Tried(
            cue, row, rows, numbers[found.which[chosen]], place[found.rows[chosen]], scored.gains[chosen],
            numbers[: len(scored.reaches)], scored.reaches,
        )  # fmt: skip
        place[rows] = -1


def _factors(tried: Sequence[_Tried], groups: Sequence[str], size: int) -> Floats:
    """The logarithm of the factor of every term."""
    starts = np.cumsum([0, *(len(each.rows) for each in tried)])
    cue_of = np.repeat(np.arange(len(tried)), np.diff(starts))
    terms = np.concatenate([each.terms for each in tried])
    candidates = np.concatenate([each.places + start for each, start in zip(tried, starts[:-1], strict=True)])
    gains = np.concatenate([each.gains for each in tried])
    right = np.array(
        [groups[row] == groups[each.row] for each in tried for row in each.rows.tolist()], dtype=np.float64
    )
    right /= np.bincount(cue_of, weights=right)[cue_of]
    scores = np.bincount(candidates, weights=gains, minlength=len(cue_of))
    best = np.maximum.reduceat(scores, starts[:-1]).mean()
    logs = np.zeros(size)
    for _ in range(STEPS if best else 0):
        scaled = np.exp(logs[terms]) * gains * (SHARPNESS / best)
        scores = np.bincount(candidates, weights=scaled, minlength=len(cue_of))
        chances = np.exp(scores - np.maximum.reduceat(scores, starts[:-1])[cue_of])
        chances /= np.bincount(cue_of, weights=chances)[cue_of]
        gradient = np.bincount(terms, weights=(right - chances)[candidates] * scaled, minlength=size)
        logs = np.clip(logs + RATE * (gradient - PULL * logs), -FARTHEST, FARTHEST)
    return logs


def _trial(tried: _Tried, groups: Sequence[str], factors: Floats) -> Trial:
    """What the cue finds with these factors."""
    scores = np.bincount(tried.places, weights=tried.gains * factors[tried.terms], minlength=len(tried.rows))
    reach = float(tried.reaches @ factors[tried.own])
    best = int(scores.argmax())
    first = int(tried.rows[best])
    own = int(np.flatnonzero(tried.rows == tried.row)[0])
    right = bool(scores[best] > 0) and groups[first] == groups[tried.row]
    return Trial(
        tried.cue, tried.row, first, right,
        evidence(float(scores[best]), reach), evidence(float(scores[own]), reach),
    )  # fmt: skip

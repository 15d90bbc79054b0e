"""Confidence: the chance that the first match is right, as a curve over the evidence for it.

A raw BM25 score says nothing across queries. ``evidence`` does: the score beside what the query could reach at all.
Each cue is searched in the library without it; what comes out, and whether its own strategy came first, fits a
logistic curve. Where strategies are few no cue ever finds anything wrong, so messages on other matters, which should
find nothing, are searched too (``background``). Below the threshold nothing matches: a chance under ``LEAST``, or less
evidence than nine in ten of the library's own cues have for their strategy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

FEWEST_CUES = 20
"""With fewer, a quantile says nothing, and the default curve serves."""
QUANTILE = 0.1
"""Share of a library's own cues that may fall below the threshold."""
LEAST = 0.4
"""Least chance to be right: a wrong strategy costs more than none. Cues that resemble no other of their strategy pull
the quantile far below this."""
POWER = 0.75
"""Of the reach, in the evidence: measured between 0.4 and 1 (the square root keeps slightly less apart)."""
FOREIGN = 0.5
"""Of the trials of a library of next to nothing: so many weigh the messages on other matters."""
REJECTED = 0.8
"""Share of those messages that fall below the threshold of a library with fewer than ``FEWEST_CUES``."""
RIDGE = 0.01
"""Keeps the curve finite where all trials are right, or none; too little to be seen else."""


@dataclass(frozen=True, slots=True)
class Curve:
    """``confidence = 1 / (1 + exp(-(slope * evidence + offset)))``."""

    slope: float
    offset: float
    threshold: float
    """Confidence below which nothing matches, 0 to 1."""

    def confidence(self, evidence: float) -> float:
        """The chance that a first match with this evidence is right; 0 without any evidence."""
        if evidence <= 0:
            return 0.0
        return _chance(self.slope * evidence + self.offset)


DEFAULT = Curve(slope=8.0, offset=-1.33, threshold=1 / 3)
"""For a library with fewer than ``FEWEST_CUES``. Without cues there is less evidence for all, so it is lenient: it
keeps 8 to 9 of 10 real openings on two libraries of procedures without a cue, and rejects half of foreign ones."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One cue, searched in the library without it."""

    cue: str
    strategy: int
    """The row of the cue's own strategy."""
    first: int
    """The row that came first."""
    right: bool
    """Whether that is the cue's own, or its translation."""
    evidence: float
    """Of the first."""
    own_evidence: float
    """Of the cue's own."""


def evidence(score: float, reach: float) -> float:
    """How much speaks for a strategy, comparable across queries of one library."""
    return score / reach**POWER if reach > 0 else 0.0


def fitted(tried: Sequence[Trial], foreign: Sequence[float] = (), share: float = 0.0) -> Curve:
    """The curve that these trials show; the default one where they are too few, no more lenient than need be.

    ``foreign`` is the evidence for what messages on other matters found, ascending, which counts ``share`` (0 to 1) of
    what it would in the smallest library.
    """
    if len(tried) < FEWEST_CUES:
        least = foreign[int(REJECTED * len(foreign))] if foreign else 0.0
        offset = -math.log(1 / DEFAULT.threshold - 1) - DEFAULT.slope * least
        return replace(DEFAULT, offset=min(DEFAULT.offset, offset))
    samples = [(trial.evidence, trial.right, 1.0) for trial in tried]
    samples += [(each, False, FOREIGN * share * len(tried) / len(foreign)) for each in foreign]
    slope, offset = _logistic(samples)
    own = sorted(trial.own_evidence for trial in tried)
    curve = Curve(slope, offset, 0.0)
    return Curve(slope, offset, max(LEAST, curve.confidence(own[int(QUANTILE * len(own))])))


def _logistic(samples: Sequence[tuple[float, bool, float]]) -> tuple[float, float]:
    """Slope and offset of the likeliest curve through (evidence, right, weight).

    By Newton's method with steps that never make it less likely.
    A little ridge keeps both finite where all are right, or none.
    """
    slope = offset = 0.0
    lost = _loss(samples, slope, offset)
    for _ in range(50):
        gradient = [-RIDGE * slope, -RIDGE * offset]
        first, mixed, second = RIDGE, 0.0, RIDGE
        for value, right, weight in samples:
            chance = _chance(slope * value + offset)
            spread = weight * chance * (1 - chance)
            gradient[0] += weight * (right - chance) * value
            gradient[1] += weight * (right - chance)
            first += spread * value * value
            mixed += spread * value
            second += spread
        determinant = first * second - mixed * mixed
        step = (second * gradient[0] - mixed * gradient[1]) / determinant
        shift = (first * gradient[1] - mixed * gradient[0]) / determinant
        while (after := _loss(samples, slope + step, offset + shift)) > lost and abs(step) + abs(shift) > 1e-9:
            step, shift = step / 2, shift / 2
        if lost - after < 1e-9 * lost:
            break
        slope, offset, lost = slope + step, offset + shift, after
    return max(slope, 0.0), offset


def _loss(samples: Sequence[tuple[float, bool, float]], slope: float, offset: float) -> float:
    """How unlikely the curve makes the samples, with the ridge."""
    logits = ((slope * value + offset, right, weight) for value, right, weight in samples)
    lost = sum(weight * _softplus(-logit if right else logit) for logit, right, weight in logits)
    return lost + RIDGE / 2 * (slope * slope + offset * offset)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def _softplus(value: float) -> float:
    """``log(1 + exp(value))``, without overflow."""
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))

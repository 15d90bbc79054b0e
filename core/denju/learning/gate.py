"""The gate: does a draft help, on situations that it was not made from?

Each situation is judged as a pair, the answer with the draft against the answer without it: won, lost, or even. Even
pairs say nothing; the others are tossed coins if the draft is useless, so an exact sign test (McNemar's, for pairs)
gives the chance that a useless draft wins as often. Holm's correction holds that chance for all drafts together:
however many are tried, a run accepts a useless one at most one time in twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import comb, exp, lgamma, log, sqrt
from typing import Any, Literal, TypeVar

ALPHA = 0.05
"""Chance that a run calls any useless draft better."""
LEAST = 0.2
"""Smallest net share of situations won that is worth a person's time; a draft surely below it is not better."""
POWER = 0.8
"""Chance of a clear verdict that "about N more situations" aims at."""
MOST_PAIRS = 400
"""Decided pairs beyond which no number is named."""
_Z = 1.959964
"""Of the normal distribution, for intervals of 95 %."""

VerdictName = Literal["better", "not_better", "cannot_tell"]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Tally:
    """Pairs of one draft."""

    wins: int = 0
    losses: int = 0
    even: int = 0
    broken: int = 0
    """Of the losses, those because the answer broke a policy that the other kept."""

    @property
    def pairs(self) -> int:
        return self.wins + self.losses + self.even

    def plus(self, outcome: int, broken: bool = False) -> Tally:
        """With one more pair: 1 won, -1 lost, 0 even."""
        return Tally(
            self.wins + (outcome > 0), self.losses + (outcome < 0), self.even + (outcome == 0), self.broken + broken
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one draft."""

    name: VerdictName
    tally: Tally
    p: float
    """Corrected chance that a useless draft does so well."""
    uplift: float
    """Net share of pairs won, -1 to 1."""
    low: float
    high: float
    """The interval of 95 % around the uplift."""
    more: int | None = None
    """With ``cannot_tell``: about so many more situations would tell; None: more than can be named."""

    def to_dict(self) -> dict[str, Any]:
        tally = self.tally
        return {
            "verdict": self.name, "wins": tally.wins, "losses": tally.losses, "even": tally.even,
            "broken": tally.broken, "p": round(self.p, 6), "uplift": round(self.uplift, 4),
            "low": round(self.low, 4), "high": round(self.high, 4), "more": self.more,
        }  # fmt: skip


def verdicts(tallies: Mapping[Key, Tally], *, alpha: float = ALPHA) -> dict[Key, Verdict]:
    """The verdict on each draft that was tried in one run. All that were tried must be here, hopeless ones too."""
    better = holm({key: sign_test(each.wins, each.losses) for key, each in tallies.items()})
    worse = holm({key: sign_test(each.losses, each.wins) for key, each in tallies.items()})
    return {key: _verdict(each, better[key], worse[key], alpha, len(tallies)) for key, each in tallies.items()}


def _verdict(tally: Tally, better: float, worse: float, alpha: float, drafts: int) -> Verdict:
    uplift, low, high = net_share(tally)
    if better <= alpha:
        return Verdict("better", tally, better, uplift, low, high)
    if worse <= alpha or (tally.pairs and high < LEAST):
        return Verdict("not_better", tally, better, uplift, low, high)
    return Verdict("cannot_tell", tally, better, uplift, low, high, more_needed(tally, alpha / drafts))


def sign_test(wins: int, losses: int) -> float:
    """The chance of at least ``wins`` heads in ``wins + losses`` tosses of a fair coin; 1 without any toss."""
    tosses = wins + losses
    return sum(comb(tosses, heads) for heads in range(wins, tosses + 1)) / (1 << tosses)


def holm(chances: Mapping[Key, float]) -> dict[Key, float]:
    """Corrected for the number of tests (Holm 1979): whatever depends on whatever, the chance holds for all."""
    corrected: dict[Key, float] = {}
    largest = 0.0
    for place, (key, chance) in enumerate(sorted(chances.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(chances) - place) * chance))
        corrected[key] = largest
    return {key: corrected[key] for key in chances}


def net_share(tally: Tally) -> tuple[float, float, float]:
    """Wins less losses as a share of all pairs, with its interval of 95 %.

    The interval is Bonett and Price's (2012), which also holds for few pairs. Without pairs it is -1 to 1.
    """
    if not tally.pairs:
        return 0.0, -1.0, 1.0
    pairs = tally.pairs + 2
    won, lost = (tally.wins + 1) / pairs, (tally.losses + 1) / pairs
    half = _Z * sqrt((won + lost - (won - lost) ** 2) / pairs)
    return (tally.wins - tally.losses) / tally.pairs, max(-1.0, won - lost - half), min(1.0, won - lost + half)


def more_needed(tally: Tally, alpha: float) -> int | None:
    """About how many more situations give a clear verdict, if they go on as they did; ``None``: too many to name."""
    pairs = tally.pairs + 2
    decided = (tally.wins + tally.losses + 2) / pairs
    share = (tally.wins + 1) / (tally.wins + tally.losses + 2)
    net = decided * (2 * share - 1)
    totals = []
    if share > 0.5 and (tosses := tosses_needed(round(share, 2), round(alpha, 6))):
        totals.append(tosses / decided)
    if net < LEAST:
        totals.append((_Z / (LEAST - net)) ** 2 * (decided - net**2))
    if not totals or min(totals) > MOST_PAIRS / decided:
        return None
    return max(1, round(min(totals)) - tally.pairs)


@lru_cache(maxsize=1024)
def tosses_needed(share: float, alpha: float) -> int | None:
    """The fewest tosses of a coin with ``share`` of heads that show it unfair with the chance ``POWER``."""
    for tosses in range(1, MOST_PAIRS + 1):
        least = _least_wins(tosses, alpha)
        if least is not None and _tail(tosses, least, share) >= POWER:
            return tosses
    return None


@lru_cache(maxsize=4096)
def _least_wins(tosses: int, alpha: float) -> int | None:
    """The fewest heads that are significant."""
    tail, most = 0, int(alpha * (1 << tosses))
    for heads in range(tosses, -1, -1):
        tail += comb(tosses, heads)
        if tail > most:
            return heads + 1 if heads < tosses else None
    return 0


def _tail(tosses: int, least: int, share: float) -> float:
    if share >= 1:
        return 1.0
    logs = (
        lgamma(tosses + 1) - lgamma(heads + 1) - lgamma(tosses - heads + 1)
        + heads * log(share) + (tosses - heads) * log(1 - share)
        for heads in range(least, tosses + 1)
    )  # fmt: skip
    return sum(map(exp, logs))

"""How often the gate accepts useless drafts, how often it sees good ones, beside two usual ways of choosing.

.venv/bin/python scripts/simulate_gate.py [--runs 2000] [--seed 1]

Each situation has a difficulty that the answer without a draft and the answers with each draft share in part, so the
drafts of a run are not independent. A judge compares two answers, errs a little, and calls near ones even.

- best on validation: of all drafts the one with the most wins over losses is taken, if it has any;
- one standard error: the same, if its mean is more than one standard error above nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from math import sqrt

from denju.learning.gate import Tally, verdicts

EVEN = 0.8
"""Difference of two answers, in standard deviations, below which the judge calls them even."""
JUDGE = 0.5
"""Standard deviation of the judge's error."""
EFFECTS = {"useless": 0.0, "slight": 0.3, "good": 0.8, "very good": 1.5}
"""How much better the answers with a draft are, in standard deviations of an answer."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all simulated runs, the share in which something was accepted."""

    gate: float
    best: float
    one_error: float


def simulate(situations: int, drafts: int, effect: float, *, runs: int, seed: int) -> Shares:
    """Runs with ``drafts`` drafts, the first with ``effect``: how often it, or with no effect any, is accepted."""
    rng = random.Random(f"{seed} {situations} {drafts} {effect}")
    counts = [0, 0, 0]
    for _ in range(runs):
        tallies = _run(rng, situations, drafts, effect)
        accepted = {key for key, each in verdicts(tallies).items() if each.name == "better"}
        best = max(tallies, key=lambda key: tallies[key].wins - tallies[key].losses)
        net = tallies[best].wins - tallies[best].losses
        error = sqrt(max(1e-9, tallies[best].wins + tallies[best].losses - net**2 / situations))
        counted = (lambda keys: 0 in keys) if effect else bool
        counts[0] += counted(accepted)
        counts[1] += counted({best} if net > 0 else set())
        counts[2] += counted({best} if net > error else set())
    return Shares(*(each / runs for each in counts))


def _run(rng: random.Random, situations: int, drafts: int, effect: float) -> dict[int, Tally]:
    tallies = dict.fromkeys(range(drafts), Tally())
    for _ in range(situations):
        without = rng.gauss(0, 1)
        for draft in tallies:
            difference = rng.gauss(effect if draft == 0 else 0, 1) - without + rng.gauss(0, JUDGE)
            tallies[draft] = tallies[draft].plus(0 if abs(difference) < EVEN else 1 if difference > 0 else -1)
    return tallies


def tables(runs: int, seed: int) -> str:
    """Both tables in Markdown."""
    cells = [(situations, drafts) for drafts in (1, 10) for situations in (30, 100)]
    lines = ["| useless drafts accepted | " + " | ".join(f"{d} tried, {s} situations" for s, d in cells) + " |"]
    lines.append("| --- |" + " --- |" * len(cells))
    useless = [simulate(s, d, 0.0, runs=runs, seed=seed) for s, d in cells]
    for name, field in (("the gate", "gate"), ("best on validation", "best"), ("one standard error", "one_error")):
        lines.append(f"| {name} | " + " | ".join(f"{getattr(each, field):.1%}" for each in useless) + " |")
    sizes = (10, 20, 30, 50, 100)
    lines += ["", "| one draft that is … is called better | " + " | ".join(f"{s} situations" for s in sizes) + " |"]
    lines.append("| --- |" + " --- |" * len(sizes))
    for name, effect in EFFECTS.items():
        for drafts in (1, 10):
            shares = [simulate(s, drafts, effect, runs=max(1, runs // 4), seed=seed).gate for s in sizes]
            if effect:
                beside = "alone" if drafts == 1 else "beside 9 useless"
                lines.append(f"| {name}, {beside} | " + " | ".join(f"{each:.0%}" for each in shares) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(tables(options.runs, options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())

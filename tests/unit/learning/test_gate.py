"""The gate: exact chances, their correction, three verdicts, and that useless drafts do not pass."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from denju.learning.gate import ALPHA, Tally, holm, more_needed, net_share, sign_test, tosses_needed, verdicts
from simulate_gate import simulate


@pytest.mark.parametrize(
    ("wins", "losses", "chance"),
    # scipy.stats.binomtest(wins, wins + losses, 0.5, alternative="greater").pvalue, scipy 1.16
    [(5, 0, 0.03125), (8, 2, 0.0546875), (9, 1, 0.0107421875), (15, 5, 0.020694732666015625), (0, 5, 1.0)],
)
def test_known_chances(wins: int, losses: int, chance: float) -> None:
    assert sign_test(wins, losses) == pytest.approx(chance, rel=1e-12)


@pytest.mark.parametrize("tosses", range(9))
def test_the_chance_is_that_of_all_tosses_counted_one_by_one(tosses: int) -> None:
    for wins in range(tosses + 1):
        as_good = sum(sum(each) >= wins for each in product((0, 1), repeat=tosses))
        assert sign_test(wins, tosses - wins) == float(Fraction(as_good, 2**tosses))


def test_the_correction_is_holms() -> None:
    # By hand: sorted .01 .02 .04 → 3*.01, 2*.02, max(.04, 1*.04)
    assert holm({"a": 0.02, "b": 0.01, "c": 0.04}) == pytest.approx({"a": 0.04, "b": 0.03, "c": 0.04})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}


def test_the_same_wins_are_enough_alone_and_not_among_ten() -> None:
    tally = Tally(wins=6, losses=0, even=4)
    assert verdicts({0: tally})[0].name == "better"
    among = verdicts({0: tally, **{number: Tally(even=10) for number in range(1, 10)}})
    assert among[0].name == "cannot_tell" and among[0].p > ALPHA


def test_harmful_and_idle_drafts_are_not_better() -> None:
    found = verdicts({"harmful": Tally(losses=8, even=2, broken=1), "idle": Tally(even=30), "good": Tally(wins=12)})
    assert {key: each.name for key, each in found.items()} == {
        "harmful": "not_better", "idle": "not_better", "good": "better",
    }  # fmt: skip
    assert found["harmful"].high < 0 < found["good"].low


def test_a_draft_that_nothing_was_seen_of_cannot_be_told() -> None:
    (verdict,) = verdicts({"unseen": Tally()}).values()
    assert verdict.name == "cannot_tell" and (verdict.low, verdict.high) == (-1.0, 1.0) and verdict.more


def test_so_many_more_situations_do_tell() -> None:
    tally = Tally(wins=6, losses=2, even=2)
    (verdict,) = verdicts({0: tally}).values()
    assert verdict.name == "cannot_tell" and verdict.more
    factor = (tally.pairs + verdict.more) / tally.pairs
    grown = Tally(*(round(each * factor) for each in (6, 2, 2)))
    assert verdicts({0: grown})[0].name == "better"
    assert more_needed(tally, ALPHA / 10) > verdict.more  # more drafts, more doubt


def test_the_fewest_tosses_have_the_power_and_one_less_has_not() -> None:
    # Exact by enumeration: with 18 tosses 13 wins are significant (p .048), and a coin of .8 shows them in .87.
    assert tosses_needed(0.8, ALPHA) == 18
    assert tosses_needed(1.0, ALPHA) == 5 and tosses_needed(0.5, ALPHA) is None


def test_the_interval() -> None:
    # By hand, Bonett and Price: 11/22 - 3/22 ± 1.96 sqrt((14/22 - (8/22)^2) / 22)
    uplift, low, high = net_share(Tally(wins=10, losses=2, even=8))
    assert (uplift, low, high) == pytest.approx((0.4, 0.0669, 0.6604), abs=1e-4)


@pytest.mark.parametrize(("situations", "drafts"), [(30, 1), (30, 10), (100, 1), (100, 10)])
def test_useless_drafts_pass_at_most_one_time_in_twenty(situations: int, drafts: int) -> None:
    shares = simulate(situations, drafts, 0.0, runs=150, seed=3)
    assert shares.gate <= 0.05 + 2 * (0.05 * 0.95 / 150) ** 0.5
    assert shares.best > 3 * shares.gate  # so the simulation has something to refuse

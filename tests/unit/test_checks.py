"""The policies' checks."""

from __future__ import annotations

import pytest

from denju.answering.checks import run_policies
from denju.values import Check, Strategy


def policy(**check: tuple[str, ...]) -> Strategy:
    return Strategy(title="No refunds", situation="Always", id="p1", steps=("Promise no refund",), check=Check(**check))


def test_a_policy_names_what_broke_it() -> None:
    (result,) = run_policies([policy(never=(r"refund\w*",))], "We refunded you.")
    assert (result.ok, result.why) == (False, "Promise no refund: refunded")


def test_a_policy_that_holds_says_nothing() -> None:
    (result,) = run_policies([policy(never=("refund",), always=("thank",))], "thank you")
    assert (result.ok, result.why) == (True, "")


def test_what_must_always_be_said_is_missed() -> None:
    (result,) = run_policies([policy(always=("thank",))], "Hello.")
    assert (result.ok, result.why) == (False, "Promise no refund")


@pytest.mark.parametrize("never", ["(", "a{99999999999}"])
def test_an_expression_that_cannot_be_checked_does_not_pass(never: str) -> None:
    (result,) = run_policies([policy(never=(never,))], "Hello.")
    assert not result.ok
    assert "cannot be checked" in result.why

"""Patience: what is tried again, how often, and for how long."""

from __future__ import annotations

import threading

import pytest

from denju.errors import DeadlinePassed, DenjuError, Interrupted, NoQuota, Overloaded, RateLimited, Unreachable
from denju.teacher.retry import patiently


def lost(*, sent: bool) -> Unreachable:
    error = Unreachable("lost")
    error.sent = sent
    return error


def limited(seconds: float | None) -> RateLimited:
    error = RateLimited("limited")
    error.retry_after = seconds
    return error


def run(*outcomes: DenjuError | str, deadline: float = 5, pause: float = 0.001) -> tuple[str | DenjuError, int]:
    """What came out, and how often it was tried; the last outcome stays."""
    tried: list[float] = []

    def attempt(left: float) -> str:
        assert 0 <= left <= deadline
        tried.append(left)
        outcome = outcomes[min(len(tried), len(outcomes)) - 1]
        if isinstance(outcome, DenjuError):
            raise outcome
        return outcome

    try:
        return patiently(attempt, deadline=deadline, cancel=threading.Event(), pause=pause), len(tried)
    except DenjuError as error:
        return error, len(tried)


@pytest.mark.parametrize("error", [limited(None), limited(0.001), Overloaded("busy"), lost(sent=True)])
def test_what_may_pass_is_tried_four_times_at_most(error: DenjuError) -> None:
    assert run(error, "done") == ("done", 2)
    assert run(error, error, error, "done") == ("done", 4)
    assert run(error, error, error, error, "done") == (error, 4)


@pytest.mark.parametrize("error", [NoQuota("none"), lost(sent=False), DeadlinePassed("late"), Interrupted("stop")])
def test_what_does_not_pass_is_not_tried_again(error: DenjuError) -> None:
    assert run(error, "done") == (error, 1)


def test_a_wait_past_the_deadline_is_not_begun() -> None:
    far = limited(60)
    assert run(far, "done", deadline=0.5) == (far, 1)
    busy = Overloaded("busy")
    assert run(busy, "done", deadline=0.5, pause=10) == (busy, 1)


def test_the_providers_own_time_counts_and_is_told() -> None:
    told: list[float] = []
    outcomes = iter([limited(0.02), limited(0.01)])

    def attempt(left: float) -> str:
        for outcome in outcomes:
            raise outcome
        return "done"

    cancel = threading.Event()
    patiently(attempt, deadline=5, cancel=cancel, pause=4, told=lambda error, seconds: told.append(seconds))
    assert told == [0.02, 0.01]


def test_pauses_double() -> None:
    told: list[float] = []

    def busy(left: float) -> None:
        raise Overloaded("busy")

    with pytest.raises(Overloaded):
        patiently(
            busy, deadline=5, cancel=threading.Event(), pause=0.01, told=lambda error, seconds: told.append(seconds)
        )
    assert [round(seconds / (0.01 * 2**index)) for index, seconds in enumerate(told)] == [1, 1, 1]


def test_a_wait_is_cancelled() -> None:
    cancel = threading.Event()

    def busy(left: float) -> None:
        raise Overloaded("busy")

    with pytest.raises(Interrupted) as caught:
        patiently(busy, deadline=60, cancel=cancel, pause=30, told=lambda error, seconds: cancel.set())
    assert caught.value.sent

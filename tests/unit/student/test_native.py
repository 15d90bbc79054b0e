"""Threads and cores: what can be said without loading a model."""

from __future__ import annotations

import os

import pytest

from denju.student import native
from denju.student.native import Crew, allowed_cores, instruction_set


def test_no_more_cores_than_allowed() -> None:
    allowed = os.sched_getaffinity(0)
    assert 1 <= allowed_cores() <= len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert allowed_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_library_is_one_that_is_there() -> None:
    assert instruction_set() in ("avx2", "avx", "basic")


class Clock:
    """Stands in for ``time``: an evaluation takes a second and gets ``share`` seconds of processor time."""

    def __init__(self) -> None:
        self.now = self.used = 0.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.used


def test_a_crew_gives_way_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(native, "time", clock)
    crew = Crew(4)

    def work(share: float) -> int:
        with crew.at_work() as threads:
            clock.now += 1
            clock.used += share
        return threads

    assert [work(3.9), work(2.2), work(2.0), work(0.9), work(1.0)] == [4, 4, 2, 2, 1]
    clock.now += 6
    assert [work(3.8), work(3.8)] == [4, 4]

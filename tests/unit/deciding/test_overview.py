"""The overview: figures that are counted from rows, by the machine's own calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from denju.deciding.overview import DAYS, overview
from denju.values import Strategy

JAPAN = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=JAPAN)
LATE, SCRATCH = (Strategy(title=name, situation=name, id=f"st_{name}", status="approved") for name in ("late", "dent"))
POLICY = Strategy(title="policy", situation="x", id="st_policy", status="approved", scope="policy")
DRAFT = Strategy(title="draft", situation="x", id="st_draft")


@dataclass(frozen=True)
class Row:
    at: str
    record: dict[str, Any] = field(default_factory=dict)
    rating: str = ""


def row(at: str, match: str = "matched", used: str = "", *, rating: str = "", **record: Any) -> Row:
    return Row(at, {"match": match, "strategy": {"id": used} if used else None, **record}, rating)


ROWS = [
    row("2026-11-22T20:00:00Z", "none"),
    row("2026-11-22T02:00:00Z", used="st_dent", rating="bad", finish="stop", seconds=2.0, tokens={"completion": 40}),
    row("2026-11-21T16:00:00Z", used="st_dent", finish="stop", seconds=4.0, tokens={"completion": 40}),
    row("2026-11-21T14:00:00Z", used="st_gone", finish="cancelled", seconds=9.0, tokens={"completion": 1}),
    row("2026-11-20T14:00:00Z", "waiting"),
    row("2026-01-01T00:00:00Z", "none"),
]


def test_every_figure_is_counted_from_rows_of_the_last_days() -> None:
    sent = [{"at": "2026-01-01T00:00:00Z", "money": 5.0}, {"at": "2026-11-22T16:00:00Z", "money": 0.25}]
    found = overview([LATE, SCRATCH, POLICY, DRAFT], [LATE, SCRATCH, POLICY], ROWS, sent, now=NOW)
    assert (found.drafts, found.unused) == ((DRAFT,), (LATE,))
    assert [(each.strategy, each.times, each.bad) for each in found.used] == [(SCRATCH, 2, 1)]
    assert (len(found.answers), len(found.unmatched), len(found.bad)) == (5, 1, 1)
    assert found.unmatched_share == pytest.approx(1 / 4)
    assert (found.seconds, found.tokens_a_second) == (3.0, 15.0)
    assert (found.money, len(found.attempts)) == (0.25, 1)


def test_days_are_those_of_the_machine_and_none_is_missing() -> None:
    found = overview([], [], ROWS, [], now=NOW)
    assert len(found.days) == DAYS
    assert (found.days[0].day, found.days[-1].day) == (date(2026, 10, 25), date(2026, 11, 23))
    assert [each.answers for each in found.days[-4:]] == [1, 1, 2, 1]
    assert [each.unmatched for each in found.days[-2:]] == [0, 1]


def test_nothing_yet_is_no_number_and_no_error() -> None:
    found = overview([], [], [], [], now=NOW)
    assert (found.unmatched_share, found.seconds, found.tokens_a_second, found.money) == (None, None, None, 0.0)

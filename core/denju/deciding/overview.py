"""A library and its use at a glance. Every figure is made of rows, and the rows are kept beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from statistics import median
from typing import Any, Generic, Protocol, TypeVar

from denju.values import Strategy

DAYS = 30
"""Days that are looked back on, today among them."""
MOST_ANSWERS = 20_000
"""Newest answers that are looked at."""


class Answered(Protocol):
    """What is needed of an answer of the history."""

    @property
    def at(self) -> str:
        """UTC, ``2026-11-23T05:00:00Z``."""

    @property
    def record(self) -> Mapping[str, Any]:
        """The answer's JSON form."""

    @property
    def rating(self) -> str:
        """``good``, ``bad``, or nothing."""


E = TypeVar("E", bound=Answered)


@dataclass(frozen=True, slots=True)
class Day:
    """One day by this machine's calendar."""

    day: date
    answers: int = 0
    unmatched: int = 0
    """Answers for which no strategy was found."""
    money: float = 0.0
    """USD that the teacher took."""


@dataclass(frozen=True, slots=True)
class Used:
    """How often a strategy served."""

    strategy: Strategy
    times: int
    bad: int
    """Answers that a person rated as bad."""


@dataclass(frozen=True, slots=True)
class Overview(Generic[E]):
    """The figures of the last ``DAYS`` days."""

    serving: tuple[Strategy, ...]
    drafts: tuple[Strategy, ...]
    answers: tuple[E, ...]
    """Newest first, as all that follow."""
    unmatched: tuple[E, ...]
    bad: tuple[E, ...]
    used: tuple[Used, ...]
    """Those that served, most often first."""
    unused: tuple[Strategy, ...]
    """Those that could have been found and never were."""
    attempts: tuple[Mapping[str, Any], ...]
    """What was sent to the teacher: the ledger's records."""
    days: tuple[Day, ...]
    """Oldest first, one for every day."""

    @property
    def unmatched_share(self) -> float | None:
        """Share of the searches that found nothing, 0 to 1; ``None`` where nothing was searched."""
        searched = sum(each.record.get("match") in ("matched", "none") for each in self.answers)
        return len(self.unmatched) / searched if searched else None

    @property
    def seconds(self) -> float | None:
        """Median time of a whole answer."""
        return median(found) if (found := [each.record["seconds"] for each in _written(self.answers)]) else None

    @property
    def tokens_a_second(self) -> float | None:
        """Median speed of the student, the reading of the prompt included."""
        speeds = [each.record["tokens"]["completion"] / each.record["seconds"] for each in _written(self.answers)]
        return median(speeds) if speeds else None

    @property
    def money(self) -> float:
        """USD that the teacher took."""
        return sum(each.money for each in self.days)


def overview(
    strategies: Sequence[Strategy],
    serving: Sequence[Strategy],
    answers: Iterable[E],
    attempts: Iterable[Mapping[str, Any]],
    *,
    now: datetime,
) -> Overview[E]:
    """The figures; ``strategies`` are the newest revisions, ``answers`` come newest first, ``now`` has a time zone."""
    calendar = [(now - timedelta(days=back)).date() for back in reversed(range(DAYS))]

    def day_of(at: str) -> date:
        return datetime.fromisoformat(at).astimezone(now.tzinfo).date()

    recent = tuple(islice(takewhile(lambda each: day_of(each.at) >= calendar[0], answers), MOST_ANSWERS))
    unmatched = tuple(each for each in recent if each.record.get("match") == "none")
    bad = tuple(each for each in recent if each.rating == "bad")
    sent = tuple(each for each in attempts if day_of(each["at"]) >= calendar[0])
    money: Counter[date] = Counter()
    for attempt in sent:
        money[day_of(attempt["at"])] += attempt["money"]
    answers_of, unmatched_of = (Counter(day_of(each.at) for each in found) for found in (recent, unmatched))
    times, badly = (Counter(_followed(each) for each in found) for found in (recent, bad))
    used = [Used(each, times[each.id], badly[each.id]) for each in serving if times[each.id]]
    return Overview(
        serving=tuple(serving),
        drafts=tuple(each for each in strategies if each.status == "draft"),
        answers=recent,
        unmatched=unmatched,
        bad=bad,
        used=tuple(sorted(used, key=lambda each: -each.times)),
        unused=tuple(each for each in serving if each.scope == "scenario" and not times[each.id]),
        attempts=tuple(reversed(sent)),
        days=tuple(Day(day, answers_of[day], unmatched_of[day], money[day]) for day in calendar),
    )


def _followed(answer: Answered) -> str:
    """Id of the strategy that it followed; empty where there was none."""
    return str((answer.record.get("strategy") or {}).get("id", ""))


def _written(answers: Iterable[E]) -> list[E]:
    """The answers that the student wrote to their end."""
    return [each for each in answers if each.record.get("finish") == "stop" and _has_numbers(each.record)]


def _has_numbers(record: Mapping[str, Any]) -> bool:
    return bool((record.get("tokens") or {}).get("completion")) and bool(record.get("seconds"))

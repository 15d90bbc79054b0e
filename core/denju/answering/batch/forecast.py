"""What a run would do: the search alone for every row, and the time that a few answers took."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from denju.answering.ask import Ask
from denju.answering.batch.hands import Hand
from denju.answering.batch.job import Options, Tally
from denju.answering.batch.rows import Row
from denju.answering.batch.run import match_of
from denju.answering.batch.source import Source
from denju.errors import Interrupted
from denju.text import noun
from denju.values import Match

_SAMPLE = 4
"""Rows that are answered, and thrown away, to know the time of one; the first of them loads the model."""
_TELL_EVERY = 0.2
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the search found."""

    rows: int
    """All that are not empty."""
    bad: int
    """Rows that cannot be read."""
    to_answer: int
    """Rows that ``where`` and ``limit`` leave."""
    strategies: tuple[tuple[str, str, int], ...]
    """Id, title and number of rows of each that fits some, most rows first."""
    none: int
    """Rows that nothing in the library fits."""
    waiting: int
    """Rows with a greeting alone."""
    named: int
    """Rows that name their strategy themselves."""
    seconds: float
    """Of reading and searching."""
    estimate: float | None
    """Seconds that the answers would take; ``None`` where there is nothing to answer."""
    read_as: str | None
    """The encoding, for a person, where it is not UTF-8."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "rows": self.rows, "bad": self.bad, "to_answer": self.to_answer,
            "strategies": [{"id": id_, "title": title, "rows": rows} for id_, title, rows in self.strategies],
            "none": self.none, "waiting": self.waiting, "named": self.named, "seconds": round(self.seconds, 3),
            "estimate": None if self.estimate is None else round(self.estimate, 1), "read_as": self.read_as,
        }  # fmt: skip


def forecast(
    ask: Ask, hand: Hand, hands: int, source: Source, options: Options, cancel: threading.Event, stdin: IO[bytes] | None
) -> Iterator[Tally | Forecast]:
    """Search for every row; the last thing is a Forecast.

    Raises:
        UsageError, NotFound, StorageError: the input cannot be read.
        Interrupted: ``cancel`` was set.
    """
    began = told = time.monotonic()
    survey = source.survey()
    kinds: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    sample: list[tuple[Row, Match]] = []
    rows = bad = to_answer = 0
    for rows, row in enumerate(source.rows(survey, stdin, options.limit), start=1):
        if row.question is None:
            bad += 1
        elif row.question.strategy is not None:
            kinds["named"] += 1
        match = match_of(ask, row, brief=True)
        if row.question is not None and row.question.strategy is None:
            kinds[match.kind] += 1
            if match.best is not None:
                found[match.best.strategy.id, match.best.strategy.title] += 1
        if row.question is not None and (options.where is None or match.kind == "none"):
            to_answer += 1
            if len(sample) < _SAMPLE:
                sample.append((row, match))
        if time.monotonic() - told > _TELL_EVERY:
            told = time.monotonic()
            yield Tally(survey.rows if survey else None, answered=rows - bad, failed=bad, seconds=told - began)
            if cancel.is_set():
                raise Interrupted(f"Stopped after {rows:,} {noun(rows, 'row')}.", "Nothing was written.")
    seconds = time.monotonic() - began
    yield Forecast(
        rows=rows, bad=bad, to_answer=to_answer,
        strategies=tuple((*names, count) for names, count in found.most_common()),
        none=kinds["none"], waiting=kinds["waiting"], named=kinds["named"], seconds=seconds,
        estimate=_estimate(hand, sample, to_answer / hands, cancel), read_as=survey.read_as if survey else None,
    )  # fmt: skip


def _estimate(hand: Hand, sample: list[tuple[Row, Match]], rows: float, cancel: threading.Event) -> float | None:
    taken = [hand.begin(row, match, cancel)().seconds for row, match in sample]
    if cancel.is_set() or not taken:
        return None
    timed = taken[1:] or taken
    return rows * sum(timed) / len(timed)

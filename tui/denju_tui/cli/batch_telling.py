"""How far a batch is, in words: while it runs, afterwards, and from another terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from denju_tui.cli import diagnostics

if TYPE_CHECKING:
    from denju.workbench import Forecast, Job, Tally, Update
    from denju_tui.locale import Texts

EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""
FAILURES = 10
"""Failed rows that a status names."""
_LOOK = 0.5
"""Seconds between two looks at a run in another process."""


def tell(updates: Iterable[Update], t: Texts, target: str) -> Tally:
    """Tell the progress on stderr, then what became of the rows; returns the last tally."""
    from denju.values import Answer

    line, last, practice = _Line(t), None, False
    try:
        for update in updates:
            if isinstance(update, Answer):
                practice = practice or (update.student is not None and update.student.practice)
            else:
                last = update
                line.show(update)
    finally:
        line.clear()
        if practice:
            diagnostics.note(t("common.practice_warning"))
    assert last is not None
    diagnostics.note(
        t("batch.summary", answered=last.answered, failed=last.failed, skipped=last.skipped, target=target)
    )
    if last.passed_over:
        diagnostics.note(t("batch.passed_over", rows=f"{last.passed_over:,}"))
    if last.unread:
        diagnostics.note(t("batch.unread", bytes=f"{last.unread:,}"))
    return last


def forecast(updates: Iterable[Tally | Forecast], t: Texts) -> Forecast:
    """Tell the progress of the search; returns what it found."""
    line = _Line(t)
    last: Tally | Forecast | None = None
    try:
        for last in updates:
            if hasattr(last, "rate"):
                line.show(cast("Tally", last))
    finally:
        line.clear()
    return cast("Forecast", last)


def follow(status: Callable[[], Job], t: Texts, cancel: threading.Event) -> None:
    """Show a run on a terminal until it ends or ``cancel`` is set; elsewhere nothing."""
    line = _Line(t)
    while line.live and not cancel.is_set() and (job := status()).state == "running":
        line.show(job.tally)
        cancel.wait(_LOOK)
    line.clear()


def job_text(target: Path, job: Job, t: Texts) -> list[str]:
    """A run in some lines."""
    why = f": {t.said(job.why)}" if job.why else ""
    return [
        f"{target}: {t(f'batch.{job.state}')}{why}",
        t("batch.from", source=job.source.name, began=job.began, seen=job.seen),
        *read_as(job.read_as, t),
        tally_text(job.tally, t) if job.state == "running" else _counts(job.tally, t),
    ]


def tally_text(tally: Tally, t: Texts) -> str:
    """How far a run is, on one line."""
    if tally.waiting:
        return t("ask.waiting", places=tally.waiting)
    text = _counts(tally, t)
    if tally.rate:
        text += t("batch.rate", rate=f"{tally.rate:,.1f}")
    if tally.seconds_left is not None and tally.rows != tally.done:
        text += t("batch.left", time=clock(tally.seconds_left))
    return text


def forecast_text(found: Forecast, t: Texts) -> list[str]:
    """What a search without answers found, in some lines."""
    share = found.none / (found.rows - found.bad) if found.rows > found.bad else 0.0
    lines = read_as(found.read_as, t)
    lines += [t("batch.found", rows=f"{found.rows:,}", none=f"{found.none:,}", share=f"{share:.1%}")]
    others = {"waiting": found.waiting, "named": found.named, "bad": found.bad}
    lines += [t(f"batch.found_{name}", rows=f"{count:,}") for name, count in others.items() if count]
    if found.estimate is not None:
        lines.append(t("batch.estimate", rows=f"{found.to_answer:,}", time=clock(found.estimate)))
    return lines


def read_as(encoding: str | None, t: Texts) -> list[str]:
    """Which encoding a file was taken for, in a line; none where there is nothing to tell."""
    return [t.said(f"Read as {encoding}.")] if encoding else []


class _Line:
    """A live line on a terminal, else a line every ``EVERY`` seconds."""

    def __init__(self, t: Texts) -> None:
        self._t = t
        self._status = diagnostics.Status()
        self._told = time.monotonic()
        self.live = self._status.live

    def show(self, tally: Tally) -> None:
        if self.live:
            self._status.show(tally_text(tally, self._t))
        elif time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            diagnostics.note(tally_text(tally, self._t))

    def clear(self) -> None:
        self._status.clear()


def _counts(tally: Tally, t: Texts) -> str:
    done = f"{tally.done:,}"
    text = (
        t("batch.progress", done=done, total=f"{tally.rows:,}")
        if tally.rows is not None
        else t("batch.so_far", done=done)
    )
    failed = tally.failed + tally.failed_before
    return text + (t("batch.failed_so_far", failed=f"{failed:,}") if failed else "")


def clock(seconds: float) -> str:
    """``1:05``, ``2:03:09``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

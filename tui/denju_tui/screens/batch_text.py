"""What the Batch pane says about an order, a run, and rows that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from denju.text import clean, one_line
from denju_tui.cli.batch_telling import clock, read_as
from denju_tui.locale import Texts
from denju_tui.moments import moment
from denju_tui.screens.batch_runs import Run, Wanted
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.meter import bar
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph
from denju_tui.widgets.wrapping import pad

if TYPE_CHECKING:
    from denju.workbench import Forecast, Tally

MOST_STRATEGIES = 200
Key = Callable[[str], str]
"""The key of an action, as it is shown."""


def labelled(values: Iterable[tuple[str, str, str]]) -> list[Paragraph]:
    """A line each: what it is, and its value in a style; as wide as the widest name. Empty values are left out."""
    shown = [(name, value, style) for name, value, style in values if value]
    width = max((cell_len(name) for name, _, _ in shown), default=0) + 2
    return [Paragraph(value, style, lead=pad(name, width)) for name, value, style in shown]


def place(path: Path | str) -> str:
    """A path as a person writes it, ``~`` for the home."""
    home, text = str(Path.home()), str(path)
    return one_line(f"~{text.removeprefix(home)}" if text == home or text.startswith(f"{home}/") else text)


# Runs


def run_rows(runs: Sequence[Run], t: Texts) -> list[Row]:
    """The runs: state, how much is done, the file of the answers."""
    return [
        Row(each.id, (t(f"stack.{each.state}"), _percent(each.share), name_of(each)), quiet=not each.active)
        for each in runs
    ]


def name_of(run: Run) -> str:
    """The file of its answers, without the folder."""
    return one_line(run.target.name)


def run(shown: Run, t: Texts, key: Key) -> list[Paragraph]:
    """One run: how far it is first, then what it is."""
    job = shown.job
    state = t(f"stack.{shown.state}")
    warns = shown.state in ("failed", "refused")
    head = [Paragraph(name_of(shown), TITLE), Paragraph(state, WARNING if warns else HEADING)]
    if shown.said:
        said = "\n".join(t.said(line) for line in shown.said.splitlines())  # what happened, and what to do
        head.append(Paragraph(said, gap=True))
    if shown.despite:
        head.append(Paragraph(t("stack.despite", key=key("batch.resume")), WARNING, gap=True))
    if job is None or shown.state == "starting":
        return head
    if job.why and not shown.said:
        head.append(Paragraph(t.said(clean(job.why)), WARNING if warns else ""))
    tally = job.tally
    if shown.share is not None and not shown.said:
        head += [Paragraph(""), bar(shown.share), Paragraph("")]
    if tally.waiting and shown.active:
        head.append(Paragraph(t("stack.waiting", places=tally.waiting), WARNING))
    total = f"{tally.rows:,}" if tally.rows is not None else ""
    done = t("stack.of", done=f"{tally.done:,}", total=total) if total else f"{tally.done:,}"
    passed = f"{tally.passed_over:,}  {t('stack.passed_why')}" if tally.passed_over else ""
    left = tally.seconds_left if shown.active else None
    lines = labelled(
        [
            (t("stack.progress"), done, TITLE),
            (t("stack.failures"), f"{shown.failed_rows:,}" if shown.failed_rows else "", WARNING),
            (t("stack.left"), clock(left) if left is not None else "", TITLE),
            (t("stack.rate"), f"{tally.rate:,.1f}" if tally.rate else "", ""),
            (t("stack.ended"), clock(tally.seconds) if not shown.active and tally.seconds else "", ""),
            (t("stack.passed_over"), passed, ""),
            (t("stack.unread"), t("stack.unread_why", bytes=f"{tally.unread:,}") if tally.unread else "", WARNING),
            (t("stack.source"), place(job.source.name), ""),
            *(("", line, "") for line in read_as(job.read_as, t)),
            (t("stack.target"), place(shown.target), ""),
            (t("stack.where"), t("stack.where_none") if job.options.where else "", ""),
            (t("stack.began"), moment(job.began), MUTED),
            (t("stack.student"), t("pane.practice") if job.student.practice else one_line(job.student.model),
             WARNING if job.student.practice else MUTED),
        ]
    )  # fmt: skip
    return [*head, *lines, *_next(shown, t, key)]


def _next(shown: Run, t: Texts, key: Key) -> list[Paragraph]:
    """What a person can do now."""
    lines = []
    if shown.active:
        lines.append(t("stack.outlives"))
    elif shown.state in ("stopped", "failed"):
        if shown.from_stdin:
            lines += [t("batch.from_stdin"), t("batch.from_stdin_hint", target=place(shown.target))]
        else:
            lines.append(t("stack.goes_on", key=key("batch.resume")))
    if shown.failed_rows and not shown.active and not shown.from_stdin and shown.job is not None:
        text = "stack.table_failed" if shown.job.options.form == "csv" else "stack.read_failed"
        lines.append(t(text, key=key("batch.failed"), again=key("batch.retry")))
    return [Paragraph(line, gap=not number) for number, line in enumerate(lines)]


# An order


def order_rows(wanted: Wanted, t: Texts) -> list[Row]:
    """What can be changed before the start."""
    limit = t("stack.limit", count=f"{wanted.limit:,}") if wanted.limit else t("stack.limit_all")
    values = {
        "target": one_line(wanted.target.name),
        "text": t("stack.column", name=wanted.text),
        "id": t("stack.column", name=wanted.id),
        "where": t("stack.where_no_match" if wanted.no_match else "stack.where_all"),
        "limit": limit,
    }
    return [Row(name, (t(f"stack.order_{name}"), value)) for name, value in values.items()]


def searching(tally: Tally | None, t: Texts) -> list[Paragraph]:
    """While the search goes through the rows."""
    if tally is None or tally.rows is None:
        return [Paragraph(t("stack.searching"), MUTED)]
    said = t("stack.searching_rows", done=f"{tally.done:,}", total=f"{tally.rows:,}")
    return [Paragraph(said, MUTED), Paragraph(""), bar(tally.done / tally.rows if tally.rows else 0.0)]


def forecast(found: Forecast, t: Texts, key: Key) -> list[Paragraph]:
    """How long it takes first, then what nothing fits, then what fits how many."""
    if found.estimate is None:
        head = [Paragraph(t("stack.takes_nothing"), TITLE)]
    else:
        takes = t("stack.takes", rows=f"{found.to_answer:,}", time=clock(found.estimate))
        head = [Paragraph(takes, TITLE), Paragraph(t("stack.start_how", key=key("ordering.start")))]
    head += [Paragraph(line, MUTED) for line in read_as(found.read_as, t)]
    whole = max(1, found.rows - found.bad)
    values = {"none": f"{found.none:,}", "rows": f"{found.rows - found.bad:,}", "share": f"{found.none / whole:.1%}"}
    head.append(Paragraph(t("stack.fits_nothing", **values), WARNING if found.none else MUTED, gap=True))
    others = {"unfitting": found.none, "greetings": found.waiting, "named": found.named, "unreadable": found.bad}
    counted = [(count, title, "") for _, title, count in found.strategies[:MOST_STRATEGIES]]
    counted += [(count, t(f"stack.{name}"), WARNING) for name, count in others.items() if count]
    most = max((count for count, _, _ in counted), default=1)
    wide = len(f"{most:,}")
    lines = [
        Paragraph(one_line(title), style, lead=f"{count:>{wide},}  {_meter(count / most)}  ")
        for count, title, style in counted
    ]
    return [*head, Paragraph(t("stack.fitting"), HEADING, gap=True), *lines]


# Rows that failed


def failed_rows(records: Sequence[dict[str, Any]], t: Texts) -> list[Row]:
    """A row each: its id and what was wrong."""
    return [
        Row(str(number), (one_line(str(each["id"])), t.said(one_line(_of_error(each, "message")))))
        for number, each in enumerate(records)
    ]


def failed_row(record: dict[str, Any], message: str, t: Texts) -> list[Paragraph]:
    """One of them: why, what to do, and what the customer wrote."""
    return [
        Paragraph(one_line(str(record["id"])), TITLE),
        Paragraph(t("stack.why"), HEADING, gap=True),
        Paragraph(t.said(clean(_of_error(record, "message"))), WARNING),
        Paragraph(t.said(clean(_of_error(record, "hint")))),
        Paragraph(t("stack.message"), HEADING, gap=True),
        Paragraph(message or t("stack.no_message"), "" if message else MUTED),
    ]


def _of_error(record: dict[str, Any], name: str) -> str:
    error = record["error"]
    return str(error.get(name, "")) if isinstance(error, dict) else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{int(share * 100):>3} %"


def _meter(share: float) -> str:
    return ("#" * max(1, round(10 * share))).ljust(10)

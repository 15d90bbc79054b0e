"""The rows of a run that could not be answered, each with its reason and what the customer wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import batch_text
from denju_tui.screens.batch_runs import Run
from denju_tui.screens.over import Over
from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Workbench

MOST = 500
"""Rows that are shown."""


class FailuresScreen(Over[bool]):
    """Its result is whether they are to be answered again."""

    BINDINGS = bindings("failures")

    @dataclass
    class Read(Message, bubble=False):
        """The records, and what the customers wrote, by the row's id."""

        records: list[dict[str, Any]]
        messages: dict[str, str]

    def __init__(self, *, desk: Desk, run: Run) -> None:
        super().__init__(desk=desk)
        self._run_ = run
        self.records: list[dict[str, Any]] | None = None
        self._messages: dict[str, str] = {}

    def title_text(self) -> str:
        many = self._run_.failed_rows > MOST
        count = f"{min(MOST, self._run_.failed_rows):,}"
        return self.t("stack.failed_some" if many else "stack.failed_title", count=count)

    def middle(self) -> Iterator[Widget]:
        yield Sheet([Paragraph(batch_text.place(self._run_.target), MUTED)], classes="head")
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("failures.back",) if self._run_.from_stdin else ("failures.retry", "failures.back")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self.rows.focus()
        bench, run = self.desk.workbench, self._run_
        self.in_thread(lambda: self.post_message(_read(bench, run)))

    def on_failures_screen_read(self, read: Read) -> None:
        self.records, self._messages = read.records, read.messages
        self.rows.show(batch_text.failed_rows(self.records, self.t))
        self._show()

    def _show(self) -> None:
        if self.records and self.rows.key:
            record = self.records[int(self.rows.key)]
            message = self._messages.get(str(record["id"]), "")
            self.query_one(".body", Sheet).show(batch_text.failed_row(record, message, self.t))

    def on_row_list_chosen(self) -> None:
        self._show()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.query_one(".paper").focus()

    def action_retry(self) -> None:
        self.dismiss(True)

    def action_back(self) -> None:
        self.dismiss(False)


def _read(workbench: Workbench, run: Run) -> FailuresScreen.Read:
    records = workbench.batches.failures(run.target, MOST)
    wanted = {str(each["id"]) for each in records}
    messages: dict[str, str] = {}
    job = run.job
    with contextlib.suppress(DenjuError):  # the input is gone: the reasons can be read all the same
        for row in job.source.rows(job.survey) if job is not None and job.source.path else ():
            if row.id in wanted:
                # Nothing tells which one of several rows with this id failed.
                shown = row.question if row.id not in messages else None
                messages[row.id] = shown.turns[-1].text if shown is not None else ""
    return FailuresScreen.Read(records, messages)

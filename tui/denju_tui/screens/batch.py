"""Batch: a whole file of messages. First a search alone, then a run that outlives the app, and the rows that failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.text import clean, one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.launching import Launched
from denju_tui.screens import batch_text
from denju_tui.screens.batch_runs import DESPITE, Run, Wanted, runs
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Forecast, Tally

LOOK = 1.0
"""Seconds between two looks at the runs, which may be in other processes."""
SURE_SECONDS = 5.0
"""In which a second press goes on despite changes."""
MOST_FAILED = 500
"""Failed rows that are shown."""
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")
Step = Literal["runs", "order", "failed"]
"""The runs; a file that was picked, before its start; rows that failed."""
Purpose = Literal["target", "text", "id", "limit"]
"""What the one-line box is open for."""


class BatchPane(Pane):
    """A list, and beside or below it what is chosen: a run, what an order would do, a row that failed."""

    PANE = "batch"
    CSS_PATH = "batch.tcss"
    BINDINGS = bindings("batch")

    @dataclass
    class Looked(Message, bubble=False):
        """The runs, as they stand now."""

        runs: tuple[Run, ...]

    @dataclass
    class Searched(Message, bubble=False):
        """How far the search is, or what it found."""

        wanted: Wanted
        found: Tally | Forecast

    @dataclass
    class Failures(Message, bubble=False):
        """Rows that failed, with what the customers wrote, by the row's id."""

        run: Run
        records: list[dict[str, Any]]
        messages: dict[str, str]

    @dataclass
    class Stopped(Message, bubble=False):
        """Something went wrong."""

        error: DenjuError
        wanted: Wanted | None = None
        """The order that it is about."""

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self.step: Step = "runs"
        self.runs: tuple[Run, ...] | None = None
        self.wanted: Wanted | None = None
        self.forecast: Forecast | None = None
        self.launched: dict[Path, Launched] = {}
        """By their answers' files, the newest last."""
        self._searched: Tally | None = None
        self._error: DenjuError | None = None
        """What is wrong with the order."""
        self._failed: tuple[list[dict[str, Any]], dict[str, str]] = ([], {})
        self._cancel = threading.Event()
        self._purpose: Purpose = "target"
        self._asked_despite = 0.0
        self._timer: Timer | None = None
        self._looking = False

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield RowList(id="rows")
            with VerticalScroll(id="paper"):
                yield Sheet(classes="body")
        yield Line(id="line")

    def hints(self) -> Sequence[str]:
        match self.step:
            case "order":
                return ("batch.start", "batch.open", "batch.back", "app.help")
            case "failed":
                return ("batch.retry", "batch.back", "app.help")
        run = self.chosen
        own: tuple[str, ...] = ()
        if run is not None:
            own = ("batch.pause",) if run.active else ("batch.resume",) if run.state != "finished" else ()
            own += ("batch.failed", "batch.retry") if run.failed_rows else ()
        return (*own, "batch.pick", "app.quit", "app.help")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Run | None:
        """The run that is looked at."""
        if not self.runs:
            return None
        return next((each for each in self.runs if str(each.target) == self._run_key), self.runs[0])

    @property
    def _run_key(self) -> str:
        return self.rows.key if self.step == "runs" else self._kept_key

    _kept_key = ""
    """The run that was chosen when another step began."""

    def speak(self) -> None:
        super().speak()
        self._draw()

    def on_mount(self) -> None:
        self._timer = self.set_interval(LOOK, self.look)
        self.rows.focus()

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self.look()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    def leave(self) -> None:
        """Stop the search; runs go on."""
        self._cancel.set()

    def _in_thread(self, work: Callable[[], object], group: str = "batch", wanted: Wanted | None = None) -> None:
        def run() -> None:
            try:
                work()
            except DenjuError as error:
                self.post_message(self.Stopped(error, wanted))

        self.run_worker(run, thread=True, group=group)

    # Runs

    def look(self) -> None:
        """Look at all runs again."""
        if self._looking:
            return
        self._looking = True
        bench, launched = self.desk.workbench, dict(self.launched)

        def read() -> None:
            try:
                self.post_message(self.Looked(runs(bench, launched)))
            finally:
                self._looking = False

        self._in_thread(read, "look")

    def on_batch_pane_looked(self, looked: Looked) -> None:
        if looked.runs == self.runs:
            return
        self.runs = looked.runs
        if self.step == "runs":
            self._draw()
            self.show_hints()

    def on_batch_pane_stopped(self, stopped: Stopped) -> None:
        error = stopped.error
        if stopped.wanted is not None and self.step == "order":
            if stopped.wanted == self.wanted:
                self._error = error
                self._draw()
            return
        self.say(f"{self.t.said(error.what)} {self.t.said(error.hint)}", warns=True)

    # Steps

    def go(self, step: Step) -> None:
        """Show a step."""
        if self.step == "runs":
            self._kept_key = self.rows.key
        self.step = step
        self.remove_class("-line")
        self._draw()
        self.show_hints()
        self.rows.focus()
        self.query_one("#paper").scroll_home(animate=False)

    def _show_run(self, target: Path) -> None:
        """Show the runs, this one chosen."""
        self._cancel.set()
        self._kept_key = str(target)
        self.go("runs")
        self._choose(self._kept_key)
        self.look()

    def _choose(self, key: str) -> None:
        keys = [str(each.target) for each in self.runs or ()]
        if key in keys:
            self.rows.chosen = keys.index(key)

    # Drawing

    def _draw(self) -> None:
        head, rows, body = {"runs": self._of_runs, "order": self._of_order, "failed": self._of_failed}[self.step]()
        self.query_one(".head", Sheet).show(head)
        self.set_class(not rows, "-empty")
        self.rows.show(rows)
        self.query_one(".body", Sheet).show(body())

    def _of_runs(self) -> tuple[list[Paragraph], list[Row], Callable[[], list[Paragraph]]]:
        t = self.t
        if self.runs is None:
            return [Paragraph(t("stack.loading"), MUTED)], [], list
        if not self.runs:
            how = t("stack.none_how", key=self.key("batch.pick"))
            return [Paragraph(t("stack.none"), TITLE), Paragraph(how)], [], list
        rows = batch_text.run_rows(self.runs, t)
        return [Paragraph(t("stack.runs", count=len(self.runs)), TITLE)], rows, self._run_body

    def _run_body(self) -> list[Paragraph]:
        run = self.chosen
        return batch_text.run(run, self.t, self.key) if run else []

    def _of_order(self) -> tuple[list[Paragraph], list[Row], Callable[[], list[Paragraph]]]:
        wanted = cast("Wanted", self.wanted)
        head = [
            Paragraph(one_line(wanted.source.name), TITLE),
            Paragraph(batch_text.place(wanted.source.parent), MUTED),
        ]
        return head, batch_text.order_rows(wanted, self.t), self._order_body

    def _order_body(self) -> list[Paragraph]:
        t, error = self.t, self._error
        if error is not None:
            return [Paragraph(t.said(error.what), WARNING), Paragraph(t.said(error.hint))]
        if self.forecast is None:
            return batch_text.searching(self._searched, t)
        return batch_text.forecast(self.forecast, t, self.key)

    def _of_failed(self) -> tuple[list[Paragraph], list[Row], Callable[[], list[Paragraph]]]:
        records, _ = self._failed
        run = self.chosen
        text = "stack.failed_some" if len(records) == MOST_FAILED else "stack.failed_title"
        head = [Paragraph(self.t(text, count=f"{len(records):,}"), TITLE)]
        head += [Paragraph(batch_text.name_of(run), MUTED)] if run else []
        return head, batch_text.failed_rows(records, self.t), self._failed_body

    def _failed_body(self) -> list[Paragraph]:
        records, messages = self._failed
        if not self.rows.key.isdigit():
            return []
        record = records[int(self.rows.key)]
        return batch_text.failed_row(record, messages.get(str(record["id"]), ""), self.t)

    def on_row_list_chosen(self) -> None:
        body = {"runs": self._run_body, "order": self._order_body, "failed": self._failed_body}[self.step]
        self.query_one(".body", Sheet).show(body())
        if self.step != "order":
            self.query_one("#paper").scroll_home(animate=False)
        self.show_hints()

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        if self.step != "order" or self.wanted is None:
            self.query_one("#paper").focus()
        elif opened.key == "where":
            self._order(replace(self.wanted, no_match=not self.wanted.no_match))
        else:
            self._open_line(cast("Purpose", opened.key))

    # An order

    def action_pick(self) -> None:
        from denju_tui.screens.picking import PickScreen

        start = self.wanted.source.parent if self.wanted else None
        screen = PickScreen(desk=self.desk, title=self.t("stack.pick_title"), suffixes=SUFFIXES, start=start)
        self.app.push_screen(screen, self._picked)

    def _picked(self, path: Path | None) -> None:
        if path is None:
            return
        if self._has_run(path):
            from denju_tui.batch_list import remember

            remember(self.desk.workbench.paths.drafts, path)
            self._show_run(path)
            return
        self._order(Wanted.of(path))

    def _has_run(self, path: Path) -> bool:
        """Whether the file holds the answers of a run."""
        try:
            self.desk.workbench.batches.status(path)
        except DenjuError:
            return False
        return True

    def _order(self, wanted: Wanted) -> None:
        """Look at what an order would do."""
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        self.wanted, self.forecast, self._searched, self._error = wanted, None, None, None
        bench = self.desk.workbench

        def search() -> None:
            for found in bench.batches.forecast(wanted.order(bench), cancel):
                if not cancel.is_set():
                    self.post_message(self.Searched(wanted, found))

        self.go("order")
        self._in_thread(search, "search", wanted)

    def on_batch_pane_searched(self, searched: Searched) -> None:
        if searched.wanted != self.wanted:
            return
        if hasattr(searched.found, "estimate"):
            self.forecast = cast("Forecast", searched.found)
        else:
            self._searched = searched.found
        if self.step == "order":
            self._draw()

    def action_start(self) -> None:
        if self.step != "order" or self.wanted is None:
            self.say(self.t("stack.no_order", key=self.key("batch.pick")))
        elif self.forecast is None:
            self.say(self.t("stack.not_ready"))
        elif self.forecast.estimate is None:
            self.say(self.t("stack.takes_nothing"))
        else:
            self._launch(self.wanted.target, *self.wanted.command())

    def _launch(self, target: Path, *arguments: str) -> None:
        try:
            launched = self.desk.launch(*arguments)
        except DenjuError as error:
            self.post_message(self.Stopped(error))
            return
        self.launched.pop(target, None)
        self.launched[target] = launched
        self._show_run(target)

    # A run

    def action_pause(self) -> None:
        run, bench = self.chosen, self.desk.workbench
        if run is None or not run.active:
            self.say(self.t("stack.not_running" if run else "stack.nothing_chosen"))
            return
        self.say(self.t("stack.pausing"))
        self._in_thread(lambda: bench.batches.stop(run.target))

    def action_resume(self) -> None:
        run = self.chosen
        if run is None or run.active:
            self.say(self.t("stack.is_running" if run else "stack.nothing_chosen"))
            return
        despite = run.despite
        if despite and self.clock() - self._asked_despite > SURE_SECONDS:
            self._asked_despite = self.clock()
            self.say(self.t("stack.despite_sure", key=self.key("batch.resume")), warns=True)
            return
        if run.state != "finished":
            self._launch(run.target, "batch", "resume", str(run.target), *([DESPITE] if despite else []))

    def action_retry(self) -> None:
        run = self.chosen
        if run is None or run.active or not run.failed_rows:
            self.say(self.t("stack.is_running" if run and run.active else "stack.no_failed"))
            return
        self._launch(run.target, "batch", "resume", str(run.target), "--retry-failed")

    def action_failed(self) -> None:
        run, bench = self.chosen, self.desk.workbench
        if run is None or run.job is None or not run.failed_rows:
            self.say(self.t("stack.no_failed"))
            return
        job = run.job
        if job.options.form == "csv":
            self.say(self.t("stack.table_failed", again=self.key("batch.retry")))
            return

        def read() -> None:
            records = bench.batches.failures(run.target, MOST_FAILED)
            wanted = {str(each["id"]) for each in records}
            messages: dict[str, str] = {}
            for row in job.source.rows(job.survey) if job.source.path else ():
                if len(messages) == len(wanted):
                    break
                if row.id in wanted and row.question is not None:
                    messages[row.id] = row.question.turns[-1].text
            self.post_message(self.Failures(run, records, messages))

        self._in_thread(read)

    def on_batch_pane_failures(self, failures: Failures) -> None:
        if self.step == "runs":
            self._failed = failures.records, failures.messages
            self.go("failed")

    # The one-line box

    def _open_line(self, purpose: Purpose) -> None:
        wanted = cast("Wanted", self.wanted)
        self._purpose = purpose
        line = self.query_one("#line", Input)
        limit = str(wanted.limit or "")
        line.value = {"target": str(wanted.target), "text": wanted.text, "id": wanted.id, "limit": limit}[purpose]
        line.placeholder = self.t(f"stack.line_{purpose}")
        self.add_class("-line")
        line.focus()
        self.say(self.t(f"stack.line_{purpose}"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self.wanted is None:
            return
        text = clean(event.value).strip()
        changed = self._changed(self.wanted, text)
        if changed is not None:
            self.remove_class("-line")
            self._order(changed)

    def _changed(self, wanted: Wanted, text: str) -> Wanted | None:
        """The order with what was typed; ``None`` where that cannot be."""
        match self._purpose:
            case "limit":
                if text and not (text.isascii() and text.isdigit() and int(text)):
                    self.say(self.t("stack.not_number"), warns=True)
                    return None
                return replace(wanted, limit=int(text) if text else None)
            case "target":
                target = Path(wanted.source.parent / Path(text).expanduser()) if text else wanted.target
                if target.exists() and not self._has_run(target):
                    self.say(self.t("stack.there", file=one_line(target.name)), warns=True)
                    return None
                return replace(wanted, target=target)
            case "text":
                return replace(wanted, text=text or "text")
            case "id":
                return replace(wanted, id=text or "id")

    def action_back(self) -> None:
        if self.has_class("-line"):
            self.remove_class("-line")
            self.rows.focus()
        elif self.step != "runs":
            self._cancel.set()
            self.go("runs")
            self._choose(self._kept_key)
        else:
            self.rows.focus()

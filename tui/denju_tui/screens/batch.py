"""Batch: whole files of messages. First a search alone, then a run that outlives the app and is watched here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.actions import bindings
from denju_tui.batch_list import remember
from denju_tui.desk import Desk
from denju_tui.launching import Launched
from denju_tui.screens import batch_text
from denju_tui.screens.batch_runs import DESPITE, Run, Wanted, has_run, runs
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, TITLE
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

LOOK = 1.0
"""Seconds between two looks at the runs, which may be in other processes."""
SURE_SECONDS = 5.0
"""In which a second press goes on despite changes."""
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")


class BatchPane(Pane):
    """The runs, and beside or below them the chosen one."""

    PANE = "batch"
    CSS_PATH = "batch.tcss"
    BINDINGS = bindings("batch")

    @dataclass
    class Looked(Message, bubble=False):
        """The runs, as they stand now."""

        runs: tuple[Run, ...]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self.runs: tuple[Run, ...] | None = None
        self.launched: dict[Path, Launched] = {}
        """By their answers' files, the newest last."""
        self._wanted = ""
        """A run that is to be chosen as soon as it is listed."""
        self._folder: Path | None = None
        """Where the last file was picked."""
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

    def hints(self) -> Sequence[str]:
        run = self.chosen
        own: tuple[str, ...] = ()
        if run is not None:
            own = ("batch.pause",) if run.active else ("batch.resume",) if run.state != "finished" else ()
            own += ("batch.failed", "batch.retry") if run.failed_rows and not run.active else ()
        return (*own, "batch.pick", "app.quit", "app.help")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Run | None:
        """The run that is looked at."""
        return next((each for each in self.runs or () if str(each.target) == self.rows.key), None)

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

    # Looking

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

        self.in_thread(read)

    def on_batch_pane_looked(self, looked: Looked) -> None:
        targets = [str(each.target) for each in looked.runs]
        if looked.runs != self.runs:
            self.runs = looked.runs
            self._draw()
        if self._wanted in targets:
            self.rows.chosen = targets.index(self._wanted)
            self._wanted = ""
            self._read()
        self.show_hints()

    def _draw(self) -> None:
        t, runs_ = self.t, self.runs
        if runs_ is None:
            head = [Paragraph(t("stack.loading"), MUTED)]
        elif not runs_:
            head = [Paragraph(t("stack.none"), TITLE), Paragraph(t("stack.none_how", key=self.key("batch.pick")))]
        else:
            head = [Paragraph(t("stack.runs", count=len(runs_)), TITLE)]
        self.query_one(".head", Sheet).show(head)
        self.set_class(not runs_, "-empty")
        self.rows.show(batch_text.run_rows(runs_ or (), t))
        self._read()

    def _read(self) -> None:
        run = self.chosen
        self.query_one(".body", Sheet).show(batch_text.run(run, self.t, self.key) if run else [])

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one("#paper").scroll_home(animate=False)
        self.show_hints()

    def on_row_list_opened(self) -> None:
        self.action_open()

    # Starting

    def action_open(self) -> None:
        self.query_one("#paper").focus()

    def action_pick(self) -> None:
        from denju_tui.screens.picking import PickScreen

        screen = PickScreen(
            desk=self.desk, title=self.t("stack.pick_title"), suffixes=SUFFIXES, start=self._folder
        )  # fmt: skip
        self.app.push_screen(screen, self._picked)

    def _picked(self, path: Path | None) -> None:
        from denju_tui.screens.ordering import OrderScreen

        if path is None:
            return
        self._folder = path.parent
        if has_run(self.desk.workbench, path):
            remember(self.desk.workbench.paths.drafts, path)
            self._wanted = str(path)
            self.look()
        else:
            self.app.push_screen(OrderScreen(desk=self.desk, source=path), self._ordered)

    def _ordered(self, wanted: Wanted | None) -> None:
        if wanted is not None:
            self._launch(wanted.target, *wanted.command())

    def _launch(self, target: Path, *arguments: str) -> None:
        try:
            launched = self.desk.launch(*arguments)
        except DenjuError as error:
            self.stopped(error)
            return
        self.launched.pop(target, None)
        self.launched[target] = launched
        self._wanted = str(target)
        self.look()

    # A run

    def action_pause(self) -> None:
        run, bench = self.chosen, self.desk.workbench
        if run is None or not run.active:
            self.say(self.t("stack.not_running" if run else "stack.nothing_chosen"))
            return
        self.say(self.t("stack.pausing"))
        self.in_thread(lambda: bench.batches.stop(run.target))

    def action_resume(self) -> None:
        run = self.chosen
        if run is None or run.active:
            self.say(self.t("stack.is_running" if run else "stack.nothing_chosen"))
            return
        if run.despite and self.clock() - self._asked_despite > SURE_SECONDS:
            self._asked_despite = self.clock()
            self.say(self.t("stack.despite_sure", key=self.key("batch.resume")), warns=True)
        elif run.state != "finished":
            self._launch(run.target, "batch", "resume", str(run.target), *([DESPITE] if run.despite else []))

    def action_retry(self) -> None:
        run = self.chosen
        if run is None or run.active or not run.failed_rows:
            self.say(self.t("stack.is_running" if run and run.active else "stack.no_failed"))
            return
        self._launch(run.target, "batch", "resume", str(run.target), "--retry-failed")

    def action_failed(self) -> None:
        from denju_tui.screens.failures import FailuresScreen

        run = self.chosen
        if run is None or run.job is None or not run.failed_rows:
            self.say(self.t("stack.no_failed"))
        elif run.job.options.form == "csv":
            self.say(self.t("stack.table_failed", again=self.key("batch.retry")))
        else:
            self.app.push_screen(FailuresScreen(desk=self.desk, run=run), self._read_failed)

    def _read_failed(self, again: bool | None) -> None:
        if again:
            self.action_retry()

    def action_back(self) -> None:
        self.rows.focus()

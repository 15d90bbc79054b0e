"""Batch: whole files of messages. First a search alone, then a run that outlives the app and is watched here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from denju.errors import DenjuError
from denju_tui.actions import bindings
from denju_tui.batch_list import remember
from denju_tui.desk import Desk
from denju_tui.launching import Launched
from denju_tui.screens import batch_text
from denju_tui.screens.batch_runs import DESPITE, RETRY, Run, Wanted, has_run, runs
from denju_tui.screens.watching import WatchingPane
from denju_tui.widgets.ink import MUTED, TITLE
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph

SURE_SECONDS = 5.0
"""In which a second press goes on despite changes."""
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")


class BatchPane(WatchingPane[Run]):
    """The runs that answer files of messages, and the ways to begin one."""

    PANE = "batch"
    CSS_PATH = "batch.tcss"
    BINDINGS = bindings("batch")

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self.launched: dict[Path, Launched] = {}
        """By their answers' files, the newest last."""
        self._folder: Path | None = None
        """Where the last file was picked."""
        self._asked_despite = 0.0

    def hints(self) -> Sequence[str]:
        run = self.chosen
        own: tuple[str, ...] = ()
        if run is not None:
            again = not run.active and not run.from_stdin
            own = ("batch.pause",) if run.active else ("batch.resume",) if again and run.state != "finished" else ()
            own += ("batch.failed",) if run.failed_rows and not run.active else ()
            own += ("batch.retry",) if run.failed_rows and again else ()
        return (*own, "batch.pick", "app.quit", "app.help")

    # Looking

    def reading(self) -> Callable[[], tuple[Run, ...]]:
        bench, launched = self.desk.workbench, dict(self.launched)
        return lambda: runs(bench, launched)

    def head(self) -> list[Paragraph]:
        t = self.t
        if self.runs is None:
            return [Paragraph(t("stack.loading"), MUTED)]
        if not self.runs:
            return [Paragraph(t("stack.none"), TITLE), Paragraph(t("stack.none_how", key=self.key("batch.pick")))]
        return [Paragraph(t("stack.runs", count=len(self.runs)), TITLE)]

    def listed(self, runs: Sequence[Run]) -> list[Row]:
        return batch_text.run_rows(runs, self.t)

    def read(self, run: Run) -> list[Paragraph]:
        return batch_text.run(run, self.t, self.key)

    # Starting

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
        if run.state == "starting":  # nothing on the disk tells of it yet
            self.launched[run.target].stop()
        else:
            self.in_thread(lambda: bench.batches.stop(run.target))

    def action_resume(self) -> None:
        run = self.chosen
        if run is None or run.active:
            self.say(self.t("stack.is_running" if run else "stack.nothing_chosen"))
            return
        if run.from_stdin:
            self.say(self.t("batch.from_stdin"), warns=True)
        elif run.despite and self.clock() - self._asked_despite > SURE_SECONDS:
            self._asked_despite = self.clock()
            self.say(self.t("stack.despite_sure", key=self.key("batch.resume")), warns=True)
        elif run.despite:
            retry = [RETRY] if RETRY in self.launched[run.target].arguments else []  # what was refused
            self._launch(run.target, "batch", "resume", str(run.target), *retry, DESPITE)
        elif run.state == "finished":
            self.say(self.t("stack.is_finished"))
        else:
            self._launch(run.target, "batch", "resume", str(run.target))

    def action_retry(self) -> None:
        run = self.chosen
        if run is None or run.active or not run.failed_rows:
            self.say(self.t("stack.is_running" if run and run.active else "stack.no_failed"))
            return
        if run.from_stdin:
            self.say(self.t("batch.from_stdin"), warns=True)
            return
        self._launch(run.target, "batch", "resume", str(run.target), RETRY)

    def action_failed(self) -> None:
        from denju_tui.screens.failures import FailuresScreen

        run = self.chosen
        if run is None or run.job is None or not run.failed_rows:
            self.say(self.t("stack.no_failed"))
        elif run.job.options.form == "csv":
            text = "stack.table_failed_stdin" if run.from_stdin else "stack.table_failed"
            self.say(self.t(text, again=self.key("batch.retry")))
        else:
            self.app.push_screen(FailuresScreen(desk=self.desk, run=run), self._read_failed)

    def _read_failed(self, again: bool | None) -> None:
        if again:
            self.action_retry()

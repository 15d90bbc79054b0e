"""Learning: the teacher coaches the student. A plan with its cost, a person's yes, a run, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.text import one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.launching import Launched
from denju_tui.screens import learning_text
from denju_tui.screens.learning_runs import Lack, Run, lack_of, run_of
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Plan

LOOK = 1.0
"""Seconds between two looks at the runs that go on, which may be in other processes …"""
ALL = 10
"""… and every so many looks at all of them."""


class LearningPane(Pane):
    """The runs, and beside or below them the chosen one. Nothing leaves but by a plan with a person's yes."""

    PANE = "learning"
    CSS_PATH = "learning.tcss"
    BINDINGS = bindings("learning")

    @dataclass
    class Looked(Message, bubble=False):
        """The runs, as they stand now."""

        runs: tuple[Run, ...]
        lack: Lack

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.runs: tuple[Run, ...] | None = None
        self.launched: dict[str, Launched] = {}
        """By the runs' ids."""
        self._lack: Lack = ""
        self._wanted = ""
        """A run that is to be chosen as soon as it is listed."""
        self._timer: Timer | None = None
        self._looking = False
        self._looks = 0

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield RowList(id="rows")
            with VerticalScroll(id="paper"):
                yield Sheet(classes="body")
        yield Line(id="line")

    def hints(self) -> Sequence[str]:
        if self.has_class("-line"):
            return ("learning.back", "app.help")
        run = self.chosen
        own: tuple[str, ...] = ()
        if run is not None:
            given = ("learning.given",) if run.status.plan.given else ()
            own = {
                "planned": ("learning.yes", *given), "starting": ("learning.pause",), "running": ("learning.pause",),
                "paused": ("learning.again",) if run.unsure else ("learning.resume",),
                "refused": ("learning.resume",), "finished": ("learning.open",),
            }[run.state]  # fmt: skip
        return (*own, "learning.new", "app.quit", "app.help")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Run | None:
        """The run that is looked at."""
        return next((each for each in self.runs or () if each.id == self.rows.key), None)

    def speak(self) -> None:
        super().speak()
        self._draw()

    def on_mount(self) -> None:
        self._timer = self.set_interval(LOOK, self.look)
        self.rows.focus()

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self._looks = 0
        self.look()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    # Runs

    def look(self) -> None:
        """Look again at the runs that go on, and now and then at all."""
        if self._looking:
            return
        self._looking = True
        bench, launched = self.desk.workbench, dict(self.launched)
        everything = self.runs is None or self._wanted != "" or self._looks % ALL == 0
        self._looks += 1
        before = self.runs or ()

        def read() -> None:
            try:
                learn = bench.learn  # here, because the first time it loads a lot
                if everything:
                    found = tuple(run_of(each, launched.get(each.plan.id)) for each in learn.runs())
                else:
                    found = tuple(
                        run_of(learn.status(each.id), launched.get(each.id))
                        if each.active or each.id in launched
                        else each
                        for each in before
                    )
                self.post_message(self.Looked(found, lack_of(bench)))
            finally:
                self._looking = False

        self.in_thread(read)

    def on_learning_pane_looked(self, looked: Looked) -> None:
        if (looked.runs, looked.lack) == (self.runs, self._lack):
            return
        self.runs, self._lack = looked.runs, looked.lack
        self._draw()
        if self._wanted in (ids := [each.id for each in self.runs]):
            self.rows.chosen = ids.index(self._wanted)
            self._wanted = ""
            self._read()
        self.show_hints()

    # Drawing

    def _draw(self) -> None:
        t, runs = self.t, self.runs
        lack = [Paragraph(t(f"coach.{self._lack}"), WARNING)] if self._lack else []
        if runs is None:
            head = [Paragraph(t("coach.loading"), MUTED)]
        elif not runs:
            head = [Paragraph(t("coach.none"), TITLE), Paragraph(t("coach.none_how", key=self.key("learning.new")))]
        else:
            head = [Paragraph(t("coach.runs", count=len(runs)), TITLE)]
        self.query_one(".head", Sheet).show([*head, *lack])
        self.set_class(not runs, "-empty")
        self.rows.show(learning_text.run_rows(runs or (), t))
        self._read()

    def _read(self) -> None:
        run = self.chosen
        self.query_one(".body", Sheet).show(learning_text.run(run, self.t, self.key) if run else [])

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one("#paper").scroll_home(animate=False)
        self.show_hints()

    def on_row_list_opened(self) -> None:
        self.action_open()

    # Keys

    def action_open(self) -> None:
        run = self.chosen
        if run is None:
            self.say(self.t("coach.nothing_chosen"))
        elif run.state == "finished":
            from denju_tui.screens.learnt import LearntScreen

            self.app.push_screen(LearntScreen(desk=self.desk, run_id=run.id))
        else:
            self.query_one("#paper").focus()

    def action_new(self) -> None:
        from denju_tui.screens.planning import PlanningScreen

        self.app.push_screen(PlanningScreen(desk=self.desk), self._planned)

    def _planned(self, plan: Plan | None) -> None:
        if plan is not None:
            self._wanted = plan.id
            self.look()

    def action_given(self) -> None:
        from denju_tui.screens.given import GivenScreen

        run = self.chosen
        if run is None or not run.status.plan.given:
            self.say(self.t("coach.nothing_given"))
            return
        self.app.push_screen(GivenScreen(desk=self.desk, run_id=run.id, count=run.status.plan.given))

    def action_yes(self) -> None:
        run = self.chosen
        if run is None or run.state not in ("planned", "refused"):
            self.say(self.t("coach.not_planned"))
        elif self._lack:
            self.say(self.t("coach.is_offline" if self._lack == "offline" else f"coach.{self._lack}"), warns=True)
        else:
            line = self.query_one("#line", Input)
            line.value = self.desk.workbench.person
            self.add_class("-line")
            self.show_hints()
            line.focus()
            self.say(self.t("coach.name_here"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        run, name = self.chosen, one_line(event.value)
        if not name:
            self.say(self.t("coach.name_needed"), warns=True)
            return
        self._close_line()
        if run is not None and run.state in ("planned", "refused"):
            self._launch(run, "run", run.id, f"--yes={name}")

    def action_pause(self) -> None:
        run, learn = self.chosen, self.desk.workbench.learn
        if run is None or not run.active:
            self.say(self.t("coach.not_running" if run else "coach.nothing_chosen"))
            return
        self.say(self.t("coach.pausing"))
        self.in_thread(lambda: learn.stop(run.id))

    def action_resume(self) -> None:
        run = self.chosen
        if run is None or run.state not in ("paused", "refused"):
            text = "nothing_chosen" if run is None else "is_running" if run.active else "not_paused"
            self.say(self.t(f"coach.{text}"))
            return
        self._launch(run, "resume", run.id)

    def action_again(self) -> None:
        run = self.chosen
        if run is None or not run.unsure:
            self.say(self.t("coach.not_unsure"))
            return
        self._launch(run, "resume", run.id, "--send-again")

    def _launch(self, run: Run, *arguments: str) -> None:
        try:
            self.launched[run.id] = self.desk.launch("learn", *arguments)
        except DenjuError as error:
            self.stopped(error)
            return
        self._wanted = run.id
        self.look()

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        else:
            self.rows.focus()

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        self.rows.focus()

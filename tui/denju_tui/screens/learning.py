"""Learning: the teacher coaches the student. A plan with its cost, a person's yes, a run, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.text import one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.launching import Launched
from denju_tui.screens import learning_text
from denju_tui.screens.learning_runs import Lack, Run, lack_of, run_of
from denju_tui.screens.watching import WatchingPane
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph

if TYPE_CHECKING:
    from denju.workbench import Plan

ALL = 10
"""Every so many looks are at all runs, the others at those that go on."""


class LearningPane(WatchingPane[Run]):
    """The runs of learning. Nothing leaves but by a plan with a person's yes."""

    PANE = "learning"
    CSS_PATH = "learning.tcss"
    BINDINGS = bindings("learning")

    @dataclass
    class Lacks(Message, bubble=False):
        """Why nothing could leave now."""

        lack: Lack

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.launched: dict[str, Launched] = {}
        """By the runs' ids."""
        self._lack: Lack = ""
        self._about = ""
        """Id of the run that the line below says yes to, as long as it is the chosen one."""
        self._looks = 0
        self._to_pause: set[str] = set()
        """Ids of runs that were asked to pause before they could hear it."""

    def middle(self) -> Iterator[Widget]:
        yield from super().middle()
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

    # Looking

    def on_screen_resume(self) -> None:
        self._looks = 0  # before the look that the pane takes then

    def reading(self) -> Callable[[], tuple[Run, ...]]:
        """At the runs that go on, and now and then at all."""
        bench, launched = self.desk.workbench, dict(self.launched)
        everything = self.runs is None or self._wanted != "" or self._looks % ALL == 0
        self._looks += 1
        before = self.runs or ()

        def read() -> tuple[Run, ...]:
            learn = bench.learn  # here, because the first time it loads a lot
            self.post_message(self.Lacks(lack_of(bench)))
            if everything:
                return tuple(run_of(each, launched.get(each.plan.id)) for each in learn.runs())
            return tuple(
                run_of(learn.status(each.id), launched.get(each.id)) if each.active or each.id in launched else each
                for each in before
            )

        return read

    def on_watching_pane_looked(self, looked: WatchingPane.Looked) -> None:
        """Beside what every such pane does with them."""
        for run in looked.runs:
            if run.id in self._to_pause and run.state != "starting":
                self._to_pause.remove(run.id)
                if run.active:
                    self._stop(run)

    def on_learning_pane_lacks(self, lacks: Lacks) -> None:
        if lacks.lack != self._lack:
            self._lack = lacks.lack
            self._draw()

    def head(self) -> list[Paragraph]:
        t, runs = self.t, self.runs
        lack = [Paragraph(t(f"coach.{self._lack}"), WARNING)] if self._lack else []
        if runs is None:
            return [Paragraph(t("coach.loading"), MUTED), *lack]
        if not runs:
            how = t("coach.none_how", key=self.key("learning.new"))
            return [Paragraph(t("coach.none"), TITLE), Paragraph(how), *lack]
        return [Paragraph(t("coach.runs", count=len(runs)), TITLE), *lack]

    def listed(self, runs: Sequence[Run]) -> list[Row]:
        return learning_text.run_rows(runs, self.t)

    def read(self, run: Run) -> list[Paragraph]:
        return learning_text.run(run, self.t, self.key, limited=self.desk.workbench.limited_in_money)

    # Keys

    def action_open(self) -> None:
        run = self.chosen
        if run is None:
            self.say(self.t("coach.nothing_chosen"))
        elif run.state == "finished":
            from denju_tui.screens.learnt import LearntScreen

            self.app.push_screen(LearntScreen(desk=self.desk, run_id=run.id))
        else:
            super().action_open()

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
            self._about = run.id
            line = self.query_one("#line", Input)
            line.value = self.desk.workbench.person
            self.add_class("-line")
            self.show_hints()
            line.focus()
            self.say(self.t("coach.name_here"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        run = next((each for each in self.runs or () if each.id == self._about), None)
        name = one_line(event.value)
        if not name:
            self.say(self.t("coach.name_needed"), warns=True)
            return
        self._close_line()
        if run is None or run.state not in ("planned", "refused"):
            self.say(self.t("coach.not_planned"))
        elif self.rows.key != run.id:  # a yes is to the plan that is on the screen
            self.rows.chosen = [each.id for each in self.runs or ()].index(run.id)
            self.say(self.t("coach.other_chosen", key=self.key("learning.yes")), warns=True)
        else:
            self._launch(run, "run", run.id, f"--yes={name}")

    def action_pause(self) -> None:
        run = self.chosen
        if run is None or not run.active:
            self.say(self.t("coach.not_running" if run else "coach.nothing_chosen"))
            return
        self.say(self.t("coach.pausing"))
        if run.state == "starting":
            self._to_pause.add(run.id)
        else:
            self._stop(run)

    def _stop(self, run: Run) -> None:
        bench = self.desk.workbench
        self.in_thread(lambda: bench.learn.stop(run.id))

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
            super().action_back()

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        self.rows.focus()

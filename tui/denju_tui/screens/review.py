"""Review: the drafts that wait, the riskiest first, each with what speaks against it and what it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import ChecksFailed, DenjuError
from denju.text import clean
from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import review_text
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Waiting

SURE_SECONDS = 5.0
"""In which a second press approves all that nothing speaks against."""
Purpose = Literal["reject", "override"]
"""What the one-line box is open for."""


class ReviewPane(Pane):
    """The queue, and beside it or in its place the draft that is read."""

    PANE = "review"
    CSS_PATH = "review.tcss"
    BINDINGS = bindings("review")

    @dataclass
    class Listed(Message, bubble=False):
        """The queue was read; its checks run now."""

        waiting: tuple[Waiting, ...]

    @dataclass
    class Checked(Message, bubble=False):
        """What the checks say of one draft."""

        waiting: Waiting

    class AllChecked(Message, bubble=False):
        """Every draft of the queue is checked."""

    @dataclass
    class Judged(Message, bubble=False):
        """A draft has its verdict."""

        draft: Strategy

    @dataclass
    class Undone(Message, bubble=False):
        """A verdict was taken back."""

        draft: Strategy

    @dataclass
    class Stopped(Message, bubble=False):
        """Something went wrong, or a check speaks against it."""

        error: DenjuError

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self.waiting: tuple[Waiting, ...] = ()
        self.judged: list[Strategy] = []
        """Drafts with their verdicts of this session, the newest last."""
        self._state: Literal["loading", "checking", "checked"] = "loading"
        self._error: DenjuError | None = None
        self._cancel = threading.Event()
        self._purpose: Purpose = "reject"
        self._asked_for_all = 0.0

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield RowList(id="rows")
            with VerticalScroll(id="paper"):
                yield Sheet(classes="body")
        yield Input(id="line", compact=True)

    def hints(self) -> Sequence[str]:
        verdicts = ("review.approve", "review.reject", "review.edit")
        if self.has_class("-reading"):
            return (*verdicts, "review.undo", "review.back", "app.help")
        opened = ("review.read", *verdicts) if self.waiting else ()
        return (*opened, "review.undo", "review.all", "app.quit", "app.help")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Waiting | None:
        """The draft that is read."""
        return next((each for each in self.waiting if each.draft.id == self.rows.key), None)

    @property
    def checked(self) -> bool:
        """Whether every check has run."""
        return self._state == "checked"

    def speak(self) -> None:
        super().speak()
        self._draw()

    def on_mount(self) -> None:
        self.rows.focus()

    def on_screen_resume(self) -> None:
        self.load()

    def on_screen_suspend(self) -> None:
        self._cancel.set()

    def leave(self) -> None:
        """Stop the checks."""
        self._cancel.set()

    # Reading the queue

    def load(self) -> None:
        """Read the queue and run its checks anew."""
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        reviewing = self.desk.workbench.reviewing

        def read() -> None:
            self.post_message(self.Listed(reviewing.queue()))
            for each in reviewing.checked(cancel):
                self.post_message(self.Checked(each))
            if not cancel.is_set():
                self.post_message(self.AllChecked())

        self._in_thread(read, "queue")

    def _in_thread(self, work: Callable[[], object], group: str = "review") -> None:
        def run() -> None:
            try:
                work()
            except DenjuError as error:
                self.post_message(self.Stopped(error))

        self.run_worker(run, thread=True, group=group)

    def on_review_pane_listed(self, listed: Listed) -> None:
        known = {(each.draft.id, each.draft.revision): each.findings for each in self.waiting}
        # What an earlier look found stands until the new one is through.
        self.waiting = tuple(
            replace(each, findings=known.get((each.draft.id, each.draft.revision), ())) for each in listed.waiting
        )
        self._state, self._error = "checking", None
        self._draw()
        self.show_hints()

    def on_review_pane_checked(self, checked: Checked) -> None:
        new = checked.waiting
        self.waiting = tuple(new if each.draft == new.draft else each for each in self.waiting)
        self._draw()

    def on_review_pane_all_checked(self) -> None:
        self._state = "checked"
        at_top = self.rows.chosen == 0 and not self.has_class("-reading")
        self.waiting = tuple(sorted(self.waiting, key=lambda each: each.risk(), reverse=True))
        self._draw()
        if at_top:
            self.rows.chosen = 0

    def on_review_pane_stopped(self, stopped: Stopped) -> None:
        error = stopped.error
        if isinstance(error, ChecksFailed) and "override" in error.hint:
            self._open_line("override")
        elif self._state == "loading":
            self._error = error
            self._draw()
        self.say(f"{error.what} {error.hint}" if not isinstance(error, ChecksFailed) else error.what, warns=True)

    # Drawing

    def _draw(self) -> None:
        self.query_one(".head", Sheet).show(self._head())
        self.rows.show(review_text.queue_rows(self.waiting, self.t))
        self._read()

    def _head(self) -> list[Paragraph]:
        t = self.t
        if self._error is not None:
            return [Paragraph(t.said(self._error.what), WARNING), Paragraph(t.said(self._error.hint))]
        if self._state == "loading":
            return [Paragraph(t("queue.loading"), MUTED)]
        return review_text.head(self.waiting, t, checked=self.checked, key=self.key("review.all"))

    def _read(self) -> None:
        body, chosen = self.query_one(".body", Sheet), self.chosen
        if chosen is None:
            body.show([])
            return
        serving = chosen.serving
        differences = self.desk.workbench.differences(serving, chosen.draft) if serving else ()
        body.show(review_text.draft(chosen, differences, self.t))

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one("#paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.add_class("-reading")
        self.query_one("#paper").focus()
        self.show_hints()

    # Verdicts

    def action_approve(self) -> None:
        self._judge(lambda draft, by: self.desk.workbench.reviewing.approve(draft.id, by=by, revision=draft.revision))

    def action_reject(self) -> None:
        if self.chosen is not None:
            self._open_line("reject")

    def action_undo(self) -> None:
        if not self.judged:
            self.say(self.t("queue.undo_nothing"))
            return
        bench, last = self.desk.workbench, self.judged[-1]
        self._in_thread(lambda: self.post_message(self.Undone(bench.reviewing.undo(last, by=bench.person))))

    def action_all(self) -> None:
        """Approve what nothing speaks against; the first press says how many they are."""
        drafts = [each.draft for each in self.waiting if each.clean]
        if not self.checked or not drafts:
            self.say(self.t("queue.all_nothing" if self.checked else "queue.all_wait"))
            return
        now = self.clock()
        if now - self._asked_for_all > SURE_SECONDS or not self._asked_for_all:
            self._asked_for_all = now
            self.say(self.t("queue.all_sure", count=len(drafts), key=self.key("review.all")), warns=True)
            return
        self._asked_for_all = 0.0
        bench, cancel = self.desk.workbench, self._cancel

        def approve() -> None:
            for draft in bench.reviewing.approve_clean(drafts, by=bench.person, cancel=cancel):
                self.post_message(self.Judged(draft))

        self._in_thread(approve)

    def action_edit(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            from denju_tui.screens.edit import strategy_editor

            self.app.push_screen(strategy_editor(self.desk, chosen.draft), self._edited)

    def _edited(self, stored: Strategy | None) -> None:
        if stored is not None:
            self.say(self.t("write.revised", id=stored.id, revision=stored.revision))

    def _judge(self, verdict: Callable[[Strategy, str], Strategy]) -> None:
        chosen = self.chosen
        if chosen is not None:
            by = self.desk.workbench.person
            self._in_thread(lambda: self.post_message(self.Judged(verdict(chosen.draft, by))))

    def on_review_pane_judged(self, judged: Judged) -> None:
        draft = judged.draft
        self.judged.append(draft)
        index = self.rows.chosen
        self.waiting = tuple(each for each in self.waiting if each.draft.id != draft.id)
        self.remove_class("-reading")
        self._draw()
        self.rows.chosen = max(0, min(index, len(self.waiting) - 1))
        self._read()
        self.rows.focus()
        self.show_hints()
        said = self.t(f"queue.is_{draft.status}", title=draft.title, key=self.key("review.undo"))
        self.say(said)

    def on_review_pane_undone(self, undone: Undone) -> None:
        self.judged.pop()
        self.say(self.t("queue.undone", title=undone.draft.title))
        self.load()

    # The one-line box

    def _open_line(self, purpose: Purpose) -> None:
        self._purpose = purpose
        line = self.query_one("#line", Input)
        line.clear()
        line.placeholder = self.t(f"tutor.line_{purpose}")
        self.add_class("-line")
        line.focus()

    def _close_line(self) -> None:
        self.remove_class("-line")
        (self.query_one("#paper") if self.has_class("-reading") else self.rows).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = clean(event.value).strip()
        if not text:
            self.say(self.t("tutor.reason_needed"), warns=True)
            return
        self._close_line()
        reviewing = self.desk.workbench.reviewing
        if self._purpose == "reject":
            self._judge(lambda draft, by: reviewing.reject(draft.id, by=by, why=text, revision=draft.revision))
        else:
            self._judge(lambda draft, by: reviewing.approve(draft.id, by=by, override=text, revision=draft.revision))

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        elif self.has_class("-reading"):
            self.remove_class("-reading")
            self.rows.focus()
            self.show_hints()

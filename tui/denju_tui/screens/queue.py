"""The queue of drafts: the riskiest first, each with what speaks against it and what it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual.message import Message
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.desk import Desk
from denju_tui.screens import review_text
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.list_and_paper import list_and_paper
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Waiting


class QueuePane(Pane):
    """The queue, and beside it or in its place the draft that is read."""

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

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.waiting: tuple[Waiting, ...] = ()
        self._state: Literal["loading", "checking", "checked"] = "loading"
        self._error: DenjuError | None = None
        self._cancel = threading.Event()

    def middle(self) -> Iterator[Widget]:
        yield from list_and_paper()
        yield Line(id="line")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> Waiting | None:
        """The draft that is read."""
        return next((each for each in self.waiting if each.draft.id == self.rows.key), None)

    @property
    def held(self) -> Waiting | None:
        """The draft whose paper is open."""
        return self.chosen if self.has_class("-reading") else None

    def lost(self, held: Waiting) -> None:
        """What was held is settled, or another one by now: the next must not stand in its place unnoticed."""
        self.remove_class("-reading")
        self.rows.focus()
        self.show_hints()
        self.say(self.t("queue.lost", title=held.draft.title), warns=True)

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

    def library_changed(self) -> None:
        self.load()

    def load(self) -> None:
        """Read the queue and run its checks anew."""
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        bench = self.desk.workbench

        def read() -> None:
            self.library_seen = self.desk.library_mark()
            reviewing = bench.reviewing  # here, because a library that cannot be opened is told
            self.post_message(self.Listed(reviewing.queue()))
            for each in reviewing.checked(cancel):
                self.post_message(self.Checked(each))
            if not cancel.is_set():
                self.post_message(self.AllChecked())

        self.in_thread(read)

    def on_queue_pane_listed(self, listed: Listed) -> None:
        there = {(each.draft.id, each.draft.revision) for each in listed.waiting}
        held = self.held
        known = {(each.draft.id, each.draft.revision): each.findings for each in self.waiting}
        # What an earlier look found stands until the new one is through.
        self.waiting = tuple(
            replace(each, findings=known.get((each.draft.id, each.draft.revision), ())) for each in listed.waiting
        )
        self._state, self._error = "checking", None
        self._draw()
        self.show_hints()
        if held is not None and (held.draft.id, held.draft.revision) not in there:
            self.lost(held)

    def on_queue_pane_checked(self, checked: Checked) -> None:
        new = checked.waiting
        self.waiting = tuple(new if each.draft == new.draft else each for each in self.waiting)
        self._draw()

    def on_queue_pane_all_checked(self) -> None:
        self._state = "checked"
        at_top = self.rows.chosen == 0 and self.held is None
        self.waiting = tuple(sorted(self.waiting, key=lambda each: each.risk(), reverse=True))
        self._draw()
        if at_top:
            self.rows.chosen = 0

    def stopped(self, error: DenjuError) -> None:
        """Say what went wrong, in place of the queue where there is none."""
        if self._state == "loading":
            self._error = error
            self._draw()
        super().stopped(error)

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

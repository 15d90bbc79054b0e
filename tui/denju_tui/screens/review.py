"""Review: drafts are approved, edited, or rejected with a reason; verdicts can be taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual.message import Message
from textual.widgets import Input

from denju.errors import ChecksFailed, Conflict, DenjuError, UsageError
from denju.text import clean
from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.deed import Deed
from denju_tui.screens.queue import QueuePane

if TYPE_CHECKING:
    from denju.workbench import Waiting

SURE_SECONDS = 5.0
"""In which a second press approves all that nothing speaks against."""
Purpose = Literal["reject", "override"]
"""What the one-line box is open for."""


class ReviewPane(QueuePane):
    """The queue with its verdicts; the line below takes a reason."""

    PANE = "review"
    CSS_PATH = "review.tcss"
    BINDINGS = bindings("review")

    @dataclass
    class Judged(Message, bubble=False):
        """A draft has its verdict."""

        draft: Strategy
        more_come: bool = False
        """It is one of several that are approved at once."""

    @dataclass
    class Warned(Message, bubble=False):
        """The checks do not let a draft pass like this."""

        waiting: Waiting
        error: ChecksFailed

    @dataclass
    class AllJudged(Message, bubble=False):
        """What nothing spoke against is approved, or it was stopped, by an error perhaps."""

        done: int
        asked: int
        error: DenjuError | None

    @dataclass
    class Undone(Message, bubble=False):
        """A verdict was taken back."""

        draft: Strategy

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self.deed = Deed(desk, self.say)
        self.judged: list[Strategy] = []
        """Drafts with their verdicts of this session, the newest last."""
        self._purpose: Purpose = "reject"
        self._about: Waiting | None = None
        """The draft that the line below is about, whatever the list does meanwhile."""
        self._asked_for_all = 0.0
        self._all_cancel = threading.Event()
        """Not that of the checks: every approval has the queue read, and the checks begun, anew."""

    def hints(self) -> Sequence[str]:
        if self.has_class("-line"):
            return ("review.back", "app.help")
        verdicts = ("review.approve", "review.reject", "review.edit")
        if self.has_class("-reading"):
            return (*verdicts, "review.undo", "review.back", "app.help")
        opened = ("review.read", *verdicts) if self.waiting else ()
        return (*opened, "review.undo", "review.all", "app.quit", "app.help")

    @property
    def held(self) -> Waiting | None:
        """The draft that a reason is typed for, or whose paper is open."""
        return self._about if self.has_class("-line") else super().held

    def lost(self, held: Waiting) -> None:
        self.remove_class("-line")
        super().lost(held)

    def action_read(self) -> None:
        """The same as Enter, for the palette."""
        self.rows.action_open()

    def action_approve(self) -> None:
        bench = self.desk.workbench
        self._judge(
            self.chosen,
            lambda draft, by: bench.reviewing.approve(draft.id, by=by, revision=draft.revision),
            checked=True,
        )

    def action_reject(self) -> None:
        if self.chosen is not None:
            self._open_line("reject", self.chosen)

    def action_undo(self) -> None:
        if not self.judged:
            self.say(self.t("queue.undo_nothing"))
            return
        if not self.deed.begins():
            return
        bench, last = self.desk.workbench, self.judged[-1]

        def take_back() -> None:
            try:
                draft = bench.reviewing.undo(last, by=bench.person)
            except (Conflict, UsageError):
                # It stays as it is now, so the verdict before it is the next to take back.
                self.judged.remove(last)
                raise
            self.post_message(self.Undone(draft))

        self.in_thread(take_back)

    def action_all(self) -> None:
        """Approve what nothing speaks against; the first press says how many they are."""
        if self.deed.refused():
            return
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
        self.deed.begins(checked=True)
        self._all_cancel = cancel = threading.Event()
        bench = self.desk.workbench

        def approve() -> None:
            done, error = 0, None
            try:
                for draft in bench.reviewing.approve_clean(drafts, by=bench.person, cancel=cancel):
                    done += 1
                    self.post_message(self.Judged(draft, more_come=True))
            except DenjuError as stopped:
                error = stopped
            finally:
                self.post_message(self.AllJudged(done, len(drafts), error))

        self.in_thread(approve)

    def on_screen_suspend(self) -> None:
        if self not in self.app.screen_stack:  # else something lies over it, such as the help
            self._all_cancel.set()

    def leave(self) -> None:
        self._all_cancel.set()
        super().leave()

    def action_edit(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            from denju_tui.screens.edit import strategy_editor

            self.app.push_screen(strategy_editor(self.desk, chosen.draft), self._edited)

    def _edited(self, stored: Strategy | None) -> None:
        if stored is not None:
            self._keep_open(stored)
            self.say(self.t("write.revised", id=stored.id, revision=stored.revision))

    def _keep_open(self, stored: Strategy) -> None:
        """One's own new revision takes the place of the draft that is read."""
        self.waiting = tuple(
            replace(each, draft=stored, findings=()) if each.draft.id == stored.id else each for each in self.waiting
        )
        self._draw()

    def _judge(
        self, waiting: Waiting | None, verdict: Callable[[Strategy, str], Strategy], *, checked: bool = False
    ) -> None:
        if waiting is None or not self.deed.begins(checked=checked):
            return
        by = self.desk.workbench.person

        def judge() -> None:
            try:
                self.post_message(self.Judged(verdict(waiting.draft, by)))
            except ChecksFailed as error:
                self.post_message(self.Warned(waiting, error))

        self.in_thread(judge)

    def stopped(self, error: DenjuError) -> None:
        self.deed.ended()
        super().stopped(error)

    def _reads(self, draft: Strategy) -> bool:
        """Whether ``draft``, in this revision, is the chosen one."""
        chosen = self.chosen
        return chosen is not None and (chosen.draft.id, chosen.draft.revision) == (draft.id, draft.revision)

    def on_review_pane_warned(self, warned: Warned) -> None:
        """Ask for a reason, where the keys are still for this draft: what is typed for another one is not for it."""
        self.deed.ended()
        reads_it = self._reads(warned.waiting.draft) and not self.has_class("-line")
        if reads_it and "override" in warned.error.hint:
            self._open_line("override", warned.waiting)
        self.say(self.t.said(warned.error.what), warns=True)

    def on_review_pane_judged(self, judged: Judged) -> None:
        """Take the draft out. Where it is the one that was read, the next one is chosen; else nothing moves."""
        draft = judged.draft
        if not judged.more_come:
            self.deed.ended()
        self.judged.append(draft)
        goes_on, index = self._reads(draft) and not self.has_class("-line"), self.rows.chosen
        settled = (draft.id, draft.revision)
        self.waiting = tuple(each for each in self.waiting if (each.draft.id, each.draft.revision) != settled)
        self._draw()
        if goes_on:
            self.remove_class("-reading")
            self.rows.chosen = max(0, min(index, len(self.waiting) - 1))
            self._read()
            self.rows.focus()
        self.show_hints()
        said = self.t(f"queue.is_{draft.status}", title=draft.title, key=self.key("review.undo"))
        self.say(said)

    def on_review_pane_all_judged(self, judged: AllJudged) -> None:
        self.deed.ended()
        said = self.t("queue.all_done", done=judged.done, count=judged.asked)
        if (error := judged.error) is not None:
            said = f"{said} {self.t.said(error.what)} {self.t.said(error.hint)}"
        self.say(said, warns=error is not None)

    def on_review_pane_undone(self, undone: Undone) -> None:
        self.deed.ended()
        self.judged.pop()
        self.say(self.t("queue.undone", title=undone.draft.title))
        self.load()

    # The one-line box

    def _open_line(self, purpose: Purpose, about: Waiting) -> None:
        self._purpose, self._about = purpose, about
        line = self.query_one("#line", Input)
        line.clear()
        line.placeholder = self.t(f"tutor.line_{purpose}", title=about.draft.title)
        self.add_class("-line")
        self.show_hints()
        line.focus()

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        (self.query_one("#paper") if self.has_class("-reading") else self.rows).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = clean(event.value).strip()
        if not text:
            self.say(self.t("tutor.reason_needed"), warns=True)
            return
        if self.deed.refused():
            return
        self._close_line()
        about, reviewing = self._about, self.desk.workbench.reviewing
        if self._purpose == "reject":
            self._judge(about, lambda draft, by: reviewing.reject(draft.id, by=by, why=text, revision=draft.revision))
        else:
            self._judge(
                about,
                lambda draft, by: reviewing.approve(draft.id, by=by, override=text, revision=draft.revision),
                checked=True,
            )

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        elif self.has_class("-reading"):
            self.remove_class("-reading")
            self.rows.focus()
            self.show_hints()

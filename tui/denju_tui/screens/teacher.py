"""Teacher: a case in, what would leave in full, a person's yes, and the drafts that come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.events import Drafted, TeachEvent
from denju.text import clean
from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.pane import Pane
from denju_tui.screens.teacher_drafts import DraftsView
from denju_tui.screens.teacher_kept import KeptView
from denju_tui.screens.teacher_lists import ListsView
from denju_tui.screens.teacher_look import LookView
from denju_tui.screens.teacher_view import TeacherView
from denju_tui.screens.teacher_waiting import WaitingView
from denju_tui.widgets.ink import WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Case, Preview, Request, TeachAsk


class TeacherPane(Pane):
    """One step after the other, each a view; Esc goes back one. Nothing is sent but by the key for it."""

    PANE = "teacher"
    CSS_PATH: ClassVar = [f"teacher{name}.tcss" for name in ("", "_lists", "_look")]
    BINDINGS = bindings("teacher")

    @dataclass
    class Built(Message, bubble=False):
        """A request was built."""

        ask: TeachAsk
        preview: Preview
        draft: Strategy | None

    @dataclass
    class Unsure(Message, bubble=False):
        """A request was not sent: another machine is to send it, or it may have arrived already."""

        request: Request

    @dataclass
    class Told(Message, bubble=False):
        """The sending goes on."""

        event: TeachEvent

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.lists, self.look, self.kept = ListsView(desk=desk), LookView(desk=desk), KeptView(desk=desk)
        self.waiting, self.drafts = WaitingView(desk=desk), DraftsView(desk=desk)
        self.view: TeacherView = self.lists
        self._error: DenjuError | None = None
        self._cancel = threading.Event()
        self._under_way = False
        """Whether a request is being built or on its way: what comes of a second one would take its place."""
        self._then: Callable[[str], None] = lambda _: None
        """What the line in the one-line box is for."""
        self._lacks = ""
        """What is said where it is left empty."""

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="state")
        yield from self.views
        yield Line(id="line")

    @cached_property
    def views(self) -> tuple[TeacherView, ...]:
        return (self.lists, self.look, self.kept, self.waiting, self.drafts)

    @property
    def step(self) -> str:
        """Lists of what was asked; a request before it is kept; one of the outbox; on its way; what came."""
        return self.view.STEP

    def hints(self) -> Sequence[str]:
        return (*self.view.hints(), "app.help")

    def speak(self) -> None:
        super().speak()
        self.draw()

    def draw(self) -> None:
        """Show the step as it is now, and above it what matters for all of it."""
        said = [Paragraph(self.t("tutor.offline"), WARNING)] if self._offline else []
        if (error := self._error) is not None:
            said += [Paragraph(self.t.said(error.what), WARNING), Paragraph(self.t.said(error.hint))]
        self.query_one(".state", Sheet).show(said)
        self.view.draw()

    @property
    def _offline(self) -> bool:
        return self.desk.workbench.settings.flag("network.offline")

    def on_mount(self) -> None:
        self.go("lists")
        self.watch(self, "focused", self.show_hints, init=False)

    def on_screen_resume(self) -> None:
        self.lists.read()

    def leave(self) -> None:
        """Stop waiting; what was sent is kept, and what was typed."""
        self._cancel.set()
        self.lists.leave()

    # Steps

    def go(self, step: str, error: DenjuError | None = None) -> None:
        """Show a step; ``error`` is told above it."""
        self.view = next(each for each in self.views if step == each.STEP)
        self._error = error
        for each in self.views:
            self.set_class(each is self.view, f"-{each.STEP}")
        self.remove_class("-line")
        self.draw()
        self.show_hints()
        self.view.take_keys()
        if self.view is self.lists:
            self.lists.read()

    def tell(self, error: DenjuError) -> None:
        """Tell of an error above the step that shows."""
        self._error = error
        self.draw()

    def about(self, case: Callable[[], Case]) -> None:
        """Build the request for a case, and show it whole."""
        self._build(lambda: self.desk.workbench.teach.ask(case()))

    def send_back(self, draft: Strategy, remark: str) -> None:
        """Build the request that sends a draft back, and show it whole."""
        self._build(lambda: self.desk.workbench.teach.sent_back(draft, remark), draft)

    def _begins(self) -> bool:
        """Begin with a request, unless another one is under way; then that is said."""
        if self._under_way:
            self.say(self.t("tutor.under_way"))
            return False
        self._under_way = True
        return True

    def _build(self, asked: Callable[[], TeachAsk], draft: Strategy | None = None) -> None:
        if not self._begins():
            return
        self.lists.building()
        self.waiting.show(self.t("tutor.building"))
        self.go("wait")

        def build() -> None:
            ask, bench = asked(), self.desk.workbench
            hiding = bench.teach.hiding_of(draft) if draft else bench.hiding()
            self.post_message(self.Built(ask, bench.teach.preview(ask, hiding), draft))

        self.in_thread(build)

    def on_teacher_pane_built(self, built: Built) -> None:
        self._under_way = False
        self.look.show(built.ask, built.preview, built.draft)
        self.go("look")
        self.call_after_refresh(self.look.to_the_case)

    def open_kept(self, request: Request) -> None:
        """Show a request of the outbox."""
        self.kept.show(request)
        self.go("kept")

    def send(self, kept: Callable[[], Request], *, anew: bool = False) -> None:
        """Say yes to a request in this person's name and send it.

        What was exported or may have arrived goes only ``anew``; else it is shown.
        """
        if not self._begins():
            return
        bench = self.desk.workbench
        self._cancel = cancel = threading.Event()
        self.waiting.show()
        self.go("wait")

        def send() -> None:
            request = kept()
            if (request.carried or request.state == "unknown") and not anew:
                self.post_message(self.Unsure(request))
                return
            if request.carried or request.state in ("waiting", "failed", "unknown"):
                bench.outbox.approve(request.id, bench.person)
            for event in bench.teach.send(request.id, cancel):
                self.post_message(self.Told(event))

        self.in_thread(send)

    def on_teacher_pane_unsure(self, unsure: Unsure) -> None:
        self._under_way = False
        self.open_kept(unsure.request)
        self.kept.ask_once_more("send")

    def stop(self) -> None:
        """Wait no longer."""
        self._cancel.set()
        self.say(self.t("notice.stopping"))

    def on_teacher_pane_told(self, told: Told) -> None:
        if not isinstance(told.event, Drafted):
            self.waiting.tell(told.event)
            return
        self._under_way = False
        if told.event.drafts:
            self.drafts.show(told.event.drafts)
            self.go("drafts")
        else:
            self.go("lists")
            self.say(self.t("teacher.carried"))

    def read_drafts(self, request: Request) -> None:
        """Show the drafts of an answer, each in its newest revision."""
        bench = self.desk.workbench

        def read() -> None:
            drafts = tuple(bench.library.get(each.id) for each in bench.teach.drafts(request.id))
            self.post_message(self.Told(Drafted(request.id, drafts)))

        self.in_thread(read)

    def stopped(self, error: DenjuError) -> None:
        self._under_way = False
        self.go("lists", error)

    # Keys

    def action_look(self) -> None:
        self.view.to_look()

    def action_switch(self) -> None:
        self.view.switch()

    def action_send(self) -> None:
        self._unless_typing(self.view.send)

    def action_mark(self) -> None:
        self._unless_typing(self.view.mark)

    def action_exact(self) -> None:
        self.view.exact()

    def action_rows(self) -> None:
        self.view.to_rows()

    def action_ledger(self) -> None:
        self.view.ledger()

    def action_drop(self) -> None:
        self.view.drop()

    def action_approve(self) -> None:
        self._unless_typing(self.view.approve)

    def action_reject(self) -> None:
        self._unless_typing(self.view.reject)

    def action_remark(self) -> None:
        self._unless_typing(self.view.remark)

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        else:
            self.view.back()

    # The one-line box

    def ask_line(self, placeholder: str, then: Callable[[str], None], *, reason: bool = False) -> None:
        """Let a person type a line, a ``reason`` or something else, and do ``then`` with it."""
        self._then, self._lacks = then, "reason_needed" if reason else "line_empty"
        line = self.query_one("#line", Input)
        line.clear()
        line.placeholder = placeholder
        self.add_class("-line")
        line.focus()

    def _unless_typing(self, act: Callable[[], None]) -> None:
        """Do what a key asks for, but not over what is being typed; then it is said what ends the line."""
        if self.has_class("-line"):
            self.say(self.query_one("#line", Input).placeholder, warns=True)
        else:
            act()

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.view.take_keys()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = clean(event.value).strip()
        if not text:
            self.say(self.t(f"tutor.{self._lacks}", key=self.key("teacher.back")), warns=True)
            return
        if self.view.line_waits():
            return
        self._close_line()
        self._then(text)

"""One request of the outbox, as it would leave or left; sent with a yes, or given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju_tui.desk import Desk
from denju_tui.screens import teacher_text
from denju_tui.screens.teacher_view import TeacherView
from denju_tui.widgets.ink import WARNING
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Request


class KeptView(TeacherView):
    """Giving up asks for its key once more."""

    STEP = "kept"

    @dataclass
    class Dropped(Message, bubble=False):
        """A request was given up."""

        request: str

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.request: Request | None = None
        self._sure = False

    def compose(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with VerticalScroll(id="paper"):
            yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("teacher.send", "teacher.drop", "teacher.back")

    def show(self, request: Request) -> None:
        """Show this one."""
        self.request, self._sure = request, False

    def draw(self) -> None:
        if self.request is None:
            return
        sure = self.t("tutor.drop_sure", key=self.pane.key("teacher.drop"))
        asked = [Paragraph(sure, WARNING)] if self._sure else []
        self.query_one(".head", Sheet).show([*asked, *teacher_text.kept(self.request, self.t)])
        self.query_one(".body", Sheet).show([Paragraph(self.request.shown)])

    def send(self) -> None:
        if (request := self.request) is not None:
            self.pane.send(lambda: request)

    def drop(self) -> None:
        request = self.request
        if request is None or request.state == "dropped":
            super().drop()
        elif not self._sure:
            self._sure = True
            self.draw()
        else:
            outbox = self.desk.workbench.outbox
            self.in_thread(lambda: self.post_message(self.Dropped(outbox.drop(request.id).id)))

    def on_kept_view_dropped(self, dropped: Dropped) -> None:
        self.pane.go("lists")
        self.pane.say(self.t("teacher.dropped", id=dropped.request))

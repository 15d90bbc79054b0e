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
    """Giving up, and sending what was exported or may have arrived, ask for their key once more."""

    STEP = "kept"

    @dataclass
    class Dropped(Message, bubble=False):
        """A request was given up."""

        request: str

    @dataclass
    class Priced(Message, bubble=False):
        """What a request may cost was looked up."""

        request: str
        money: float | None

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.request: Request | None = None
        self._asked = ""
        """What is done when its key is pressed once more: ``drop`` or ``send``."""
        self._priced: KeptView.Priced | None = None

    def compose(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with VerticalScroll(id="paper"):
            yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("teacher.send", "teacher.drop", "teacher.back")

    def show(self, request: Request) -> None:
        """Show this one."""
        self.request, self._asked, self._priced = request, "", None
        if not request.over:
            teach = self.desk.workbench.teach
            self.in_thread(lambda: self.post_message(self.Priced(request.id, teach.most_money(request))))

    def draw(self) -> None:
        if self.request is None:
            return
        asked = []
        if self._asked:
            again = self._asked == "send" and not self.request.carried
            name = "tutor.send_again_sure" if again else f"tutor.{self._asked}_sure"
            sure = self.t(name, key=self.pane.key(f"teacher.{self._asked}"))
            asked = [Paragraph(sure, WARNING)]
        lines = teacher_text.kept(self.request, self.t)
        if (priced := self._priced) is not None:
            limited = self.desk.workbench.limited_in_money
            tokens = (self.request.tokens, self.request.most_tokens)
            lines.insert(1, teacher_text.cost(*tokens, priced.money, self.t, limited=limited))
        self.query_one(".head", Sheet).show([*asked, *lines])
        self.query_one(".body", Sheet).show([Paragraph(self.request.shown)])

    def ask_once_more(self, deed: str) -> None:
        """Say what the key of ``deed`` does when it is pressed once more."""
        self._asked = deed
        self.draw()

    def send(self) -> None:
        if (request := self.request) is not None:
            outbox = self.desk.workbench.outbox  # it may have been exported since it was listed
            self.pane.send(lambda: outbox.get(request.id), anew=self._asked == "send")

    def drop(self) -> None:
        request = self.request
        if request is None or request.state == "dropped":
            super().drop()
        elif self._asked != "drop":
            self.ask_once_more("drop")
        else:
            outbox = self.desk.workbench.outbox
            self.in_thread(lambda: self.post_message(self.Dropped(outbox.drop(request.id).id)))

    def on_kept_view_priced(self, priced: Priced) -> None:
        if self.request is not None and self.request.id == priced.request:
            self._priced = priced
            self.draw()

    def on_kept_view_dropped(self, dropped: Dropped) -> None:
        self.pane.go("lists")
        self.pane.say(self.t("teacher.dropped", id=dropped.request))

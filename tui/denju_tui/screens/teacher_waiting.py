"""The request is built, or on its way: what happens, and a way to stop it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll
from textual.widget import Widget

from denju.events import Pausing, Sending, TeachEvent
from denju_tui.desk import Desk
from denju_tui.screens.teacher_view import TeacherView
from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.sheet import Paragraph, Sheet


class WaitingView(TeacherView):
    """Esc stops; what was sent is kept."""

    STEP = "wait"

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self._said: list[Paragraph] = []

    def compose(self) -> Iterator[Widget]:
        with VerticalScroll(id="paper"):
            yield Sheet(classes="head")

    def hints(self) -> Sequence[str]:
        return ("teacher.back",)

    def show(self, text: str = "") -> None:
        """Begin with this."""
        self._said = [Paragraph(text, MUTED)] if text else []

    def tell(self, event: TeachEvent) -> None:
        """Say how the sending goes on."""
        t = self.t
        if isinstance(event, Pausing):
            text = t("teacher.pausing", reason=t.said(event.error.what), seconds=f"{event.seconds:.0f}")
            self._said = [Paragraph(text, WARNING)]
        elif isinstance(event, Sending):
            again = [t("teacher.again", reason=t.said(event.again))] if event.again else []
            self._said = [Paragraph(each, MUTED) for each in (*again, t("teacher.sending", host=event.host))]
        self.draw()

    def draw(self) -> None:
        self.query_one(".head", Sheet).show(self._said)

    def back(self) -> None:
        self.pane.stop()

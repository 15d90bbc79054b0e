"""Where the Teacher pane begins: what was asked, what left, and the box to describe a situation in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from denju.errors import DenjuError
from denju.text import clean
from denju_tui import drafts
from denju_tui.desk import Desk
from denju_tui.screens import teacher_text
from denju_tui.screens.teacher_view import TeacherView
from denju_tui.widgets.ink import MUTED, TITLE
from denju_tui.widgets.message_box import MessageBox
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Request


class ListsView(TeacherView):
    """The outbox or the ledger, newest first."""

    STEP = "lists"
    KEEP_SECONDS = 0.5
    """From the last key to the text on disk."""

    @dataclass
    class Listed(Message, bubble=False):
        """Outbox and ledger were read."""

        requests: tuple[Request, ...]
        attempts: list[dict[str, Any]]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.requests: tuple[Request, ...] = ()
        self._attempts: list[dict[str, Any]] = []
        self._place = drafts.Place(desk.workbench.paths.drafts, "situation")
        self._timer: Timer | None = None
        self._asked = ""
        """The text of the box that the newest request was built from; empty where it came from elsewhere."""

    def compose(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        yield RowList(id="rows")
        yield MessageBox()

    def on_mount(self) -> None:
        box = self.query_one(MessageBox)
        box.text = drafts.load(self._place.file).message
        box.move_cursor(box.document.end)

    def leave(self) -> None:
        """Keep what was typed; the app is about to end."""
        if self.is_mounted:
            drafts.save(self._place.file, self._draft())
        self._place.free()

    def on_text_area_changed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(self.KEEP_SECONDS, self._keep_draft)

    def _draft(self) -> drafts.Draft:
        return drafts.Draft(message=self.query_one(MessageBox).text)

    def _keep_draft(self) -> None:
        file, draft = self._place.file, self._draft()
        self.run_worker(lambda: drafts.save(file, draft), thread=True, group="draft", exclusive=True)

    def hints(self) -> Sequence[str]:
        if self.on_rows and not self._on_ledger:
            return ("teacher.drop", "teacher.ledger", "teacher.rows", "teacher.back")
        return ("teacher.look", "teacher.rows", "teacher.ledger", "app.ask", "app.quit")

    @property
    def chosen(self) -> Request | None:
        """The request that the keys are about; none while the ledger shows."""
        if self._on_ledger:
            return None
        return next((each for each in self.requests if each.id == self.rows.key), None)

    @property
    def _on_ledger(self) -> bool:
        return self.has_class("-ledger")

    def take_keys(self) -> None:
        self.query_one(MessageBox).focus()

    def read(self) -> None:
        """Read what is there; answers that nobody read become drafts."""

        def read() -> None:
            bench = self.desk.workbench
            bench.teach.recover()
            self.post_message(self.Listed(bench.outbox.all(), bench.attempts()))

        self.in_thread(read)

    def on_lists_view_listed(self, listed: Listed) -> None:
        self.requests, self._attempts = listed.requests, listed.attempts
        self.draw()

    def stopped(self, error: DenjuError) -> None:
        self.pane.tell(error)

    def draw(self) -> None:
        t, ledger = self.t, self._on_ledger
        self.query_one(MessageBox).hint(t("tutor.situation_here"))
        shown = self._attempts if ledger else self.requests
        title = t("tutor.ledger" if ledger else "tutor.outbox", count=len(shown))
        empty = [Paragraph(t("teacher.nothing_left" if ledger else "teacher.outbox_empty"), MUTED)] if not shown else []
        self.query_one(".head", Sheet).show(
            [
                Paragraph(t("tutor.welcome"), TITLE),
                Paragraph(t("tutor.how", send=self.pane.key("teacher.send"))),
                Paragraph(title, TITLE, gap=True),
                *empty,
            ]
        )
        if ledger:
            self.rows.show(teacher_text.ledger_rows(self._attempts, t))
        else:
            self.rows.show(teacher_text.request_rows(self.requests, self.desk.workbench.gist_of, t))

    def on_row_list_opened(self) -> None:
        request = self.chosen
        if request is None:
            return
        if request.state == "sent" and request.about:
            self.pane.read_drafts(request)
        else:
            self.pane.open_kept(request)

    def on_message_box_sent(self, event: MessageBox.Sent) -> None:
        if not (text := clean(event.text).strip()):
            self.pane.say(self.t("tutor.no_situation"))
            return
        self.pane.about(lambda: self.desk.workbench.case(text))
        self._asked = event.text

    def building(self) -> None:
        """A request is being built, from what another view has."""
        self._asked = ""

    def kept(self) -> None:
        """The newest request is in the outbox: what it was built from is no longer unsent."""
        box = self.query_one(MessageBox)
        if self._asked and box.text == self._asked:
            box.clear()
        self._asked = ""

    def on_message_box_held_back(self) -> None:
        self.pane.say(self.t("notice.burst"))

    # Keys

    def back(self) -> None:
        self.take_keys()

    def to_look(self) -> None:
        """The same as Enter, for the palette."""
        if self.on_rows:
            self.rows.action_open()
        else:
            box = self.query_one(MessageBox)
            box.post_message(MessageBox.Sent(box.text))

    def to_rows(self) -> None:
        (self.query_one(MessageBox) if self.on_rows else self.rows).focus()

    def ledger(self) -> None:
        self.toggle_class("-ledger")
        self.draw()
        self.rows.focus()
        self.pane.show_hints()

    def drop(self) -> None:
        request = self.chosen
        if request is None or request.state == "dropped":
            super().drop()
        else:
            self.pane.open_kept(request)
            self.pane.kept.drop()

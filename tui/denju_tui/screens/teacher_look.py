"""Everything that a request would say, before it is kept or sent: what is found in it is switched, more is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from denju.values import Strategy
from denju_tui.desk import Desk
from denju_tui.screens import teacher_text
from denju_tui.screens.teacher_view import TwoSided
from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.wrapping import wrap

if TYPE_CHECKING:
    from denju.workbench import Hiding, Preview, Request, TeachAsk


class LookView(TwoSided):
    """The exact bytes, or a form of them that reads well, and what stands in them."""

    STEP = "look"

    @dataclass
    class Looked(Message, bubble=False):
        """The request was built anew."""

        ask: TeachAsk
        preview: Preview

    class Kept(Message, bubble=False):
        """The request is in the outbox."""

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.preview: Preview | None = None
        self._ask: TeachAsk | None = None
        self._draft: Strategy | None = None
        """The draft that this request sends back."""
        self._kept: set[str] = set()
        """What was found and may leave all the same."""
        self._marked: list[str] = []
        self._newest = ""
        """What was marked last, until it is known whether it stands anywhere."""

    def hints(self) -> Sequence[str]:
        if self.on_rows:
            return ("teacher.switch", "teacher.mark", "teacher.send", "teacher.rows", "teacher.back")
        return ("teacher.send", "teacher.rows", "teacher.mark", "teacher.exact", "teacher.back")

    def show(self, ask: TeachAsk, preview: Preview, draft: Strategy | None) -> None:
        """Show a new request: what is found in it is hidden, and what a person marked in an earlier round."""
        self._ask, self.preview, self._draft = ask, preview, draft
        self._kept, self._marked = set(), list(preview.hiding.marked)
        self.remove_class("-rows")

    def draw(self) -> None:
        t, preview = self.t, self.preview
        if preview is None:
            return
        exact = preview.exact and not self.has_class("-reading")
        title = t("tutor.leaves" if exact else "tutor.says", count=f"{len(preview.request.body):,}")
        limited = self.desk.workbench.limited_in_money
        head = teacher_text.head(preview, t, rows_key=self.pane.key("teacher.rows"), limited=limited)
        self.query_one(".head", Sheet).show([*head, Paragraph(title, MUTED)])
        text = preview.body if exact else preview.request.text
        self.query_one(".body", Sheet).show([teacher_text.body(text, preview.found)])
        self.rows.show(teacher_text.found_rows(preview.found, t))

    def to_the_case(self) -> None:
        """Scroll to where the case itself begins; what is in front is the same for every request."""
        sheet = self.query_one(".body", Sheet)
        if self.display and not sheet.content_size.width:  # not laid out yet
            self.call_after_refresh(self.to_the_case)
            return
        text = sheet.paragraphs[0].text if sheet.paragraphs else ""
        at = max(text.find(mark) for mark in ("<data>\\n", "<data>\n"))
        above = len(wrap(text[: max(0, at)], sheet.content_size.width)) - 1
        self.query_one("#paper").scroll_to(y=max(0, above), animate=False)

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        """Hide what would have left, or the other way round."""
        found = next((each for each in self.preview.found if each.text == opened.key), None) if self.preview else None
        if found is None or (found.fixed and not found.marks):
            self.pane.say(self.t("tutor.fixed"), warns=True)
            return
        if found.marks:
            self._marked = [each for each in self._marked if each not in found.marks]
        elif found.hidden:
            self._kept.add(found.text)
        else:
            self._kept.discard(found.text)
        self._rebuild()

    def _rebuild(self) -> None:
        ask, hiding, teach = self._ask, self._hiding(), self.desk.workbench.teach
        if ask is not None:
            self.in_thread(lambda: self.post_message(self.Looked(ask, teach.preview(ask, hiding))))

    def on_look_view_looked(self, looked: Looked) -> None:
        if (looked.ask, looked.preview.hiding) == (self._ask, self._hiding()):  # else it is overtaken
            self.preview = looked.preview
            self.draw()
            if self._newest in looked.preview.hidden.nowhere:
                self.pane.say(self.t("tutor.nowhere", text=self._newest), warns=True)
            self._newest = ""

    def _hiding(self) -> Hiding:
        return self.desk.workbench.hiding(kept=self._kept, marked=self._marked)

    # Keys

    def send(self) -> None:
        if (preview := self.preview) is None:
            return
        if preview.hiding != self._hiding():
            self.pane.say(self.t("tutor.still_building"), warns=True)
            return
        draft, teach = self._draft, self.desk.workbench.teach

        def kept() -> Request:
            request = teach.keep(preview, draft=draft)
            self.post_message(self.Kept())
            return request

        self.pane.send(kept)

    def on_look_view_kept(self) -> None:
        self.pane.lists.kept()

    def switch(self) -> None:
        """The same as Space, for the palette; what is out of sight is not switched, but shown first."""
        if self.on_rows:
            self.rows.action_open()
        else:
            self.show_rows(True)

    def mark(self) -> None:
        def hide(text: str) -> None:
            self._marked.append(text)
            self._newest = text
            self._kept.discard(text)
            self._rebuild()

        self.pane.ask_line(self.t("tutor.line_mark"), hide)

    def exact(self) -> None:
        self.toggle_class("-reading")
        self.draw()
        self.call_after_refresh(self.to_the_case)

"""What the steps of the Teacher pane share: each is one view of it, with its own widgets, keys and slow work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.desk import Desk
from denju_tui.locale import Texts
from denju_tui.screens.working import Working
from denju_tui.widgets.list_and_paper import list_and_paper
from denju_tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from denju_tui.screens.teacher import TeacherPane


class TeacherView(Vertical, Working):
    """One step. A key that means nothing in it says so, or does nothing."""

    STEP: ClassVar[str]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(classes="view")
        self.desk = desk

    @property
    def t(self) -> Texts:
        return self.desk.texts

    @property
    def pane(self) -> TeacherPane:
        return cast("TeacherPane", self.screen)

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def on_rows(self) -> bool:
        """Whether the rows have the keys."""
        return self.screen.focused is self.rows

    def hints(self) -> Sequence[str]:
        """Ids of the actions that matter now."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show everything as it is now, in the interface's language."""
        raise NotImplementedError

    def take_keys(self) -> None:
        """Focus what the keys are for when the step begins."""
        self.query_one("#paper").focus()

    def stopped(self, error: DenjuError) -> None:
        self.pane.say(self.t.said(error.what), warns=True)

    def line_waits(self) -> bool:
        """Whether what was typed in the one-line box cannot be taken yet; then it is said why."""
        return False

    # Keys

    def back(self) -> None:
        self.pane.go("lists")

    def send(self) -> None:
        self.pane.say(self.t("tutor.nothing_to_send"))

    def drop(self) -> None:
        self.pane.say(self.t("tutor.nothing_to_drop"))

    def to_look(self) -> None: ...

    def switch(self) -> None: ...

    def mark(self) -> None: ...

    def exact(self) -> None: ...

    def to_rows(self) -> None: ...

    def ledger(self) -> None: ...

    def approve(self) -> None: ...

    def reject(self) -> None: ...

    def remark(self) -> None: ...


class TwoSided(TeacherView):
    """Rows beside a paper; on a narrow terminal one in place of the other."""

    def compose(self) -> Iterator[Widget]:
        yield from list_and_paper()

    def take_keys(self) -> None:
        self.show_rows(self.has_class("-rows"))

    def to_rows(self) -> None:
        self.show_rows(not self.on_rows)

    def show_rows(self, shown: bool) -> None:
        """Give the keys to the rows, or back to the paper."""
        self.set_class(shown, "-rows")
        (self.rows if shown else self.query_one("#paper")).focus()

    def back(self) -> None:
        if self.on_rows:
            self.show_rows(False)
        else:
            super().back()

"""What lies over a pane until it is closed, and gives something back: the frame of such a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.desk import Desk
from denju_tui.locale import Texts
from denju_tui.screens.pane import CaretWanted
from denju_tui.screens.working import Working
from denju_tui.widgets.bottom_line import BottomLine
from denju_tui.widgets.ink import TITLE
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.small_notice import SmallNotice

R = TypeVar("R")


class Over(ModalScreen[R], Working):
    """A title, its own middle, and the keys that matter; Esc closes it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]  # noqa: RUF012 -- as textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (15, "-high")]  # noqa: RUF012
    CSS_PATH: ClassVar = "over.tcss"

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(classes="-ascii" if desk.terminal.ascii else None)
        self.desk = desk
        self.acting = False
        """Whether what a key asked for is being done: one press, one deed."""

    def compose(self) -> ComposeResult:
        yield Sheet([Paragraph(self.title_text(), TITLE)], classes="title")
        yield from self.middle()
        yield BottomLine()
        yield SmallNotice()

    def title_text(self) -> str:
        """The first line."""
        raise NotImplementedError

    def middle(self) -> Iterator[Widget]:
        """The screen's own widgets."""
        raise NotImplementedError

    def hints(self) -> Sequence[str]:
        """Ids of the actions that matter now, the one that always shows last."""
        raise NotImplementedError

    @property
    def t(self) -> Texts:
        return self.desk.texts

    def key(self, action_id: str) -> str:
        """The key of an action, as it is shown."""
        return self.desk.keys[action_id].shown_key

    def leave(self) -> None:
        """The app is about to end: keep what was typed."""

    def say(self, text: str, *, warns: bool = False) -> None:
        """Say something for a few seconds."""
        self.query_one(BottomLine).say(text, warns=warns)

    def show_hints(self) -> None:
        """Show the keys that matter now."""
        actions = [self.desk.keys[action_id] for action_id in self.hints()]
        self.query_one(BottomLine).show([(each.shown_key, self.t(f"action.{each.name}")) for each in actions])

    def stopped(self, error: DenjuError) -> None:
        self.acting = False
        self.say(f"{self.t.said(error.what)} {self.t.said(error.hint)}", warns=True)

    def speak(self) -> None:
        """Show the frame in the interface's language; what is read stays as it is until it is opened again."""
        self.query_one(".title", Sheet).show([Paragraph(self.title_text(), TITLE)])
        self.show_hints()

    def on_mount(self) -> None:
        self.show_hints()
        self.query_one(SmallNotice).say(self.t, *self.size)
        self.app.post_message(CaretWanted(True))

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close it, and what lies over it; once, though keys that came together with the closing one still arrive."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(SmallNotice).say(self.t, event.size.width, event.size.height)

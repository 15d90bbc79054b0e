"""What every pane is: a first line, its own middle, a last line; and a notice where the terminal is too small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from denju.errors import DenjuError
from denju_tui.actions import PANES
from denju_tui.desk import Desk
from denju_tui.locale import Texts
from denju_tui.screens.working import Working
from denju_tui.widgets.bottom_line import BottomLine
from denju_tui.widgets.small_notice import SmallNotice
from denju_tui.widgets.top_line import Tab, TopLine


@dataclass
class CaretWanted(Message):
    """Whether a text field has the keys: input methods and screen readers follow the terminal's own caret."""

    wanted: bool


@dataclass
class StrategyWanted(Message):
    """A strategy is to be read in the library."""

    strategy_id: str


LOOK = 0.5
"""Seconds between two looks whether another process changed the library."""


class Pane(Screen[None], Working):
    """One pane of the app."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]  # noqa: RUF012 -- as textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (15, "-high")]  # noqa: RUF012
    PANE: ClassVar[str]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(classes="-ascii" if desk.terminal.ascii else None)
        self.desk = desk
        self.library_seen: object = None
        """Of the library as this pane shows it; none until it does."""

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield from self.middle()
        yield BottomLine()
        yield SmallNotice()

    def middle(self) -> Iterator[Widget]:
        """The pane's own widgets."""
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
        """The app is about to end: stop what runs, keep what was typed."""

    def speak(self) -> None:
        """Show every text in the interface's language; a pane adds its own."""
        tabs = [
            Tab(pane, self.key(f"app.{pane}"), self.t(f"pane.{pane}"), self.t(f"pane.{pane}_short")) for pane in PANES
        ]
        names = ("practice", "practice_short", "practice_tiny") if self.desk.practice else ()
        warnings = [self.t(f"pane.{name}") for name in names]
        self.query_one(TopLine).show(tabs=tabs, pane=self.PANE, warnings=warnings)
        self.query_one(SmallNotice).say(self.t, *self.size)
        self.show_hints()

    def show_hints(self) -> None:
        """Show the keys that matter now."""
        actions = [self.desk.keys[action_id] for action_id in self.hints()]
        self.query_one(BottomLine).show([(each.shown_key, self.t(f"action.{each.name}")) for each in actions])

    def say(self, text: str, *, warns: bool = False) -> None:
        """Say something for a few seconds."""
        self.query_one(BottomLine).say(text, warns=warns)

    def stopped(self, error: DenjuError) -> None:
        self.say(f"{self.t.said(error.what)} {self.t.said(error.hint)}", warns=True)

    def on_mount(self) -> None:
        self.speak()
        self.watch(self, "focused", self._show_caret)
        self.set_interval(LOOK, self._look_for_change)

    def library_changed(self) -> None:
        """The library is another one than the pane shows."""

    def _look_for_change(self) -> None:
        if self.library_seen is not None and self.is_current and self.library_seen != self.desk.library_mark():
            self.library_seen = None
            self.library_changed()

    def on_screen_resume(self) -> None:
        self._show_caret()

    def on_screen_suspend(self) -> None:
        self.app.post_message(CaretWanted(False))

    def _show_caret(self) -> None:
        self.app.post_message(CaretWanted(isinstance(self.focused, (Input, TextArea))))

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(SmallNotice).say(self.t, event.size.width, event.size.height)

    async def on_top_line_chosen(self, event: TopLine.Chosen) -> None:
        await self.run_action(f"app.pane({event.pane!r})")

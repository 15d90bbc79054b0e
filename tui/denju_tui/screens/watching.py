"""Watching runs, which may be in other processes: the list of them, and beside or below it the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from denju_tui.desk import Desk
from denju_tui.screens.pane import Pane
from denju_tui.widgets.list_and_paper import list_and_paper
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

LOOK = 1.0
"""Seconds between two looks at the runs."""


class Watched(Protocol):
    """A run, as it stands now."""

    @property
    def id(self) -> str:
        """Its row's key."""


R = TypeVar("R", bound=Watched)


class WatchingPane(Pane, Generic[R]):
    """Looks at its runs while it shows."""

    @dataclass
    class Looked(Message, bubble=False):
        """The runs, as they stand now."""

        runs: tuple[Any, ...]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.runs: tuple[R, ...] | None = None
        self._wanted = ""
        """A run that is to be chosen as soon as it is listed."""
        self._timer: Timer | None = None
        self._looking = False

    def reading(self) -> Callable[[], tuple[R, ...]]:
        """What reads the runs, in a thread; it is made in the app's own."""
        raise NotImplementedError

    def head(self) -> Sequence[Paragraph]:
        """What stands above the list."""
        raise NotImplementedError

    def listed(self, runs: Sequence[R]) -> Sequence[Row]:
        """Their rows."""
        raise NotImplementedError

    def read(self, run: R) -> Sequence[Paragraph]:
        """One run in full."""
        raise NotImplementedError

    def middle(self) -> Iterator[Widget]:
        yield from list_and_paper()

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def chosen(self) -> R | None:
        """The run that is looked at."""
        return next((each for each in self.runs or () if each.id == self.rows.key), None)

    def speak(self) -> None:
        super().speak()
        self._draw()

    def on_mount(self) -> None:
        self._timer = self.set_interval(LOOK, self.look)
        self.rows.focus()

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self.look()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    def look(self) -> None:
        """Look at the runs again, one look at a time."""
        if self._looking:
            return
        self._looking = True
        read = self.reading()

        def look() -> None:
            try:
                self.post_message(self.Looked(read()))
            finally:
                self._looking = False

        self.in_thread(look)

    def on_watching_pane_looked(self, looked: Looked) -> None:
        if looked.runs != self.runs:
            self.runs = looked.runs
            self._draw()
        if self._wanted in (ids := [each.id for each in looked.runs]):
            self.rows.chosen = ids.index(self._wanted)
            self._wanted = ""
            self._read()
        self.show_hints()

    def _draw(self) -> None:
        self.query_one(".head", Sheet).show(self.head())
        self.set_class(not self.runs, "-empty")
        self.rows.show(self.listed(self.runs or ()))
        self._read()

    def _read(self) -> None:
        run = self.chosen
        self.query_one(".body", Sheet).show(self.read(run) if run else [])

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one("#paper").scroll_home(animate=False)
        self.show_hints()

    def on_row_list_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        self.query_one("#paper").focus()

    def action_back(self) -> None:
        self.rows.focus()

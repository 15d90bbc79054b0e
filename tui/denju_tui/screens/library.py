"""Library: find a strategy and read it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from denju.errors import DenjuError
from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.pane import Pane
from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.strategy_table import ColumnNames, StrategyTable
from denju_tui.widgets.strategy_text import whole

_TABLE_KEYS = frozenset({"up", "down", "pageup", "pagedown"})


class LibraryPane(Pane):
    """A filter, the list below it, and the chosen strategy beside it or in its place."""

    PANE = "library"
    CSS_PATH = "library.tcss"
    BINDINGS = bindings("library")

    @dataclass
    class Loaded(Message, bubble=False):
        """The library was read, or could not be."""

        strategies: tuple[Strategy, ...]
        error: DenjuError | None = None

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self._all: tuple[tuple[Strategy, str], ...] = ()
        """Every strategy with the text that the filter looks in."""
        self._state = "shelf.loading"
        self._error: DenjuError | None = None

    def middle(self) -> Iterator[Widget]:
        with Horizontal(id="filter-line"):
            yield Input(id="filter", compact=True)
            yield Label("", id="count", markup=False)
        with Horizontal(id="shelf"):
            with Vertical(id="list"):
                table = StrategyTable()
                yield ColumnNames(table)
                yield Sheet(classes="state")
                yield table
            with VerticalScroll(id="reader"):
                yield Sheet(classes="strategy")

    def hints(self) -> Sequence[str]:
        if self.has_class("-reading"):
            return ("library.back", "app.ask", "app.help")
        return ("library.open", "library.filter", "library.back", "app.ask", "app.quit", "app.help")

    @property
    def loaded(self) -> bool:
        """Whether the library, or why it cannot be read, is on the screen."""
        return self._state != "shelf.loading"

    def speak(self) -> None:
        super().speak()
        self.query_one("#filter", Input).placeholder = self.t("shelf.filter_here")
        self._filter()
        self._read()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#filter").focus()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.run_worker(self._load, thread=True, group="load", exclusive=True)

    def _load(self) -> None:
        """In a thread: read the library."""
        try:
            self.post_message(self.Loaded(self.desk.strategies()))
        except DenjuError as error:
            self.post_message(self.Loaded((), error))

    def on_library_pane_loaded(self, loaded: Loaded) -> None:
        self._all = tuple((each, _haystack(each)) for each in loaded.strategies)
        self._error = loaded.error
        self._state = "" if self._all else "shelf.empty"
        self._filter()
        self._read()

    def on_input_changed(self) -> None:
        self._filter()

    def _filter(self) -> None:
        words = _folded(self.query_one("#filter", Input).value).split()
        rows = [strategy for strategy, text in self._all if all(word in text for word in words)]
        rows.sort(key=lambda strategy: strategy.language != self.t.language)
        self.query_one(StrategyTable).show(rows, self.t)
        count = self.t("shelf.count", shown=len(rows), all=len(self._all)) if self._all else ""
        self.query_one("#count", Label).update(count)
        self.query_one(".state", Sheet).show(self._state_paragraphs(bool(rows)))
        self.query_one(ColumnNames).refresh()

    def _state_paragraphs(self, rows: bool) -> list[Paragraph]:
        if self._error is not None:
            return [Paragraph(self._error.what, WARNING), Paragraph(self._error.hint)]
        if rows:
            return []
        return [Paragraph(self.t(self._state or "shelf.nothing"), MUTED)]

    def on_strategy_table_chosen(self) -> None:
        self._read()

    def on_strategy_table_opened(self) -> None:
        self.action_open()

    def _read(self) -> None:
        strategy = self.query_one(StrategyTable).strategy
        self.query_one(".strategy", Sheet).show(whole(strategy, self.t) if strategy else [])
        self.query_one("#reader").scroll_home(animate=False)

    def on_key(self, event: events.Key) -> None:
        """While the filter has the keys, those that move go to the list."""
        table = self.query_one(StrategyTable)
        if self.focused is self.query_one("#filter") and event.key in _TABLE_KEYS:
            event.stop()
            move = table.action_page if event.key.startswith("page") else table.action_move
            move(-1 if event.key in ("up", "pageup") else 1)

    def on_input_submitted(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.query_one(StrategyTable).strategy is not None:
            self.add_class("-reading")
            self.query_one("#reader").focus()
            self.show_hints()

    def action_filter(self) -> None:
        self.remove_class("-reading")
        self.query_one("#filter").focus()
        self.show_hints()

    def action_back(self) -> None:
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.query_one(StrategyTable).focus()
            self.show_hints()
        else:
            self.query_one("#filter", Input).clear()
            self.action_filter()


def _haystack(strategy: Strategy) -> str:
    return _folded("\n".join((strategy.title, strategy.situation, *strategy.cues, *strategy.tags)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()

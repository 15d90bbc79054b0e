"""Finding a strategy and reading it: a filter, the list below it, and the chosen strategy beside it or in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from denju.errors import DenjuError
from denju.text import clean
from denju.values import Match, Strategy, Turn
from denju_tui.desk import Desk
from denju_tui.screens.facets import Facets, facet_rows
from denju_tui.screens.pane import Pane
from denju_tui.screens.shelf import Shelf
from denju_tui.widgets.ink import MARKED, MUTED, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.marking import found
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.strategy_table import ColumnNames, StrategyTable
from denju_tui.widgets.strategy_text import whole

_CANDIDATES = 10
"""Strategies that the search may add to those that hold every word."""


class FindingPane(Pane):
    """All strategies, and what narrows them down."""

    @dataclass
    class Loaded(Message, bubble=False):
        """The library was read, or could not be."""

        strategies: tuple[Strategy, ...]
        error: DenjuError | None = None

    @dataclass
    class Found(Message, bubble=False):
        """What the search that answers use finds for the filter's words."""

        text: str
        match: Match

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.shelf = Shelf()
        self._state = "shelf.loading"
        self._error: DenjuError | None = None
        self._wanted = ""
        """Id of a strategy that is to be read as soon as the library is there."""

    def middle(self) -> Iterator[Widget]:
        with Horizontal(id="filter-line"):
            yield Line(id="filter")
            yield Label("", id="count", markup=False)
        with Horizontal(id="shelf"):
            with Vertical(id="list"):
                table = StrategyTable()
                yield ColumnNames(table)
                yield Sheet(classes="state")
                yield table
            with Vertical(id="facet-list"):
                yield RowList(id="facets")
            with VerticalScroll(id="reader"):
                yield Sheet(classes="strategy")
        yield Line(id="line")

    @property
    def loaded(self) -> bool:
        """Whether the library, or why it cannot be read, is on the screen."""
        return self._state != "shelf.loading"

    @property
    def table(self) -> StrategyTable:
        return self.query_one(StrategyTable)

    def speak(self) -> None:
        super().speak()
        self.query_one("#filter", Input).placeholder = self.t("shelf.filter_here")
        self._filter()
        self._read()

    def on_mount(self) -> None:
        self.query_one("#filter").focus()

    def on_screen_resume(self) -> None:
        self._load()

    # Reading the library

    def library_changed(self) -> None:
        self._load()

    def _load(self) -> None:
        def read() -> None:
            try:
                self.library_seen = self.desk.library_mark()
                self.post_message(self.Loaded(self.desk.strategies()))
            except DenjuError as error:
                self.post_message(self.Loaded((), error))

        self.run_worker(read, thread=True, group="load", exclusive=True)

    def on_finding_pane_loaded(self, loaded: Loaded) -> None:
        self.shelf.fill(loaded.strategies)
        self._error = loaded.error
        self._state = "" if loaded.strategies else "shelf.empty"
        self._filter()
        self._read()
        if self._wanted:
            self.open_strategy(self._wanted)
            self._wanted = ""  # what this list lacks is nowhere

    def open_strategy(self, strategy_id: str) -> None:
        """Read this one, whatever the filter and the facets say; what the list lacks, once it was read again."""
        self._wanted = strategy_id
        if not self.loaded:
            return
        self._show_all()
        if self.table.choose(strategy_id):
            self._wanted = ""
            self._read()
            self.action_open()
        else:  # nothing else is to be taken for it meanwhile
            self.remove_class("-reading")
            self.table.focus()
            self.show_hints()

    # Finding

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self.shelf.words = clean(event.value).strip()
            self._filter()
            self._search(self.shelf.words)

    def _search(self, text: str) -> None:
        """In a thread: what the customer's words would find; an unreadable library says so elsewhere."""
        if not text or not self.loaded:
            return
        bench = self.desk.workbench

        def run() -> None:
            try:
                match = bench.search.search([Turn("customer", text)], limit=_CANDIDATES)
            except DenjuError:
                return
            self.post_message(self.Found(text, match))

        self.run_worker(run, thread=True, group="find", exclusive=True)

    def on_finding_pane_found(self, message: Found) -> None:
        self.shelf.found(message.text, message.match)
        self._filter()
        self._read()

    def _filter(self) -> None:
        shelf = self.shelf
        rows = shelf.rows(self.t.language)
        self.table.show(rows, self.t, terms=shelf.terms())
        count = self.t("shelf.count", shown=len(rows), all=len(shelf.strategies)) if shelf.strategies else ""
        self.query_one("#count", Label).update("  ".join(filter(None, [shelf.facets.shown(self.t), count])))
        self.query_one(".state", Sheet).show(self._state_paragraphs(bool(rows)))
        self.query_one(ColumnNames).refresh()

    def _state_paragraphs(self, rows: bool) -> list[Paragraph]:
        if self._error is not None:
            return [Paragraph(self.t.said(self._error.what), WARNING), Paragraph(self.t.said(self._error.hint))]
        if rows:
            return []
        return [Paragraph(self.t(self._state or "shelf.nothing"), MUTED)]

    def _show_all(self) -> None:
        """Neither words nor facets."""
        self.shelf.facets, self.shelf.words = Facets(), ""
        self.query_one("#filter", Input).clear()
        self._filter()

    # Choosing

    def on_strategy_table_chosen(self) -> None:
        self._read()
        self.query_one("#reader").scroll_home(animate=False)

    def on_strategy_table_opened(self) -> None:
        self.action_open()

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        self.shelf.facets = self.shelf.facets.switched(opened.key)
        self._filter()
        self._show_facets()

    def _read(self) -> None:
        strategy, terms = self.table.strategy, self.shelf.terms()
        paragraphs = whole(strategy, self.t) if strategy else []
        self.query_one(".strategy", Sheet).show([_marked(each, terms) for each in paragraphs] if terms else paragraphs)

    def on_key(self, event: events.Key) -> None:
        """While the filter has the keys, those that move go to the list."""
        if self.focused is self.query_one("#filter"):
            self.table.steer(event)

    # Keys

    def action_open(self) -> None:
        if self.table.strategy is not None:
            self.remove_class("-facets")
            self.add_class("-reading")
            self.query_one("#reader").focus()
            self.show_hints()

    def action_filter(self) -> None:
        self.remove_class("-reading", "-facets")
        self.query_one("#filter").focus()
        self.show_hints()

    def action_facets(self) -> None:
        if self.has_class("-facets"):
            self.action_back()
            return
        self.remove_class("-reading")
        self.add_class("-facets")
        self._show_facets()
        self.query_one("#facets").focus()
        self.show_hints()

    def _show_facets(self) -> None:
        rows = facet_rows(self.shelf.strategies, self.shelf.facets, self.t)
        self.query_one("#facets", RowList).show(rows)

    def action_back(self) -> None:
        if self.has_class("-line"):
            self.remove_class("-line")
            self.table.focus()
            self.show_hints()
        elif self.has_class("-reading") or self.has_class("-facets"):
            self.remove_class("-reading", "-facets")
            self.table.focus()
            self.show_hints()
        else:
            self._show_all()
            self.action_filter()


def _marked(paragraph: Paragraph, terms: Sequence[str]) -> Paragraph:
    marks = tuple((start, end, MARKED) for start, end in found(paragraph.text, terms))
    return replace(paragraph, marks=marks) if marks else paragraph

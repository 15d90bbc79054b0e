"""The list of strategies. Only the lines in view are drawn, so that thousands cost what twenty do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from denju.values import Strategy
from denju_tui.locale import Texts
from denju_tui.widgets.choosing import Choosing
from denju_tui.widgets.marking import found
from denju_tui.widgets.wrapping import pad

_TITLE_LEAST = 34
"""Columns at the right end are left out before the title gets narrower than this."""


class StrategyTable(Choosing):
    """Title, language, kind, status and tags, a strategy a line, with one chosen."""

    BINDINGS: ClassVar = [
        Binding("home", "end(-1)", show=False),
        Binding("end", "end(1)", show=False),
        Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = """
    StrategyTable {
        padding: 0; scrollbar-size-vertical: 1;
        & > .strategy-table--chosen { background: $surface; text-style: bold; }
        &:focus > .strategy-table--chosen { text-style: bold reverse; }
        & > .strategy-table--muted { color: $ink-muted; }
        & > .strategy-table--marked { color: $ink-mark; text-style: bold underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar = {"strategy-table--chosen", "strategy-table--muted", "strategy-table--marked"}

    @dataclass
    class Chosen(Message):
        """Another strategy is the chosen one now."""

        strategy: Strategy | None

    class Opened(Message):
        """The chosen strategy is to be read."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Strategy, ...] = ()
        self._terms: tuple[str, ...] = ()
        self._t: Texts | None = None

    @property
    def strategy(self) -> Strategy | None:
        """The chosen one."""
        return self._rows[self.chosen] if self._rows else None

    def choose(self, strategy_id: str) -> bool:
        """Choose one by its id; whether it is there."""
        index = next((index for index, each in enumerate(self._rows) if each.id == strategy_id), None)
        if index is not None:
            self.chosen = index
        return index is not None

    def show(self, rows: Sequence[Strategy], t: Texts, *, terms: Sequence[str] = ()) -> None:
        """Show these, with ``terms`` marked in their titles; the chosen one stays chosen where it is among them."""
        before = self.strategy
        self._rows, self._t, self._terms = tuple(rows), t, tuple(terms)
        self.virtual_size = Size(0, len(rows))
        kept = next((index for index, each in enumerate(rows) if before is not None and each.id == before.id), 0)
        self.set_reactive(StrategyTable.chosen, kept)
        self._follow()
        self.refresh()
        if self.strategy != before:
            self.post_message(self.Chosen(self.strategy))

    def heading(self) -> str:
        """The names of the columns, as wide as what they name."""
        t = self._t
        if t is None or not self._rows:
            return ""
        widths = self._widths(t)
        names = ["", t("shelf.title"), t("shelf.scope"), t("shelf.status"), t("shelf.tags")]
        return "".join(pad(name, width) for name, width in zip(names, widths, strict=True) if width)

    def watch_chosen(self) -> None:
        self._follow()
        self.refresh()
        self.post_message(self.Chosen(self.strategy))

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if self._t is None or index >= len(self._rows):
            return Strip([Segment(" " * width, base)], width)
        chosen = index == self.chosen
        line = base + self.get_component_rich_style("strategy-table--chosen", partial=True) if chosen else base
        quiet = line if chosen else base + self.get_component_rich_style("strategy-table--muted", partial=True)
        strategy = self._rows[index]
        cells = [
            (f" {strategy.language}", quiet),
            (strategy.title, line),
            (self._t(f"scope.{strategy.scope}"), quiet),
            (self._t(f"status.{strategy.status}"), quiet),
            (" ".join(strategy.tags), quiet),
        ]
        segments: list[Segment] = []
        for column, ((text, style), size) in enumerate(zip(cells, self._widths(self._t), strict=True)):
            if size:
                shown = pad(text, size - 2) + "  "
                segments += self._marked(shown, style) if column == 1 else [Segment(shown, style)]
        return Strip(segments).adjust_cell_length(width, line)

    def _marked(self, text: str, style: Style) -> list[Segment]:
        """``text`` with the terms in it marked."""
        mark = style + self.get_component_rich_style("strategy-table--marked", partial=True)
        segments, at = [], 0
        for start, end in found(text, self._terms) if self._terms else ():
            segments += [Segment(text[at:start], style), Segment(text[start:end], mark)]
            at = end
        return [*segments, Segment(text[at:], style)]

    def _widths(self, t: Texts) -> tuple[int, int, int, int, int]:
        """Cells of each column with the two that part it from the next; 0 leaves it out."""
        total = self.scrollable_content_region.width
        scope = 2 + max(cell_len(t(f"scope.{name}")) for name in ("scenario", "general", "policy"))
        status = 2 + max(cell_len(t(f"status.{name}")) for name in ("draft", "approved", "rejected", "retired"))
        tags = 18
        rest = total - 5
        for columns in ((scope, status, tags), (scope, status, 0), (scope, 0, 0)):
            if rest - sum(columns) >= _TITLE_LEAST:
                return (5, rest - sum(columns), *columns)
        return (5, max(rest, 2), 0, 0, 0)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index < len(self._rows):
            self.chosen = index
            self.post_message(self.Opened())

    def action_end(self, side: int) -> None:
        self.action_move(side * len(self._rows))

    def action_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened())


class ColumnNames(Widget):
    """The line above a table."""

    DEFAULT_CSS = """
    ColumnNames { height: 1; color: $ink-muted; text-wrap: nowrap; }
    """

    def __init__(self, table: StrategyTable) -> None:
        super().__init__()
        self._table = table

    def render(self) -> Content:
        return Content(self._table.heading())

"""A list of short rows with one chosen: requests, attempts, what was found, drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from denju_tui.widgets.choosing import Choosing
from denju_tui.widgets.wrapping import pad

_GAP = 2
_WIDEST = 36
"""Cells of a column but the last."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line, plain text that was cleaned where it entered."""

    key: str
    """What it stands for."""
    cells: tuple[str, ...]
    quiet: bool = False


class RowList(Choosing):
    """Rows in columns as wide as they need; the last column takes what is left."""

    BINDINGS: ClassVar = [Binding("enter,space", "open", show=False)]
    DEFAULT_CSS = """
    RowList {
        scrollbar-size-vertical: 1;
        & > .row-list--chosen { background: $surface; text-style: bold; }
        &:focus > .row-list--chosen { text-style: bold reverse; }
        & > .row-list--quiet { color: $ink-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar = {"row-list--chosen", "row-list--quiet"}

    @dataclass
    class Chosen(Message):
        """Another row is the chosen one now."""

        rows: RowList
        key: str

    @dataclass
    class Opened(Message):
        """Enter or a click on the chosen row."""

        rows: RowList
        key: str

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- textual's name
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._sizes: list[int] = []
        """Cells of each column."""

    @property
    def key(self) -> str:
        """What is chosen; empty where there are no rows."""
        return self._rows[self.chosen].key if self._rows else ""

    def show(self, rows: Sequence[Row]) -> None:
        """Show these; the chosen one stays chosen where it is among them."""
        if tuple(rows) == self._rows:
            return
        before = self.key
        self._rows, self._sizes = tuple(rows), _sizes(rows)
        self.virtual_size = Size(0, len(rows))
        kept = next((index for index, each in enumerate(rows) if each.key == before), 0)
        self.set_reactive(RowList.chosen, kept)
        self._follow()
        self.refresh()
        if self.key != before:
            self.post_message(self.Chosen(self, self.key))

    def watch_chosen(self) -> None:
        self._follow()
        self.refresh()
        self.post_message(self.Chosen(self, self.key))

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        style = self.rich_style
        if index >= len(self._rows):
            return Strip([Segment(" " * width, style)], width)
        row = self._rows[index]
        if index == self.chosen:
            style += self.get_component_rich_style("row-list--chosen", partial=True)
        elif row.quiet:
            style += self.get_component_rich_style("row-list--quiet", partial=True)
        cells = [pad(text, size) + " " * _GAP for text, size in zip(row.cells, self._sizes, strict=False)]
        return Strip([Segment(pad(" " + "".join(cells).rstrip(), width), style)]).adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index < len(self._rows):
            again = index == self.chosen
            self.chosen = index
            if again:
                self.post_message(self.Opened(self, self.key))

    def action_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened(self, self.key))


def _sizes(rows: Sequence[Row]) -> list[int]:
    columns = max((len(row.cells) for row in rows), default=0)
    widths = [
        max((cell_len(row.cells[column]) for row in rows if column < len(row.cells)), default=0)
        for column in range(columns)
    ]
    return [*(min(width, _WIDEST) for width in widths[:-1]), *(widths[-1:])]

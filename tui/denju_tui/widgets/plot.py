"""Bars over time in plain cells: what there was each day, and at the foot of each bar a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from denju_tui.widgets.ink import METER, MUTED, PART

ROWS = 6
"""Height of the bars, in lines."""
_WIDEST = 3
"""Cells of one bar with its gap."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, or whatever is counted."""

    value: float
    part: float = 0.0
    """How much of ``value`` is drawn in the other colour, with ``x`` for terminals without colour."""


class Plot(Widget):
    """Bars, the highest value beside the top, and what the first and the last bar stand for below."""

    DEFAULT_CSS = """
    Plot { height: 7; width: 1fr; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[Bar, ...] = ()
        self._ends = ("", "")
        self._top = ""

    def show(self, bars: Sequence[Bar], *, ends: tuple[str, str], top: str) -> None:
        """Show these; ``ends`` name the first and the last one, ``top`` the highest value."""
        self._bars, self._ends, self._top = tuple(bars), ends, top
        self.refresh()

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        most = max((bar.value for bar in self._bars), default=0.0)
        if not most:
            return [Content("")]
        margin = cell_len(self._top) + 2
        step = max(1, min(_WIDEST, (width - margin) // len(self._bars)))
        lines = []
        for row in range(ROWS, 0, -1):
            label = self._top if row == ROWS else "0" if row == 1 else ""
            line = Content.styled(label.rjust(margin - 2) + "  ", MUTED)
            for bar in self._bars:
                line += self._cell(bar, row, most, step)
            lines.append(line)
        first, last = self._ends
        gap = max(1, step * len(self._bars) - cell_len(first) - cell_len(last) - (step > 1))
        return [*lines, Content.styled(" " * margin + first + " " * gap + last, MUTED)]

    def _cell(self, bar: Bar, row: int, most: float, step: int) -> Content:
        filled, part = _height(bar.value, most), _height(bar.part, most)
        gap = Content(" " if step > 1 else "")
        wide = step - 1 if step > 1 else 1
        if row > filled:
            return Content(" " * wide) + gap
        return (Content.styled("x" * wide, PART) if row <= part else Content.styled(" " * wide, METER)) + gap


def _height(value: float, most: float) -> int:
    """Lines of a bar: whatever there is at all is at least one."""
    return max(1, round(value / most * ROWS)) if value else 0

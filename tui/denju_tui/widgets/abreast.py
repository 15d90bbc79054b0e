"""Columns of paragraphs side by side where there is room, below one another where there is not."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from denju_tui.widgets.sheet import Paragraph

LEAST = 34
"""Cells of a column, from which on side by side reads better."""
_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Abreast(Paragraph):
    """What is to be read beside one another; ``text`` stays empty."""

    columns: tuple[tuple[Paragraph, ...], ...] = ()

    def lines(self, width: int) -> list[Content]:
        """As lines of at most ``width`` cells."""
        count = len(self.columns)
        each = (width - _BETWEEN * (count - 1)) // max(1, count)
        if each < LEAST:
            return [line for column in self.columns for line in [Content(""), *_below(column, width)]]
        drawn = [_below(column, each) for column in self.columns]
        rows = max(map(len, drawn), default=0)
        lines = [Content("")]
        for row in range(rows):
            line = Content("")
            for place, column in enumerate(drawn):
                line += Content(" " * (place * (each + _BETWEEN) - line.cell_length))
                line += column[row] if row < len(column) else Content("")
            lines.append(line)
        return lines


def _below(paragraphs: tuple[Paragraph, ...], width: int) -> list[Content]:
    return [line for paragraph in paragraphs for line in paragraph.lines(width)]

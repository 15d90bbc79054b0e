"""Two texts beside each other where there is room, below each other where there is not."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.content import Content

from denju_tui.widgets.sheet import Paragraph

LEAST = 72
"""Cells from which on two columns read better than one."""
_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Beside(Paragraph):
    """A paragraph and another one to its right; one of the two may be empty."""

    right: Paragraph = field(default_factory=lambda: Paragraph(""))
    once: bool = False
    """Both sides say the same: in one column it stands once."""

    def lines(self, width: int) -> list[Content]:
        """As lines of at most ``width`` cells."""
        if width < LEAST:
            other = [] if self.once or _is_empty(self.right) else self.right.lines(width)
            return [*([] if _is_empty(self) else Paragraph.lines(self, width)), *other]
        half = (width - _BETWEEN) // 2
        left = [] if _is_empty(self) else Paragraph.lines(self, half)
        right = [] if _is_empty(self.right) else self.right.lines(half)
        rows = max(len(left), len(right))
        left += [Content("")] * (rows - len(left))
        right += [Content("")] * (rows - len(right))
        return [
            one + Content(" " * (half + _BETWEEN - one.cell_length)) + other
            for one, other in zip(left, right, strict=True)
        ]


def _is_empty(paragraph: Paragraph) -> bool:
    return not paragraph.text and not paragraph.lead and not paragraph.gap

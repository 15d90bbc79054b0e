"""How far something is: a bar of plain characters."""

from __future__ import annotations

from denju_tui.widgets.ink import TITLE
from denju_tui.widgets.sheet import Paragraph

CELLS = 40


def bar(share: float) -> Paragraph:
    """A bar with its share in percent, never more than there is."""
    done = int(CELLS * min(1.0, max(0.0, share)))
    return Paragraph(f"{'#' * done}{'.' * (CELLS - done)}  {int(share * 100)} %", TITLE)

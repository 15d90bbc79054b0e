"""The layout of what is looked through: a head, and below it a list beside the paper on which one of it is read."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Sheet


def list_and_paper() -> Iterator[Widget]:
    """What a screen or view composes of it."""
    yield Sheet(classes="head")
    with Horizontal(id="desk"):
        with Vertical(id="left"):
            yield RowList(id="rows")
        with VerticalScroll(id="paper"):
            yield Sheet(classes="body")

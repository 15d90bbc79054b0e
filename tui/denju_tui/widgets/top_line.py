"""The first line: where one is, where one can go, and what this student is not for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from denju_tui.widgets.ink import MUTED, WARNING


@dataclass(frozen=True, slots=True)
class Tab:
    """One pane to go to."""

    pane: str
    key: str
    name: str

    @property
    def width(self) -> int:
        return cell_len(self.key) + cell_len(self.name) + 4


class TopLine(Widget):
    """Name, panes, and at the right end a warning. Where room is short, the name goes, then part of the warning."""

    DEFAULT_CSS = """
    TopLine { height: 1; padding: 0 1; text-wrap: nowrap; }
    """
    NAME = "denju 伝授"

    @dataclass
    class Chosen(Message):
        """A pane was clicked."""

        pane: str

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[Tab, ...] = ()
        self._pane = ""
        self._warnings: tuple[str, ...] = ()

    def show(self, *, tabs: Sequence[Tab], pane: str, warnings: Sequence[str]) -> None:
        """Show these panes, with ``pane`` as the present one; of ``warnings``, longest first, the one that fits."""
        self._tabs, self._pane, self._warnings = tuple(tabs), pane, tuple(warnings)
        self.refresh()

    def _arranged(self) -> tuple[str, str]:
        """Name and warning, as far as there is room for them."""
        room = self.content_size.width - sum(tab.width for tab in self._tabs)
        for warning in self._warnings:
            for name in (f"{self.NAME}  ", ""):
                if cell_len(name) + cell_len(warning) + 1 <= room:
                    return name, warning
        return ("" if self._warnings else f"{self.NAME}  "), ""

    def render(self) -> Content:
        name, warning = self._arranged()
        left = Content.styled(name, "bold $ink-heading")
        for tab in self._tabs:
            style = "bold reverse" if tab.pane == self._pane else ""
            left += Content.styled(f"{tab.key} ", MUTED) + Content.styled(f" {tab.name} ", style) + Content(" ")
        gap = max(0, self.content_size.width - left.cell_length - cell_len(warning))
        return left + Content(" " * gap) + Content.styled(warning, WARNING)

    def on_click(self, event: events.Click) -> None:
        at = self.styles.padding.left + cell_len(self._arranged()[0])
        for tab in self._tabs:
            if at <= event.x < at + tab.width:
                self.post_message(self.Chosen(tab.pane))
            at += tab.width

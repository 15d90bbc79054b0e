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
from denju_tui.widgets.wrapping import cut


@dataclass(frozen=True, slots=True)
class Tab:
    """One pane to go to."""

    pane: str
    key: str
    name: str


class TopLine(Widget):
    """Name, panes, and at the right end a warning."""

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
        self._warning = ""

    def show(self, *, tabs: Sequence[Tab], pane: str, warning: str) -> None:
        """Show these panes, with ``pane`` as the present one."""
        self._tabs, self._pane, self._warning = tuple(tabs), pane, warning
        self.refresh()

    def render(self) -> Content:
        left = Content.styled(self.NAME, "bold $ink-heading")
        for tab in self._tabs:
            style = "bold reverse" if tab.pane == self._pane else ""
            left += Content("  ") + Content.styled(f" {tab.key} ", MUTED) + Content.styled(f" {tab.name} ", style)
        room = self.content_size.width - left.cell_length - 2
        warning = cut(self._warning, room) if room > 0 else ""
        return left + Content(" " * (room + 2 - cell_len(warning))) + Content.styled(warning, WARNING)

    def on_click(self, event: events.Click) -> None:
        at = cell_len(self.NAME) + 1
        for tab in self._tabs:
            width = 2 + cell_len(f" {tab.key} ") + cell_len(f" {tab.name} ")
            if at + 2 <= event.x < at + width:
                self.post_message(self.Chosen(tab.pane))
            at += width

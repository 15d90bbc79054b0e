"""The guidance in one line, for screens without room for a second column."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from denju_tui.locale import Texts
from denju_tui.widgets.guide_view import Guide, line
from denju_tui.widgets.ink import HEADING, MUTED, WARNING
from denju_tui.widgets.wrapping import cut


class GuideLine(Widget):
    """What serves, how sure, and the key that opens it in full."""

    DEFAULT_CSS = """
    GuideLine { height: 1; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, str, str, bool] = ("", "", "", False)

    def show(self, guide: Guide, t: Texts, *, key: str) -> None:
        """Show this guidance."""
        title, detail = line(guide, t)
        none = guide.match is not None and guide.match.kind == "none"
        self._shown = (title, detail, key if guide.match is not None else "", none)
        self.refresh()

    def render(self) -> Content:
        title, detail, key, none = self._shown
        room = self.content_size.width - cell_len(key) - 2
        detail = cut(detail, room // 2)
        title = cut(title, room - cell_len(detail) - 2)
        text = Content.styled(title, WARNING if none else HEADING) + Content("  ") + Content.styled(detail, MUTED)
        return text + Content(" " * (room + 2 - text.cell_length)) + Content.styled(key, "bold")

"""The first line: where one is, where one can go, and what this student is not for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from denju_tui.widgets.ink import MUTED, WARNING

Form = Literal["roomy", "tight", "keys"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class Tab:
    """One pane to go to."""

    pane: str
    key: str
    name: str
    short: str
    """Where room is short."""

    def parts(self, form: Form) -> tuple[str, str]:
        """Key and name with the spaces around them; the name is what is marked."""
        match form:
            case "roomy":
                return f"{self.key} ", f" {self.name} "
            case "tight":
                return f"{self.key} ", self.short
            case "keys":
                return self.key, ""

    def width(self, form: Form) -> int:
        """Cells, with the space behind it."""
        return sum(map(cell_len, self.parts(form))) + 1


class TopLine(Widget):
    """Name, panes, and at the right end a warning. Where room is short, the name goes first, then the warning gets
    shorter, then the panes move together, and at last only the present one keeps its name.
    """

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

    def _forms(self, form: Form) -> list[Form]:
        """The form of each tab; the present one always has its name."""
        return ["tight" if form == "keys" and tab.pane == self._pane else form for tab in self._tabs]

    def _arranged(self) -> tuple[str, list[Form], str]:
        """Name, form of each tab, and warning, as far as there is room for them."""
        width = self.content_size.width
        for form in FORMS:
            forms = self._forms(form)
            room = width - sum(tab.width(each) for tab, each in zip(self._tabs, forms, strict=True))
            for warning in self._warnings or ("",):
                for name in (f"{self.NAME}  ", "") if form == "roomy" else ("",):
                    if cell_len(name) + cell_len(warning) <= room:
                        return name, forms, warning
        return "", self._forms("keys"), ""

    def render(self) -> Content:
        name, forms, warning = self._arranged()
        left = Content.styled(name, "bold $ink-heading")
        for tab, form in zip(self._tabs, forms, strict=True):
            key, label = tab.parts(form)
            style = "bold reverse" if tab.pane == self._pane else ""
            left += Content.styled(key, MUTED) + Content.styled(label, style) + Content(" ")
        gap = max(0, self.content_size.width - left.cell_length - cell_len(warning))
        return left + Content(" " * gap) + Content.styled(warning, WARNING)

    def on_click(self, event: events.Click) -> None:
        name, forms, _ = self._arranged()
        at = self.styles.padding.left + cell_len(name)
        for tab, form in zip(self._tabs, forms, strict=True):
            if at <= event.x < at + tab.width(form):
                self.post_message(self.Chosen(tab.pane))
            at += tab.width(form)

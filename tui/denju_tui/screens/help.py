"""Help: every key and what it does, from the one registry."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from denju_tui.actions import Action
from denju_tui.desk import Desk
from denju_tui.widgets.ink import HEADING, MUTED, TITLE
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.wrapping import pad


class HelpScreen(ModalScreen[None]):
    """Lies over a pane until it is closed."""

    BINDINGS: ClassVar = [("escape,f1,q", "dismiss")]
    CSS_PATH = "help.tcss"

    def __init__(self, *, desk: Desk) -> None:
        super().__init__()
        self._t, self._actions = desk.texts, desk.keys.actions

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Sheet(self._paragraphs())

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def _paragraphs(self) -> list[Paragraph]:
        t = self._t
        paragraphs = [
            Paragraph(t("help.title"), TITLE),
            Paragraph(t("help.bare"), MUTED),
            Paragraph(t("help.close"), MUTED),
        ]
        for group in dict.fromkeys(action.group for action in self._actions):
            paragraphs.append(Paragraph(t(f"help.{group}"), HEADING, gap=True))
            paragraphs += [self._line(action) for action in self._actions if action.group == group]
        return paragraphs

    def _line(self, action: Action) -> Paragraph:
        bare = action.bare.replace("question_mark", "?").replace("slash", "/")
        lead = pad(action.shown_key, 8) + pad(bare, 3)
        return Paragraph(self._t(f"tip.{action.name}"), lead=lead, lead_style="bold")

"""Help: every key and what it does, from the one registry."""

from __future__ import annotations

from typing import ClassVar

from denju_tui.actions import Action
from denju_tui.screens.cover import Cover
from denju_tui.widgets.ink import HEADING, MUTED, TITLE
from denju_tui.widgets.sheet import Paragraph
from denju_tui.widgets.wrapping import pad


class HelpScreen(Cover[None]):
    """Lies over a pane until it is closed."""

    BINDINGS: ClassVar = [("escape,q", "dismiss")]

    def on_mount(self) -> None:
        self.query_one("#cover").focus()

    def paragraphs(self) -> list[Paragraph]:
        t, actions = self.t, self.desk.keys.actions
        paragraphs = [
            Paragraph(t("help.title"), TITLE),
            Paragraph(t("help.bare"), MUTED),
            Paragraph(t("help.close"), MUTED),
        ]
        for group in dict.fromkeys(action.group for action in actions):
            paragraphs.append(Paragraph(t(f"help.{group}"), HEADING, gap=True))
            paragraphs += [self._line(action) for action in actions if action.group == group]
        return paragraphs

    def _line(self, action: Action) -> Paragraph:
        bare = action.shown_bare
        lead = pad(action.shown_key, 8) + pad(bare, 3)
        return Paragraph(self.t(f"tip.{action.name}"), lead=lead, lead_style="bold")

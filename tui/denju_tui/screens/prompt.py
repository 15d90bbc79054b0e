"""The exact prompt of an answer, as the student read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll
from textual.widget import Widget

from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.over import Over
from denju_tui.widgets.sheet import Paragraph, Sheet


class PromptScreen(Over[None]):
    """One text to scroll through."""

    BINDINGS = bindings("prompt")

    def __init__(self, *, desk: Desk, prompt: str, tokens: int) -> None:
        super().__init__(desk=desk)
        self._prompt, self._tokens = prompt, tokens

    def title_text(self) -> str:
        return self.t("prompt.title", tokens=f"{self._tokens:,}")

    def middle(self) -> Iterator[Widget]:
        with VerticalScroll(classes="paper"):
            yield Sheet([Paragraph(self._prompt)], classes="body")

    def hints(self) -> Sequence[str]:
        return ("prompt.back",)

    def on_mount(self) -> None:
        self.query_one(".paper").focus()

    def action_back(self) -> None:
        self.dismiss(None)

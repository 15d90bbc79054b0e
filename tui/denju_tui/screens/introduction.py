"""What a person sees the very first time: one screen, left with any key."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from denju_tui.desk import Desk
from denju_tui.screens.cover import Cover
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.sheet import Paragraph


class Introduction(Cover[None]):
    """``typed`` gets what was typed on it, so that nobody's first letter is lost."""

    AUTO_FOCUS = ""
    focusable = False

    _left = False

    def __init__(self, *, desk: Desk, typed: Callable[[str], object]) -> None:
        super().__init__(desk=desk)
        self._typed = typed

    def paragraphs(self) -> list[Paragraph]:
        t, keys = self.t, self.desk.keys
        practice = [Paragraph(t("introduction.practice"), WARNING, gap=True)] if self.desk.practice else []
        key = {name: keys[f"app.{name}"].shown_key for name in ("help", "language", "quit", "library")}
        return [
            Paragraph(t("introduction.title"), TITLE),
            Paragraph(t("introduction.ask"), gap=True),
            Paragraph(t("introduction.beside"), gap=True),
            Paragraph(t("introduction.leaves"), gap=True),
            *practice,
            Paragraph(t("introduction.library", **key), gap=True),
            Paragraph(t("introduction.keys", **key), MUTED, gap=True),
            Paragraph(t("introduction.any_key"), TITLE, gap=True),
        ]

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self._leave(event.character or "" if event.is_printable else "")

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._leave(event.text)

    def on_click(self) -> None:
        self._leave("")

    def _leave(self, typed: str) -> None:
        # Keys that came together with the first one still arrive here while it closes.
        if typed.strip() or (typed and self._left):
            self._typed(typed)
        if not self._left and self.is_current:  # a key to a pane may have closed it meanwhile
            self._left = True
            self.dismiss()

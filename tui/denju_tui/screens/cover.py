"""A sheet of text that lies over a pane until it is left."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from denju_tui.desk import Desk
from denju_tui.locale import Texts
from denju_tui.widgets.sheet import Paragraph, Sheet

Result = TypeVar("Result")


class Cover(ModalScreen[Result]):
    """Shows its paragraphs, in whatever language the interface has."""

    focusable: ClassVar[bool] = True
    """Whether keys scroll it."""

    def __init__(self, *, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="cover", can_focus=self.focusable):
            yield Sheet(self.paragraphs())

    @property
    def t(self) -> Texts:
        return self.desk.texts

    def paragraphs(self) -> list[Paragraph]:
        """What stands on it."""
        raise NotImplementedError

    def speak(self) -> None:
        """Show it in the interface's language."""
        self.query_one(Sheet).show(self.paragraphs())

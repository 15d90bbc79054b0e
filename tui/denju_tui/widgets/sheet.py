"""A sheet of paragraphs: the one widget that shows prose, wrapped for Japanese and English alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.wrapping import wrap

Mark = tuple[int, int, str]
"""Start, end and style of a part of a text."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, plain text that was cleaned where it entered; never markup."""

    text: str
    style: str = ""
    lead: str = ""
    """What stands before the first line; the others hang below the text."""
    lead_style: str = MUTED
    marks: tuple[Mark, ...] = ()
    gap: bool = False
    """An empty line before it."""

    def lines(self, width: int) -> list[Content]:
        """As lines of at most ``width`` cells."""
        hang = cell_len(self.lead)
        content = Content(self.text).stylize(self.style) if self.style else Content(self.text)
        for start, end, style in self.marks:
            content = content.stylize(style, start, end)
        lead = Content.styled(self.lead, self.lead_style)
        rest = Content(" " * hang)
        found = wrap(self.text, width - hang)
        body = [(lead if index == 0 else rest) + content[start:end] for index, (start, end) in enumerate(found)]
        return [Content(""), *body] if self.gap else body


class Sheet(Widget):
    """Paragraphs below one another, as high as they need."""

    DEFAULT_CSS = """
    Sheet { height: auto; width: 1fr; text-wrap: nowrap; }
    """

    def __init__(self, paragraphs: Sequence[Paragraph] = (), *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._paragraphs = tuple(paragraphs)
        self._lines: tuple[int, list[Content]] | None = None

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        return self._paragraphs

    def show(self, paragraphs: Sequence[Paragraph]) -> None:
        """Show these instead."""
        if tuple(paragraphs) == self._paragraphs:
            return
        width, before = self._lines or (0, [])
        self._paragraphs = tuple(paragraphs)
        self._lines = None
        # A new layout of the whole screen is only needed when the number of lines changed.
        self.refresh(layout=not width or len(self._wrapped(width)) != len(before))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 -- textual's form
        return len(self._wrapped(width))

    def render(self) -> Content:
        return Content("\n").join(self._wrapped(self.content_size.width))

    def _wrapped(self, width: int) -> list[Content]:
        if self._lines is None or self._lines[0] != width:
            self._lines = (width, [line for paragraph in self._paragraphs for line in paragraph.lines(width)])
        return self._lines[1]

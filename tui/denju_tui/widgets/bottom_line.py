"""The last line: the keys that matter now, or for a few seconds what just happened, on as many as that needs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget

from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.wrapping import cut, wrap

NOTICE_SECONDS = 6.0
MOST_LINES = 3
"""Of a notice: what happened, and what to do about it."""


class BottomLine(Widget):
    """Keys with their names, cut where the line ends; the last one always shows."""

    DEFAULT_CSS = """
    BottomLine { height: auto; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[tuple[str, str], ...] = ()
        self._notice = ""
        self._warns = False
        self._timer: Timer | None = None

    @property
    def notice(self) -> str:
        """What is said at this moment; empty when the keys are shown."""
        return self._notice

    def show(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show these keys, each with its name."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def say(self, text: str, *, warns: bool = False, seconds: float = NOTICE_SECONDS) -> None:
        """Say ``text`` in place of the keys for a while."""
        self._notice, self._warns = text, warns
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, self.hush) if text else None
        self.refresh(layout=len(self._lines(self.content_size.width)) != self.size.height)

    def hush(self) -> None:
        """Show the keys again."""
        self.say("")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 -- textual's
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        """The notice at ``width`` cells; one empty line where nothing is said."""
        lines = [self._notice[start:end] for start, end in wrap(self._notice, width)]
        if len(lines) > MOST_LINES:
            lines[MOST_LINES - 1 :] = [cut(" ".join(lines[MOST_LINES - 1 :]), width)]
        return lines

    def render(self) -> Content:
        width = self.content_size.width
        if self._notice:
            return Content.styled("\n".join(self._lines(width)), WARNING if self._warns else "bold")
        if not self._hints:
            return Content("")
        *others, last = (
            Content.styled(key, "bold") + Content(" ") + Content.styled(name, MUTED) for key, name in self._hints
        )
        line = Content("")
        for hint in others:
            if line.cell_length + hint.cell_length + 2 + last.cell_length > width:
                break
            line += hint + Content("  ")
        return line + last

"""A list of which one line is chosen, and the keys that choose another one: the list's own, or a field's beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.reactive import reactive
from textual.scroll_view import ScrollView

_MOVING = frozenset({"up", "down", "pageup", "pagedown"})


class Choosing(ScrollView, can_focus=True):
    """Draws nothing by itself."""

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    chosen: reactive[int] = reactive(0)
    _rows: Sequence[object]

    def _follow(self) -> None:
        self.scroll_to_region(Region(0, self.chosen, 1, 1), animate=False, force=True)

    def action_move(self, by: int) -> None:
        self.chosen = max(0, min(len(self._rows) - 1, self.chosen + by))

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 1))

    def steer(self, event: events.Key) -> None:
        """Move by a key that a field beside the list got, where it is one that moves; such a key ends here."""
        if event.key in _MOVING:
            event.stop()
            move = self.action_page if event.key.startswith("page") else self.action_move
            move(-1 if event.key in ("up", "pageup") else 1)

"""Every action of a screen, found by its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual import events
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from denju.text import clean
from denju_tui.actions import Action, bindings
from denju_tui.desk import Desk
from denju_tui.screens.over import Over
from denju_tui.screens.shelf import folded
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row, RowList


class PaletteScreen(Over[str | None]):
    """A filter, and below it what can be done; its result is the command to run."""

    BINDINGS = bindings("palette")

    def __init__(self, *, desk: Desk, below: Screen[Any]) -> None:
        """``below`` is what it was opened in."""
        super().__init__(desk=desk)
        bound = [each.id for each in type(below).BINDINGS if isinstance(each, Binding) and each.id]
        groups = {"app", *(each.partition(".")[0] for each in bound)}
        self._actions = [each for each in desk.keys.actions if each.group in groups and each.id != "app.palette"]
        self._words: list[str] = []

    def title_text(self) -> str:
        return self.t("palette.title")

    def middle(self) -> Iterator[Widget]:
        yield Line(id="filter", placeholder=self.t("palette.filter_here"))
        with Vertical(classes="columns"):
            yield RowList(id="found")

    def hints(self) -> Sequence[str]:
        return ("palette.run", "palette.back")

    def speak(self) -> None:
        super().speak()
        self.query_one("#filter", Input).placeholder = self.t("palette.filter_here")
        self._show()

    def on_mount(self) -> None:
        self.query_one("#filter").focus()
        self._show()

    def _show(self) -> None:
        rows = [self._row(each) for each in self._actions]
        shown = [row for row in rows if all(word in folded(" ".join(row.cells)) for word in self._words)]
        self.query_one(RowList).show(shown or [Row("", (self.t("palette.nothing"),), quiet=True)])

    def _row(self, action: Action) -> Row:
        return Row(action.command, (action.shown_key, self.t(f"action.{action.name}"), self.t(f"tip.{action.name}")))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._words = folded(clean(event.value)).split()
        self._show()

    def on_input_submitted(self) -> None:
        self.action_run()

    def on_row_list_opened(self) -> None:
        self.action_run()

    def on_key(self, event: events.Key) -> None:
        """While the filter has the keys, those that move go to the list."""
        if isinstance(self.focused, Input):
            self.query_one(RowList).steer(event)

    def action_run(self) -> None:
        if command := self.query_one(RowList).key:
            self.dismiss(command)

    def action_back(self) -> None:
        self.dismiss(None)

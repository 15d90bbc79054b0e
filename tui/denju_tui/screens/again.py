"""Ask again with another strategy: those that came next, then every other one that serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.text import clean
from denju.values import Match, Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.over import Over
from denju_tui.screens.shelf import Shelf
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Sheet
from denju_tui.widgets.strategy_text import whole


class AgainScreen(Over[Strategy | None]):
    """A filter, the strategies, and the chosen one in full; its result is the one to follow."""

    BINDINGS = bindings("again")

    @dataclass
    class Loaded(Message, bubble=False):
        """What serves was read."""

        strategies: tuple[Strategy, ...]

    def __init__(self, *, desk: Desk, match: Match | None) -> None:
        """``match`` is what the search found for the message."""
        super().__init__(desk=desk)
        candidates = [match.best, *match.runners_up] if match else []
        self._confidence = {each.strategy.id: each.confidence for each in candidates if each is not None}
        self._shelf = Shelf()

    def title_text(self) -> str:
        return self.t("again.title")

    def middle(self) -> Iterator[Widget]:
        yield Line(id="filter", placeholder=self.t("shelf.filter_here"))
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("again.ask", "again.back")

    def on_mount(self) -> None:
        library = self.desk.workbench.library
        self.in_thread(lambda: self.post_message(self.Loaded(library.serving())))
        self.query_one("#filter").focus()

    def on_again_screen_loaded(self, loaded: Loaded) -> None:
        near = self._confidence
        strategies = [each for each in loaded.strategies if each.scope == "scenario"]
        self._shelf.fill(sorted(strategies, key=lambda each: -near.get(each.id, -1.0)))
        self._show()

    def _show(self) -> None:
        rows = self._shelf.rows(self.t.language)
        rows.sort(key=lambda each: -self._confidence.get(each.id, -1.0))
        self.query_one(RowList).show([Row(each.id, (self._sure(each), each.language, each.title)) for each in rows])
        self._read()

    def _sure(self, strategy: Strategy) -> str:
        confidence = self._confidence.get(strategy.id)
        return "" if confidence is None else f"{round(confidence * 100):>3} %"

    @property
    def chosen(self) -> Strategy | None:
        key = self.query_one(RowList).key
        return next((each for each in self._shelf.strategies if each.id == key), None)

    def _read(self) -> None:
        chosen = self.chosen
        self.query_one(".body", Sheet).show(whole(chosen, self.t) if chosen else [])

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.action_ask()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._shelf.words = clean(event.value).strip()
        self._show()

    def on_input_submitted(self) -> None:
        self.action_ask()

    def on_key(self, event: events.Key) -> None:
        """While the filter has the keys, those that move go to the list."""
        if isinstance(self.focused, Input):
            self.query_one(RowList).steer(event)

    def action_ask(self) -> None:
        if self.chosen is not None:
            self.dismiss(self.chosen)

    def action_back(self) -> None:
        self.dismiss(None)

"""A file that was picked, before its run: what can be changed, and what the search alone finds in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast
from unicodedata import normalize

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError, UsageError
from denju.text import clean, one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import batch_text
from denju_tui.screens.batch_runs import Wanted, has_run
from denju_tui.screens.hinting import hint_of
from denju_tui.screens.over import Over
from denju_tui.typed import typed_path
from denju_tui.widgets.ink import WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Forecast, Tally

Purpose = Literal["target", "text", "id", "limit"]
"""What the one-line box is open for."""


class OrderScreen(Over["Wanted | None"]):
    """Its result is what is to be answered; nothing is answered here but a few rows, to know how long one takes."""

    BINDINGS = bindings("ordering")

    @dataclass
    class Searched(Message, bubble=False):
        """How far the search is, or what it found."""

        wanted: Wanted
        found: Tally | Forecast

    @dataclass
    class Wrong(Message, bubble=False):
        """The file cannot be answered like this."""

        wanted: Wanted
        error: DenjuError

    def __init__(self, *, desk: Desk, source: Path) -> None:
        super().__init__(desk=desk)
        self.wanted = Wanted.of(source)
        self.forecast: Forecast | None = None
        self.error: DenjuError | None = None
        self._searched: Tally | None = None
        self._cancel = threading.Event()
        self._purpose: Purpose = "target"

    def title_text(self) -> str:
        return batch_text.place(self.wanted.source)

    def middle(self) -> Iterator[Widget]:
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")
        yield Line(id="line")

    def hints(self) -> Sequence[str]:
        return ("ordering.back",) if self.has_class("-line") else ("ordering.start", "ordering.change", "ordering.back")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self.rows.focus()
        self.order(self.wanted)

    def on_unmount(self) -> None:
        self._cancel.set()

    def speak(self) -> None:
        super().speak()
        self._draw()

    # Searching

    def order(self, wanted: Wanted) -> None:
        """Look at what this would do."""
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        self.wanted, self.forecast, self._searched, self.error = wanted, None, None, None
        bench = self.desk.workbench

        def search() -> None:
            try:
                for found in bench.batches.forecast(wanted.order(bench), cancel):
                    if not cancel.is_set():
                        self.post_message(self.Searched(wanted, found))
            except DenjuError as error:
                if not cancel.is_set():
                    self.post_message(self.Wrong(wanted, error))

        self._draw()
        self.in_thread(search)

    def on_order_screen_searched(self, searched: Searched) -> None:
        if searched.wanted != self.wanted:
            return
        if hasattr(searched.found, "estimate"):
            self.forecast = cast("Forecast", searched.found)
        else:
            self._searched = searched.found
        self._draw()

    def on_order_screen_wrong(self, wrong: Wrong) -> None:
        if wrong.wanted == self.wanted:
            self.error = wrong.error
            self._draw()

    def _draw(self) -> None:
        self.rows.show(batch_text.order_rows(self.wanted, self.t))
        self.query_one(".body", Sheet).show(self._body())

    def _body(self) -> list[Paragraph]:
        t, error = self.t, self.error
        if error is not None:
            return [Paragraph(t.said(error.what), WARNING), Paragraph(hint_of(error, t))]
        if self.forecast is None:
            return batch_text.searching(self._searched, t)
        return batch_text.forecast(self.forecast, t, self.key)

    # Changing

    def on_row_list_opened(self) -> None:
        self.action_change()

    def action_change(self) -> None:
        """Change the chosen line."""
        if self.rows.key == "where":
            self.order(replace(self.wanted, no_match=not self.wanted.no_match))
        else:
            self._open_line(cast("Purpose", self.rows.key))

    def _open_line(self, purpose: Purpose) -> None:
        self._purpose, wanted = purpose, self.wanted
        line = self.query_one("#line", Input)
        # The name alone and cleaned: the line draws what it holds as it is, and a file's name may hold anything.
        name, limit = one_line(wanted.target.name), str(wanted.limit or "")
        line.value = {"target": name, "text": wanted.text, "id": wanted.id, "limit": limit}[purpose]
        self.add_class("-line")
        self.show_hints()
        line.focus()
        self.say(self.t(f"stack.line_{purpose}"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        changed = self._changed(clean(event.value).strip())
        if changed is not None:
            self._close_line()
            self.order(changed)

    def _changed(self, text: str) -> Wanted | None:
        """The order with what was typed; ``None`` where that cannot be."""
        wanted = self.wanted
        match self._purpose:
            case "limit":
                text = normalize("NFKC", text)  # an input method may have typed wide ones
                if text and not (text.isascii() and text.isdigit() and int(text)):
                    self.say(self.t("stack.not_number"), warns=True)
                    return None
                return replace(wanted, limit=int(text) if text else None)
            case "target":
                same = text in ("", one_line(wanted.target.name))
                try:
                    target = wanted.target if same else typed_path(text, wanted.target.parent)
                except UsageError as error:
                    self.stopped(error)
                    return None
                if os.path.lexists(target) and not has_run(self.desk.workbench, target):
                    self.say(self.t("stack.there", file=one_line(target.name)), warns=True)
                    return None
                return replace(wanted, target=target)
            case "text":
                return replace(wanted, text=text or "text")
            case "id":
                return replace(wanted, id=text or "id")

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        self.rows.focus()

    # Leaving

    def action_start(self) -> None:
        if self.forecast is None:
            self.say(self.t("stack.not_ready"))
        elif self.forecast.estimate is None:
            self.say(self.t("stack.takes_nothing"))
        else:
            self.dismiss(self.wanted)

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        else:
            self.dismiss(None)

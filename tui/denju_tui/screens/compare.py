"""The same message twice: on the left the answer with its strategy, on the right one without."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.containers import VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from denju.events import Event, Failed, Finished, Token
from denju.values import Turn
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.over import Over
from denju_tui.widgets.beside import Beside
from denju_tui.widgets.conversation import Exchange
from denju_tui.widgets.ink import HEADING, MUTED
from denju_tui.widgets.sheet import Paragraph, Sheet

FLUSH_SECONDS = 0.1
"""Between two redraws of the answer that is being written."""


class CompareScreen(Over[None]):
    """Asks once more without a strategy, and shows both answers; neither changes the conversation."""

    BINDINGS = bindings("compare")

    @dataclass
    class Reported(Message, bubble=False):
        """The use case said something."""

        event: Event

    def __init__(self, *, desk: Desk, exchange: Exchange, turns: Sequence[Turn]) -> None:
        """``exchange`` is the answer with its strategy, ``turns`` the conversation up to its message."""
        super().__init__(desk=desk)
        self._exchange, self._turns = exchange, tuple(turns)
        self._cancel = threading.Event()
        self._pieces: list[str] = []
        self._pulse: Timer | None = None
        self.ended = False
        """Whether the second answer is there, or will not come."""

    def title_text(self) -> str:
        return self.t("compare.title")

    def middle(self) -> Iterator[Widget]:
        with VerticalScroll(classes="paper"):
            yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("compare.back",)

    def on_mount(self) -> None:
        self.query_one(".paper").focus()
        self._pulse = self.set_interval(FLUSH_SECONDS, self._draw)
        self._draw()
        t, facts = self.t, self._exchange.facts

        def run() -> None:
            for event in self.desk.answer(self._turns, facts, self._cancel, t=t, use_strategy=False):
                self.post_message(self.Reported(event))

        self.run_worker(run, thread=True, group="student")

    def on_compare_screen_reported(self, report: Reported) -> None:
        match report.event:
            case Token(text):
                self._pieces.append(text)
            case Finished(answer):
                self._pieces = [answer.answer]
                self._end()
            case Failed(error):
                self._end()
                self.stopped(error)

    def _end(self) -> None:
        self.ended = True
        if self._pulse is not None:
            self._pulse.stop()
        self._draw()

    def _draw(self) -> None:
        t, exchange = self.t, self._exchange
        best = exchange.match.best if exchange.match else None
        followed = best.strategy.title if best else t("guide.none")
        without = "".join(self._pieces).strip()
        waiting = Paragraph(t("talk.answering"), MUTED)
        self.query_one(".body", Sheet).show(
            [
                Paragraph(exchange.message, MUTED),
                Beside(followed, HEADING, gap=True, right=Paragraph(t("guide.off"), HEADING, gap=True)),
                Beside(exchange.text, right=Paragraph(without) if without or self.ended else waiting),
            ]
        )

    def on_screen_suspend(self) -> None:
        if self not in self.app.screen_stack:  # else something lies over it, such as the help
            self._cancel.set()

    def action_back(self) -> None:
        self._cancel.set()
        self.dismiss(None)

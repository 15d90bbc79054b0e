"""Ask: a customer's message in, the answer with the strategy it follows out; and what can be done with an answer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message
from textual.widgets import Input

from denju.errors import NotFound, UsageError
from denju.text import clean
from denju.values import Answer, Strategy, Turn
from denju_tui import clipboard
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.talk import TalkPane
from denju_tui.widgets.conversation import Conversation, Exchange, ExchangeView

if TYPE_CHECKING:
    from denju.workbench import Case

SURE_SECONDS = 5.0
"""In which a second press copies an answer that should not just be copied."""


@dataclass
class TeacherWanted(Message):
    """The teacher is to be asked about an answer."""

    case: Callable[[], Case]


class AskPane(TalkPane):
    """The conversation; the newest answer is read, copied, edited, rated, asked again, compared, or taught from."""

    PANE = "ask"
    BINDINGS = bindings("ask")

    @dataclass
    class ForTerminal(Message, bubble=False):
        """A thread has something for the terminal's clipboard."""

        text: str

    @dataclass
    class Said(Message, bubble=False):
        """A thread has something to tell the person."""

        text: str

    @dataclass
    class Rated(Message, bubble=False):
        """A rating is in the history."""

        view: ExchangeView
        rating: Literal["good", "bad"]

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self._asked_to_copy: tuple[str, float] = ("", 0.0)
        self._about: ExchangeView | None = None
        """The exchange that the reason is typed for, whatever is answered meanwhile."""

    def hints(self) -> Sequence[str]:
        if self.has_class("-why"):
            return ("ask.stop", "app.help")
        if self.current is None:
            return ("ask.send", "ask.newline", "ask.facts", "app.language", "app.quit", "app.help")
        if self.current.running:
            return ("ask.stop", "ask.strategy", "app.help")
        if self.current.rating == "bad":
            return ("ask.teacher", "ask.again", "ask.copy", "ask.strategy", "ask.new", "app.help")
        if self.current.match is not None and self.current.match.kind == "none":
            return ("ask.teacher", "ask.copy", "ask.edit", "ask.good", "ask.bad", "ask.strategy", "ask.new", "app.help")
        using = ("ask.copy", "ask.edit", "ask.good", "ask.bad", "ask.strategy")
        return (*using, "ask.again", "ask.compare", "ask.prompt", "ask.new", "app.help")

    def _answered(self) -> Exchange | None:
        """The newest exchange where its answer is there; else that it is not is said."""
        exchange = self.current
        if exchange is None or exchange.running or exchange.answer is None:
            self.say(self.t("notice.busy" if exchange is not None and exchange.running else "notice.no_answer"))
            return None
        return exchange

    # The answer

    def action_prompt(self) -> None:
        if (exchange := self._answered()) is not None and exchange.prompt:
            from denju_tui.screens.prompt import PromptScreen

            screen = PromptScreen(desk=self.desk, prompt=exchange.prompt, tokens=exchange.prompt_tokens)
            self.app.push_screen(screen)

    def action_compare(self) -> None:
        if (exchange := self._answered()) is not None:
            from denju_tui.screens.compare import CompareScreen

            self.app.push_screen(CompareScreen(desk=self.desk, exchange=exchange, turns=self._turns(exchange)))

    def action_again(self) -> None:
        if (exchange := self._answered()) is not None:
            from denju_tui.screens.again import AgainScreen

            self.app.push_screen(AgainScreen(desk=self.desk, match=exchange.found or exchange.match), self._ask_again)

    def _ask_again(self, strategy: Strategy | None) -> None:
        view = self.view
        if strategy is not None and view is not None:
            before = view.exchange
            before.again = True
            view.draw()
            exchange = Exchange(before.message, before.facts, found=before.found or before.match)
            self.run_worker(self._ask(exchange, strategy.id), group="ask")

    def action_edit(self) -> None:
        exchange, view = self._answered(), self.view
        if exchange is None or exchange.answer is None or view is None:
            return
        from denju_tui.screens.edit import EditScreen

        bench, answer = self.desk.workbench, exchange.answer
        given = exchange.prompt or "\n".join([*(turn.text for turn in self._turns(exchange)), *exchange.facts])

        def take(text: str) -> Answer:
            if not text.strip():
                raise UsageError(self.t("edit.empty"), self.t("edit.empty_hint"))
            judged = bench.rechecked(answer, text.strip(), given)
            with contextlib.suppress(NotFound):  # what the history does not hold is used all the same
                bench.history.edit(answer.id, text)
            return judged

        def edited(judged: Answer | None) -> None:
            exchange.edited = judged or exchange.edited
            view.draw()
            self.show_hints()

        file = bench.paths.drafts / "edits" / f"{answer.id}.txt"
        heading = self.t("talk.edit_title", key=self.key("ask.copy"))
        self.app.push_screen(
            EditScreen(desk=self.desk, heading=heading, text=exchange.text, file=file, take=take), edited
        )

    # Copying

    def action_copy(self) -> None:
        exchange = self.current
        if exchange is None or exchange.running or not exchange.text:
            self.say(self.t("notice.copy_nothing"))
            return
        reason = _reason_to_ask(exchange)
        key, at = exchange.answer.id if exchange.answer else "", self.clock()
        if reason and not (self._asked_to_copy[0] == key and at - self._asked_to_copy[1] <= SURE_SECONDS):
            self._asked_to_copy = (key, at)
            self.say(self.t(f"notice.{reason}", key=self.key("ask.copy")), warns=True)
            return
        self._asked_to_copy = ("", 0.0)
        text = exchange.text
        self.in_thread(lambda: self._copy(text), group="copy", exclusive=True)

    def _copy(self, text: str) -> None:
        """In a thread: copy, and say which way it went."""
        file = self.desk.workbench.paths.drafts / "copied.txt"
        copied = clipboard.copy(text, osc52=lambda text: self.post_message(self.ForTerminal(text)), file=file)
        self.post_message(self.Said(self.t(f"notice.copied_{copied.way}", file=str(copied.file))))

    def on_ask_pane_for_terminal(self, message: ForTerminal) -> None:
        self.app.copy_to_clipboard(message.text)

    # Rating

    def action_rate(self, rating: Literal["good", "bad"]) -> None:
        exchange = self.current
        if exchange is None or exchange.answer is None:
            self.say(self.t("notice.rate_nothing"))
        elif rating == "good":
            self._rate(self.view, "good", "")
        else:
            self._about = self.view
            self.add_class("-why")
            self.show_hints()
            self.query_one("#why", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        why = clean(event.value).strip()
        self._close_why()
        self._rate(self._about, "bad", why)

    def _rate(self, view: ExchangeView | None, rating: Literal["good", "bad"], why: str) -> None:
        if view is None or view.exchange.answer is None:
            return
        view.exchange.why = why  # the teacher is told it, whatever the history keeps
        answer_id = view.exchange.answer.id
        self.in_thread(lambda: self._keep_rating(view, answer_id, rating, why))

    def _keep_rating(self, view: ExchangeView, answer_id: str, rating: Literal["good", "bad"], why: str) -> None:
        """In a thread: into the history."""
        try:
            self.desk.workbench.history.rate(answer_id, rating, why)
        except NotFound:
            self.post_message(self.Said(self.t("notice.not_rated")))
        else:
            self.post_message(self.Rated(view, rating))

    def on_ask_pane_rated(self, rated: Rated) -> None:
        rated.view.exchange.rating = rated.rating
        if rated.view in self.query_one(Conversation).views:  # else a new conversation was begun meanwhile
            rated.view.draw()
        self.show_hints()
        offer = self.t("notice.rated_bad", key=self.key("ask.teacher"))
        self.say(offer if rated.rating == "bad" else self.t("notice.rated"))

    def action_teacher(self) -> None:
        exchange = self.current
        if exchange is None or exchange.answer is None:
            self.say(self.t("notice.rate_nothing"))
            return
        # As the student read it, with what it answered itself: a person's own words are no answer to be bettered.
        spoken = [*self._turns(exchange), Turn("agent", exchange.answer.answer)]
        turns = [{"role": turn.role, "text": turn.text} for turn in spoken if turn.text]
        why, followed = exchange.why, exchange.answer.strategy
        bench = self.desk.workbench
        used = followed.strategy.id if followed is not None else None
        self.app.post_message(TeacherWanted(lambda: bench.case(why, conversation=turns, followed=used)))

    def on_ask_pane_said(self, said: Said) -> None:
        self.say(said.text)


def _reason_to_ask(exchange: Exchange) -> str:
    """Why a copy should be asked for twice; empty when it need not."""
    answer = exchange.used
    if answer is not None and any(not policy.ok for policy in answer.policies):
        return "copy_policy"
    if answer is not None and answer.student is not None and answer.student.practice:
        return "copy_practice"
    return ""

"""Ask: a customer's message in, the answer with the strategy it follows out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.events import Event, Failed, Finished, Progress, PromptReady, Retrieved, Token
from denju.text import clean
from denju.values import Strategy, Turn
from denju_tui import clipboard, drafts
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.pane import Pane
from denju_tui.widgets.conversation import Conversation, Exchange, ExchangeView
from denju_tui.widgets.guide_line import GuideLine
from denju_tui.widgets.guide_view import Guide, GuideView
from denju_tui.widgets.message_box import MOST, FactsBox, MessageBox, WritingBox

if TYPE_CHECKING:
    from denju.workbench import Case

FLUSH_SECONDS = 0.1
"""Between two redraws of an answer that is being written."""
DRAFT_SECONDS = 0.5
"""From the last key to the draft on disk."""
SURE_SECONDS = 5.0
"""In which a second press copies an answer that should not just be copied."""


@dataclass
class TeacherWanted(Message):
    """The teacher is to be asked about an answer."""

    case: Callable[[], Case]


class AskPane(Pane):
    """The conversation, the guidance beside it, the boxes to write in below."""

    PANE = "ask"
    BINDINGS = bindings("ask")

    @dataclass
    class Reported(Message, bubble=False):
        """The use case said something."""

        view: ExchangeView
        event: Event
        served: Strategy | None = None

    @dataclass
    class ForTerminal(Message, bubble=False):
        """A thread has something for the terminal's clipboard."""

        text: str

    @dataclass
    class Said(Message, bubble=False):
        """A thread has something to tell the person."""

        text: str
        warns: bool = False

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.clock = time.monotonic
        self._cancel = threading.Event()
        self._guide = Guide()
        self._asked_to_copy: tuple[str, float] = ("", 0.0)
        self._pulse: Timer | None = None
        self._draft_timer: Timer | None = None

    def middle(self) -> Iterator[Widget]:
        with Horizontal(id="talk"):
            yield Conversation()
            yield GuideView()
        yield GuideLine()
        yield FactsBox()
        yield MessageBox()
        yield Input(id="why", compact=True)

    def hints(self) -> Sequence[str]:
        if self.current is None:
            return ("ask.send", "ask.newline", "ask.facts", "app.language", "app.quit", "app.help")
        if self.current.running:
            return ("ask.stop", "ask.strategy", "app.help")
        if self.current.rating == "bad":
            return ("ask.teacher", "ask.again", "ask.copy", "ask.strategy", "ask.new", "app.help")
        using = ("ask.copy", "ask.edit", "ask.good", "ask.bad", "ask.strategy")
        return (*using, "ask.again", "ask.compare", "ask.prompt", "ask.new", "app.help")

    @property
    def view(self) -> ExchangeView | None:
        """The newest exchange on the screen."""
        views = self.query_one(Conversation).views
        return views[-1] if views else None

    @property
    def current(self) -> Exchange | None:
        return self.view.exchange if self.view else None

    @property
    def message_box(self) -> MessageBox:
        return self.query_one(MessageBox)

    @property
    def facts_box(self) -> FactsBox:
        return self.query_one(FactsBox)

    def speak(self) -> None:
        super().speak()
        t = self.t
        self.message_box.hint(t("talk.message_here"))
        self.facts_box.hint(t("talk.facts_here"))
        self.query_one("#why", Input).placeholder = t("talk.why_here")
        self.query_one(Conversation).welcome(t, practice=self.desk.practice)
        self.query_one(Conversation).draw(t)
        self._show_guide()

    def on_mount(self) -> None:
        self._pulse = self.set_interval(FLUSH_SECONDS, self._flush, pause=True)
        draft = drafts.load(self.desk.workbench.paths.drafts)
        self.message_box.text, self.facts_box.text = draft.message, draft.facts
        self.message_box.move_cursor(self.message_box.document.end)
        self.set_class(bool(draft.facts), "-facts")
        if draft.message:
            self.say(self.t("notice.restored"))
        self.message_box.focus()

    def leave(self) -> None:
        """Stop what runs and keep what was typed; the app is about to end."""
        self._cancel.set()
        drafts.save(self.desk.workbench.paths.drafts, self._draft())

    # Writing

    def on_text_area_changed(self) -> None:
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(DRAFT_SECONDS, self._keep_draft)

    def on_message_box_sent(self, event: MessageBox.Sent) -> None:
        self._send(event.text)

    def on_message_box_held_back(self) -> None:
        self.say(self.t("notice.burst"))

    def on_writing_box_too_long(self, event: WritingBox.TooLong) -> None:
        self.say(self.t("notice.too_long", size=f"{event.size:,}", most=f"{MOST:,}"), warns=True)

    def _draft(self) -> drafts.Draft:
        return drafts.Draft(message=self.message_box.text, facts=self.facts_box.text)

    def _keep_draft(self) -> None:
        folder, draft = self.desk.workbench.paths.drafts, self._draft()
        self.run_worker(lambda: drafts.save(folder, draft), thread=True, group="draft", exclusive=True)

    # Answering

    def _send(self, text: str) -> None:
        message = clean(text).replace("\t", "    ").strip()
        if self.current is not None and self.current.running:
            self.say(self.t("notice.busy"))
        elif not message:
            self.say(self.t("notice.empty"))
        else:
            facts = tuple(line for each in self.facts_box.text.splitlines() if (line := clean(each).strip()))
            self.message_box.clear()
            self.run_worker(self._ask(Exchange(message, facts)), group="ask")

    async def _ask(self, exchange: Exchange, strategy: str | None = None) -> None:
        turns = self._turns(exchange)
        view = await self.query_one(Conversation).add(exchange, self.t)
        self._guide, self._cancel = Guide(), threading.Event()
        self._show_guide()
        self.show_hints()
        cancel = self._cancel
        self.run_worker(lambda: self._answer(view, turns, cancel, strategy), thread=True, group="student")

    def _turns(self, exchange: Exchange) -> list[Turn]:
        """The conversation up to ``exchange``; what was stopped, failed or asked again the customer never got."""
        turns: list[Turn] = []
        for each in (view.exchange for view in self.query_one(Conversation).views if not view.exchange.again):
            if each is exchange:
                break
            turns.append(Turn("customer", each.message))
            answer = each.answer
            if answer is not None and answer.answer and (each.edited or answer.finish in ("stop", "length")):
                turns.append(Turn("agent", each.text))
        return [*turns, Turn("customer", exchange.message)]

    def _answer(self, view: ExchangeView, turns: Sequence[Turn], cancel: threading.Event, strategy: str | None) -> None:
        """In a thread: run the use case and report."""
        for event in self.desk.answer(turns, view.exchange.facts, cancel, t=self.t, strategy=strategy):
            served = self.desk.served(event.answer) if isinstance(event, Finished) else None
            self.post_message(self.Reported(view, event, served))

    def on_ask_pane_reported(self, report: Reported) -> None:
        view, exchange = report.view, report.view.exchange
        match report.event:
            case Retrieved(match):
                exchange.match = match
                self._guide = Guide(match)
                self._show_guide()
                view.draw()
            case Progress():
                exchange.progress = report.event
                view.draw_answer()
            case PromptReady(tokens, cut_turns, prompt):
                exchange.prompt_tokens, exchange.cut_turns, exchange.prompt = tokens, cut_turns, prompt
            case Token(text):
                exchange.pieces.append(text)
                if not exchange.said:
                    self._flush()
                    assert self._pulse is not None
                    self._pulse.resume()
            case Finished(answer):
                exchange.answer = answer
                self._guide = Guide(exchange.match, served=report.served, answered=True)
                self._ended(view)
            case Failed(error, answer):
                exchange.answer, exchange.error = answer, error
                self._ended(view)

    def _ended(self, view: ExchangeView) -> None:
        assert self._pulse is not None
        self._pulse.pause()
        self._flush()
        view.draw()
        self._show_guide()
        self.show_hints()

    def _flush(self) -> None:
        """Draw the tokens that came since the last time."""
        view = self.view
        if view is not None and view.exchange.pieces:
            view.exchange.said += "".join(view.exchange.pieces)
            view.exchange.pieces.clear()
            view.draw_answer()

    def _show_guide(self) -> None:
        self.query_one(GuideView).show(self._guide, self.t)
        self.query_one(GuideLine).show(self._guide, self.t, key=self.key("ask.strategy"))

    # Keys

    def action_newline(self) -> None:
        if isinstance(self.focused, WritingBox):
            self.focused.insert("\n")

    def action_facts(self) -> None:
        shown = not self.has_class("-facts")
        self.set_class(shown, "-facts")
        (self.facts_box if shown else self.message_box).focus()

    def action_strategy(self) -> None:
        shown = not self.has_class("-guide")
        self.set_class(shown, "-guide")
        (self.query_one(GuideView) if shown else self.message_box).focus()

    def action_stop(self) -> None:
        if self.has_class("-why"):
            self._close_why()
        elif self.current is not None and self.current.running:
            self._cancel.set()
            self.say(self.t("notice.stopping"))
        elif self.has_class("-guide"):
            self.action_strategy()
        else:
            self.message_box.focus()

    async def action_new(self) -> None:
        if self.current is not None and self.current.running:
            self.say(self.t("notice.busy"))
            return
        await self.query_one(Conversation).clear()
        self.facts_box.clear()
        self.remove_class("-facts", "-guide", "-why")
        self._guide = Guide()
        self._show_guide()
        self.show_hints()
        self.message_box.focus()

    def _answered(self) -> Exchange | None:
        """The newest exchange where its answer is there; else that it is not is said."""
        exchange = self.current
        if exchange is None or exchange.running or exchange.answer is None:
            self.say(self.t("notice.busy" if exchange is not None and exchange.running else "notice.no_answer"))
            return None
        return exchange

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

            self.app.push_screen(AgainScreen(desk=self.desk, match=exchange.match), self._ask_again)

    def _ask_again(self, strategy: Strategy | None) -> None:
        view = self.view
        if strategy is not None and view is not None:
            view.exchange.again = True
            view.draw()
            exchange = Exchange(view.exchange.message, view.exchange.facts)
            self.run_worker(self._ask(exchange, strategy.id), group="ask")

    def action_edit(self) -> None:
        exchange, view = self._answered(), self.view
        if exchange is None or exchange.answer is None or view is None:
            return
        from denju_tui.screens.edit import EditScreen

        bench, answer_id = self.desk.workbench, exchange.answer.id

        def take(text: str) -> str:
            bench.history.edit(answer_id, text)
            return text.strip()

        def edited(text: str | None) -> None:
            exchange.edited = text or exchange.edited
            view.draw()
            self.show_hints()

        file = bench.paths.drafts / "edits" / f"{answer_id}.txt"
        heading = self.t("talk.edit_title", key=self.key("ask.copy"))
        self.app.push_screen(
            EditScreen(desk=self.desk, heading=heading, text=exchange.text, file=file, take=take), edited
        )

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
        self.run_worker(lambda: self._copy(text), thread=True, group="copy", exclusive=True)

    def _copy(self, text: str) -> None:
        """In a thread: copy, and say which way it went."""
        file = self.desk.workbench.paths.drafts / "copied.txt"
        try:
            copied = clipboard.copy(text, osc52=lambda text: self.post_message(self.ForTerminal(text)), file=file)
        except DenjuError as error:
            self.post_message(self.Said(f"{self.t.said(error.what)} {self.t.said(error.hint)}", warns=True))
            return
        self.post_message(self.Said(self.t(f"notice.copied_{copied.way}", file=str(copied.file))))

    def on_ask_pane_for_terminal(self, message: ForTerminal) -> None:
        self.app.copy_to_clipboard(message.text)

    def action_rate(self, rating: Literal["good", "bad"]) -> None:
        exchange = self.current
        if exchange is None or exchange.answer is None:
            self.say(self.t("notice.rate_nothing"))
        elif rating == "good":
            self._rate("good", "")
        else:
            self.add_class("-why")
            self.query_one("#why", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        why = clean(event.value).strip()
        self._close_why()
        self._rate("bad", why)

    def _close_why(self) -> None:
        self.query_one("#why", Input).clear()
        self.remove_class("-why")
        self.message_box.focus()

    def _rate(self, rating: Literal["good", "bad"], why: str) -> None:
        view = self.view
        if view is None or view.exchange.answer is None:
            return
        view.exchange.rating, view.exchange.why = rating, why
        view.draw()
        self.show_hints()
        answer_id = view.exchange.answer.id
        self.run_worker(lambda: self._keep_rating(answer_id, rating, why), thread=True, group="rate")

    def _keep_rating(self, answer_id: str, rating: Literal["good", "bad"], why: str) -> None:
        """In a thread: into the history."""
        try:
            self.desk.workbench.history.rate(answer_id, rating, why)
        except DenjuError as error:
            self.post_message(self.Said(f"{self.t.said(error.what)} {self.t.said(error.hint)}", warns=True))
        else:
            offer = self.t("notice.rated_bad", key=self.key("ask.teacher"))
            self.post_message(self.Said(offer if rating == "bad" else self.t("notice.rated")))

    def action_teacher(self) -> None:
        exchange = self.current
        if exchange is None or exchange.answer is None:
            self.say(self.t("notice.rate_nothing"))
            return
        turns = [{"role": turn.role, "text": turn.text} for turn in self._turns_with_answer()]
        why, followed = exchange.why, exchange.answer.strategy
        bench = self.desk.workbench
        used = followed.strategy.id if followed is not None else None
        self.app.post_message(TeacherWanted(lambda: bench.case(why, conversation=turns, followed=used)))

    def _turns_with_answer(self) -> list[Turn]:
        """The conversation up to the newest answer."""
        turns: list[Turn] = []
        for view in self.query_one(Conversation).views:
            if view.exchange.again:
                continue
            turns.append(Turn("customer", view.exchange.message))
            if view.exchange.text:
                turns.append(Turn("agent", view.exchange.text))
        return turns

    def on_ask_pane_said(self, said: Said) -> None:
        self.say(said.text, warns=said.warns)


def _reason_to_ask(exchange: Exchange) -> str:
    """Why a copy should be asked for twice; empty when it need not."""
    answer = exchange.answer
    if answer is not None and any(not policy.ok for policy in answer.policies):
        return "copy_policy"
    if answer is not None and answer.student is not None and answer.student.practice:
        return "copy_practice"
    return ""

"""A conversation with a customer: what is written, and the answers that come with the strategy that they follow."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.containers import Horizontal
from textual.events import Paste
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from denju.events import Event, Failed, Finished, Progress, PromptReady, Retrieved, Token
from denju.text import clean
from denju.values import Strategy, Turn
from denju_tui import drafts
from denju_tui.desk import Desk
from denju_tui.screens.pane import Pane
from denju_tui.widgets.conversation import Conversation, Exchange, ExchangeView
from denju_tui.widgets.guide_line import GuideLine
from denju_tui.widgets.guide_view import Guide, GuideView
from denju_tui.widgets.line import Line
from denju_tui.widgets.message_box import MOST, FactsBox, MessageBox, WritingBox

FLUSH_SECONDS = 0.1
"""Between two redraws of an answer that is being written."""
DRAFT_SECONDS = 0.5
"""From the last key to the draft on disk."""


class TalkPane(Pane):
    """The conversation, the guidance beside it, the boxes to write in below."""

    @dataclass
    class Reported(Message, bubble=False):
        """The use case said something."""

        view: ExchangeView
        event: Event
        served: Strategy | None = None

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self._cancel = threading.Event()
        self._guide = Guide()
        self._drafts = drafts.Place(desk.workbench.paths.drafts)
        self._pulse: Timer | None = None
        self._draft_timer: Timer | None = None

    def middle(self) -> Iterator[Widget]:
        with Horizontal(id="talk"):
            yield Conversation()
            yield GuideView()
        yield GuideLine()
        yield FactsBox()
        yield MessageBox()
        yield Line(id="why")

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
        draft = drafts.load(self._drafts.file)
        self.message_box.text, self.facts_box.text = draft.message, draft.facts
        self.message_box.move_cursor(self.message_box.document.end)
        self.set_class(bool(draft.facts), "-facts")
        if draft.message:
            self.say(self.t("notice.restored"))
        self.message_box.focus()

    def leave(self) -> None:
        """Stop what runs and keep what was typed; the app is about to end."""
        self._cancel.set()
        drafts.save(self._drafts.file, self._draft())
        self._drafts.free()

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
        file, draft = self._drafts.file, self._draft()
        self.run_worker(lambda: drafts.save(file, draft), thread=True, group="draft", exclusive=True)

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
            if each.edited or (answer is not None and answer.answer and answer.finish in ("stop", "length")):
                turns.append(Turn("agent", each.text))
        return [*turns, Turn("customer", exchange.message)]

    def _answer(self, view: ExchangeView, turns: Sequence[Turn], cancel: threading.Event, strategy: str | None) -> None:
        """In a thread: run the use case and report."""
        for event in self.desk.answer(turns, view.exchange.facts, cancel, t=self.t, strategy=strategy):
            served = self.desk.served(event.answer) if isinstance(event, Finished) else None
            self.post_message(self.Reported(view, event, served))

    def on_talk_pane_reported(self, report: Reported) -> None:
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
                self._guide = Guide(exchange.match, served=report.served, answered=answer.student is not None)
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

    def action_send(self) -> None:
        """The same as Enter, for the palette."""
        self._send(self.message_box.text)

    def action_newline(self) -> None:
        if isinstance(self.focused, WritingBox):
            self.focused.post_message(Paste("\n"))  # behind the letters that wait there

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
        self.query_one("#why", Input).clear()
        self.remove_class("-facts", "-guide", "-why")
        self._guide = Guide()
        self._show_guide()
        self.show_hints()
        self.message_box.focus()

    def _close_why(self) -> None:
        self.query_one("#why", Input).clear()
        self.remove_class("-why")
        self.show_hints()
        self.message_box.focus()

"""The conversation: what the customer wrote, what the student answers, and below it what to know before using it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from denju.errors import DenjuError
from denju.events import Progress
from denju.values import Answer, Match
from denju_tui.locale import Texts
from denju_tui.widgets.guide_view import telling
from denju_tui.widgets.ink import HEADING, MARKED, MUTED, TITLE, WARNING
from denju_tui.widgets.marking import found
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.wrapping import pad


@dataclass
class Exchange:
    """One message and its answer, as far as it is."""

    message: str
    facts: tuple[str, ...] = ()
    match: Match | None = None
    found: Match | None = None
    """What the search said before a person chose; none where nobody did."""
    progress: Progress | None = None
    said: str = ""
    cut_turns: int = 0
    prompt: str = ""
    """The exact text that the student read."""
    prompt_tokens: int = 0
    answer: Answer | None = None
    error: DenjuError | None = None
    rating: Literal["", "good", "bad"] = ""
    why: str = ""
    edited: Answer | None = None
    """The record with the answer as a person changed it; none as the student gave it."""
    again: bool = False
    """The same message was asked again below, and this answer was not used."""
    pieces: list[str] = field(default_factory=list)
    """Tokens that are not shown yet."""

    @property
    def running(self) -> bool:
        return self.answer is None and self.error is None

    @property
    def used(self) -> Answer | None:
        """The record of the answer as it is to be used."""
        return self.edited or self.answer

    @property
    def text(self) -> str:
        """The answer as it is to be used."""
        return self.used.answer if self.used is not None and self.used.answer else self.said.strip()


class ExchangeView(Vertical):
    """One exchange; its three sheets are drawn apart, so that a token repaints the answer alone."""

    DEFAULT_CSS = """
    ExchangeView { height: auto; margin-bottom: 1; }
    """

    def __init__(self, exchange: Exchange, t: Texts) -> None:
        super().__init__()
        self.exchange = exchange
        self._t = t

    def compose(self) -> ComposeResult:
        yield Sheet(self._customer(), classes="customer")
        yield Sheet(self._agent(), classes="agent")
        yield Sheet(self._foot(), classes="foot")

    def draw(self, t: Texts | None = None) -> None:
        """Show the exchange as it is now, in ``t``'s language when given."""
        self._t = t or self._t
        for name, paragraphs in (("customer", self._customer()), ("agent", self._agent()), ("foot", self._foot())):
            self.query_one(f".{name}", Sheet).show(paragraphs)

    def draw_answer(self) -> None:
        """Show what the answer has become, and nothing else."""
        self.query_one(".agent", Sheet).show(self._agent())

    def _lead(self, name: str = "") -> str:
        width = max(cell_len(self._t(f"talk.{each}")) for each in ("customer", "agent", "facts")) + 2
        return pad(self._t(f"talk.{name}") if name else "", width)

    def _customer(self) -> list[Paragraph]:
        exchange = self.exchange
        best = exchange.match.best if exchange.match else None
        parts = found(exchange.message, [term.term for term in telling(best.terms)]) if best else ()
        marks = tuple((start, end, MARKED) for start, end in parts)
        paragraphs = [Paragraph(exchange.message, lead=self._lead("customer"), lead_style=HEADING, marks=marks)]
        for index, fact in enumerate(exchange.facts):
            paragraphs.append(Paragraph(fact, MUTED, lead=self._lead("" if index else "facts")))
        return paragraphs

    def _agent(self) -> list[Paragraph]:
        lead = self._lead("agent")
        if self.exchange.text:
            return [Paragraph(self.exchange.text, lead=lead, lead_style=HEADING, gap=True)]
        return [Paragraph(self._stage(), MUTED, lead=lead, lead_style=HEADING, gap=True)]

    def _stage(self) -> str:
        t, exchange = self._t, self.exchange
        if exchange.answer is not None and exchange.answer.finish == "stop":
            return t("talk.no_answer")
        if not exchange.running:
            return ""
        progress = exchange.progress
        if progress is None:
            return t("talk.searching" if exchange.match is None else "talk.answering")
        places = progress.total - progress.done
        match progress.stage:
            case "waiting":
                return t("ask.waiting", places=places) if places > 0 else t("ask.waiting_unknown")
            case "loading":
                return t("ask.loading")
            case _:
                return t("ask.reading", done=progress.done, total=progress.total)

    def _foot(self) -> list[Paragraph]:
        t, exchange, answer = self._t, self.exchange, self.exchange.used
        notes: list[tuple[str, str]] = []
        if exchange.error is not None:
            notes += [(t.said(exchange.error.what), WARNING), (t.said(exchange.error.hint), "")]
        if answer is not None:
            if answer.finish in ("cancelled", "length"):
                notes.append((t("talk.stopped" if answer.finish == "cancelled" else "talk.length"), MUTED))
            notes += [(t("talk.policy", why=each.why), WARNING) for each in answer.policies if not each.ok]
            if answer.unsupported:
                notes.append((t("talk.unsupported", items="  ".join(answer.unsupported)), WARNING))
            if answer.cut_turns:
                notes.append((t("talk.cut_turns", count=answer.cut_turns), MUTED))
            if answer.student is not None and answer.student.practice:
                notes += [(t("talk.practice"), WARNING), (t("talk.practice_way"), MUTED)]
            notes.append((self._numbers(answer), MUTED))
        if exchange.edited:
            notes.append((t("talk.edited"), MUTED))
        if exchange.again:
            notes.append((t("talk.again"), WARNING))
        rated = {"good": t("talk.rated_good"), "bad": t("talk.rated_bad"), "": ""}[exchange.rating]
        if exchange.rating == "bad" and exchange.why:
            rated = t("talk.rated_bad_why", why=exchange.why)
        notes.append((rated, TITLE))
        notes = [(text, style) for text, style in notes if text]
        return [Paragraph(text, style, lead=self._lead(), gap=not index) for index, (text, style) in enumerate(notes)]

    def _numbers(self, answer: Answer) -> str:
        if not answer.tokens.completion:
            return ""
        return self._t("talk.numbers", seconds=f"{answer.seconds:.1f}", tokens=answer.tokens.completion)


class Conversation(VerticalScroll):
    """All exchanges, the newest at the end; it follows the answer while one looks at the end."""

    DEFAULT_CSS = """
    Conversation { scrollbar-size-vertical: 1; & Sheet { padding-right: 1; } }
    """

    def __init__(self) -> None:
        super().__init__()
        self._at_end = True

    def compose(self) -> ComposeResult:
        yield Sheet(classes="welcome")

    def on_mount(self) -> None:
        self.watch(self, "virtual_size", self._follow, init=False)

    def on_resize(self) -> None:
        self._follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = new_value >= self.max_scroll_y

    def _follow(self) -> None:
        # Textual's own anchor pushes a conversation that is shorter than the screen to the bottom.
        if self._at_end:
            self.scroll_end(animate=False, immediate=True)

    def welcome(self, t: Texts, *, practice: bool) -> None:
        """What an empty conversation says."""
        paragraphs = [Paragraph(t("talk.welcome"), TITLE, gap=True), Paragraph(t("talk.welcome_how"), gap=True)]
        if practice:
            paragraphs += [Paragraph(t("talk.practice"), WARNING, gap=True), Paragraph(t("talk.practice_way"), MUTED)]
        self.query_one(".welcome", Sheet).show(paragraphs)

    async def add(self, exchange: Exchange, t: Texts) -> ExchangeView:
        """A new exchange at the end, in view."""
        self.query_one(".welcome").display = False
        view = ExchangeView(exchange, t)
        await self.mount(view)
        self.scroll_end(animate=False)
        return view

    async def clear(self) -> None:
        """Empty it."""
        await self.query(ExchangeView).remove()
        self.query_one(".welcome").display = True

    def draw(self, t: Texts) -> None:
        """Show everything in ``t``'s language."""
        for view in self.views:
            view.draw(t)

    @property
    def views(self) -> Sequence[ExchangeView]:
        return list(self.query(ExchangeView))

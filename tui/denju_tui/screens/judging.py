"""A person judges the pairs that the judge judged: blind, one after the other, with 1, 2 and =."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.text import clean
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.learnt_text import turns
from denju_tui.screens.over import Over
from denju_tui.widgets.abreast import Abreast
from denju_tui.widgets.bottom_line import BottomLine
from denju_tui.widgets.ink import HEADING, MUTED, TITLE
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Pair

Choice = Literal["1", "2", "="]


class JudgingScreen(Over[None]):
    """One pair at a time; each judgement is kept at once."""

    BINDINGS = bindings("judging")

    @dataclass
    class Read(Message, bubble=False):
        """The pairs that this person has not judged yet."""

        pairs: tuple[Pair, ...]

    class Kept(Message, bubble=False):
        """A judgement is on the disk."""

    def __init__(self, *, desk: Desk, run_id: str) -> None:
        super().__init__(desk=desk)
        self._run_id = run_id
        self.pairs: tuple[Pair, ...] | None = None
        """Those that are left, the present one first."""
        self._judged = 0
        self._keeping = False

    def title_text(self) -> str:
        return self.t("coach.judge_title")

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with VerticalScroll(classes="paper"):
            yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        judging = ("judging.first", "judging.second", "judging.even") if self.pairs else ()
        return (*judging, "judging.back")

    def show_hints(self) -> None:
        """The short keys: no text field takes them here."""
        actions = [self.desk.keys[action_id] for action_id in self.hints()]
        shown = [(each.shown_bare or each.shown_key, self.t(f"action.{each.name}")) for each in actions]
        self.query_one(BottomLine).show(shown)

    def on_mount(self) -> None:
        self.query_one(".paper").focus()
        bench, run_id = self.desk.workbench, self._run_id

        def read() -> None:
            self.post_message(self.Read(tuple(bench.learn.sheet(run_id).pairs(bench.person))))

        self.in_thread(read)

    def on_judging_screen_read(self, read: Read) -> None:
        self.pairs = read.pairs
        self._draw()

    def speak(self) -> None:
        super().speak()
        self._draw()

    def _draw(self) -> None:
        t = self.t
        if self.pairs is None:
            return
        head = [Paragraph(t("coach.judge_left", left=len(self.pairs)), MUTED)] if self.pairs else []
        self.query_one(".head", Sheet).show(head)
        self.query_one(".body", Sheet).show(self._pair())
        self.query_one(".paper").scroll_home(animate=False)
        self.show_hints()

    def _pair(self) -> list[Paragraph]:
        t = self.t
        if not self.pairs:
            return [Paragraph(t("coach.judge_done" if self._judged else "coach.judge_none"), TITLE)]
        pair = self.pairs[0]
        columns = tuple(
            (Paragraph(name, HEADING), Paragraph(clean(text) or "-"))
            for name, text in (("1", pair.first), ("2", pair.second))
        )
        return [
            *turns([{"role": turn.role, "text": turn.text} for turn in pair.turns], t),
            Abreast("", columns=columns),
        ]

    # Judging

    def on_key(self, event: events.Key) -> None:
        """An input method's own 1, 2 and = count as well."""
        typed = unicodedata.normalize("NFKC", event.character or "")
        if typed != event.character and typed in ("1", "2", "="):
            event.stop()
            self.action_judge(cast("Choice", typed))

    def action_judge(self, choice: Choice) -> None:
        if not self.pairs or self._keeping:
            return
        self._keeping = True
        bench, run_id, name = self.desk.workbench, self._run_id, self.pairs[0].name

        def keep() -> None:
            try:
                bench.learn.sheet(run_id).judge(name, choice, bench.person)
                self.post_message(self.Kept())
            finally:
                self._keeping = False

        self.in_thread(keep)

    def on_judging_screen_kept(self) -> None:
        self._judged += 1
        self.pairs = (self.pairs or ())[1:]
        self._draw()

    def action_back(self) -> None:
        self.dismiss(None)

"""The situations of one's own that would leave with a plan, as they would leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.text import clean, one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.learnt_text import turns
from denju_tui.screens.over import Over
from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Situation


class GivenScreen(Over[None]):
    """A list, and beside or below it the chosen one."""

    BINDINGS = bindings("given")

    @dataclass
    class Read(Message, bubble=False):
        """They were read."""

        situations: tuple[Situation, ...]

    def __init__(self, *, desk: Desk, run_id: str, count: int) -> None:
        super().__init__(desk=desk)
        self._run_id, self._count = run_id, count
        self.situations: tuple[Situation, ...] = ()

    def title_text(self) -> str:
        return self.t("coach.given_title", count=f"{self._count:,}")

    def middle(self) -> Iterator[Widget]:
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("given.back",)

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        learn, run_id = self.desk.workbench.learn, self._run_id
        self.in_thread(lambda: self.post_message(self.Read(tuple(learn.open(run_id).given()))))

    def on_given_screen_read(self, read: Read) -> None:
        self.situations = read.situations
        t = self.t
        self.query_one(RowList).show(
            [
                Row(str(number), (t(f"coach.purpose_{each.purpose}"), one_line(each.turns[-1].text)))
                for number, each in enumerate(self.situations)
            ]
        )
        self._show()

    def _show(self) -> None:
        key = self.query_one(RowList).key
        if not key:
            return
        each, t = self.situations[int(key)], self.t
        origin = dict(each.origin or {})
        kind, place = origin.get("kind", "ticket"), one_line(origin.get("of", ""))
        came = f"{t(f'coach.from_{kind}')}  {place}"
        body = [Paragraph(clean(each.topic)), Paragraph(came, MUTED), *turns(each.to_dict()["turns"], t)]
        self.query_one(".body", Sheet).show(body)

    def on_row_list_chosen(self) -> None:
        self._show()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.query_one(".paper").focus()

    def action_back(self) -> None:
        self.dismiss(None)

"""An import before it happens: what would be new, and what both sides changed, side by side, to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.errors import Conflict
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.over import Over
from denju_tui.widgets.beside import Beside
from denju_tui.widgets.comparison import compared
from denju_tui.widgets.ink import MUTED, TITLE, WARNING
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.strategy_text import whole

if TYPE_CHECKING:
    from denju.workbench import Choice, Clash, Merged, Parcel


class BringingScreen(Over["Merged | None"]):
    """The conflicts of an import, one chosen; its result is what the import did."""

    BINDINGS = bindings("bringing")

    @dataclass
    class Brought(Message, bubble=False):
        """The import is done."""

        merged: Merged

    @dataclass
    class Planned(Message, bubble=False):
        """The library is another one than the import was planned for: nothing was imported."""

        plan: Merged

    def __init__(self, *, desk: Desk, source: str, parcel: Parcel, plan: Merged) -> None:
        """``plan`` says what bringing in ``parcel``, read from the file ``source``, would do."""
        super().__init__(desk=desk)
        self._source, self._parcel, self._plan = source, parcel, plan
        self.choices: dict[str, Choice] = {}

    def title_text(self) -> str:
        return self.t("bringing.title", name=self._source)

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        deciding = ("bringing.ours", "bringing.theirs", "bringing.both") if self._plan.clashes else ()
        return ("bringing.bring", *deciding, "bringing.back")

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self._draw()

    @property
    def chosen(self) -> Clash | None:
        key = self.query_one(RowList).key
        return next((each for each in self._plan.clashes if each.theirs.id == key), None)

    def _draw(self) -> None:
        t, plan = self.t, self._plan
        counts = {"added": len(plan.added), "updated": len(plan.updated), "left": len(plan.left)}
        head = [Paragraph(t("bringing.counts", **counts)), Paragraph(t("bringing.drafts"), MUTED)]
        undecided = len(plan.clashes) - len(self.choices)
        if self._parcel.notice:
            head.append(Paragraph(t.said(self._parcel.notice), WARNING))
        if undecided:
            head.append(Paragraph(t("bringing.undecided", count=undecided), WARNING))
        self.query_one(".head", Sheet).show(head)
        self.query_one(RowList).show(
            [
                Row(
                    each.theirs.id,
                    (t(f"bringing.is_{self.choices.get(each.theirs.id, 'open')}"), each.theirs.title),
                    quiet=each.theirs.id in self.choices,
                )
                for each in plan.clashes
            ]
        )
        self._read()

    def _read(self) -> None:
        clash, t = self.chosen, self.t
        if clash is None:
            return
        ours, theirs = t("bringing.side_ours"), t("bringing.side_theirs")
        if clash.ours is None:
            body = [Paragraph(t("library.clash_deleted"), WARNING), *whole(clash.theirs, t)]
        else:
            sides = Beside(ours, TITLE, right=Paragraph(theirs, TITLE))
            body = [sides, *compared(self.desk.workbench.differences(clash.ours, clash.theirs), t)]
        self.query_one(".body", Sheet).show(body)

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.query_one(".paper").focus()

    # Keys

    def action_decide(self, choice: Choice) -> None:
        """Say what holds for the chosen conflict, and go to the next open one."""
        clash = self.chosen
        if clash is None:
            return
        self.choices[clash.theirs.id] = choice
        self._draw()
        still = [index for index, each in enumerate(self._plan.clashes) if each.theirs.id not in self.choices]
        if still:
            self.query_one(RowList).chosen = still[0]

    def action_bring(self) -> None:
        if len(self.choices) < len(self._plan.clashes):
            self.say(self.t("bringing.undecided", count=len(self._plan.clashes) - len(self.choices)), warns=True)
            return
        if self.acting:
            return
        self.acting = True
        bench, parcel, choices = self.desk.workbench, self._parcel, dict(self.choices)

        def bring() -> None:
            try:
                self.post_message(self.Brought(bench.bring_in(parcel, by=bench.person, choices=choices)))
            except Conflict:
                self.post_message(self.Planned(bench.bring_in(parcel, by=bench.person, dry_run=True)))

        self.in_thread(bring)

    def on_bringing_screen_brought(self, brought: Brought) -> None:
        self.dismiss(brought.merged)

    def on_bringing_screen_planned(self, planned: Planned) -> None:
        """Show what is to be decided now, and say so."""
        self.acting, self._plan = False, planned.plan
        clashing = {each.theirs.id for each in self._plan.clashes}
        self.choices = {key: choice for key, choice in self.choices.items() if key in clashing}
        self._draw()
        self.show_hints()
        self.action_bring()

    def action_back(self) -> None:
        if not self.acting:  # what is being brought in is not left any more
            self.dismiss(None)

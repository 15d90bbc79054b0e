"""What the teacher drafted: read with its checks, approved, rejected, or sent back with a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from denju.errors import ChecksFailed, DenjuError
from denju.values import Strategy
from denju_tui.desk import Desk
from denju_tui.screens import teacher_text
from denju_tui.screens.deed import Deed
from denju_tui.screens.teacher_view import TwoSided
from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.row_list import Row
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Finding


class DraftsView(TwoSided):
    """One draft after the other. None of them serves before it is approved."""

    STEP = "drafts"

    @dataclass
    class Checked(Message, bubble=False):
        """The checks of a draft are run."""

        draft: Strategy
        findings: tuple[Finding, ...]

    @dataclass
    class Judged(Message, bubble=False):
        """A draft has its verdict."""

        draft: Strategy

    @dataclass
    class Warned(Message, bubble=False):
        """A check speaks against the approval of a draft."""

        draft: Strategy
        error: ChecksFailed

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.drafts: tuple[Strategy, ...] = ()
        self.findings: dict[tuple[str, int], tuple[Finding, ...]] = {}
        """What the checks say, by id and revision."""
        self._under_way: set[tuple[str, int]] = set()
        self.deed = Deed(desk, lambda text: self.pane.say(text))

    def hints(self) -> Sequence[str]:
        return ("teacher.approve", "teacher.reject", "teacher.remark", "teacher.rows", "teacher.back")

    @property
    def chosen(self) -> Strategy | None:
        """The draft that is read."""
        return next((each for each in self.drafts if each.id == self.rows.key), None)

    def show(self, drafts: Sequence[Strategy]) -> None:
        """Show these, the first one to be read; where there is room for more, the rows have the keys."""
        self.rows.chosen = 0
        self.drafts = tuple(drafts)
        self.set_class(len(drafts) > 1 and self.pane.has_class("-wide"), "-rows")

    def draw(self) -> None:
        t = self.t
        self.rows.show([Row(each.id, (t(f"status.{each.status}"), each.title)) for each in self.drafts])
        if (draft := self.chosen) is None:
            return
        at, count = self.drafts.index(draft) + 1, len(self.drafts)
        others = t("tutor.draft_of", at=at, count=count, key=self.pane.key("teacher.rows"))
        self.query_one(".head", Sheet).show([Paragraph(others, MUTED)] if count > 1 else [])
        findings = self.findings.get((draft.id, draft.revision))
        self.query_one(".body", Sheet).show(teacher_text.draft(draft, findings, t))
        if findings is None and (draft.id, draft.revision) not in self._under_way:
            self._check(draft)

    def _check(self, draft: Strategy) -> None:
        self._under_way.add((draft.id, draft.revision))
        reviewing = self.desk.workbench.reviewing
        self.in_thread(lambda: self.post_message(self.Checked(draft, reviewing.findings(draft))))

    def on_drafts_view_checked(self, checked: Checked) -> None:
        self.findings[checked.draft.id, checked.draft.revision] = checked.findings
        self.draw()

    def on_row_list_chosen(self) -> None:
        if self.drafts:
            self.draw()
            self.query_one("#paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.to_look()

    # Keys

    def to_look(self) -> None:
        self.show_rows(False)

    def approve(self) -> None:
        if (draft := self.chosen) is not None:
            self._approve(draft)

    def reject(self) -> None:
        if (draft := self.chosen) is None:
            return
        bench = self.desk.workbench

        def reject(why: str) -> None:
            self.post_message(
                self.Judged(bench.reviewing.reject(draft.id, by=bench.person, why=why, revision=draft.revision))
            )

        def begin(why: str) -> None:
            if self.deed.begins():
                self.in_thread(lambda: reject(why))

        self.pane.ask_line(self.t("tutor.line_reject"), begin, reason=True)

    def remark(self) -> None:
        if (draft := self.chosen) is not None:
            self.pane.ask_line(self.t("tutor.line_remark"), lambda remark: self.pane.send_back(draft, remark))

    def line_waits(self) -> bool:
        return self.deed.refused()

    def _approve(self, draft: Strategy, override: str = "") -> None:
        if not self.deed.begins(checked=True):
            return
        bench = self.desk.workbench

        def approve() -> None:
            try:
                judged = bench.reviewing.approve(draft.id, by=bench.person, override=override, revision=draft.revision)
            except ChecksFailed as error:
                self.post_message(self.Warned(draft, error))
            else:
                self.post_message(self.Judged(judged))

        self.in_thread(approve)

    def stopped(self, error: DenjuError) -> None:
        self.deed.ended()
        super().stopped(error)

    def on_drafts_view_judged(self, judged: Judged) -> None:
        self.deed.ended()
        draft = judged.draft
        self.drafts = tuple(draft if each.id == draft.id else each for each in self.drafts)
        self.draw()
        key = "review.is_approved" if draft.status == "approved" else "review.is_rejected"
        self.pane.say(self.t(key, id=draft.id, revision=draft.revision))

    def on_drafts_view_warned(self, warned: Warned) -> None:
        """Ask for a reason, where the keys are still for this draft: what is typed for another one is not for it."""
        draft, error = warned.draft, warned.error
        self.stopped(error)
        reads_it = self.pane.view is self and self.chosen == draft and not self.pane.has_class("-line")
        if reads_it and "override" in error.hint:
            line = self.t("tutor.line_override", title=draft.title)
            self.pane.ask_line(line, lambda why: self._approve(draft, why), reason=True)

"""Every revision of one strategy: who wrote it and what became of it, what it changed, and a way back to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.values import Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.moments import moment
from denju_tui.screens.over import Over
from denju_tui.screens.review_text import came_from
from denju_tui.widgets.comparison import compared
from denju_tui.widgets.ink import HEADING, MUTED, TITLE
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet
from denju_tui.widgets.strategy_text import whole


class RevisionsScreen(Over[Strategy | None]):
    """Revisions, newest first; its result is the new draft where an old one was restored."""

    BINDINGS = bindings("revisions")

    @dataclass
    class Loaded(Message, bubble=False):
        """The revisions were read."""

        revisions: tuple[Strategy, ...]

    @dataclass
    class Restored(Message, bubble=False):
        """An old revision is a new draft."""

        strategy: Strategy

    def __init__(self, *, desk: Desk, strategy: Strategy) -> None:
        super().__init__(desk=desk)
        self._strategy = strategy
        self.revisions: tuple[Strategy, ...] = ()
        self._to_newest = False
        """Whether a revision is held against the newest, and not against the one before it."""

    def title_text(self) -> str:
        return self.t("revisions.title", title=self._strategy.title, id=self._strategy.id)

    def middle(self) -> Iterator[Widget]:
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        return ("revisions.restore", "revisions.against", "revisions.back")

    def on_mount(self) -> None:
        library, own = self.desk.workbench.library, self._strategy.id
        self.in_thread(lambda: self.post_message(self.Loaded(library.revisions(own)[::-1])))
        self.query_one(RowList).focus()

    def on_revisions_screen_loaded(self, loaded: Loaded) -> None:
        self.revisions = loaded.revisions
        self.query_one(RowList).show(
            [
                Row(
                    str(each.revision),
                    (
                        self.t("guide.revision", number=each.revision),
                        self.t(f"status.{each.status}"),
                        moment(each.created)[:10],
                        each.origin.by,
                    ),
                    quiet=each.status != "approved",
                )
                for each in self.revisions
            ]
        )
        self._read()

    @property
    def chosen(self) -> Strategy | None:
        key = self.query_one(RowList).key
        return next((each for each in self.revisions if str(each.revision) == key), None)

    def on_row_list_chosen(self) -> None:
        self._read()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.query_one(".paper").focus()

    def _read(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self.query_one(".body", Sheet).show(self._paragraphs(chosen))

    def _paragraphs(self, chosen: Strategy) -> list[Paragraph]:
        t, others = self.t, self.revisions
        number = [each.revision for each in others].index(chosen.revision)
        other = others[0] if self._to_newest else others[number + 1] if number + 1 < len(others) else None
        verdicts = [
            Paragraph(f"{t(f'status.{each.verdict}')}  {each.by}  {moment(each.at)[:10]}  {each.why}".rstrip(), MUTED)
            for each in chosen.reviews
        ]
        head = [Paragraph(chosen.title, TITLE), *came_from(chosen, t), *verdicts]
        if other is None or other.revision == chosen.revision:
            return [*head, *whole(chosen, t)[2:]]
        before, after = sorted((chosen, other), key=lambda each: each.revision)
        found = self.desk.workbench.differences(before, after)
        said = t("revisions.between", old=before.revision, new=after.revision)
        same = [] if found else [Paragraph(t("library.no_difference", old=before.revision, new=after.revision), MUTED)]
        return [*head, Paragraph(said, HEADING, gap=True), *same, *compared(found, t)]

    # Keys

    def action_against(self) -> None:
        self._to_newest = not self._to_newest
        self._read()

    def action_restore(self) -> None:
        chosen, bench = self.chosen, self.desk.workbench
        if chosen is not None and not self.acting:
            self.acting = True
            self.in_thread(
                lambda: self.post_message(
                    self.Restored(bench.library.restore(chosen.id, revision=chosen.revision, by=bench.person))
                )
            )

    def on_revisions_screen_restored(self, restored: Restored) -> None:
        self.dismiss(restored.strategy)

    def action_back(self) -> None:
        self.dismiss(None)

"""Overview: what the library did in the last days. Every figure opens the rows that it was counted from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from denju.errors import DenjuError
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import overview_text
from denju_tui.screens.pane import Pane, StrategyWanted
from denju_tui.widgets.ink import HEADING, MUTED, TITLE, WARNING
from denju_tui.widgets.plot import Bar, Plot
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Audit, Entry, Overview


class OverviewPane(Pane):
    """Figures on the left, the rows behind the chosen one beside them or in their place, and below a row's own text."""

    PANE = "overview"
    CSS_PATH = "overview.tcss"
    BINDINGS = bindings("overview")

    @dataclass
    class Counted(Message, bubble=False):
        """Library, history and ledger were counted."""

        view: Overview[Entry]

    @dataclass
    class Audited(Message, bubble=False):
        """The library's own cues were tried, which takes longer."""

        audit: Audit

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.view: Overview[Entry] | None = None
        self.audit: Audit | None = None
        self._error: DenjuError | None = None

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        yield Plot()
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield RowList(id="figures")
            with Vertical(id="behind"):
                yield Sheet(classes="name")
                yield RowList(id="rows")
            with VerticalScroll(id="paper"):
                yield Sheet(classes="body")

    def hints(self) -> Sequence[str]:
        if self.has_class("-reading"):
            return ("overview.back", "app.help")
        if self.has_class("-rows"):
            return ("overview.open", "overview.back", "app.help")
        return ("overview.open", "app.ask", "app.quit", "app.help")

    @property
    def figures(self) -> RowList:
        return self.query_one("#figures", RowList)

    @property
    def rows(self) -> RowList:
        return self.query_one("#rows", RowList)

    def speak(self) -> None:
        super().speak()
        self._draw()

    def on_mount(self) -> None:
        self.figures.focus()

    def on_screen_resume(self) -> None:
        bench = self.desk.workbench
        self.in_thread(
            lambda: (
                self.post_message(self.Counted(bench.overview())),
                self.post_message(self.Audited(bench.search.audit())),
            ),
            exclusive=True,
        )

    def on_overview_pane_counted(self, counted: Counted) -> None:
        self.view, self._error = counted.view, None
        self._draw()

    def on_overview_pane_audited(self, audited: Audited) -> None:
        self.audit = audited.audit
        self._draw()

    def stopped(self, error: DenjuError) -> None:
        self._error = error
        self._draw()

    # Drawing

    def _draw(self) -> None:
        t, view = self.t, self.view
        if self._error is not None:
            head = [Paragraph(self.t.said(self._error.what), WARNING), Paragraph(self.t.said(self._error.hint))]
        elif view is None:
            head = [Paragraph(t("glance.loading"), MUTED)]
        else:
            head = [Paragraph(t("glance.days", days=len(view.days)), TITLE), Paragraph(self._plot_name(), MUTED)]
        self.query_one(".head", Sheet).show(head)
        self.figures.show(overview_text.figures(view, self.audit, t) if view else [])
        self._draw_plot()
        self._draw_rows()

    @property
    def _of_money(self) -> bool:
        return self.figures.key == "money"

    def _plot_name(self) -> str:
        if self.view is None or not self.view.answers:
            return self.t("glance.plot_money" if self._of_money else "glance.nothing")
        return self.t("glance.plot_money" if self._of_money else "glance.plot_answers")

    def _draw_plot(self) -> None:
        if self.view is None:
            return
        days = self.view.days
        money = self._of_money
        bars = [Bar(each.money) if money else Bar(each.answers, each.unmatched) for each in days]
        most = max(bar.value for bar in bars)
        ends = overview_text.days_ends(days)
        self.query_one(Plot).show(bars, ends=ends, top=f"{most:.2f}" if money else f"{most:,.0f}")

    def _draw_rows(self) -> None:
        figure = self.figures.key
        if self.view is None or not figure:
            return
        self.query_one(".name", Sheet).show(
            [Paragraph(self.t(f"glance.{figure}"), HEADING), Paragraph(self.t(f"glance.about_{figure}"), MUTED)]
        )
        self.rows.show(overview_text.rows(figure, self.view, self.audit, self.t))

    # Choosing

    def on_row_list_chosen(self, chosen: RowList.Chosen) -> None:
        if chosen.rows is self.figures:
            self._draw()

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        if opened.rows is self.figures:
            self.add_class("-rows")
            self.rows.focus()
        elif overview_text.opens_strategy(self.figures.key):
            self.app.post_message(StrategyWanted(opened.key))
        elif self.view is not None and self.figures.key != "money":
            entry = next(each for each in self.view.answers if each.id == opened.key)
            self.query_one(".body", Sheet).show(overview_text.answer(entry, self.t))
            self.query_one("#paper").scroll_home(animate=False)
            self.add_class("-reading")
            self.query_one("#paper").focus()
        self.show_hints()

    def action_open(self) -> None:
        """The same as Enter, for the palette."""
        (self.rows if self.has_class("-rows") else self.figures).action_open()

    def action_back(self) -> None:
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.rows.focus()
        else:
            self.remove_class("-rows")
            self.figures.focus()
        self.show_hints()

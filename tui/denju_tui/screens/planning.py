"""What a run of learning is to be: where situations come from, how many, and how much it may cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import DenjuError
from denju.text import one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.locale import Texts
from denju_tui.screens.hinting import hint_of
from denju_tui.screens.over import Over
from denju_tui.widgets.ink import HEADING, MUTED, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

if TYPE_CHECKING:
    from denju.workbench import Plan, Workbench

FILES = {
    "card": (".toml",),
    "tickets": (".jsonl", ".ndjson", ".json", ".csv"),
    "drafts": (".jsonl", ".json", ".csv", ".yaml", ".yml"),
}
"""Fields that name a file, with the ends of names that fit."""
COUNTS = {
    "history": (0, 0, 100_000), "topics": (8, 1, 200), "train": (3, 1, 200), "gate": (12, 1, 200),
    "sealed": (4, 1, 200), "rounds": (2, 1, 200), "turns": (1, 1, 200),
}  # fmt: skip
"""Fields that count, each with what is usual, the least and the most."""
MOST_MONEY = 100_000.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a plan is made from."""

    files: dict[str, Path | None] = field(default_factory=lambda: dict.fromkeys(FILES))
    counts: dict[str, int] = field(default_factory=lambda: {name: usual for name, (usual, _, _) in COUNTS.items()})
    budget: float = 0.0
    teacher_arm: bool = True
    practice: bool = False

    def plan(self, workbench: Workbench) -> Plan:
        """Make the plan; see ``plan_of_learning``."""
        sizes = {name: count for name, count in self.counts.items() if name != "history"}
        return workbench.plan_of_learning(
            card=self.files["card"], tickets=self.files["tickets"], drafts=self.files["drafts"],
            history=self.counts["history"], sizes=sizes, budget=self.budget, teacher_arm=self.teacher_arm,
            practice=self.practice,
        )  # fmt: skip

    def rows(self, t: Texts, *, practice: bool) -> list[Row]:
        """A row a field; that of the practice student only where it is the one that would learn."""
        values = {
            "card": self._file("card", t), "tickets": self._file("tickets", t),
            "history": f"{self.counts['history']:,}", "drafts": self._file("drafts", t),
            **{name: f"{self.counts[name]:,}" for name in COUNTS if name != "history"},
            "budget": f"{self.budget:.2f} USD" if self.budget else t("coach.no_budget"),
            "teacher_arm": _yes(self.teacher_arm, t),
            **({"practice": _yes(self.practice, t)} if practice else {}),
        }  # fmt: skip
        return [Row(name, (t(f"coach.field_{name}"), value)) for name, value in values.items()]

    def _file(self, name: str, t: Texts) -> str:
        path = self.files[name]
        return one_line(path.name) if path else t("coach.empty_value")


class PlanningScreen(Over["Plan | None"]):
    """A line a field. Its result is the plan; nothing leaves."""

    BINDINGS = bindings("planning")

    @dataclass
    class Planned(Message, bubble=False):
        """The plan is made, and kept."""

        plan: Plan

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self.wishes = Wishes()
        self._planning = False
        self._field = ""
        """What the one-line box is open for, whichever row is chosen meanwhile."""
        self._error: DenjuError | None = None

    def title_text(self) -> str:
        return self.t("coach.plan_title")

    def middle(self) -> Iterator[Widget]:
        with Horizontal(classes="columns"):
            with Vertical(classes="left form"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet(classes="body")
        yield Line(id="line")

    def hints(self) -> Sequence[str]:
        return ("planning.back",) if self.has_class("-line") else ("planning.make", "planning.change", "planning.back")

    def on_mount(self) -> None:
        self.rows.focus()
        self._draw()

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def speak(self) -> None:
        super().speak()
        self._draw()

    def _draw(self) -> None:
        self.rows.show(self.wishes.rows(self.t, practice=self.desk.practice))
        self._read()

    def _read(self) -> None:
        t, name = self.t, self.rows.key
        body = [Paragraph(t(f"coach.field_{name}"), HEADING), Paragraph(t(f"coach.about_{name}"))] if name else []
        if self._planning:
            body.append(Paragraph(t("coach.planning"), MUTED, gap=True))
        if self._error is not None:
            told = [Paragraph(t.said(self._error.what), WARNING), Paragraph(hint_of(self._error, t))]
            body = [*told, Paragraph(""), *body]
        self.query_one(".body", Sheet).show(body)

    def on_row_list_chosen(self) -> None:
        self._read()

    # Changing

    def on_row_list_opened(self) -> None:
        self.action_change()

    def action_change(self) -> None:
        """Change the chosen line."""
        name, wishes = self.rows.key, self.wishes
        if name in FILES:
            from denju_tui.screens.picking import PickScreen

            was = wishes.files[name]
            screen = PickScreen(
                desk=self.desk, title=self.t(f"coach.pick_{name}"), suffixes=FILES[name],
                start=was.parent if was else None,
            )  # fmt: skip
            self.app.push_screen(screen, lambda path: self._take(replace(wishes, files={**wishes.files, name: path})))
        elif name == "teacher_arm":
            self._take(replace(wishes, teacher_arm=not wishes.teacher_arm))
        elif name == "practice":
            self._take(replace(wishes, practice=not wishes.practice))
        elif name:
            self._open_line(name)

    def _take(self, wishes: Wishes) -> None:
        self.wishes, self._error = wishes, None
        self._draw()

    def _open_line(self, name: str) -> None:
        self._field = name
        line = self.query_one("#line", Input)
        line.value = f"{self.wishes.budget:g}" if name == "budget" else str(self.wishes.counts[name])
        self.add_class("-line")
        self.show_hints()
        line.focus()
        self.say(self._asked(name, "line"))

    def _asked(self, name: str, what: str) -> str:
        if name == "budget":
            return self.t(f"coach.{what}_money")
        _, least, most = COUNTS[name]
        return self.t(f"coach.{what}_number", least=least, most=f"{most:,}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name, wishes = self._field, self.wishes
        value = _number(event.value.strip())
        if name == "budget":
            changed = replace(wishes, budget=value) if value is not None and value <= MOST_MONEY else None
        else:
            _, least, most = COUNTS[name]
            fits = value is not None and value == int(value) and least <= value <= most
            changed = replace(wishes, counts={**wishes.counts, name: int(value or 0)}) if fits else None
        if changed is None:
            self.say(self._asked(name, "not"), warns=True)
            return
        self._close_line()
        self._take(changed)

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        self.rows.focus()

    # The plan

    def action_make(self) -> None:
        if self._planning:
            return
        self._planning, self._error = True, None
        bench, wishes = self.desk.workbench, self.wishes
        self.in_thread(lambda: self.post_message(self.Planned(wishes.plan(bench))))
        self._read()

    def on_planning_screen_planned(self, planned: Planned) -> None:
        self.dismiss(planned.plan)

    def stopped(self, error: DenjuError) -> None:
        self._planning, self._error = False, error
        self._read()
        self.query_one(".paper").scroll_home(animate=False)

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        else:
            self.dismiss(None)


def _yes(value: bool, t: Texts) -> str:
    return t("coach.yes_value" if value else "coach.no_value")


def _number(text: str) -> float | None:
    try:
        value = float(normalize("NFKC", text))  # an input method may have typed wide ones
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None

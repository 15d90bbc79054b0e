"""What a run of learning brought: verdicts, answers beside one another, the report, a person's own judgement."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.text import clean, one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens import learnt_text
from denju_tui.screens.over import Over
from denju_tui.typed import typed_path
from denju_tui.widgets.ink import MUTED
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import RowList
from denju_tui.widgets.sheet import Paragraph, Sheet


class LearntScreen(Over[None]):
    """A list of all there is to read; Enter gives what is chosen the whole width."""

    BINDINGS = bindings("learnt")

    @dataclass
    class Read(Message, bubble=False):
        """The result was read."""

        facts: dict[str, Any]

    @dataclass
    class Written(Message, bubble=False):
        """The report is in a file, or why not."""

        text: str
        warns: bool = False

    def __init__(self, *, desk: Desk, run_id: str) -> None:
        super().__init__(desk=desk)
        self._run_id = run_id
        self.facts: dict[str, Any] | None = None

    def title_text(self) -> str:
        return self.t("coach.learnt_title", id=self._run_id)

    def middle(self) -> Iterator[Widget]:
        with Horizontal(classes="columns"):
            with Vertical(classes="left"):
                yield RowList(id="rows")
            with VerticalScroll(classes="paper"):
                yield Sheet([Paragraph(self.t("coach.learnt_loading"), MUTED)], classes="body")
        yield Line(id="line")

    def hints(self) -> Sequence[str]:
        if self.has_class("-line"):
            return ("learnt.back",)
        read = () if self.has_class("-reading") else ("learnt.read",)
        return (*read, "learnt.judge", "learnt.report", "learnt.back")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self.rows.focus()
        self.load()

    def load(self) -> None:
        """Read the result, and who judged it."""
        bench, run_id, language = self.desk.workbench, self._run_id, self.t.language
        self.in_thread(lambda: self.post_message(self.Read(bench.learning_report(run_id, language)[0])))

    def on_learnt_screen_read(self, read: Read) -> None:
        self.facts = read.facts
        self._draw()

    def speak(self) -> None:
        super().speak()
        self._draw()

    def _draw(self) -> None:
        if self.facts is not None:
            self.rows.show(learnt_text.rows(self.facts, self.t))
            self._show()

    def _show(self) -> None:
        if self.facts is None:
            return
        keys = {"review": self.key("app.review"), "judge": self.key("learnt.judge")}
        self.query_one(".body", Sheet).show(learnt_text.read(self.facts, self.rows.key, self.t, **keys))

    def on_row_list_chosen(self) -> None:
        self._show()
        self.query_one(".paper").scroll_home(animate=False)

    def on_row_list_opened(self) -> None:
        self.action_read()

    # Keys

    def action_read(self) -> None:
        self.add_class("-reading")
        self.query_one(".paper").focus()
        self.show_hints()

    def action_judge(self) -> None:
        from denju_tui.screens.judging import JudgingScreen

        self.app.push_screen(JudgingScreen(desk=self.desk, run_id=self._run_id), lambda _: self.load())

    def action_report(self) -> None:
        line = self.query_one("#line", Input)
        line.value = f"{self._run_id}.html"
        self.add_class("-line")
        self.show_hints()
        line.focus()
        self.say(self.t("coach.report_here"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name = clean(event.value).strip()
        self._close_line()
        if name:
            self.in_thread(lambda: self.post_message(self._write(name)))

    def _write(self, name: str) -> Written:
        """In a thread: write the report into a new file."""
        from denju_tui.cli import output

        path = typed_path(name)
        shown = one_line(name)
        if os.path.lexists(path):
            return self.Written(self.t("coach.file_there", file=shown), warns=True)
        _, markdown, html = self.desk.workbench.learning_report(self._run_id, self.t.language)
        text = html if path.suffix.lower() in (".html", ".htm") else markdown
        with output.binary(str(path), force=False) as file:
            file.write(text.encode("utf-8", "replace"))
        return self.Written(self.t("coach.report_written", file=shown))

    def on_learnt_screen_written(self, written: Written) -> None:
        self.say(written.text, warns=written.warns)

    def action_back(self) -> None:
        if self.has_class("-line"):
            self._close_line()
        elif self.has_class("-reading"):
            self.remove_class("-reading")
            self.rows.focus()
            self.show_hints()
        else:
            self.dismiss(None)

    def _close_line(self) -> None:
        self.remove_class("-line")
        self.show_hints()
        (self.query_one(".paper") if self.has_class("-reading") else self.rows).focus()

"""Library: find a strategy, read it, change it, bring strategies in and write them out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from textual.message import Message
from textual.widgets import Input

from denju.text import clean
from denju.values import Scope, Status, Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.finding import FindingPane
from denju_tui.typed import typed_path

if TYPE_CHECKING:
    from denju.workbench import Merged, Parcel


class LibraryPane(FindingPane):
    """What is found is changed in screens of its own; a line takes the names of files."""

    PANE = "library"
    CSS_PATH = "library.tcss"
    BINDINGS = bindings("library")

    @dataclass
    class Looked(Message, bubble=False):
        """A file was read, and what bringing it in would do."""

        source: str
        parcel: Parcel
        plan: Merged

    @dataclass
    class Said(Message, bubble=False):
        """A thread has something to tell the person."""

        text: str
        warns: bool = False

    def __init__(self, *, desk: Desk) -> None:
        super().__init__(desk=desk)
        self._purpose: Literal["export", "import"] = "export"

    def hints(self) -> Sequence[str]:
        if self.has_class("-facets") or self.has_class("-line"):
            return ("library.back", "app.help")
        own = ("library.edit", "library.revisions")
        if self.has_class("-reading"):
            return (*own, "library.back", "app.help")
        return ("library.open", *own, "library.facets", "library.new", "library.bring", "library.export", "app.help")

    def on_library_pane_said(self, said: Said) -> None:
        self.say(said.text, warns=said.warns)

    # Changing

    def action_edit(self) -> None:
        if (strategy := self.table.strategy) is not None:
            self._write(strategy)

    def action_new(self) -> None:
        self._write(None)

    def _write(self, base: Strategy | None) -> None:
        from denju_tui.screens.edit import strategy_editor

        self.app.push_screen(strategy_editor(self.desk, base), self._written)

    def _written(self, stored: Strategy | None) -> None:
        if stored is not None:
            self.say(self.t("shelf.is_draft", title=stored.title, key=self.key("app.review")))
            self._wanted = stored.id

    def action_revisions(self) -> None:
        from denju_tui.screens.revisions import RevisionsScreen

        if (strategy := self.table.strategy) is not None:
            self.app.push_screen(RevisionsScreen(desk=self.desk, strategy=strategy), self._written)

    # Files

    def action_export(self) -> None:
        self._open_line("export")

    def action_bring(self) -> None:
        self._open_line("import")

    def _open_line(self, purpose: Literal["export", "import"]) -> None:
        self._purpose = purpose
        line = self.query_one("#line", Input)
        line.clear()
        line.placeholder = self.t(f"shelf.line_{purpose}")
        self.add_class("-line")
        self.show_hints()
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self.action_open()
            return
        name = clean(event.value).strip()
        self.action_back()
        if name:
            self.in_thread(lambda: self._export(name) if self._purpose == "export" else self._look(name))

    def _export(self, name: str) -> None:
        """In a thread: write what the facets let through into a new file."""
        from denju_tui.cli import output

        facets, bench = self.shelf.facets, self.desk.workbench
        path = typed_path(name)
        if os.path.lexists(path):
            self.post_message(self.Said(self.t("shelf.file_there", file=name), warns=True))
            return
        data, count = bench.exported(
            bench.format_of(name) or "jsonl",
            status=cast("Status", facets.status) or None,
            scope=cast("Scope", facets.scope) or None,
            language=facets.language or None,
            tag=facets.tag or None,
        )
        with output.binary(str(path), force=False) as file:
            file.write(data)
        self.post_message(self.Said(self.t("library.exported", count=count, file=name)))

    def _look(self, name: str) -> None:
        """In a thread: read a file, and say what bringing it in would do."""
        bench = self.desk.workbench
        path = typed_path(name)
        parcel = bench.parcel(path)
        self.post_message(self.Looked(path.name, parcel, bench.bring_in(parcel, by=bench.person, dry_run=True)))

    def on_library_pane_looked(self, looked: Looked) -> None:
        from denju_tui.screens.bringing import BringingScreen

        screen = BringingScreen(desk=self.desk, source=looked.source, parcel=looked.parcel, plan=looked.plan)
        self.app.push_screen(screen, self._brought)

    def _brought(self, merged: Merged | None) -> None:
        if merged is not None:
            counts = {"added": len(merged.added), "updated": len(merged.updated), "left": len(merged.left)}
            self.say(self.t("library.imported", **counts))

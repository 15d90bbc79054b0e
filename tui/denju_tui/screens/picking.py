"""Picking a file: what lies in a folder, narrowed down while typing; a whole path may be typed too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from denju.errors import UsageError
from denju.text import one_line
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.screens.batch_text import place
from denju_tui.screens.over import Over
from denju_tui.typed import typed_path
from denju_tui.widgets.ink import MUTED, WARNING
from denju_tui.widgets.line import Line
from denju_tui.widgets.row_list import Row, RowList
from denju_tui.widgets.sheet import Paragraph, Sheet

MOST = 2_000
"""Names that are shown of one folder."""
_SIZE = 8
"""Cells of a size."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that lies in a folder."""

    path: Path
    folder: bool
    size: int


class PickScreen(Over["Path | None"]):
    """Folders first, then the files that fit. Its result is the file, by its whole path."""

    BINDINGS = bindings("picking")

    @dataclass
    class Looked(Message, bubble=False):
        """A folder was read."""

        folder: Path
        found: tuple[Found, ...]
        reason: str = ""
        """Why it could not be read."""

    def __init__(self, *, desk: Desk, title: str, suffixes: Sequence[str], start: Path | None = None) -> None:
        """Files whose names end in one of ``suffixes`` are shown; ``start`` is the first folder, else the present."""
        super().__init__(desk=desk)
        self._title, self._suffixes = title, tuple(suffixes)
        self.folder = start or Path.cwd()
        self._found: tuple[Found, ...] = ()
        self._reason = ""

    def title_text(self) -> str:
        return self._title

    def middle(self) -> Iterator[Widget]:
        yield Sheet(classes="head")
        yield Line(id="name")
        yield RowList(id="rows")

    def hints(self) -> Sequence[str]:
        return ("picking.take", "picking.back")

    def on_mount(self) -> None:
        self.query_one(Input).placeholder = self.t("stack.pick_here")
        self.query_one(Input).focus()
        self.look(self.folder)

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    # Reading a folder

    def look(self, folder: Path) -> None:
        """Read a folder, and show it when it can be read."""
        suffixes = self._suffixes

        def read() -> None:
            try:
                found = tuple(_found(folder, suffixes))
            except OSError as error:
                self.post_message(self.Looked(folder, (), (error.strerror or str(error)).lower()))
            else:
                self.post_message(self.Looked(folder, found))

        self.in_thread(read)

    def on_pick_screen_looked(self, looked: Looked) -> None:
        if looked.reason:
            self.say(f"{one_line(str(looked.folder))}: {self.t.said(looked.reason)}", warns=True)
            return
        self.folder, self._found = looked.folder, looked.found
        self.query_one(Input).clear()
        self._draw()

    def _draw(self) -> None:
        typed = self.query_one(Input).value.strip().casefold()
        shown = [each for each in self._found if typed in each.path.name.casefold()]
        lacks = ""
        if not self._found:
            lacks = "stack.pick_nothing"
        elif not shown and os.sep not in typed:  # a path may lead elsewhere
            lacks = "stack.pick_none_holds"
        told = [Paragraph(self.t(lacks), WARNING)] if lacks else []
        self.query_one(".head", Sheet).show([Paragraph(place(self.folder), MUTED), *told])
        above = [] if typed or self.folder == self.folder.parent else [Row("..", (" " * _SIZE, "../"))]
        self.rows.show([*above, *(_row(each) for each in shown)])

    # Choosing

    def on_input_changed(self) -> None:
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """While the name has the keys, those that move go to the list."""
        if self.focused is self.query_one(Input):
            self.rows.steer(event)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        path, refused = None, None
        try:
            path = typed_path(typed, self.folder) if typed else None
        except UsageError as error:  # it may still be a part of a name
            refused = error
        if path is not None and _safely(path.is_file):
            self._take(path)
        elif path is not None and _safely(path.is_dir):
            self.look(path)
        elif self.rows.key:
            self._open(self.rows.key)
        elif refused is not None:
            self.stopped(refused)
        else:
            self.say(self.t("stack.no_file"), warns=True)

    def on_row_list_opened(self, opened: RowList.Opened) -> None:
        self._open(opened.key)

    def action_take(self) -> None:
        """The same as Enter, for the palette."""
        self.rows.action_open()

    def _open(self, key: str) -> None:
        if key == "..":
            self.look(self.folder.parent)
            return
        found = next(each for each in self._found if str(each.path) == key)
        if found.folder:
            self.look(found.path)
        else:
            self._take(found.path)

    def _take(self, path: Path) -> None:
        self.dismiss(path.resolve())

    def action_back(self) -> None:
        self.dismiss(None)


def _found(folder: Path, suffixes: Sequence[str]) -> Iterator[Found]:
    folders: list[Found] = []
    files: list[Found] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    folders.append(Found(folder / entry.name, True, 0))
                elif entry.is_file() and entry.name.lower().endswith(tuple(suffixes)):
                    files.append(Found(folder / entry.name, False, entry.stat().st_size))
            except OSError:  # gone meanwhile
                continue
    for group in (folders, files):
        group.sort(key=lambda each: each.path.name.casefold())
    yield from [*folders, *files][:MOST]


def _row(found: Found) -> Row:
    name = one_line(found.path.name)
    size, name = (" " * _SIZE, f"{name}/") if found.folder else (_size(found.size).rjust(_SIZE), name)
    return Row(str(found.path), (size, name))


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1_000 or unit == "GB":
            break
        size /= 1_000
    return f"{size:,.0f} {unit}"


def _safely(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False

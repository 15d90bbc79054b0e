"""Edit a text here, or from here in $EDITOR; what was typed and not taken is there again the next time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from textual.app import SuspendNotSupported
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from denju.encodings import text_of
from denju.errors import Conflict, DenjuError, Interrupted, UsageError
from denju.paths import replaced, storage_error
from denju.text import clean
from denju.values import Origin, Strategy
from denju_tui.actions import bindings
from denju_tui.desk import Desk
from denju_tui.drafts import NEW, Place, file_name
from denju_tui.screens.over import Over
from denju_tui.widgets.ink import WARNING
from denju_tui.widgets.message_box import WritingBox
from denju_tui.widgets.sheet import Paragraph, Sheet

KEEP_SECONDS = 0.5
"""From the last key to the text on disk."""
R = TypeVar("R")


class EditScreen(Over[R | None]):
    """A text field as large as the screen. Its result is what ``take`` made of the text; nothing if it was left."""

    BINDINGS = bindings("edit")

    @dataclass
    class Taken(Message, bubble=False):
        """The text was good."""

        result: Any

    def __init__(self, *, desk: Desk, heading: str, text: str, file: Path, take: Callable[[str], R]) -> None:
        """``take`` runs in a thread; a DenjuError of it is shown, and one goes on typing.

        ``file`` holds the text, or one beside it while another app has that.
        """
        super().__init__(desk=desk)
        self._heading, self._text, self._take = heading, text, take
        self._place = Place(file.parent, file.stem, file.suffix)
        self._file = self._place.file
        self._timer: Timer | None = None
        self._saving = threading.Lock()
        self._typed = text
        self._done = False
        """Whether the text was taken, or left on purpose."""

    def title_text(self) -> str:
        return self._heading

    def middle(self) -> Iterator[Widget]:
        yield WritingBox()
        yield Sheet(classes="error")

    def hints(self) -> Sequence[str]:
        return ("edit.keep", "edit.outside", "edit.anew", "edit.back")

    @property
    def box(self) -> WritingBox:
        return self.query_one(WritingBox)

    def on_mount(self) -> None:
        before = self._before()
        self.box.text = self._text if before is None else before
        self.box.focus()
        if before is not None:
            self.say(self.t("notice.restored"))

    def on_text_area_changed(self) -> None:
        self._typed = self.box.text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(KEEP_SECONDS, self._save_quietly)

    def _before(self) -> str | None:
        """What was typed here and not taken."""
        try:
            return clean(text_of(self._file.read_bytes()))
        except (OSError, ValueError):
            return None

    def _save(self) -> None:
        """The text, where it is another one than at first, onto the disk.

        Raises:
            StorageError: that failed.
        """
        with self._saving:
            if self._done:
                return
            try:
                if self._typed == self._text:
                    self._file.unlink(missing_ok=True)
                    return
                with replaced(self._file) as file:
                    file.write(self._typed.encode("utf-8", "replace"))
            except OSError as error:
                raise storage_error(error, self._file) from error

    def _save_quietly(self) -> None:
        with contextlib.suppress(DenjuError):  # on the way, and said when it matters
            self._save()

    def leave(self) -> None:
        if self.is_mounted:
            self._typed = self.box.text
        self._save_quietly()

    def stopped(self, error: DenjuError) -> None:
        """Say below the text what is wrong with it."""
        self.acting = False
        self.query_one(".error", Sheet).show(
            [Paragraph(self.t.said(error.what), WARNING), Paragraph(self.t.said(error.hint))]
        )

    # Keys

    def _in_turn(self, deed: Callable[[], object]) -> None:
        """Do what a key asks for when the letters that came before it, all at once perhaps, are in the box."""
        box = self.box

        def do() -> None:
            if not self._done:
                self._typed = box.text
                deed()

        box.call_later(do)

    def action_keep(self) -> None:
        self._in_turn(self._keep)

    def _keep(self) -> None:
        if self.acting:
            return
        self.acting, text = True, self._typed

        def work() -> None:
            self._save()
            taken = self.Taken(self._take(text))
            # It is no draft any more, even where the screen was left meanwhile and nobody hears of it.
            with self._saving, contextlib.suppress(OSError):
                self._done = True
                self._file.unlink(missing_ok=True)
            self.post_message(taken)

        self.in_thread(work)

    def on_edit_screen_taken(self, taken: Taken) -> None:
        self.dismiss(taken.result)

    def on_screen_suspend(self) -> None:
        self._save_quietly()

    def on_unmount(self) -> None:
        self._place.free()

    def action_outside(self) -> None:
        """Into $EDITOR and back."""
        self._in_turn(self._edit_outside)

    def _edit_outside(self) -> None:
        from denju_tui.cli.editor import edited

        try:
            self._save()
            with self.app.suspend():
                data = edited(self._file, self._typed, "")
        except SuspendNotSupported:
            self.say(self.t("edit.no_outside"), warns=True)
        except Interrupted as error:
            # Whatever the editor wrote before it failed: the old text would be kept in its place.
            written = self._before()
            if written is None or written == self._typed:
                self.stopped(error)
            else:
                self.box.text = written
                self.stopped(Interrupted(self.t("edit.outside_failed"), error.hint))
        except DenjuError as error:
            self.stopped(error)
        else:
            self.box.text = clean(data.decode("utf-8", "replace"))
            self.query_one(".error", Sheet).show([])

    def action_anew(self) -> None:
        """The text as it was at first."""
        self._in_turn(self._begin_anew)

    def _begin_anew(self) -> None:
        self.box.text = self._text
        self.query_one(".error", Sheet).show([])

    def action_back(self) -> None:
        self._in_turn(self._go_back)

    def _go_back(self) -> None:
        try:
            self._save()
        except DenjuError as error:
            self.stopped(error)
        else:
            self._done = True
            self.dismiss(None)


def strategy_editor(desk: Desk, base: Strategy | None = None) -> EditScreen[Strategy]:
    """Edit ``base`` into a new draft revision, or write a new strategy."""
    bench, t = desk.workbench, desk.texts
    name = file_name(base.id) if base else NEW
    empty = Strategy(title="", situation="", language=t.language)

    def take(text: str) -> Strategy:
        typed = bench.typed(text.encode(), base)
        draft = replace(typed.strategy, origin=Origin(by=bench.person))
        if base is None:
            (stored,) = bench.library.add([draft])
            return stored
        if typed.same:
            raise UsageError(t("edit.same"), t("edit.same_hint"))
        try:
            return bench.library.revise(draft, base_revision=typed.base_revision)
        except Conflict as error:
            from denju_tui.cli.editor import behind

            raise behind(error) from error

    heading = t("edit.title", title=base.title, revision=base.revision) if base else t("edit.title_new")
    file = bench.paths.drafts / "edits" / f"{name}.yaml"
    return EditScreen(desk=desk, heading=heading, text=bench.as_yaml(base or empty), file=file, take=take)

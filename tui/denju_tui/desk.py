"""What all panes work with: the engine, the interface's texts, the terminal. Its slow methods are for threads."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from denju.errors import DenjuError, Interrupted, StorageError, StudentError
from denju.events import Event, Failed
from denju.paths import folder
from denju.settings import Settings
from denju.values import Answer, Strategy, Turn
from denju.workbench import Workbench
from denju_tui.actions import Keys
from denju_tui.launching import Launched, launch
from denju_tui.locale import Texts
from denju_tui.terminal import Terminal

_LOOK = 0.05
"""Seconds between two looks at ``cancel`` while the engine gets ready, or the student is busy."""
_LAST_WORD = 0.6
"""Seconds that a cancelled answer gets before the student is ended."""


@dataclass
class Desk:
    """One for each app."""

    workbench: Workbench
    texts: Texts
    terminal: Terminal
    keys: Keys
    launcher: Callable[[Sequence[str], Settings, str], Launched] = launch
    _ready: threading.Event = field(default_factory=threading.Event)

    @property
    def practice(self) -> bool:
        """Whether the settings name the practice model."""
        return self.workbench.settings.text("student.model") == "practice"

    def first_run(self) -> bool:
        """Whether the app is opened for the first time; it is remembered that it was."""
        mark = self.workbench.paths.drafts / "introduced"
        if mark.exists():
            return False
        with contextlib.suppress(OSError, DenjuError):  # told once more at worst
            folder(mark.parent)
            mark.touch(mode=0o600)
        return True

    def prepare(self) -> None:
        """Start the student, open the library and build its index, so that the first answer waits for nothing.

        What goes wrong here goes wrong again, and is told, when it is needed.
        """
        try:
            self.workbench.warm()
            self.workbench.search.prepare()
        except DenjuError:
            pass
        finally:
            self._ready.set()

    def answer(
        self,
        turns: Sequence[Turn],
        facts: Sequence[str],
        cancel: threading.Event,
        *,
        t: Texts,
        strategy: str | None = None,
        use_strategy: bool = True,
    ) -> Iterator[Event]:
        """Answer a conversation. Whatever happens, the last event is Finished or Failed.

        ``strategy`` is an id to follow whatever the search says.
        """
        try:
            with self._turn(cancel, t):
                while not self._ready.wait(_LOOK) and not cancel.is_set():
                    pass
                yield from self.workbench.answer(
                    turns, cancel, facts=facts, strategy=strategy, use_strategy=use_strategy, source="app"
                )
        except DenjuError as error:
            yield Failed(error)
        except Exception as error:  # a mistake of ours must not take the conversation with it
            what = t("notice.unexpected", kind=type(error).__name__)
            yield Failed(StudentError(what, t("notice.unexpected_hint")))

    @contextlib.contextmanager
    def _turn(self, cancel: threading.Event, t: Texts) -> Iterator[None]:
        """The student's attention, which another answer or a check of a strategy may have at the moment.

        Raises:
            Interrupted: ``cancel`` came first.
        """
        turn = self.workbench.student_turn
        while not turn.acquire(timeout=_LOOK):
            if cancel.is_set():
                raise Interrupted(t("common.stopped"))
        try:
            yield
        finally:
            turn.release()

    def served(self, answer: Answer) -> Strategy | None:
        """The fallback that served, where nothing matched."""
        with contextlib.suppress(DenjuError):  # the answer stands, whatever became of the library since
            return self.workbench.fallback_of(answer)
        return None

    def strategies(self) -> tuple[Strategy, ...]:
        """The newest revision of every strategy, as it is on disk now.

        Raises:
            DenjuError: the library cannot be read.
        """
        self._ready.wait()
        self.workbench.library.refresh()
        return self.workbench.library.all()

    def library_mark(self) -> object:
        """Another one as soon as the library on disk is, by whomever it was changed; cheap."""
        try:
            return self.workbench.library.mark() or "no file"
        except DenjuError as error:
            return error.what

    def launch(self, *arguments: str) -> Launched:
        """Start a command of denju that outlives the app.

        Raises:
            StorageError: the machine has no room for another process.
        """
        try:
            return self.launcher(arguments, self.workbench.settings, self.texts.language)
        except OSError as error:
            raise StorageError(
                f"No process was started: {(error.strerror or str(error)).lower()}.",
                "End something else, then try again.",
            ) from error

    def close(self) -> None:
        """End the student; a cancelled answer gets a moment to be kept in the history first."""
        if self.workbench.student_turn.acquire(timeout=_LAST_WORD):
            self.workbench.student_turn.release()
        self.workbench.close()

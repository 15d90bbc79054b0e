"""What every command begins with: the workbench, and the texts in the interface's language."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from denju.workbench import Workbench
    from denju_tui.locale import Texts

OFFLINE: ContextVar[bool] = ContextVar("offline", default=False)
"""Whether ``--offline`` was given to this command."""


def open_workbench() -> Workbench:
    """A workbench with the options that stand before the command's name."""
    from denju.workbench import Workbench

    return Workbench(overrides={"network.offline": True} if OFFLINE.get() else None)


@contextlib.contextmanager
def session() -> Iterator[tuple[Workbench, Texts]]:
    """A workbench that is closed at the end, and the texts.

    Raises:
        SettingsError: the settings hold something wrong.
    """
    from denju_tui.locale import interface_language, texts

    with open_workbench() as workbench:
        yield workbench, texts(interface_language(workbench.settings.text("person.language")))


@contextlib.contextmanager
def stopped_by_ctrl_c() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that what was said is kept; a second one stops at once."""
    cancel = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)

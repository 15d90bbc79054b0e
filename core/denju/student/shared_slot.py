"""The machine's student slot, held by one process for several students of its own.

They answer at once, each on its own core. Whoever else waits for the slot gets it before the next answer begins: the
answers that are being written come to their end, and the process joins again behind those who wait.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from pathlib import Path

from denju.student.slot import Slot

_LOOK = 0.05
"""Seconds between two looks at whether the others have finished."""


class SharedSlot:
    """For the threads of one process; no other ``Slot`` may be open in it."""

    def __init__(self, path: Path) -> None:
        self._slot = Slot(path)
        self._change = threading.Condition()
        self._held = False
        self._answering = 0
        self.in_front = 0
        """Sessions before us; 0 while we do not wait for the slot."""

    @contextlib.contextmanager
    def turn(self, cancel: threading.Event) -> Iterator[None]:
        """Hold the slot for one answer. After ``cancel`` was set it may not be held.

        Raises:
            StudentBusy: the slot's file cannot be used.
        """
        with self._change:
            entered = self._enter(cancel)
        try:
            yield
        finally:
            with self._change:
                self._answering -= entered
                if not self._answering:
                    self._release()
                self._change.notify_all()

    def _enter(self, cancel: threading.Event) -> bool:
        while not cancel.is_set():
            if self._held and self._slot.wanted():
                if self._answering:
                    self._change.wait(_LOOK)
                    continue
                self._release()
            if not self._held:
                # Waits with the lock: none of us can do anything else before the slot is ours.
                for place in self._slot.acquire(cancel, patience=math.inf):
                    self.in_front = place
                self.in_front, self._held = 0, not cancel.is_set()
            if self._held:
                self._answering += 1
                return True
        return False

    def _release(self) -> None:
        self._held = False
        self._slot.release()

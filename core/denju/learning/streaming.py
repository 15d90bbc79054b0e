"""Events of a call that blocks: it runs in a thread, and what it tells comes out as a generator."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

Event = TypeVar("Event")


def streamed(work: Callable[[Callable[[Event], None]], None]) -> Iterator[Event]:
    """What ``work`` tells, as it tells it; what it raises is raised here.

    A reader who leaves does not stop it: an answer that is paid for is still kept.
    """
    told: queue.SimpleQueue[tuple[Event | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            work(lambda event: told.put((event, None)))
        except BaseException as error:
            told.put((None, error))
        else:
            told.put((None, None))

    threading.Thread(target=run, name="denju teach", daemon=True).start()
    while True:
        event, error = told.get()
        if error is not None:
            raise error
        if event is None:
            return
        yield event

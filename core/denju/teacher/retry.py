"""Patience with a teacher: again after a rate limit, an overload or a lost connection, and after nothing else."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from denju.errors import DenjuError, Interrupted, Overloaded, RateLimited, Unreachable

MOST_REQUESTS = 4
FIRST_PAUSE = 1.0
"""Seconds before the second request where the provider names none; doubled before each further one."""

Result = TypeVar("Result")


def patiently(
    attempt: Callable[[float], Result],
    *,
    deadline: float,
    cancel: threading.Event,
    pause: float = FIRST_PAUSE,
    told: Callable[[DenjuError, float], None] | None = None,
) -> Result:
    """The result of ``attempt``, which is called at most four times within ``deadline`` seconds altogether.

    ``attempt`` sends the request once and reads the answer, in the seconds it is given. The provider's own waiting
    time counts; one that ends after the deadline is not waited for, and its error is raised at once. ``told`` hears
    of each wait before it begins.

    Raises:
        Interrupted: ``cancel`` was set during a wait.
        DenjuError: whatever ``attempt`` raised last.
    """
    until = time.monotonic() + deadline
    for count in range(1, MOST_REQUESTS + 1):
        try:
            return attempt(round(max(0.0, until - time.monotonic()), 1))  # it stands in a message too
        except (RateLimited, Overloaded, Unreachable) as error:
            wait = _wait(error, pause * 2 ** (count - 1))
            if wait is None or count == MOST_REQUESTS or time.monotonic() + wait >= until:
                raise
            if told is not None:
                told(error, wait)
            if cancel.wait(wait):
                stopped = Interrupted("Stopped while waiting to ask the teacher again.")
                stopped.sent = True
                raise stopped from None
    raise AssertionError("unreachable")


def _wait(error: RateLimited | Overloaded | Unreachable, pause: float) -> float | None:
    """Seconds before the next request; None where another one does not help."""
    if isinstance(error, Unreachable):
        if not error.sent:  # no such name, nobody there: soon again is no better
            return None
    elif error.retry_after is not None:
        return error.retry_after
    return pause * random.uniform(0.75, 1.25)  # a firm's desks share one limit, and should not come back together

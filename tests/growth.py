"""How the time that something takes grows with what it is given, on a machine of any speed."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES = 4
IN_LINE = 8
"""What ``growth`` stays below where time grows in line with the length and is about ``TIMES``; where it grows with the
square of it, it is ``TIMES``²."""


def growth(work: Callable[[str], object], piece: str, length: int) -> float:
    """How many times as much CPU time ``work`` takes on ``length`` characters of ``piece`` as on a quarter of them."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        found = []
        for _ in range(2):
            began = time.process_time()
            work(text)
            found.append(time.process_time() - began)
        return min(found)

    return seconds(length) / seconds(length // TIMES)

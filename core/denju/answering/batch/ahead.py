"""A student whose next prompt is made while it answers, so that it never waits for us."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from denju.errors import StudentDied
from denju.events import Progress, Token
from denju.student.port import Generated, Piece, Sampling, Student, StudentCard

Turn = Callable[[threading.Event], AbstractContextManager[None]]
"""Holds the machine's student slot for one answer."""

_LOOK = 0.2
"""Seconds between two looks at whether the run was stopped."""
_AFTER_YOU = 0.001
"""Seconds in which the next request leaves before anything is made of this answer."""
_MOST = 512
"""Texts whose tokens are remembered: the guidance of each strategy, mostly …"""
_LONGEST = 10_000
"""… and the characters of the longest of them."""


class Seat:
    """What several threads share that ask one student."""

    def __init__(self, student: Student, card: StudentCard, turn: Turn) -> None:
        """``card`` is of ``student``."""
        self.student, self.card, self.turn = student, card, turn
        self.busy = threading.Lock()
        """Held while the student is asked for anything."""
        self.known: dict[str, int] = {}
        self.last = threading.Event()
        """Set when the answer that was begun last is there."""
        self.last.set()


class InTurn:
    """A ``Student`` (see ``port``) for one answer, which begins when the one that was begun before it has ended."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._before, self.done = seat.last, threading.Event()
        seat.last = self.done
        self.ready = 0.0
        """When its prompt was made."""
        self.waited = 0.0
        """Seconds from then until it was this answer's turn."""

    def load(self, cancel: threading.Event) -> Iterator[Progress]:  # noqa: ARG002
        """See ``Student.load``: it is loaded since its seat has its card."""
        return iter(())

    def card(self) -> StudentCard:
        """See ``Student.card``."""
        return self._seat.card

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text; more than it has, where all fit so easily that nobody needs to know."""
        seat = self._seat
        # A token stands for a byte or more, and a text may begin with one of its own.
        counts = [seat.known.get(text, len(text.encode("utf-8", "replace")) + 1) for text in texts]
        if sum(counts) + 2 * len(texts) > seat.card.context // 2:
            with seat.busy:
                counts = seat.student.count_tokens(texts)
            if len(seat.known) > _MOST:
                seat.known.clear()
            seat.known.update((text, count) for text, count in zip(texts, counts, strict=True) if len(text) < _LONGEST)
        return counts

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        """See ``Student.generate``; all that is said comes at the end."""
        while not self._before.wait(_LOOK) and not cancel.is_set():
            pass
        try:
            with self._seat.busy, self._seat.turn(cancel):
                self.waited = time.monotonic() - self.ready
                try:
                    said = [*self._seat.student.generate(pieces, sampling, cancel)]
                except StudentDied:
                    if cancel.is_set():
                        raise
                    # Whatever killed its process may not do it again; what it answers does not depend on it.
                    said = [*self._seat.student.generate(pieces, sampling, cancel)]
        finally:
            self.done.set()
        time.sleep(_AFTER_YOU)
        yield from said

    def warm(self) -> None:
        """See ``Student.warm``."""
        self._seat.student.warm()

    def close(self) -> None:
        """See ``Student.close``."""
        self._seat.student.close()

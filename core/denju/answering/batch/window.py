"""The rows that are being answered: never more than a window of them, grouped so that prompts share their beginning.

Who answers takes the next row of the group it answered last, whose guidance the student has evaluated already; else
it takes the row that waits longest. A row is in the window from its coming until its record may be written, so a run
that stops loses no more than a window of work, and no row waits for ever.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, replace

from denju.answering.batch.rows import Row
from denju.values import Answer, Match

WINDOW = 256
"""Rows."""
_LOOK = 0.2
"""Seconds between two looks at whether the run was stopped."""


@dataclass(frozen=True, slots=True)
class Work:
    """A row with the strategy that was found for it."""

    row: Row
    match: Match
    group: str
    """Rows of one group share the guidance in the prompt."""
    place: int = 0
    """Its number among the rows of this run."""


class Window:
    """Shared by who reads rows, who answers them and who writes. Any method may be called from any thread."""

    def __init__(self, *, ordered: bool, size: int = WINDOW) -> None:
        """``ordered`` lets records out in the order of the rows; else only rows of one id keep theirs."""
        self._ordered, self._size = ordered, size
        self._change = threading.Condition()
        self._open: dict[int, Work] = {}
        """Rows whose record was not let out yet, oldest first."""
        self._waiting: dict[str, deque[Work]] = {}
        """Rows that nobody took yet, by group."""
        self._groups: dict[int, str] = {}
        """The group that each hand answered last."""
        self._answered: dict[int, Answer] = {}
        self._turns: dict[str, deque[int]] = defaultdict(deque)
        """Places in the order in which their records are let out, by what keeps an order of its own."""
        self._last = 0
        self._closed = self._stopped = False

    def put(self, work: Work) -> bool:
        """Add a row; waits until there is room. False when the run was stopped."""
        with self._change:
            while not self._stopped and self._open and self._last + 1 - next(iter(self._open)) >= self._size:
                self._change.wait(_LOOK)
            if self._stopped:
                return False
            self._last += 1
            work = replace(work, place=self._last)
            self._open[work.place] = work
            self._turns[self._turn(work)].append(work.place)
            self._waiting.setdefault(work.group, deque()).append(work)
            self._change.notify_all()
            return True

    def close(self) -> None:
        """No more rows come."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def stop(self) -> None:
        """No more rows are given out."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def take(self, hand: int) -> Work | None:
        """The next row for this hand, of the group it answered last if there is one; waits for it.

        ``None`` when no more will come.
        """
        with self._change:
            while not self._stopped:
                if self._waiting:
                    work = self._next(hand)
                    self._groups[hand] = work.group
                    return work
                if self._closed:
                    return None
                self._change.wait(_LOOK)
            return None

    def answered(self, work: Work, answer: Answer) -> list[tuple[Work, Answer]]:
        """Hand an answer in; returns those whose turn it is to be written, in order."""
        with self._change:
            self._answered[work.place] = answer
            turn = self._turn(work)
            places, ready = self._turns[turn], []
            while places and places[0] in self._answered:
                place = places.popleft()
                ready.append((self._open.pop(place), self._answered.pop(place)))
            if not places:
                del self._turns[turn]
            self._change.notify_all()
            return ready

    @property
    def finished(self) -> bool:
        """Whether every row was let out and no more come."""
        with self._change:
            return self._closed and not self._open

    def _next(self, hand: int) -> Work:
        group = self._groups.get(hand)
        if group not in self._waiting:
            others = {each for number, each in self._groups.items() if number != hand}
            # A group that another hand is at is evaluated there already: better one of its own.
            free = [each for each in self._waiting if each not in others] or self._waiting
            group = min(free, key=lambda each: self._waiting[each][0].place)
        rows = self._waiting[group]
        work = rows.popleft()
        if not rows:
            del self._waiting[group]
        return work

    def _turn(self, work: Work) -> str:
        return "" if self._ordered else work.row.id

"""One student at a time on this machine, for all its users: two models at once are both ten times slower.

The slot is byte 0 of one shared file, locked while an answer is written. Who comes while it is taken locks the first
byte behind everybody else and moves down one byte whenever the one in front gets free: a staircase, in order of
arrival, whose step is the number of sessions in front. The kernel takes a lock back when its process ends, however it
ends. Nothing is ever written to the file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from denju.errors import StudentBusy

VARIABLE = "DENJU_SLOT"
"""Environment variable that names another file, for those who share a machine but not its cores."""

_STEPS = 1_000
_HINT = f"Ask whose file it is, or let {VARIABLE} name another one."
_NEXT_WAIT = 0.004
"""Seconds between two looks of who is next: every one of them is lost between two answers."""
_SHORTEST_WAIT, _LONGEST_WAIT = 0.02, 0.1
"""Seconds between two looks of those behind."""


def slot_path() -> Path:
    """The file that everybody on this machine agrees on: in the folder for locks, else in the temporary one."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    locks = Path("/run/lock")
    with contextlib.suppress(OSError):
        if locks.stat().st_mode & stat.S_IWOTH:
            return locks / "denju-student.slot"
    return Path("/tmp/denju-student.slot")  # noqa: S108 -- shared on purpose; opened without following links


class Slot:
    """The machine's slot, as one process sees it. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._step = -1

    def acquire(self, cancel: threading.Event, *, patience: float) -> Iterator[int]:
        """Wait for the slot, and yield the number of sessions in front whenever it changes.

        The slot is held when the iterator ends without ``cancel`` being set.

        Raises:
            StudentBusy: the file cannot be used, or the place did not move for ``patience`` seconds.
        """
        wait, deadline, seen = _SHORTEST_WAIT, time.monotonic() + patience, -1
        while (place := self._advance()) > 0:
            if place != seen:
                yield place
                wait, deadline, seen = _SHORTEST_WAIT, time.monotonic() + patience, place
            if cancel.wait(_NEXT_WAIT if place == 1 else wait):
                self.release()
                return
            if time.monotonic() > deadline:
                self.release()
                raise StudentBusy(
                    f"The student is busy: {place} in front, and nothing moved for {patience:.0f} s.",
                    "Try again later, or end the other session.",
                )
            wait = min(wait * 1.2, _LONGEST_WAIT)

    def release(self) -> None:
        """Give the slot, or the place in the queue, to the next one."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = self._step = -1

    def wanted(self) -> bool:
        """Whether anybody waits behind the slot, which must be held."""
        if not self._lock(1, to_end=True):
            return True
        self._unlock(1, 0)
        return False

    def _advance(self) -> int:
        """Move down as far as possible, joining first; returns how many are in front."""
        if self._step < 0:
            self._join()
        while self._step > 0 and self._lock(self._step - 1):
            self._unlock(self._step, 1)
            self._step -= 1
        # Somebody else in the middle of joining holds all steps for a moment: then there is none for us yet.
        return self._step if self._step >= 0 else 1

    def _join(self) -> None:
        """Take the first step that nobody stands on or behind, if there is one."""
        self.release()
        self._descriptor = _open(self.path)
        for step in range(_STEPS):
            # Nobody stands behind a step when all from it to the end can be locked; then let go of the rest.
            if self._lock(step, to_end=True):
                self._unlock(step + 1, 0)
                self._step = step
                break
        if not _is_file_at(self._descriptor, self.path):
            # The file was removed in between: newcomers lock another one.
            self.release()

    def _lock(self, step: int, *, to_end: bool = False) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 0 if to_end else 1, step)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            self.release()
            raise _unusable(self.path, error) from error
        return True

    def _unlock(self, step: int, count: int) -> None:
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, count, step)


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            # Without O_CREAT first: Linux forbids it for another user's file in a folder such as /tmp.
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = _create(path, flags)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StudentBusy(f"{path}: the student's slot is not a regular file.", _HINT)
    except OSError as error:
        raise _unusable(path, error) from error
    return descriptor


def _create(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:  # somebody was quicker
        return os.open(path, flags)
    os.fchmod(descriptor, 0o666)  # whatever the umask: it is for all users
    return descriptor


def _is_file_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _unusable(path: Path, error: OSError) -> StudentBusy:
    return StudentBusy(f"{path}: the student's slot cannot be used: {(error.strerror or str(error)).lower()}.", _HINT)

"""One writer at a time: a lock that ends with its process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from denju.errors import LibraryBusy
from denju.library.place import PRIVATE, Rights, give
from denju.paths import folder, storage_error

PATIENCE = 10.0
"""Seconds that a writer waits for its turn."""


@contextlib.contextmanager
def locked(path: Path, seconds: float = PATIENCE, *, rights: Rights = PRIVATE) -> Iterator[None]:
    """Hold the lock file ``path``. It is made where it is missing and never deleted: a new one would be another lock.

    Raises:
        LibraryBusy: another holder kept it for ``seconds``.
        StorageError: it cannot be made.
    """
    folder(path.parent)
    try:
        file = open(path, "ab", opener=_open)  # noqa: SIM115 - the next block closes it
    except OSError as error:
        raise storage_error(error, path) from error
    with file:
        try:
            give(file.fileno(), rights)
        except OSError as error:
            raise storage_error(error, path) from error
        _take(file.fileno(), path, seconds)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # closing lets go too, but not where a forked child holds a copy
                fcntl.flock(file, fcntl.LOCK_UN)


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _take(descriptor: int, path: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    pause = 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                what = f"{path.parent}: another denju has been writing here for {seconds:g} seconds."
                raise LibraryBusy(what, "Wait until it is done, or end it, then try again.") from None
        except OSError as error:
            raise storage_error(error, path) from error
        time.sleep(pause)
        pause = min(pause * 2, 0.005)  # short, or a writer that takes the lock again at once would starve us

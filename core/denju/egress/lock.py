"""A lock file for what several processes may write here; it ends with its process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from denju.errors import StorageError
from denju.paths import folder, storage_error

PATIENCE = 10.0
"""Seconds that a writer waits for its turn."""


@contextlib.contextmanager
def locked(path: Path, seconds: float = PATIENCE) -> Iterator[None]:
    """Hold the lock file ``path``; it is made where it is missing and never deleted.

    Raises:
        StorageError: another process kept it for ``seconds``, or it cannot be made.
    """
    folder(path.parent)
    until = time.monotonic() + seconds
    while not (held := _taken(path)):
        if time.monotonic() > until:
            raise StorageError(
                f"{path.parent}: another denju has been writing here for {seconds:g} seconds.",
                "Wait until it is done, or end it, then try again.",
            )
        time.sleep(0.005)
    try:
        yield
    finally:
        os.close(held.pop())


@contextlib.contextmanager
def try_locked(path: Path) -> Iterator[bool]:
    """The same without waiting: ``False`` where somebody holds it."""
    held = _taken(path)
    try:
        yield bool(held)
    finally:
        for descriptor in held:
            os.close(descriptor)


def _taken(path: Path) -> list[int]:
    """The locked descriptor, or nothing."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return []
    except OSError as error:
        os.close(descriptor)
        raise storage_error(error, path) from error
    return [descriptor]

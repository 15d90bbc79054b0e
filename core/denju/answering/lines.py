"""A file of JSON lines that only grows: appended a line at a time, read from either end, a torn line harming nobody."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from denju.errors import StorageError
from denju.paths import folder, fsync_folder, storage_error

MAX_LINE = 4 * 2**20
"""Bytes; a longer line is none of ours and is passed over."""
_BLOCK = 2**16


class LineFile:
    """The lines of one file. Who appends holds the lock; every method may raise ``StorageError``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add ``entry``: one write call, one fsync; a line that a crash tore before gets its newline first."""
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            new = not folder(self.path.parent).joinpath(self.path.name).exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            with open(descriptor, "rb", buffering=0):
                _check_regular(descriptor, self.path)
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    line = b"\n" + line
                self._write(descriptor, line, size)
            if new:
                fsync_folder(self.path.parent)
        except OSError as error:
            raise storage_error(error, self.path) from error

    def forwards(self) -> Iterator[bytes]:
        """Whole lines, oldest first."""
        with self._opened() as file:
            if file is None:
                return
            inside = False
            while line := file.readline(MAX_LINE):
                whole = line.endswith(b"\n")
                if whole and not inside:
                    yield line[:-1]
                inside = not whole

    def backwards(self) -> Iterator[bytes]:
        """Whole lines, newest first; what stands after the last newline is torn."""
        with self._opened() as file:
            if file is None:
                return
            position = file.seek(0, os.SEEK_END)
            tail: bytes | None = b""  # the start of the line after the block; None while a line is too long
            torn = True
            while position:
                start = max(0, position - _BLOCK)
                file.seek(start)
                pieces = file.read(position - start).split(b"\n")
                position = start
                if len(pieces) == 1:
                    tail = pieces[0] + tail if tail is not None and len(tail) < MAX_LINE else None
                    continue
                if not torn and tail is not None:
                    yield pieces[-1] + tail
                yield from reversed(pieces[1:-1])
                tail, torn = pieces[0], False
            if not torn and tail:
                yield tail

    def _write(self, descriptor: int, line: bytes, size: int) -> None:
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes] | None]:
        """The file to read, or None when there is none; never waits, never follows a link."""
        try:
            with open(self.path, "rb", opener=_read_only) as file:
                _check_regular(file.fileno(), self.path)
                yield file
        except FileNotFoundError:
            yield None
        except OSError as error:
            raise storage_error(error, self.path) from error


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _check_regular(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise StorageError(f"{path}: not a regular file.", "Move it away; denju then starts a new history.")

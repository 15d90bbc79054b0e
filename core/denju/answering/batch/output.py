"""Where the answers go: a file that only grows by whole records, or a stream that somebody reads."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from denju.answering.batch.records import Form, Kept
from denju.errors import UsageError
from denju.paths import replaced, storage_error
from denju.values import Answer

_SYNC_EVERY = 1.0
"""Seconds of answers that a power cut may take; a killed process loses none."""
_LOOKS = 10
"""Before another run is believed: who asks whether a run is under way holds the lock for a moment."""


class Output(Protocol):
    """Takes answers."""

    def write(self, answer: Answer) -> None:
        """Append one record; it is out of this process on return.

        Raises:
            StorageError: the disk said no; what was written of the record is taken back.
            BrokenPipeError: nobody reads any more.
        """


class StreamOutput:
    """A pipe, most likely. Nothing is known of what was written before."""

    def __init__(self, stream: IO[bytes], form: Form) -> None:
        self._stream, self._form = stream, form
        self._begun = False

    def write(self, answer: Answer) -> None:
        head = b"" if self._begun else self._form.head
        self._begun = True
        self._stream.write(head + self._form.record(answer))
        self._stream.flush()


class FileOutput:
    """A file of one run at a time; another one that opens it is refused."""

    def __init__(self, path: Path, form: Form) -> None:
        """Open the file, make it where it is not there, and repair a torn end.

        Raises:
            UsageError: another run writes to it, or it holds something else.
            StorageError: it cannot be written.
        """
        self.path, self._form = path, form
        self.kept: list[Kept] = []
        try:
            self._descriptor = self._opened()
        except IsADirectoryError as error:
            raise UsageError(f"{path}: a folder", "Name a file to write the answers to.") from error
        except ValueError as error:  # a NUL in the name
            raise UsageError("Not the name of a file.", "Check the path.") from error
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            self._prepare()
        except BaseException:
            os.close(self._descriptor)
            raise
        self._synced = time.monotonic()

    def close(self) -> None:
        """Let go of the file; all of it is on the disk then."""
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)
        os.close(self._descriptor)

    def write(self, answer: Answer) -> None:
        """See ``Output.write``."""
        self._append(self._form.record(answer))
        if time.monotonic() - self._synced >= _SYNC_EVERY:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise storage_error(error, self.path) from error
            self._synced = time.monotonic()

    def done(self) -> Counter[str]:
        """How often each id stands in the file."""
        return Counter(each.id for each in self.kept)

    def drop_failed(self, among: Iterable[str] | None = None) -> None:
        """Take the records with an error out; the file has either all of them or none at any moment.

        The first record of an id belongs to the first row with it, the second to the second: where one goes, the later
        ones of its id go too, or they would be taken for those of the rows before theirs.

        ``among`` are the ids of the rows whose records may go, one for each; ``None`` for all. Of an id with more
        records than that none goes.

        Raises:
            StorageError: the disk said no.
        """
        asked, there = None if among is None else Counter(map(self._form.key, among)), self.done()
        staying, dropped = [], set[str]()
        for each in self.kept:
            if each.failed and (asked is None or there[each.id] <= asked[each.id]):
                dropped.add(each.id)
            if each.id not in dropped:
                staying.append(each)
        if len(staying) < len(self.kept):
            self._rewrite(staying)

    def put_in_order(self, ids: Sequence[str]) -> None:
        """Put the records into the order of ``ids``; those with another id come last.

        Raises:
            StorageError: the disk said no; the file is as it was.
        """
        self.kept = self._read()
        by_id: dict[str, deque[Kept]] = defaultdict(deque)
        for each in self.kept:
            by_id[each.id].append(each)
        ordered = [by_id[name].popleft() for name in map(self._form.key, ids) if by_id[name]]
        rest = sorted((each for left in by_id.values() for each in left), key=lambda each: each.start)
        if (wanted := ordered + rest) != self.kept:
            self._rewrite(wanted)

    def _prepare(self) -> None:
        try:
            self._lock()
            if not stat.S_ISREG((status := os.fstat(self._descriptor)).st_mode):
                raise UsageError("Not a regular file.", "Name a file to write the answers to.")
            self.kept = self._read()
        except UsageError as error:
            raise UsageError(f"{self.path}: {error.what}", error.hint) from None
        except OSError as error:
            raise storage_error(error, self.path) from error
        end = self.kept[-1].start + self.kept[-1].size if self.kept else 0
        if not self.kept and status.st_size and not self._may_be_torn():
            raise UsageError(f"{self.path}: It holds something that is not an answer.", "Name another file.")
        if not self.kept and self._form.head:
            os.ftruncate(self._descriptor, 0)
            self._append(self._form.head)
        elif status.st_size > end:
            os.ftruncate(self._descriptor, end)

    def _opened(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)

    def _lock(self) -> None:
        for _ in range(_LOOKS):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_at_its_path():
                    return
                # Whoever had it wrote it anew meanwhile, and this one has no name any more.
                descriptor = self._opened()
                os.close(self._descriptor)
                self._descriptor = descriptor
                continue
            time.sleep(0.02)
        raise UsageError(
            "Another run writes its answers there.", "denju batch status shows it; name another file, or wait."
        )

    def _is_at_its_path(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _may_be_torn(self) -> bool:
        """Whether the file is the start of a first record, or of the line above it."""
        begin = os.pread(self._descriptor, 64, 0)
        return (self._form.head or b'{"schema": ').startswith(begin[: len(self._form.head or b'{"schema": ')])

    def _append(self, record: bytes) -> None:
        size = os.fstat(self._descriptor).st_size
        try:
            if os.write(self._descriptor, record) < len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, size)
            if isinstance(error, OSError):
                raise storage_error(error, self.path) from error
            raise

    def _read(self) -> list[Kept]:
        with open(self.path, "rb") as file:
            return list(self._form.kept(file))

    def _rewrite(self, records: Sequence[Kept]) -> None:
        try:
            # The file that a link leads to is replaced, never the link.
            with replaced(self.path.resolve(), mode=os.fstat(self._descriptor).st_mode & 0o777) as file:
                file.write(self._form.head)
                for each in records:
                    file.write(os.pread(self._descriptor, each.size, each.start))
                # Locked before it takes the place, so that nobody can slip in between.
                descriptor = os.dup(file.fileno())
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise storage_error(error, self.path) from error
        os.close(self._descriptor)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_APPEND)
        self._descriptor = descriptor
        start, moved = len(self._form.head), list[Kept]()
        for each in records:
            moved.append(Kept(each.id, each.failed, start, each.size))
            start += each.size
        self.kept = moved


def is_written(path: Path) -> bool:
    """Whether a run writes to this file at the moment."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def answers_in(path: Path, form: Form) -> Iterator[bytes]:
    """The records of a file, whole ones only."""
    with open(path, "rb") as reading, open(path, "rb") as file:
        for each in form.kept(reading):
            file.seek(each.start)
            yield file.read(each.size)

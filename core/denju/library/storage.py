"""TinyDB's storage on one file that is whole at every moment, whatever happens to the process or the machine.

A change is one transaction: lock → refresh → change → backup → temp file → fsync → replace → fsync of the folder.
Readers take no lock. What is in memory is never changed in place: it is dropped as soon as the file on disk is
another one, which is what makes memory equal the disk after any error and after Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from tinydb.storages import Storage

from denju.errors import LibraryDamaged, LibraryError
from denju.library import backups
from denju.library.form import EMPTY, Content, Tables, parse, render, without_collecting
from denju.library.line import BACK, Line
from denju.library.lock import locked
from denju.library.migrations import SCHEMA
from denju.library.place import Rights, check_local, rights_of
from denju.paths import replaced, storage_error

MAX_BYTES = 512 * 2**20
_HEAD = 128
"""Bytes at the start of the file that change with every transaction: they hold its digest."""

_BLANK = b" \t\r\n\0"
_BUFFER = 2**17
_LINES_AT_ONCE = 256
"""About half a megabyte, which stays in the processor's cache; the whole file at once would not."""
_FULL = (errno.ENOSPC, errno.EDQUOT)

Documents = dict[str, dict[str, Line]]
"""TinyDB's own form: document by table and number. The documents are read-only: a change puts in a new one."""


class Stamp(NamedTuple):
    """What tells one state of the file from another without reading it.

    A replaced file may get the inode of the one before last within one tick of the clock; its head tells then.
    """

    modified: int
    """Nanoseconds."""
    size: int
    inode: int
    head: bytes


class _Image(NamedTuple):
    content: Content
    stamp: Stamp | None


class LibraryStorage(Storage):
    """Reads ``library.json``; a change needs a ``transaction``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._image: _Image | None = None

    def content(self) -> Content:
        """What the file says now.

        Raises:
            LibraryError: it cannot be read, is damaged, is newer than this denju, or is gone since the last look.
        """
        image = self._image
        if image is None or image.stamp != self.stamp():
            image = self._image = self._load()
        return image.content

    def exists(self) -> bool:
        """Whether there is a file; raises as ``content`` does."""
        return self.content() is not EMPTY

    def read(self) -> Documents:
        return _documents(self.content().tables)

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:  # noqa: ARG002
        """Refused: a read before the lock, written after it, would undo what another process did in between."""
        raise RuntimeError("a change needs a transaction")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Staged]:
        """All changes made to what is yielded take place when the block ends well, or none does.

        Raises:
            LibraryBusy: another process has been writing for too long.
            LibraryError: the file cannot be read, is damaged, newer or read-only.
            StorageError: the disk said no; what is on it is the truth.
        """
        with self.exclusive() as rights, without_collecting():
            before = self.content()
            staged = Staged(before)
            yield staged
            if staged.changed:
                self._keep(before, rights)
                self.put(staged.tables(), before.generation + 1, rights)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[Rights]:
        """Keep every other writer out; what is yielded is whom the files belong to.

        Raises:
            LibraryBusy: another process has been writing for too long.
            LibraryError: it lies on a network file system.
            StorageError: the lock cannot be made.
        """
        check_local(self.path.parent)
        rights = rights_of(self.path.parent)
        with locked(self.path.with_suffix(".lock"), rights=rights):
            self._sweep()
            yield rights

    def data(self) -> bytes:
        """Every byte of the file; none when there is none.

        Raises:
            LibraryError: it cannot be read.
        """
        with self._opened() as descriptor:
            if descriptor is None:
                return b""
            with self._bounded(descriptor) as file:
                return file.read()

    def put(self, tables: Tables, generation: int, rights: Rights) -> None:
        """Make ``tables`` what the file says, whatever it said before; only within ``exclusive``.

        Raises:
            LibraryError: that would be too large.
            StorageError: the disk said no; what is on it is the truth.
        """
        lines, digest = render(tables, generation)
        size = sum(map(len, lines)) + len(lines)
        if size > MAX_BYTES:
            raise LibraryError(f"{self.path}: would grow past 512 MB.", "Export and remove what is no longer needed.")
        try:
            stamp = self._write(lines, rights) if size >= self._size() else self._write_smaller(lines, rights)
        except OSError as error:
            raise storage_error(error, self.path) from error
        self._image = _Image(Content(tables, generation, digest), stamp)

    def _keep(self, before: Content, rights: Rights) -> None:
        """A backup of what is to be replaced, which must be ours to replace."""
        if before is EMPTY:
            return
        try:
            if not self.path.stat().st_mode & 0o222:
                raise LibraryError(f"{self.path}: the file is read-only.", f"chmod u+w {self.path} allows changes.")
            backups.keep(self.path, rights, for_good=before.schema if before.schema < SCHEMA else None)
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _size(self) -> int:
        return self._image.stamp.size if self._image and self._image.stamp else 0

    def _write_smaller(self, lines: list[bytes], rights: Rights) -> Stamp:
        """Write what makes the library smaller; on a full disk the backups give way, oldest first."""
        while True:
            try:
                return self._write(lines, rights)
            except OSError as error:
                if error.errno not in _FULL or not backups.give_up_oldest(self.path):
                    raise

    def _write(self, lines: list[bytes], rights: Rights) -> Stamp:
        with replaced(self.path, rights.file, rights.group) as file:
            for start in range(0, len(lines), _LINES_AT_ONCE):
                file.write(b"\n".join([*lines[start : start + _LINES_AT_ONCE], b""]))
            file.flush()
            return _stamp(os.fstat(file.fileno()), (lines[0] + b"\n")[:_HEAD])

    def _sweep(self) -> None:
        """Remove temp files of this library's writers that were killed; we hold the lock, so nobody is writing one."""
        aside = rf"{re.escape(self.path.stem)}\.damaged-[^.]+\.json"
        names = "|".join((re.escape(self.path.name), aside, backups.names_of(self.path).pattern))
        left = re.compile(rf"\.(?:{names})\.[^.]+\.tmp")
        with contextlib.suppress(OSError):
            for folder in (self.path.parent, backups.folder_of(self.path)):
                for each in folder.glob(".*.tmp"):
                    if left.fullmatch(each.name):
                        each.unlink()

    def stamp(self) -> Stamp | None:
        """What tells this state of the file from any other; none where there is no file.

        Raises:
            LibraryError: it cannot be read.
        """
        with self._opened() as descriptor:
            return None if descriptor is None else _stamp_of(descriptor)

    def _load(self) -> _Image:
        with self._opened() as descriptor:
            if descriptor is None:
                if self._image and self._image.stamp:
                    # To begin a new one would hide for ever that this one was lost.
                    raise LibraryDamaged(f"{self.path}: is missing, and was here at the last look.", BACK)
                return _Image(EMPTY, None)
            stamp = _stamp_of(descriptor)
            before = self._image.content if self._image else EMPTY
            with self._bounded(descriptor) as file:
                return _Image(parse(file, self.path, before), stamp)

    def _bounded(self, descriptor: int) -> IO[bytes]:
        """The file from its beginning, unless it is too large to be a library."""
        if os.fstat(descriptor).st_size > MAX_BYTES:
            raise LibraryError(f"{self.path}: larger than 512 MB.", "This is no library; move the file away.")
        if _is_blank(descriptor):
            return io.BytesIO()  # nothing, however much of it, is not to fill the memory
        return open(descriptor, "rb", buffering=_BUFFER, closefd=False)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        """A descriptor of the file, or None when there is none; never waits, never follows a link."""
        descriptor = None
        try:
            with contextlib.suppress(FileNotFoundError):
                descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            if descriptor is not None and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise self._odd()
            yield descriptor
        except OSError as error:
            if error.errno == errno.ELOOP:
                what = f"{self.path}: a symbolic link; a change would replace the link, not its target."
                raise LibraryError(what, "Put the file itself here, or point DENJU_HOME to its folder.") from error
            if error.errno == errno.ENXIO:
                raise self._odd() from error
            what = f"{self.path}: cannot be read ({(error.strerror or str(error)).lower()})."
            raise LibraryError(what, "Check who owns the file and its rights, and the disk.") from error
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _odd(self) -> LibraryError:
        hint = "Move it away; denju then starts a new library, or names the backups there are."
        return LibraryError(f"{self.path}: not a regular file.", hint)


class Staged(Storage):
    """The changes of one transaction, in memory until it is committed."""

    def __init__(self, before: Content) -> None:
        self.changed = False
        self._documents = _documents(before.tables)

    def read(self) -> Documents:
        return _documents(self._documents)

    def write(self, data: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        self._documents = {
            name: {
                number: document if isinstance(document, Line) else Line.of(number, document)
                for number, document in table.items()
            }
            for name, table in data.items()
        }
        self.changed = True

    def tables(self) -> Tables:
        """Every table, in the order of the numbers; what did not change keeps the line it had."""
        return {
            name: dict(sorted(table.items(), key=lambda item: int(item[0]))) for name, table in self._documents.items()
        }


def _documents(tables: Tables) -> Documents:
    return {name: dict(rows) for name, rows in tables.items()}


def _is_blank(descriptor: int) -> bool:
    """Whether the file is blank all through: a disk may lose its first block and keep the rest."""
    at = 0
    while piece := os.pread(descriptor, _BUFFER, at := _data_from(descriptor, at)):
        if piece.strip(_BLANK):
            return False
        at += len(piece)
    return True


def _data_from(descriptor: int, at: int) -> int:
    """Where the next hole ends, from ``at`` on: a gigabyte of nothing need not be read to be known as nothing."""
    if not hasattr(os, "SEEK_DATA"):
        return at
    try:
        return os.lseek(descriptor, at, os.SEEK_DATA)
    except OSError as error:
        return os.fstat(descriptor).st_size if error.errno == errno.ENXIO else at
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)  # where whoever reads it begins


def _stamp_of(descriptor: int) -> Stamp:
    return _stamp(os.fstat(descriptor), os.pread(descriptor, _HEAD, 0))


def _stamp(status: os.stat_result, head: bytes) -> Stamp:
    return Stamp(status.st_mtime_ns, status.st_size, status.st_ino, head)

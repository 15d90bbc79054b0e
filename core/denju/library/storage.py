"""TinyDB's storage on one file that is whole at every moment, whatever happens to the process or the machine.

A change is one transaction: lock → refresh → change → temp file → fsync → replace → fsync of the folder.
Readers take no lock. What is in memory is never changed in place: it is dropped as soon as the file on disk is
another one, which is what makes memory equal the disk after any error and after Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tinydb.storages import Storage

from denju.errors import LibraryDamaged, LibraryError
from denju.library.form import EMPTY, Content, Row, Tables, parse, render, row
from denju.library.lock import locked
from denju.paths import replaced, storage_error

MAX_BYTES = 512 * 2**20
_HEAD = 128
"""Bytes at the start of the file that change with every transaction: they hold its digest."""

Documents = dict[str, dict[str, Any]]
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
            LibraryError: it cannot be read, is damaged, or is newer than this denju.
        """
        image = self._image
        if image is None or image.stamp != self._stamp():
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
        with locked(self.path.with_suffix(".lock")):
            self._sweep()
            before = self.content()
            staged = Staged(before)
            yield staged
            if staged.changed:
                self._commit(before, staged.rows())

    def _commit(self, before: Content, tables: Tables) -> None:
        generation = before.generation + 1
        parts, digest = render(tables, generation)
        if sum(map(len, parts)) > MAX_BYTES:
            raise LibraryError(f"{self.path}: would grow past 512 MB.", "Export and remove what is no longer needed.")
        try:
            if self.path.exists() and not self.path.stat().st_mode & 0o222:
                raise LibraryError(f"{self.path}: the file is read-only.", f"chmod u+w {self.path} allows changes.")
            with replaced(self.path) as file:
                for part in parts:
                    file.write(part)
                file.flush()
                stamp = _stamp(os.fstat(file.fileno()), parts[0][:_HEAD])
        except OSError as error:
            raise storage_error(error, self.path) from error
        self._image = _Image(Content(tables, generation, digest), stamp)

    def _sweep(self) -> None:
        """Remove temp files of writers that were killed; we hold the lock, so nobody is writing one."""
        with contextlib.suppress(OSError):
            for each in self.path.parent.glob(f".{self.path.name}.*.tmp"):
                each.unlink()

    def _stamp(self) -> Stamp | None:
        with self._opened() as descriptor:
            if descriptor is None:
                return None
            return _stamp(os.fstat(descriptor), os.pread(descriptor, _HEAD, 0))

    def _load(self) -> _Image:
        with self._opened() as descriptor:
            if descriptor is None:
                return _Image(EMPTY, None)
            status = os.fstat(descriptor)
            if status.st_size > MAX_BYTES:
                raise LibraryDamaged(f"{self.path}: larger than 512 MB.", "This is no library; move the file away.")
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(MAX_BYTES)
            return _Image(parse(data, self.path), _stamp(status, data[:_HEAD]))

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
        return LibraryError(f"{self.path}: not a regular file.", "Move it away; denju then starts a new library.")


class Staged(Storage):
    """The changes of one transaction, in memory until it is committed."""

    def __init__(self, before: Content) -> None:
        self.changed = False
        self._before = before.tables
        self._documents = _documents(before.tables)

    def read(self) -> Documents:
        return {name: dict(table) for name, table in self._documents.items()}

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        self._documents = {name: dict(table) for name, table in data.items()}
        self.changed = True

    def rows(self) -> Tables:
        """Every table with its lines, in the order of their numbers; what did not change keeps the line it had."""
        return {name: dict(self._rows(name)) for name in self._documents}

    def _rows(self, name: str) -> Iterator[tuple[str, Row]]:
        before = self._before.get(name, {})
        for number, document in sorted(self._documents[name].items(), key=lambda item: int(item[0])):
            old = before.get(number)
            yield number, old if old and old[0] is document else row(number, document)


def _documents(tables: Tables) -> Documents:
    return {name: {number: document for number, (document, _) in rows.items()} for name, rows in tables.items()}


def _stamp(status: os.stat_result, head: bytes) -> Stamp:
    return Stamp(status.st_mtime_ns, status.st_size, status.st_ino, head)

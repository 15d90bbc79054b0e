"""Export and import: JSON Lines, a header line and then a strategy a line, in full form."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from denju.errors import InvalidStrategy, NotFound, StorageError, UsageError
from denju.library import strict
from denju.library.revisions import content_of
from denju.library.store import Library, Merged
from denju.paths import storage_error
from denju.values import SCHEMA, Origin, Strategy

MAX_BYTES = 64 * 2**20
HEADER = "denju"
KIND = "library"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The strategies of one file, as they stand there."""

    strategies: tuple[Strategy, ...]
    sha256: str
    """``sha256:…`` of the file."""
    notice: str | None = None
    """What a person should be told about the file, in one line."""


def dump(strategies: Iterable[Strategy]) -> bytes:
    """The file: a header with count and digest, then a strategy a line."""
    lines = [f"{strict.dumps(each.to_dict())}\n".encode() for each in strategies]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    header = {HEADER: KIND, "schema": SCHEMA, "count": len(lines), "digest": f"sha256:{digest}"}
    return f"{strict.dumps(header)}\n".encode() + b"".join(lines)


def read(source: Path | IO[bytes]) -> bytes:
    """The bytes of a regular file or of standard input, at most 64 MB.

    Raises:
        NotFound: there is no such file.
        UsageError: not a regular file, or too large.
        StorageError: it cannot be read.
    """
    if not isinstance(source, Path):
        return _bounded(source, "standard input")
    try:
        with open(source, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"{source}: not a regular file.", "Give a file, or - for standard input.")
            return _bounded(file, str(source))
    except FileNotFoundError as error:
        raise NotFound(f"{source}: there is no such file.", "Check the path.") from error
    except IsADirectoryError as error:
        raise UsageError(f"{source}: not a regular file.", "Give a file, or - for standard input.") from error
    except OSError as error:
        raise storage_error(error, source) from error


def load(data: bytes) -> Parcel:
    """The strategies of ``data``, with or without a header; nothing in it is trusted.

    A strategy without an id gets one made from its content, so that the same file imported twice adds nothing.

    Raises:
        InvalidStrategy: a line is not a strategy; the line and the field are named.
        UsageError: the file was cut off, or is of a newer denju.
    """
    lines = list(_lines(data))
    notice = None
    if lines and isinstance(lines[0][1], dict) and lines[0][1].get(HEADER) == KIND:
        notice = _check_header(lines.pop(0)[1], len(lines), data)
    seen: dict[str, int] = {}
    strategies = []
    for number, value in lines:
        try:
            strategy = _with_id(Strategy.from_dict(value))
        except InvalidStrategy as error:
            raise InvalidStrategy(f"line {number}: {error.field}", _reason(error), error.hint) from None
        if strategy.id in seen:
            raise InvalidStrategy(f"line {number}: id", f"{strategy.id!r} stands in line {seen[strategy.id]} already")
        seen[strategy.id] = number
        strategies.append(strategy)
    return Parcel(tuple(strategies), f"sha256:{hashlib.sha256(data).hexdigest()}", notice)


def bring_in(library: Library, parcel: Parcel, *, by: str, approved_by: str | None = None) -> Merged:
    """Import ``parcel``: as drafts, whatever it says, or approved by the person ``approved_by``; all or nothing.

    Raises:
        InvalidStrategy: a strategy breaks the contract.
        LibraryError, StorageError: the library cannot be changed.
    """
    strategies = [replace(each, origin=_imported(each.origin, by, parcel.sha256)) for each in parcel.strategies]
    return library.merge(strategies, approved_by=approved_by, why="approved on import")


def _imported(origin: Origin, by: str, sha256: str) -> Origin:
    """The teacher's part of an origin stays; revisions of another library mean nothing here."""
    return replace(origin, kind="import", by=by, file=sha256, parent=None)


def _without_waiting(path: str, flags: int) -> int:
    """Opening a FIFO would wait for a writer for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _bounded(file: IO[bytes], name: str) -> bytes:
    try:
        data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StorageError(f"{name}: {(error.strerror or str(error)).lower()}", "Try again.") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: larger than 64 MB.", "Split the file; each line is one strategy.")
    return data


def _lines(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each line that is not blank."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        if len(line) > strict.MAX_LINE:
            raise InvalidStrategy(f"line {number}", f"{len(line):,} bytes; at most {strict.MAX_LINE:,}")
        try:
            yield number, strict.loads(line)
        except strict.Malformed as error:
            raise InvalidStrategy(f"line {number}", error.reason, "Each line must be one strategy in JSON.") from None


def _check_header(header: dict[str, Any], count: int, data: bytes) -> str | None:
    schema, expected = header.get("schema"), header.get("count")
    if isinstance(schema, int) and schema > SCHEMA:
        what = f"line 1: schema {schema} is newer than this denju ({SCHEMA})."
        raise UsageError(what, "Update denju, then import again.")
    if isinstance(expected, int) and expected > count:
        what = f"The file was cut off: it says {expected:,} strategies and holds {count:,}."
        raise UsageError(what, "Export it again, or remove its first line to import what is there.")
    _, _, body = data.partition(b"\n")
    if header.get("digest") != f"sha256:{hashlib.sha256(body).hexdigest()}":
        return "The file was changed after it was exported."
    return None


def _with_id(strategy: Strategy) -> Strategy:
    if strategy.id:
        return strategy
    content = strict.dumps(content_of(strategy.to_dict())).encode()
    return replace(strategy, id=f"st_{hashlib.sha256(content).hexdigest()[:12]}")


def _reason(error: InvalidStrategy) -> str:
    return error.what.removeprefix(f"{error.field}: ")

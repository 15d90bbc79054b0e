"""What comes from another library: read without trust, brought in as a whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from denju.encodings import refuse_workbook
from denju.errors import InvalidStrategy, NotFound, UsageError
from denju.library.merging import Choice
from denju.library.store import Library, Merged
from denju.paths import storage_error
from denju.values import Origin, Strategy

MAX_BYTES = 50_000_000
MAX_STRATEGIES = 100_000
MAX_LINES = 4_000_000
"""Lines in a file, blank ones and those inside a cell among them."""
_CHUNK = 2**20
_MOST_NULS = 0.6
"""Share of NUL bytes that a text may have: half of a UTF-16 file in English are."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The strategies of one file, as they stand there."""

    strategies: tuple[Strategy, ...]
    sha256: str
    """``sha256:…`` of the file."""
    notice: str | None = None
    """What a person should be told about the file, in one line."""


def read(source: Path | IO[bytes]) -> bytes:
    """The bytes of a regular file or of standard input, at most 50 MB.

    Raises:
        NotFound: there is no such file.
        UsageError: not a regular file, not text, or too large.
        StorageError: it cannot be read.
    """
    if not isinstance(source, Path):
        return _bounded(source, "standard input")
    try:
        with open(source, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"{source}: not a regular file.", "Give a file, or - for standard input.")
            if status.st_size > MAX_BYTES:
                raise _too_large(str(source))
            return _bounded(file, str(source))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{source}: there is no such file.", "Check the path.") from error
    except IsADirectoryError as error:
        raise UsageError(f"{source}: not a regular file.", "Give a file, or - for standard input.") from error
    except ValueError as error:  # a NUL in the name
        raise UsageError("Not the name of a file.", "Check the path.") from error
    except OSError as error:
        raise storage_error(error, source) from error


def check_lines(data: bytes) -> None:
    """Refuse what would take long to even skip.

    Raises:
        UsageError: more lines than any library has.
    """
    if data.count(b"\n") > MAX_LINES:
        raise UsageError(f"The file has more than {MAX_LINES:,} lines.", "Split the file.")


def check_count(count: int) -> None:
    """Refuse more strategies than memory is meant for.

    Raises:
        UsageError: there are.
    """
    if count > MAX_STRATEGIES:
        raise UsageError(f"The file holds more than {MAX_STRATEGIES:,} strategies.", "Split the file.")


def at_line(number: int, error: InvalidStrategy) -> InvalidStrategy:
    """``error`` with the line that it was met in."""
    reason = error.what.removeprefix(f"{error.field}: ")
    return InvalidStrategy(f"line {number}: {error.field}", reason, error.hint)


def bring_in(
    library: Library,
    parcel: Parcel,
    *,
    by: str,
    approved_by: str | None = None,
    choices: Mapping[str, Choice] | None = None,
    otherwise: Choice | None = None,
    dry_run: bool = False,
) -> Merged:
    """Import ``parcel``: as drafts, whatever it says, or approved by the person ``approved_by``; all or nothing.

    What the file itself calls rejected or retired stays a draft in any case.

    The rest is as in ``Library.merge``.

    Raises:
        InvalidStrategy: a strategy breaks the contract.
        Conflict: both sides changed a strategy, and nobody decided.
        LibraryError, StorageError: the library cannot be changed.
    """
    return library.merge(
        [replace(each, origin=_imported(each.origin, by, parcel.sha256)) for each in parcel.strategies],
        approved_by=approved_by,
        why="approved on import",
        choices=choices,
        otherwise=otherwise,
        dry_run=dry_run,
    )


def _imported(origin: Origin, by: str, sha256: str) -> Origin:
    """The teacher's part of an origin stays; revisions of another library mean nothing here."""
    return replace(origin, kind="import", by=by, file=sha256, parent=None)


def _without_waiting(path: str, flags: int) -> int:
    """Opening a FIFO would wait for a writer for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _bounded(file: IO[bytes], name: str) -> bytes:
    data = bytearray()
    try:
        while chunk := file.read(_CHUNK):
            if not data:
                refuse_workbook(chunk, name)
                if chunk.count(0) > _MOST_NULS * len(chunk):
                    raise UsageError(f"{name}: not a text file.", "Give JSON Lines or CSV.")
            data += chunk
            if len(data) > MAX_BYTES:
                raise _too_large(name)
    except OSError as error:
        raise storage_error(error, Path(name)) from error
    return bytes(data)


def _too_large(name: str) -> UsageError:
    return UsageError(f"{name}: larger than {MAX_BYTES // 10**6} MB.", "Split the file; each line is one strategy.")

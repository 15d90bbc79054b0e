"""The form of ``library.json``: TinyDB's JSON, one document a line, the first line a header.

::

    {"denju": {"1": {"schema": 2, "generation": 7, "digest": "sha256:…"}},
    "strategies": {
    "1": {"schema": 1, "id": "st_9f2c41d07a3e", "revision": 1, …},
    "2": {…}
    }}

The digest vouches for schema, generation and every line after the header, so that no bit changes unseen. It is made
of the lines' own digests: a change hashes the lines it touches, not the file. A file whose digest is wrong but whose
documents are all valid was edited by hand (see ``by_hand``).
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from denju import strict_json
from denju.errors import LibraryDamaged, LibraryNewer
from denju.library.line import LOOK, REPAIR, Line
from denju.library.migrations import MIGRATIONS, SCHEMA, WHOLE_BODY, digest_of_body, digest_of_lines

HEADER = "denju"
STRATEGIES = "strategies"
DELETED = "deleted"
"""The table of what was deleted (see ``deletions``)."""

_HEADER_LINE = re.compile(
    rb'\{"denju": \{"1": \{"schema": (\d{1,9}), "generation": (\d{1,18}), "digest": "(sha256:[0-9a-f]{64})"\}\},'
)

Tables = Mapping[str, Mapping[str, Line]]
"""Lines by the name of their table and their number in it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one state of the file says."""

    tables: Tables
    generation: int
    """Counts the transactions; 0 when there is no file yet."""
    digest: str
    schema: int = SCHEMA
    """The form that the file on disk has; an older one is read as the newest."""
    by_hand: bool = False
    """The digest did not fit, yet every document is valid."""


EMPTY = Content(tables={STRATEGIES: {}}, generation=0, digest="sha256:" + hashlib.sha256().hexdigest())


def render(tables: Tables, generation: int) -> tuple[list[bytes], str]:
    """The lines of the file and their digest."""
    lines: list[bytes] = []
    digests: list[bytes] = []
    for name, rows in {STRATEGIES: {}, **tables}.items():
        lines.append(f"{strict_json.dumps(name)}: {{".encode())
        digests.append(hashlib.sha256(lines[-1]).digest())
        lines += [line.data for line in rows.values()]
        digests += [line.digest for line in rows.values()]
        if rows:  # the last one has no comma
            lines[-1] = lines[-1][:-1]
            digests[-1] = hashlib.sha256(lines[-1]).digest()
        lines.append(b"},")
        digests.append(hashlib.sha256(lines[-1]).digest())
    lines[-1] = b"}}"
    digests[-1] = hashlib.sha256(lines[-1]).digest()
    digest = digest_of_lines(SCHEMA, generation, digests)
    header = strict_json.dumps({HEADER: {"1": {"schema": SCHEMA, "generation": generation, "digest": digest}}})
    return [header[:-1].encode() + b",", *lines], digest


def parse(file: IO[bytes], path: Path, before: Content = EMPTY) -> Content:
    """What ``file``, open at its beginning, says; ``path`` is for the words of an error.

    Lines that stood in ``before``, an earlier state, are taken from there with all that was read of them.

    Raises:
        LibraryDamaged: not a library, or not whole; the line is named.
        LibraryNewer: written by a newer denju.
        OSError: the system said no.
    """
    with without_collecting():
        content = _own(file, path, before)
        if content is None:
            file.seek(0)
            content = _by_hand(file.read(), path)
        return content


def check_schema(schema: object, path: Path) -> int:
    """``schema`` as a form that this denju reads.

    Raises:
        LibraryDamaged: it is no form at all.
        LibraryNewer: it is one of the future.
    """
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise foreign(path)
    if schema > SCHEMA:
        what = f"{path}: written by a newer denju (form {schema}; this one reads up to {SCHEMA})."
        raise LibraryNewer(what, "Update denju, then try again.")
    return schema


def foreign(path: Path) -> LibraryDamaged:
    """The error for a file that is something else."""
    return LibraryDamaged(f"{path}: not a denju library.", LOOK)


def migrated(tables: Tables, schema: int) -> Tables:
    """``tables`` of the form ``schema`` as those of the newest form."""
    for number in range(schema, SCHEMA):
        tables = MIGRATIONS[number](tables)
    return tables


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Ten thousand new objects would make the collector look for garbage, where there is none, a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _own(file: IO[bytes], path: Path, before: Content) -> Content | None:
    """The content of a file that denju itself wrote; None when the digest does not say so.

    Each line is hashed as it is read, while it is in the processor's cache.
    """
    found = _HEADER_LINE.fullmatch(file.readline().removesuffix(b"\n"))
    if not found:
        return None
    schema, generation, digest = check_schema(int(found[1]), path), int(found[2]), found[3].decode()
    lines: list[bytes] = []
    digests: list[bytes] = []
    line = b""
    for line in file:
        lines.append(text := line[:-1])
        digests.append(hashlib.sha256(text).digest())
    if not line.endswith(b"\n"):
        return None
    if schema == WHOLE_BODY:
        expected = digest_of_body(schema, generation, b"\n".join([*lines, b""]))
    else:
        expected = digest_of_lines(schema, generation, digests)
    if digest != expected:
        return None
    return Content(migrated(_tables(lines, digests, path, before), schema), generation, digest, schema)


def _tables(lines: list[bytes], digests: list[bytes], path: Path, before: Content) -> Tables:
    known = {line.digest: line for rows in before.tables.values() for line in rows.values()}
    tables: dict[str, dict[str, Line]] = {}
    rows: dict[str, Line] = {}
    for number, (line, digest) in enumerate(zip(lines, digests, strict=True), 2):
        try:
            if line.endswith(b": {"):
                rows = tables.setdefault(json.loads(line[:-3]), {})
            elif line.startswith(b'"'):
                key = str(int(line[1 : line.index(b'": {')]))
                if (same := known.get(digest)) is not None:
                    rows[key] = same
                else:
                    rows[key] = Line(line, path, digest) if line.endswith(b",") else Line(line + b",", path)
        except (ValueError, TypeError) as error:
            raise LibraryDamaged(f"{path}, line {number}: not a document.", REPAIR) from error
    return {STRATEGIES: {}, **tables}


def _by_hand(data: bytes, path: Path) -> Content:
    from denju.library.by_hand import checked  # needed seldom, and it needs this module

    schema, generation, found = checked(data, path)
    tables = migrated({STRATEGIES: {}, **found}, schema)
    _, digest = render(tables, generation)
    return Content(tables, generation, digest, schema, by_hand=True)

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
from typing import IO, Any

from denju import strict_json
from denju.errors import InvalidStrategy, LibraryDamaged, LibraryNewer
from denju.library.migrations import MIGRATIONS, SCHEMA, WHOLE_BODY, digest_of_body, digest_of_lines
from denju.values import Strategy

HEADER = "denju"
STRATEGIES = "strategies"
DELETED = "deleted"
"""The table of what was deleted (see ``deletions``)."""

REPAIR = "Correct it by hand, or let denju library check --repair save what is whole."

_HEADER_LINE = re.compile(
    rb'\{"denju": \{"1": \{"schema": (\d{1,9}), "generation": (\d{1,18}), "digest": "(sha256:[0-9a-f]{64})"\}\},'
)
_HEAD = re.compile(
    rb'"\d+": \{"schema": \d{1,9}, "id": "([^"\\]{1,512})", "revision": (\d{1,18}), "status": "([a-z]+)", '
    rb'"scope": "([a-z]+)", "language": "([a-z]+)", '
)
_HEAD_FIELDS = {"id": 0, "revision": 1, "status": 2, "scope": 3, "language": 4}

Head = tuple[bytes, ...]
"""Id, revision, status, scope and language as they stand in the file: of ten thousand most are never asked for."""


class Line(Mapping[str, Any]):
    """One document as it stands in the file: read-only, and parsed when it is asked for.

    Its head (id, revision, status, scope, language) is found without parsing, so that a library of ten thousand opens
    in the time of reading it. What cannot be read raises ``LibraryDamaged``.
    """

    __slots__ = ("_digest", "_head", "_path", "_strategy", "_value", "data")

    def __init__(self, data: bytes, path: Path | None = None, digest: bytes | None = None) -> None:
        """``data`` is ``"NUMBER": {…},`` with its comma; ``path`` is for the words of an error."""
        self.data = data
        self._path = path
        self._digest = digest
        self._head: Head | None = None
        self._value: dict[str, Any] | None = None
        self._strategy: Strategy | None = None

    @classmethod
    def of(cls, number: str, document: Mapping[str, Any]) -> Line:
        """The line of ``document``, with which it then shares nothing.

        Raises:
            InvalidStrategy: it is longer than 1 MB.
        """
        text = strict_json.dumps(dict(document)).encode()
        if len(text) > strict_json.MAX_SIZE:
            raise InvalidStrategy("strategy", f"{len(text):,} bytes as JSON; at most {strict_json.MAX_SIZE:,}")
        return cls(b'"%b": %b,' % (number.encode(), text))

    def __getitem__(self, name: str) -> Any:
        position = _HEAD_FIELDS.get(name)
        if position is None:
            return self._parsed()[name]
        value = self._read_head()[position]
        return int(value) if name == "revision" else value.decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())

    @property
    def id(self) -> str:
        """The strategy's id."""
        return self._read_head()[0].decode()

    @property
    def digest(self) -> bytes:
        """The sha256 of ``data``."""
        if self._digest is None:
            self._digest = hashlib.sha256(self.data).digest()
        return self._digest

    def strategy(self) -> Strategy:
        """The strategy that stands here; read once, and shared by every later state of the library."""
        if self._strategy is None:
            try:
                self._strategy = Strategy.from_dict(self._parsed())
            except InvalidStrategy as error:
                raise self.damaged(error.what) from None
        return self._strategy

    def check(self) -> None:
        """Read all of it.

        Raises:
            LibraryDamaged: it is no strategy, or has no id.
        """
        self.strategy()
        self._read_head()

    def _read_head(self) -> Head:
        if self._head is None:
            if found := _HEAD.match(self.data):
                self._head = found.groups()
            else:
                read = self.strategy()
                if not read.id:
                    raise self.damaged("id: missing")
                head = (read.id, str(read.revision), read.status, read.scope, read.language)
                self._head = tuple(each.encode() for each in head)
        return self._head

    def _parsed(self) -> dict[str, Any]:
        if self._value is None:
            try:  # a line is one because a bracket stands behind its number
                value: dict[str, Any] = json.loads(self.data[self.data.index(b":") + 1 : -1])
            except (ValueError, RecursionError):
                raise self.damaged("not JSON") from None
            self._value = value
        return self._value

    def damaged(self, reason: str) -> LibraryDamaged:
        """The error that says what is wrong here."""
        number = self.data[1:20].split(b'"')[0].decode("ascii", "replace")
        return LibraryDamaged(f"{self._path}, document {number}: {reason}", REPAIR)


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
    return LibraryDamaged(f"{path}: not a denju library.", "Move the file away; denju then starts a new library.")


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

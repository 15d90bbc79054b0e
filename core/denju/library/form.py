"""The form of ``library.json``: TinyDB's JSON, one document a line, the first line a header.

::

    {"denju": {"1": {"schema": 1, "generation": 7, "digest": "sha256:…"}},
    "strategies": {
    "1": {"schema": 1, "id": "st_9f2c41d07a3e", "revision": 1, …},
    "2": {…}
    }}

The digest is the sha256 over schema, generation and every byte after the header, so that no bit changes unseen.
A file whose digest is wrong but whose documents are all valid was edited by hand.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from denju.errors import InvalidStrategy, LibraryDamaged, LibraryNewer
from denju.library import strict
from denju.values import Strategy

SCHEMA = 1
"""Version of the form of the file."""
HEADER = "denju"
STRATEGIES = "strategies"

Row = tuple[Mapping[str, Any], bytes]
"""A document, read-only, and its line, without the comma."""
Tables = Mapping[str, Mapping[str, Row]]
"""Rows by the name of their table and their number in it."""

_HEADER_LINE = re.compile(
    rb'\{"denju": \{"1": \{"schema": (\d{1,9}), "generation": (\d{1,18}), "digest": "(sha256:[0-9a-f]{64})"\}\},'
)
_DOCUMENT_LINE = re.compile(r'\s*"(\d+)"\s*:\s*(\{.*\})\s*,?\s*')
_REPAIR = "Correct it, or move the file away and import your last export (denju library import FILE)."


@dataclass(frozen=True, slots=True)
class Content:
    """What one state of the file says."""

    tables: Tables
    generation: int
    """Counts the transactions; 0 when there is no file yet."""
    digest: str
    by_hand: bool = False
    """The digest did not fit, yet every document is valid."""


EMPTY = Content(tables={STRATEGIES: {}}, generation=0, digest="sha256:" + hashlib.sha256().hexdigest())


def row(number: str, document: Mapping[str, Any]) -> Row:
    """``document`` with its line; the row shares nothing with ``document``."""
    text = strict.dumps(document)
    return MappingProxyType(json.loads(text)), f'"{number}": {text}'.encode()


def render(tables: Tables, generation: int) -> tuple[list[bytes], str]:
    """The bytes of the file, in parts that are to be written one after another, and their digest."""
    parts: list[bytes] = []
    for name, rows in {STRATEGIES: {}, **tables}.items():
        lines = b",\n".join([line for _, line in rows.values()])
        parts += [b",\n" if parts else b"", strict.dumps(name).encode(), b": {\n", lines, b"\n}" if rows else b"}"]
    parts.append(b"}\n")
    digest = _digest(SCHEMA, generation, *parts)
    header = strict.dumps({HEADER: {"1": {"schema": SCHEMA, "generation": generation, "digest": digest}}})
    return [header[:-1].encode() + b",\n", *parts], digest


def parse(data: bytes, path: Path) -> Content:
    """What ``data`` says; ``path`` is for the words of an error.

    Raises:
        LibraryDamaged: not a library, or not whole; the line is named.
        LibraryNewer: written by a newer denju.
    """
    head, _, body = data.partition(b"\n")
    if found := _HEADER_LINE.fullmatch(head):
        schema, generation, digest = int(found[1]), int(found[2]), found[3].decode()
        _check_schema(schema, path)
        if digest == _digest(schema, generation, body):
            return Content(_own(body, path), generation, digest)
    return _by_hand(data, path)


def _digest(schema: int, generation: int, *parts: bytes) -> str:
    digest = hashlib.sha256(f"{schema} {generation}\n".encode())
    for part in parts:
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _check_schema(schema: object, path: Path) -> None:
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise _foreign(path)
    if schema > SCHEMA:
        what = f"{path}: written by a newer denju (form {schema}; this one reads up to {SCHEMA})."
        raise LibraryNewer(what, "Update denju, then try again.")


def _foreign(path: Path) -> LibraryDamaged:
    return LibraryDamaged(f"{path}: not a denju library.", "Move the file away; denju then starts a new library.")


def _own(body: bytes, path: Path) -> Tables:
    """The tables of a body that this module wrote."""
    tables: dict[str, dict[str, Row]] = {}
    rows: dict[str, Row] = {}
    for number, line in enumerate(body.split(b"\n"), 2):
        try:
            if line.endswith(b": {"):
                rows = tables.setdefault(json.loads(line[:-3]), {})
            elif line.startswith(b'"'):
                line = line.removesuffix(b",")
                key, _, text = line.partition(b": ")
                rows[str(int(key[1:-1]))] = MappingProxyType(json.loads(text)), line
        except (ValueError, TypeError, RecursionError) as error:
            raise LibraryDamaged(f"{path}, line {number}: not a document.", _REPAIR) from error
    return tables


def _by_hand(data: bytes, path: Path) -> Content:
    """The content of a file that something else than this module wrote, every document of it checked."""
    if not data.strip(b" \t\r\n\0"):
        raise LibraryDamaged(f"{path}: the file is empty.", "Move the file away; denju then starts a new library.")
    try:
        value = strict.loads(data)
    except strict.Malformed as error:
        raise _damaged(path, error.line or _faulty_line(data), error.reason) from None
    header = value.pop(HEADER, None) if isinstance(value, dict) else None
    header = header.get("1") if isinstance(header, dict) else None
    if not isinstance(header, dict):
        raise _foreign(path)
    _check_schema(header.get("schema"), path)
    generation = header.get("generation")
    if not isinstance(generation, int) or isinstance(generation, bool) or generation < 0:
        raise _damaged(path, 1, "generation: expected a number")
    tables = {name: dict(_checked_rows(name, table, data, path)) for name, table in value.items()}
    _, digest = render(tables, generation)
    return Content({STRATEGIES: {}, **tables}, generation, digest, by_hand=True)


def _checked_rows(name: str, table: object, data: bytes, path: Path) -> Iterator[tuple[str, Row]]:
    if not isinstance(table, dict):
        raise _damaged(path, 0, f"{name}: expected a table")
    seen: set[tuple[str, int]] = set()
    for number, document in table.items():
        try:
            if not (number.isascii() and number.isdigit()) or not isinstance(document, dict):
                raise InvalidStrategy(number, "expected a number and a document")
            if name == STRATEGIES:
                strategy = Strategy.from_dict(document)
                if not strategy.id or (strategy.id, strategy.revision) in seen:
                    raise InvalidStrategy("id", "missing, or this revision stands twice")
                seen.add((strategy.id, strategy.revision))
                document = strategy.to_dict()
        except InvalidStrategy as error:
            raise _damaged(path, _line_of(number, data), error.what) from None
        yield str(int(number)), row(str(int(number)), document)


def _damaged(path: Path, line: int, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"{path}{f', line {line}' if line else ''}: {reason}", _REPAIR)


def _faulty_line(data: bytes) -> int:
    """The first line whose document is wrong by itself, or whose number was there before; 0 when there is none."""
    seen: set[str] = set()
    for line, number, text in _document_lines(data):
        try:
            strict.loads(text.encode())
        except strict.Malformed:
            return line
        if number in seen:
            return line
        seen.add(number)
    return 0


def _line_of(number: str, data: bytes) -> int:
    return next((line for line, found, _ in _document_lines(data) if found == number), 0)


def _document_lines(data: bytes) -> Iterator[tuple[int, str, str]]:
    for line, text in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if found := _DOCUMENT_LINE.fullmatch(text):
            yield line, found[1], found[2]

"""A library that something else than denju wrote, an editor most likely: every document of it checked, or refused.

Where each document stands is found first, without building any of it, so that neither a bomb of brackets nor a file
of another kind costs more than looking at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from denju import strict_json
from denju.errors import InvalidStrategy, LibraryDamaged
from denju.library import deletions
from denju.library.form import DELETED, HEADER, STRATEGIES, Tables, check_schema, foreign
from denju.library.line import LOOK, REPAIR, Line
from denju.strict_json import Malformed, end_of
from denju.values import Strategy

_SPACE = re.compile(r"[ \t\r\n]*+")
_NAME = re.compile(r'("(?:[^"\\\n]|\\.){0,200}")[ \t\r\n]*+:[ \t\r\n]*+')
_ENTRY = re.compile(r'^[ \t]*+(?:[{,][ \t]*+)?"(\d{1,18})"[ \t]*+:[ \t]*+(?=\{)', re.MULTILINE)
_GENERATION = re.compile(rb'"generation": ?(\d{1,18})')


class Found(NamedTuple):
    """Where one document stands in the text of a library."""

    table: str
    number: str
    start: int
    end: int


class Lost(NamedTuple):
    """A document that could not be saved."""

    line: int
    number: str
    """Its number in TinyDB."""
    reason: str


def checked(data: bytes, path: Path) -> tuple[int, int, dict[str, dict[str, Line]]]:
    """Form, generation and tables of ``data``.

    Raises:
        LibraryDamaged: not a library, or not whole; the line is named.
        LibraryNewer: written by a newer denju.
    """
    if not data.strip(b" \t\r\n\0"):
        raise LibraryDamaged(f"{path}: the file is empty.", LOOK)
    try:
        text = strict_json.decoded(data)
    except Malformed as error:
        raise _damaged(path, error.line, error.reason) from None
    header: dict[str, Any] = {}
    schema = generation = 0
    tables: dict[str, dict[str, Line]] = {}
    seen: set[tuple[str, int]] = set()
    try:
        for found in _documents(text, path):
            try:
                document = strict_json.loads(text[found.start : found.end].encode())
            except Malformed as error:
                raise Malformed(error.reason, max(error.line, 1) + _line_at(text, found.start) - 1) from None
            if found.table == HEADER:
                header = document
                schema = check_schema(header.get("schema"), path)
                generation = _generation(header, path)
            else:
                tables.setdefault(found.table, {})[found.number] = _line(found, document, seen, text)
    except Malformed as error:
        raise _damaged(path, error.line, error.reason) from None
    if not header:
        raise foreign(path)
    return schema, generation, tables


def salvaged(data: bytes) -> tuple[Tables, list[Lost]]:
    """What is whole in a damaged library, strategies and deletions; and what is not.

    Which table a document stands in may be what is damaged, so the document itself tells.
    """
    text = data.decode("utf-8", "replace")
    kept: dict[str, dict[str, Line]] = {STRATEGIES: {}, DELETED: {}}
    lost: list[Lost] = []
    seen: set[tuple[str, int]] = set()
    at = 0
    while found := _ENTRY.search(text, at):
        line, number, at = text.count("\n", 0, found.start(1)) + 1, str(int(found[1])), found.end()
        try:
            end = end_of(text, at)
            if _ENTRY.search(text, at, end):
                raise Malformed("not JSON (it does not end before the next one begins)")
            document = strict_json.loads(text[at:end].encode())
            if _is_header(document):
                at = end
                continue
            table = DELETED if deletions.is_record(document) else STRATEGIES
            whole = _deletion(document) if table == DELETED else _strategy(document, seen)
            if number in kept[table] or "\ufffd" in text[at:end]:
                raise Malformed("its number stands twice" if number in kept[table] else "not UTF-8")
            if table == STRATEGIES:
                seen.add(_key(whole))
            kept[table][number] = Line.of(number, whole)
            at = end
        except Malformed as error:
            lost.append(Lost(line, number, error.reason))
        except InvalidStrategy as error:
            lost.append(Lost(line, number, error.what))
    return {name: rows for name, rows in kept.items() if rows or name == STRATEGIES}, lost


def generation_of(data: bytes) -> int:
    """The generation that the header of a damaged library names; 0 when it cannot be read."""
    found = _GENERATION.search(data, 0, 300)
    return int(found[1]) if found else 0


def _is_header(document: object) -> bool:
    return isinstance(document, dict) and "generation" in document and "title" not in document


def _line(found: Found, document: dict[str, Any], seen: set[tuple[str, int]], text: str) -> Line:
    try:
        if found.table == STRATEGIES:
            document = _strategy(document, seen)
            seen.add(_key(document))
        elif found.table == DELETED:
            document = _deletion(document)
        return Line.of(found.number, document)
    except InvalidStrategy as error:
        raise Malformed(error.what, _line_at(text, found.start)) from None


def _strategy(document: object, seen: set[tuple[str, int]]) -> dict[str, Any]:
    strategy = Strategy.from_dict(document)
    if not strategy.id or (strategy.id, strategy.revision) in seen:
        raise InvalidStrategy("id", "missing, or this revision stands twice")
    return strategy.to_dict()


def _deletion(document: dict[str, Any]) -> dict[str, Any]:
    deletions.read(document)
    return document


def _key(document: dict[str, Any]) -> tuple[str, int]:
    return document["id"], document["revision"]


def _generation(header: dict[str, Any], path: Path) -> int:
    generation = header.get("generation")
    if not isinstance(generation, int) or isinstance(generation, bool) or not 0 <= generation < 10**18:
        raise _damaged(path, 1, "generation: expected a number")
    return generation


def _documents(text: str, path: Path) -> Iterator[Found]:
    """Where each document of each table stands, the header's too.

    Raises:
        Malformed: the text is not an object of tables of documents; the line is named.
        LibraryDamaged: it is not an object at all.
    """
    cursor = _Cursor(text)
    if not cursor.is_at("{"):
        raise foreign(path)
    for table in cursor.members():
        if not cursor.is_at("{"):
            raise cursor.malformed(f"{table[:40]}: expected a table")
        for number in cursor.members():
            if not (number.isascii() and number.isdigit()) or len(number) > 18 or not cursor.is_at("{"):
                raise cursor.malformed(f"{number[:40]}: expected a number and a document")
            start, cursor.at = cursor.at, end_of(text, cursor.at)
            yield Found(table, str(int(number)), start, cursor.at)
    if cursor.at < len(text):
        raise cursor.malformed("not JSON (something after the end)")


class _Cursor:
    """A place in a JSON text, which moves over names and marks; whoever is given a value moves it past that."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip_space()

    def is_at(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def malformed(self, reason: str) -> Malformed:
        return Malformed(reason, _line_at(self.text, self.at))

    def members(self) -> Iterator[str]:
        """The names in the object that begins here; at each the cursor is at its value."""
        self._move(1)
        seen: set[str] = set()
        while not self.is_at("}") or seen:
            found = _NAME.match(self.text, self.at)
            if not found:
                raise self.malformed("not JSON (expected a name)")
            try:
                name = strict_json.cleaned(json.loads(found[1]))
            except ValueError:
                raise self.malformed("not JSON (a name)") from None
            if name in seen:
                raise self.malformed(f"{name[:40]!r} stands twice")
            seen.add(name)
            self.at = found.end()
            yield name
            self._skip_space()
            if not self.is_at(","):
                break
            self._move(1)
        if not self.is_at("}"):
            raise self.malformed("not JSON (expected a comma or a bracket)")
        self._move(1)

    def _move(self, characters: int) -> None:
        self.at += characters
        self._skip_space()

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found, "it matches nothing too"
        self.at = found.end()


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _damaged(path: Path, line: int, reason: str) -> LibraryDamaged:
    return LibraryDamaged(f"{path}, line {line}: {reason}" if line else f"{path}: {reason}", REPAIR)

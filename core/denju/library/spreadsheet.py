"""Export and import as CSV, for people with a spreadsheet.

A row a strategy. A list stands in one cell, an item a line; a further line of the same item begins with a space.
A cell that a spreadsheet would take for a formula gets an apostrophe in front, which import takes away again.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from denju import strict_json
from denju.encodings import NAMES, UTF_8, UTF_16_MARKS, Guess
from denju.errors import InvalidStrategy, UsageError
from denju.library.merging import content_id
from denju.library.parcel import Parcel, at_line, check_count, check_lines
from denju.text import clean, noun
from denju.values import Origin, Strategy

_NUMBERS = ("schema", "revision")
_LISTS = ("avoid_when", "cues", "priorities", "decide", "steps", "tags")
_CHECKS = {"check_never": "never", "check_always": "always"}
_JSON = ("origin", "reviews", "extra")
COLUMNS = (
    "schema", "id", "revision", "status", "scope", "language", "translation_of", "title", "situation", "avoid_when",
    "cues", "priorities", "decide", "steps", "why", "tags", "check_never", "check_always", "created", *_JSON,
)  # fmt: skip
_REQUIRED = {"title", "situation"}
_TITLE = "title"
"""Stands in the first line of every table, by which UTF-16 without a mark is known."""
_SEPARATORS = {",": None, ";": "semicolons", "\t": "tabs"}
"""What a person is told of a guess."""
_PIECE = 2**16
_LONGEST_HEADING = 20_000
"""Of the line that names the columns, in characters."""

_FORMULA = "=+\\-@＝＋－＠\t\r"
_DANGEROUS = re.compile(f"'*[{_FORMULA}]")
_NEUTRALISED = re.compile(f"'+[{_FORMULA}]")


def dump(strategies: Iterable[Strategy]) -> bytes:
    """The file, UTF-8 with a byte order mark, so that a spreadsheet opens Japanese as Japanese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([_neutralised(cell) for cell in _cells(each)] for each in strategies)
    return text.getvalue().encode("utf-8-sig")


def load(data: bytes) -> Parcel:
    """The strategies of ``data``; nothing in it is trusted, and how it was read is said where that is a guess.

    Raises:
        InvalidStrategy: a row is not a strategy; the line and the column are named.
        UsageError: not text, or no table of strategies.
    """
    check_lines(data)
    encoding, guess = _encoding(data)
    lines = _lines(data, encoding)
    names, separator = _heading(next(lines, ""))
    seen: dict[tuple[str, int], int] = {}
    strategies: list[Strategy] = []
    for number, cells in _rows(lines, separator):
        try:
            strategy = Strategy.from_dict(strict_json.cleaned(_document(names, cells)))
        except InvalidStrategy as error:
            raise at_line(number, error) from None
        strategy = strategy if strategy.id else replace(strategy, id=content_id(strategy))
        key = strategy.id, strategy.revision
        if key in seen:
            raise InvalidStrategy(f"line {number}: id", f"{strategy.id!r} stands in line {seen[key]} already")
        seen[key] = number
        strategies.append(strategy)
        check_count(len(strategies))
    said = [guess, _SEPARATORS[separator] and f"separated by {_SEPARATORS[separator]}"]
    notice = ", ".join(each for each in said if each)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Parcel(tuple(strategies), digest, f"Read as {notice}." if notice else None)


_HINT = "Save the table as CSV (UTF-8), its first line naming the columns: title, situation, cues, steps, …"


def _cells(strategy: Strategy) -> Iterator[str]:
    document = strategy.to_dict()
    for name in COLUMNS:
        if name in _LISTS:
            yield _joined(document[name])
        elif name in _CHECKS:
            yield _joined(document["check"][_CHECKS[name]])
        elif name in _JSON:
            empty = {"origin": Origin(), "reviews": (), "extra": {}}[name]
            yield "" if getattr(strategy, name) == empty else strict_json.dumps(document[name])
        else:
            yield "" if document[name] is None else str(document[name])


def _document(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """The JSON form that a row stands for; empty cells are left out."""
    if any(cells[len(names) :]):
        raise InvalidStrategy(
            "row", f"there are {len(names)} columns, and {len(cells)} {noun(len(cells), 'cell')} in it"
        )
    document: dict[str, Any] = {}
    for name, cell in zip(names, map(_restored, cells), strict=False):
        if not cell.strip():
            continue
        if name in _LISTS:
            document[name] = _split(cell)
        elif name in _CHECKS:
            document.setdefault("check", {})[_CHECKS[name]] = _split(cell)
        elif name in _NUMBERS:
            document[name] = _number(name, cell)
        elif name in _JSON:
            document[name] = _json(name, cell)
        elif not name:
            raise InvalidStrategy("column", "a cell with text stands below no name")
        else:
            document[name] = cell.strip()
    return document


def _number(name: str, cell: str) -> int:
    """A spreadsheet may have made 3.0 of 3."""
    if found := re.fullmatch(r"([0-9]{1,9})(?:\.0+)?", cell.strip()):
        return int(found[1])
    raise InvalidStrategy(name, f"expected a number, found {cell.strip()[:40]!r}")


def _json(name: str, cell: str) -> Any:
    try:
        return strict_json.loads(cell.encode("utf-8", "replace"))
    except strict_json.Malformed as error:
        raise InvalidStrategy(name, error.reason, "Leave the cell as it was exported, or empty.") from None


def _joined(items: Sequence[str]) -> str:
    """Items never begin with white space, so that a space can mark a further line of the same one."""
    return "\n".join(item.replace("\n", "\n ") for item in items)


def _split(cell: str) -> list[str]:
    items: list[str] = []
    for line in clean(cell).split("\n"):
        if line.startswith(" ") and items:
            items[-1] += f"\n{line[1:]}"
        else:
            items.append(line)
    return [stripped for item in items if (stripped := item.strip())]


def _neutralised(cell: str) -> str:
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def _restored(cell: str) -> str:
    return cell[1:] if _NEUTRALISED.match(cell) else cell


def _encoding(data: bytes) -> tuple[str, str | None]:
    """The encoding, and its name for a person where it had to be guessed or is unusual."""
    encoding, name = _marked(data) or _guessed(data)
    # In pieces, so that only the cells that are looked at take memory as text.
    pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
    try:
        for _ in codecs.iterdecode(pieces, encoding):
            pass
    except UnicodeDecodeError:
        told = "The file is not text in UTF-8, UTF-16, CP932 (Shift_JIS) or Windows-1252."
        raise UsageError(told, _HINT) from None
    return encoding, name


def _marked(data: bytes) -> tuple[str, str | None] | None:
    """What the first bytes say, if they do."""
    if data.startswith(codecs.BOM_UTF8):
        return UTF_8, None
    if data.startswith(UTF_16_MARKS):
        return "utf-16", "UTF-16"
    unmarked = (each for each in ("utf-16-le", "utf-16-be") if _TITLE in data[:512].decode(each, "replace"))
    return next(((each, "UTF-16") for each in unmarked), None)


def _guessed(data: bytes) -> tuple[str, str | None]:
    guess = Guess.of(data)
    if guess.unread:
        raise UsageError(f"The file is {guess.unread}.", f"Convert the file: iconv -f {guess.unread} -t UTF-8 FILE")
    encoding = guess.encoding
    return encoding, NAMES.get(encoding)


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    """The lines with their ends, which belong to a cell where they stand inside one."""
    file = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    for number in count(1):
        line = file.readline(strict_json.MAX_SIZE)
        if not line:
            return
        if len(line) == strict_json.MAX_SIZE:
            raise UsageError(f"line {number}: longer than 1 MB.", _HINT)
        if "\0" in line:
            raise UsageError(f"line {number}: a NUL byte.", _HINT)
        yield line


def _heading(line: str) -> tuple[list[str], str]:
    """Names of the columns, and what separates them."""
    for separator in _SEPARATORS:
        cells = next(csv.reader([line], delimiter=separator), []) if len(line) <= _LONGEST_HEADING else []
        names = [clean(cell).strip() for cell in cells]
        known = [name.lower() if name.lower() in COLUMNS else name for name in names]
        if set(known) >= _REQUIRED:
            twice = [name for name in known if name and known.count(name) > 1]
            if twice:
                raise UsageError(f"line 1: two columns are called {twice[0][:40]!r}.", "Give each another name.")
            return known, separator
    raise UsageError("line 1: not a table with the columns title and situation.", _HINT)


def _rows(lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that is not empty, with the line of the file that it begins in."""
    before = csv.field_size_limit(strict_json.MAX_SIZE)
    try:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            number = reader.line_num + 2  # the line that named the columns is not the reader's
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise UsageError(f"line {number}: {error}.", "Each quoted cell must end with a quote.") from None
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield number, cells
    finally:
        csv.field_size_limit(before)

"""A stream of bytes in pieces that hold a row each: lines, or rows of a table that may go over several lines.

However long a line is, at most ``MAX_ROW`` bytes of it are held.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from denju.errors import UsageError

MAX_ROW = 4 * 2**20
"""Longest row, in bytes."""
_BLOCK = 2**20
_NOTHING = b" \t\r\n,;\x00\xef\xbb\xbf"
"""A piece of these alone is no row: an empty line, or one of empty cells."""
SEPARATORS = (",", ";", "\t")
"""What may stand between two cells."""


def _quoted(separators: str) -> re.Pattern[bytes]:
    start = rf"(?:^(?:\xef\xbb\xbf)?|(?<=[{separators}]))"
    return re.compile(rf'{start}"[^"]*+(?:""[^"]*+)*+("?)'.encode())


_QUOTED = {each: _quoted(each) for each in SEPARATORS}
"""A quoted cell and the quote that closes it; inside any other cell a quote stands for itself, as an inch mark does."""
_QUOTED_HEADING = _quoted("".join(SEPARATORS))
"""As long as nothing tells the separator."""

Piece = bytes | UsageError
"""A row, or why it cannot be taken."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the first row of a table says of all others."""

    separator: str
    columns: int

    def takes(self, row: bytes) -> bool:
        """Whether these can be the cells of one row."""
        # Every encoding of a table has separators and quotes at the same bytes.
        found = cells(row.decode("latin-1"), self.separator)
        return found is not None and len(found) <= self.columns


class Readable(Protocol):
    """A file, or what looks on while one is read."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or as much of it; nothing at the end."""


def lines(file: Readable, size: int | None) -> Iterator[Piece]:
    """The lines of the first ``size`` bytes (``None``: of all) that are not empty."""
    return (piece for piece in _lines(file, size) if isinstance(piece, UsageError) or piece.strip(_NOTHING))


def table_rows(file: Readable, size: int | None, shape_of: Callable[[bytes], Shape | None]) -> Iterator[Piece]:
    """The rows of a table of the first ``size`` bytes; line breaks inside quotes belong to their cell.

    A quote that nobody closes, or another row's, costs the line that it stands in, not all that follow.
    ``shape_of`` tells from the first row how the others look.
    """
    source = _lines(file, size)
    ahead: deque[Piece] = deque()
    heading, shape = True, None
    while (first := ahead.popleft() if ahead else next(source, None)) is not None:
        quoted = _QUOTED[shape.separator] if shape else _QUOTED_HEADING
        row, taken = first, list[Piece]()
        opened = isinstance(row, bytes) and _leaves_open(row, quoted)
        while isinstance(row, bytes) and opened:
            piece = ahead.popleft() if ahead else next(source, None)
            if piece is not None:
                taken.append(piece)
            if piece is None or isinstance(piece, UsageError) or len(row) + len(piece) > MAX_ROW:
                row = UsageError("A quote is opened and not closed.", "Each quoted cell must end with a quote.")
                ahead.extendleft(reversed(taken))
            else:
                row += piece
                opened = _leaves_open(b'"' + piece, quoted)  # this line alone: a huge cell is looked at once
        if taken and isinstance(row, bytes) and shape and not shape.takes(row):
            row = first  # what is wrong with it is told where its cells are read
            ahead.extendleft(reversed(taken))
        if isinstance(row, UsageError) or row.strip(_NOTHING):
            if heading and isinstance(row, bytes):
                shape = shape_of(row)
            heading = False
            yield row


def cells(text: str, separator: str) -> Sequence[str] | None:
    """The cells of one row; ``None`` where a quote stands wrong."""
    before = csv.field_size_limit(MAX_ROW)
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(before)


def _leaves_open(line: bytes, quoted: re.Pattern[bytes]) -> bool:
    """Whether a cell goes on in the next line."""
    return b'"' in line and any(not each[1] for each in quoted.finditer(line))


def _lines(file: Readable, size: int | None) -> Iterator[Piece]:
    left = size if size is not None else -1
    while left:
        line = file.readline(MAX_ROW if left < 0 else min(MAX_ROW, left))
        if not line:
            return
        left = max(0, left - len(line)) if left > 0 else left
        if len(line) < MAX_ROW or line.endswith(b"\n"):
            yield line
            continue
        while left and not line.endswith(b"\n"):
            line = file.readline(_BLOCK if left < 0 else min(_BLOCK, left))
            if not line:
                break
            left = max(0, left - len(line)) if left > 0 else left
        yield UsageError(f"The row is longer than {MAX_ROW // 2**20} MB.", "Give the message alone, a row each.")

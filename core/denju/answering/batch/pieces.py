"""A stream of bytes in pieces that hold a row each: lines, or rows of a table that may go over several lines.

However long a line is, at most ``MAX_ROW`` bytes of it are held.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import IO

from denju.errors import UsageError

MAX_ROW = 4 * 2**20
"""Longest row, in bytes."""
_BLOCK = 2**20
_NOTHING = b" \t\r\n,;\x00\xef\xbb\xbf"
"""A piece of these alone is no row: an empty line, or one of empty cells."""
_QUOTED = re.compile(rb'(?:^(?:\xef\xbb\xbf)?|(?<=[,;\t]))"[^"]*+(?:""[^"]*+)*+("?)')
"""A quoted cell and the quote that closes it; inside any other cell a quote stands for itself, as an inch mark does."""

Piece = bytes | UsageError
"""A row, or why it cannot be taken."""


def lines(file: IO[bytes], size: int | None) -> Iterator[Piece]:
    """The lines of the first ``size`` bytes (``None``: of all) that are not empty."""
    return (piece for piece in _lines(file, size) if isinstance(piece, UsageError) or piece.strip(_NOTHING))


def table_rows(file: IO[bytes], size: int | None) -> Iterator[Piece]:
    """The rows of a table of the first ``size`` bytes; line breaks inside quotes belong to their cell.

    A quote that nobody closes costs the line that it stands in, not all that follow.
    """
    source = _lines(file, size)
    ahead: deque[Piece] = deque()
    while (first := ahead.popleft() if ahead else next(source, None)) is not None:
        row, taken = first, list[Piece]()
        opened = isinstance(row, bytes) and _leaves_open(row)
        while isinstance(row, bytes) and opened:
            piece = ahead.popleft() if ahead else next(source, None)
            if piece is not None:
                taken.append(piece)
            if piece is None or isinstance(piece, UsageError) or len(row) + len(piece) > MAX_ROW:
                row = UsageError("A quote is opened and not closed.", "Each quoted cell must end with a quote.")
                ahead.extendleft(reversed(taken))
            else:
                row += piece
                opened = _leaves_open(b'"' + piece)  # this line alone: a huge cell is looked at once
        if isinstance(row, UsageError) or row.strip(_NOTHING):
            yield row


def _leaves_open(line: bytes) -> bool:
    """Whether a cell goes on in the next line."""
    return b'"' in line and any(not quoted[1] for quoted in _QUOTED.finditer(line))


def _lines(file: IO[bytes], size: int | None) -> Iterator[Piece]:
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

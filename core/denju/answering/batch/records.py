"""The two forms of the output: answer records as JSON lines, or their main columns as a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol

from denju.answering.batch.pieces import Shape, table_rows
from denju.errors import UsageError
from denju.values import Answer

RecordForm = Literal["jsonl", "csv"]
COLUMNS = (
    "id", "answer", "match", "strategy", "title", "confidence", "language", "finish", "unsupported", "policies",
    "error", "seconds",
)  # fmt: skip

_ACTED_ON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would act on and JSON does not escape by itself."""
_FORMULA = re.compile("'*[=+\\-@＝＋－＠\t\r]")
"""Begins a cell that a spreadsheet would compute; an apostrophe in front prevents it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that stands in the output already."""

    id: str
    failed: bool
    start: int
    """Where it begins in the file, in bytes."""
    size: int


class Form(Protocol):
    """How records are written, and found again."""

    head: bytes
    """What the file begins with."""

    def record(self, answer: Answer) -> bytes:
        """One record with its line end."""

    def key(self, row_id: str) -> str:
        """The id of a row, as ``kept`` gives it back."""

    def kept(self, file: IO[bytes]) -> Iterator[Kept]:
        """The whole records of a file, from its start; a torn one ends them.

        Raises:
            UsageError: it holds something else.
        """


class JsonLines:
    """A record a line."""

    head = b""

    def record(self, answer: Answer) -> bytes:
        text = json.dumps(answer.to_dict(), ensure_ascii=False)
        return _ACTED_ON.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode() + b"\n"

    def key(self, row_id: str) -> str:
        return row_id

    def kept(self, file: IO[bytes]) -> Iterator[Kept]:
        start = 0
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
                yield Kept(record["id"], record["error"] is not None, start, len(line))
            except (ValueError, TypeError, KeyError, RecursionError):
                raise _something_else() from None
            start += len(line)


class Table:
    """A row a record, for a spreadsheet: UTF-8 with a byte order mark, nothing in it a formula."""

    def __init__(self) -> None:
        self.head = b"\xef\xbb\xbf" + _row(COLUMNS)

    def record(self, answer: Answer) -> bytes:
        best = answer.strategy
        cells: dict[str, Any] = {
            "id": answer.id, "answer": answer.answer, "match": answer.match,
            "strategy": best.strategy.id if best else "", "title": best.strategy.title if best else "",
            "confidence": f"{best.confidence:.4f}" if best else "", "language": answer.language,
            "finish": answer.finish, "unsupported": "\n".join(answer.unsupported),
            "policies": "\n".join(each.why for each in answer.policies if not each.ok),
            "error": answer.error["message"] if answer.error else "", "seconds": f"{answer.seconds:.3f}",
        }  # fmt: skip
        return _row([_neutral(str(cells[name]).replace("\r", "")) for name in COLUMNS])

    def key(self, row_id: str) -> str:
        return _neutral(row_id.replace("\r", ""))

    def kept(self, file: IO[bytes]) -> Iterator[Kept]:
        start = 0
        for piece in table_rows(file, None, lambda _: Shape(",", len(COLUMNS))):
            if isinstance(piece, UsageError) or not piece.endswith(b"\n"):
                return  # a quote that is not closed is where a write was torn
            if start == 0:
                if piece != self.head:
                    raise _something_else()
            else:
                cells = next(csv.reader([piece.decode("utf-8", "replace")]))
                if len(cells) != len(COLUMNS):
                    raise _something_else()
                yield Kept(cells[0], bool(cells[COLUMNS.index("error")]), start, len(piece))
            start += len(piece)


def form_of(name: RecordForm) -> Form:
    """The form that this name stands for."""
    return Table() if name == "csv" else JsonLines()


def _row(cells: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "replace")


def _neutral(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _something_else() -> UsageError:
    return UsageError("It holds something that is not an answer.", "Name another file for the answers.")

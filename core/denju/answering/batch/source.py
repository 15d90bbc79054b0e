"""Where the rows come from: a file of JSON lines, a table, or plain lines; or standard input."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, get_args

from denju.answering.batch.pieces import MAX_ROW, Piece, lines, table_rows
from denju.answering.batch.rows import ID, Columns, Row, parsed, row_of
from denju.encodings import NAMES, UTF_8, Guess, refuse_other
from denju.errors import DenjuError, NotFound, UsageError
from denju.paths import storage_error

Form = Literal["jsonl", "csv", "lines"]
"""Of the input: an object a line, a table whose first line names the columns, or a message a line."""

_BY_SUFFIX: dict[str, Form] = {".csv": "csv", ".tsv": "csv", ".txt": "lines"}
_SEPARATORS = (",", ";", "\t")
_JSON_FACTS = re.compile(r'\s*(?:\{|\[\s*")')
"""How facts in JSON begin; [納期] 12月3日 is a text."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the input was when the run began; what comes behind its end later is not read."""

    size: int
    """Bytes."""
    sha256: str
    rows: int
    encoding: str = UTF_8

    @property
    def read_as(self) -> str | None:
        """The encoding, for a person, where it is not UTF-8."""
        return NAMES.get(self.encoding)


@dataclass(frozen=True, slots=True)
class Source:
    """The input and how it is read."""

    path: Path | None
    """``None`` for standard input."""
    form: Form
    columns: Columns

    @classmethod
    def named(cls, name: str, form: Form | None = None, columns: Columns | None = None) -> Source:
        """A file, or ``-``; without ``form`` its name tells: .csv and .tsv, .txt, and JSON lines for all others."""
        path = None if name == "-" else Path(name).absolute()
        guessed = _BY_SUFFIX.get(path.suffix.lower(), "jsonl") if path else "jsonl"
        return cls(path, form or guessed, columns or Columns())

    @property
    def name(self) -> str:
        """For a person."""
        return "standard input" if self.path is None else str(self.path)

    def survey(self) -> Survey | None:
        """Size, digest and number of rows of the file; ``None`` for standard input.

        Raises:
            NotFound, UsageError, StorageError: it is not there, no regular file, UTF-16, a workbook, or cannot be read.
        """
        if self.path is None:
            return None
        with self._opened(self.path) as file:
            refuse_other(file.read(8), str(self.path))
            size = os.fstat(file.fileno()).st_size
            digest = self._digest(file, size)
            guess, rows = Guess(), 0
            file.seek(0)
            for piece in self._pieces(file, size):
                rows += 1
                if isinstance(piece, bytes) and not piece.isascii():
                    guess.look(piece)
        return Survey(size, digest, max(0, rows - (self.form == "csv")), guess.encoding)

    def begins_with(self, before: Survey) -> bool:
        """Whether the file still begins with what it was: then it has only grown."""
        assert self.path is not None
        with self._opened(self.path) as file:
            return os.fstat(file.fileno()).st_size >= before.size and self._digest(file, before.size) == before.sha256

    def rows(self, survey: Survey | None, stdin: IO[bytes] | None = None) -> Iterator[Row]:
        """Every row, bad ones among them; of a file as much as ``survey`` saw.

        Raises:
            UsageError: a table without the columns that were asked for.
            NotFound, StorageError: the file cannot be read.
        """
        with contextlib.ExitStack() as stack:
            file = stdin if self.path is None else stack.enter_context(self._opened(self.path))
            assert file is not None
            pieces = self._pieces(file, survey.size if survey else None)
            values = self._values(pieces, survey.encoding if survey else UTF_8)
            try:
                for number, value in enumerate(values, start=1):
                    yield row_of(value, number, self.columns)
            except OSError as error:
                raise storage_error(error, self.path or Path("standard input")) from error

    def _pieces(self, file: IO[bytes], size: int | None) -> Iterator[Piece]:
        return table_rows(file, size) if self.form == "csv" else lines(file, size)

    def _values(self, pieces: Iterator[Piece], encoding: str) -> Iterator[Mapping[str, Any] | DenjuError]:
        read: Callable[[bytes], Mapping[str, Any] | DenjuError]
        if self.form == "csv":
            heading = next(pieces, None)
            if heading is None:
                return
            read = _Table(heading, encoding, self.columns).row
        elif self.form == "lines":
            read = _Plain(encoding, self.columns).row
        else:
            read = lambda line: parsed(line, encoding)  # noqa: E731
        for piece in pieces:
            yield piece if isinstance(piece, UsageError) else read(piece)

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[IO[bytes]]:
        try:
            # Opening a FIFO would wait for a writer for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"{path}: there is no such file.", "Check the path.") from error
        except ValueError as error:  # a NUL in the name
            raise UsageError("Not the name of a file.", "Check the path.") from error
        except OSError as error:
            raise storage_error(error, path) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"{path}: not a regular file.", "Name a file, or - for standard input.")
        with open(descriptor, "rb") as file:
            yield file

    def _digest(self, file: IO[bytes], size: int) -> str:
        digest, left = hashlib.sha256(), size
        file.seek(0)
        while left and (block := file.read(min(2**20, left))):
            digest.update(block)
            left -= len(block)
        return digest.hexdigest()


def form_of(name: str) -> Form:
    """One of the forms by its name."""
    for each in get_args(Form):
        if each == name:
            form: Form = each
            return form
    raise UsageError(f"There is no form {name[:20]!r}.", f"One of {', '.join(get_args(Form))}.")


@dataclass(frozen=True, slots=True)
class _Plain:
    encoding: str
    columns: Columns

    def row(self, line: bytes) -> Mapping[str, Any] | DenjuError:
        try:
            return {self.columns.text: line.decode(self.encoding).strip("\r\n")}
        except UnicodeDecodeError:
            return _not_text()


class _Table:
    """Reads rows as the first line says."""

    def __init__(self, heading: Piece, encoding: str, columns: Columns) -> None:
        if isinstance(heading, UsageError):
            raise heading
        self._encoding = encoding
        try:
            line = heading.decode(encoding)
        except UnicodeDecodeError:
            raise _not_text() from None
        for self._separator in _SEPARATORS:
            self._names = [cell.strip() for cell in _cells(line, self._separator) or ()]
            if columns.text in self._names or "messages" in self._names:
                break
        else:
            raise UsageError(
                f"The first line names no column {columns.text!r}: {line.strip()[:80]}",
                "Name the column of the message with --text; the first line must hold the columns' names.",
            )
        if columns.id != ID and columns.id not in self._names:
            raise UsageError(f"The first line names no column {columns.id!r}.", "Name another one with --id.")

    def row(self, piece: bytes) -> Mapping[str, Any] | DenjuError:
        try:
            cells = _cells(piece.decode(self._encoding), self._separator)
        except UnicodeDecodeError:
            return _not_text()
        if cells is None or len(cells) > len(self._names):
            return UsageError(
                f"The row does not have the {len(self._names)} cells of the first line.",
                "Quote cells that hold the separator, and double each quote inside.",
            )
        found: dict[str, Any] = {}
        for name, cell in zip(self._names, cells, strict=False):
            if not cell.strip():
                continue
            found[name] = cell
            if name in ("language", "strategy"):
                found[name] = cell.strip().lower() if name == "language" else cell.strip()
            elif name == "messages" or (name == "facts" and _JSON_FACTS.match(cell)):
                try:
                    found[name] = json.loads(cell)
                except (ValueError, RecursionError):
                    return UsageError(f"{name}: not JSON", "Leave the cell empty, or correct it.")
        return found


def _cells(text: str, separator: str) -> Sequence[str] | None:
    before = csv.field_size_limit(MAX_ROW)
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(before)


def _not_text() -> UsageError:
    return UsageError("The row is not UTF-8.", "Convert the file: iconv -f CP932 -t UTF-8 FILE")

"""Where the rows come from: a file of JSON lines, a table, or plain lines; or standard input."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, get_args

from denju.answering.batch.pieces import SEPARATORS, Piece, Readable, Shape, cells, lines, table_rows
from denju.answering.batch.rows import FIELDS, ID, Columns, Row, parsed, row_of
from denju.encodings import NAMES, UTF_8, Guess, refuse_start, refuse_unread, refused
from denju.errors import DenjuError, NotFound, UsageError
from denju.paths import storage_error

Form = Literal["jsonl", "csv", "lines"]
"""Of the input: an object a line, a table whose first line names the columns, or a message a line."""

_BY_SUFFIX: dict[str, Form] = {".csv": "csv", ".tsv": "csv", ".txt": "lines"}
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
            NotFound, UsageError, StorageError: it is not there, no regular file, a workbook, in an encoding
                that is not read, or cannot be read.
        """
        if self.path is None:
            return None
        with self._opened(self.path) as file:
            refuse_start(file.read(8), str(self.path))
            size = os.fstat(file.fileno()).st_size
            guess, rows, hashed = Guess(), 0, _Hashed(file)
            file.seek(0)
            for piece in self._pieces(hashed, size):
                rows += 1
                if isinstance(piece, bytes):
                    guess.look(piece)
        refuse_unread(guess, str(self.path))
        return Survey(size, hashed.sha256, max(0, rows - (self.form == "csv")), guess.encoding)

    def begins_with(self, before: Survey) -> bool:
        """Whether the file still begins with what it was: then it has only grown."""
        assert self.path is not None
        with self._opened(self.path) as file:
            return os.fstat(file.fileno()).st_size >= before.size and self._digest(file, before.size) == before.sha256

    def rows(self, survey: Survey | None, stdin: IO[bytes] | None = None, limit: int | None = None) -> Iterator[Row]:
        """The first ``limit`` rows, or all, bad ones among them; of a file as much as ``survey`` saw.

        Raises:
            UsageError: a table without the columns that were asked for; or, behind the last row, a file that does not
                hold what ``survey`` saw.
            NotFound, StorageError: the file cannot be read.
        """
        with contextlib.ExitStack() as stack:
            file = stdin if self.path is None else stack.enter_context(self._opened(self.path))
            assert file is not None
            hashed = _Hashed(file) if survey else None
            pieces = self._pieces(hashed or file, survey.size if survey else None)
            values = self._values(pieces, survey.encoding if survey else UTF_8)
            try:
                for number, value in enumerate(itertools.islice(values, limit), start=1):
                    yield row_of(value, number, self.columns)
                if survey and hashed:
                    hashed.read_up_to(survey.size)
            except OSError as error:
                raise storage_error(error, self.path or Path("standard input")) from error
            if survey and hashed and hashed.sha256 != survey.sha256:
                raise UsageError(
                    f"{self.name}: the input was changed while it was read.",
                    "Write the answers into another file, or keep those that are there with --despite-changes.",
                )

    def _pieces(self, file: Readable, size: int | None) -> Iterator[Piece]:
        return table_rows(file, size, self._shape) if self.form == "csv" else lines(file, size)

    def _shape(self, heading: bytes) -> Shape | None:
        """Of the rows below ``heading``; ``None`` where it names no column of messages."""
        # A survey does not know the encoding yet, but in a wrong one no name is one that is looked for.
        for encoding in (UTF_8, *NAMES):
            with contextlib.suppress(UnicodeDecodeError):
                if found := _heading(heading.decode(encoding), self.columns):
                    return Shape(found[0], len(found[1]))
        return None

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
            yield piece if isinstance(piece, UsageError) else refused(piece) or read(piece)

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
        hashed = _Hashed(file)
        file.seek(0)
        hashed.read_up_to(size)
        return hashed.sha256


class _Hashed:
    """Looks on while a file is read from its start, so that its digest is of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self._size = file, hashlib.sha256(), 0

    def readline(self, size: int, /) -> bytes:
        """See ``Readable``."""
        return self._seen(self._file.readline(size))

    def read_up_to(self, size: int) -> None:
        """Read on, until so many bytes were read, or all."""
        while self._size < size and self._seen(self._file.read(min(2**20, size - self._size))):
            pass

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._digest.hexdigest()

    def _seen(self, data: bytes) -> bytes:
        self._digest.update(data)
        self._size += len(data)
        return data


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
        found = _heading(line, columns)
        if found is None:
            raise UsageError(
                f"The first line names no column {columns.text!r}: {line.strip()[:80]}",
                "Name the column of the message with --text; the first line must hold the columns' names.",
            )
        self._separator, self._names = found
        twice = [name for name in (columns.text, columns.id, *FIELDS) if self._names.count(name) > 1]
        if twice:
            raise UsageError(f"line 1: two columns are called {twice[0][:40]!r}.", "Give each another name.")
        if columns.id != ID and columns.id not in self._names:
            raise UsageError(f"The first line names no column {columns.id!r}.", "Name another one with --id.")

    def row(self, piece: bytes) -> Mapping[str, Any] | DenjuError:
        try:
            given = cells(piece.decode(self._encoding), self._separator)
        except UnicodeDecodeError:
            return _not_text()
        if given is None or len(given) > len(self._names):
            return UsageError(
                f"The row does not have the {len(self._names)} cells of the first line.",
                "Quote cells that hold the separator, and double each quote inside.",
            )
        found: dict[str, Any] = {}
        for name, cell in zip(self._names, given, strict=False):
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


def _heading(line: str, columns: Columns) -> tuple[str, list[str]] | None:
    """What separates the cells of a table, and the names of its columns; ``None`` where none is of messages."""
    for separator in SEPARATORS:
        names = [cell.strip() for cell in cells(line, separator) or ()]
        if columns.text in names or "messages" in names:
            return separator, names
    return None


def _not_text() -> UsageError:
    return UsageError("The row is not UTF-8.", "Convert the file: iconv -f CP932 -t UTF-8 FILE")

"""The formats that strategies leave and come in, by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal, get_args

from denju.errors import UsageError
from denju.library import jsonl, markdown, spreadsheet
from denju.library.parcel import Parcel
from denju.values import Strategy

Format = Literal["jsonl", "csv", "markdown"]
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv", ".md": "markdown",
    ".markdown": "markdown",
}  # fmt: skip
_DUMPS = {"jsonl": jsonl.dump, "csv": spreadsheet.dump, "markdown": markdown.dump}
_LOADS = {"jsonl": jsonl.load, "csv": spreadsheet.load}


def format_of(name: str) -> Format | None:
    """The format that a file's name says; ``None`` where it says none."""
    return _SUFFIXES.get(PurePath(name).suffix.lower())


def dump(strategies: Iterable[Strategy], kind: Format) -> bytes:
    """The strategies as a file."""
    return _DUMPS[kind](strategies)


def load(data: bytes, kind: Format | None = None) -> Parcel:
    """The strategies of a file; its first characters tell the format where none is said.

    Raises:
        InvalidStrategy, UsageError: the file is not one of strategies.
    """
    kind = kind or _sniffed(data)
    if kind not in _LOADS:
        readable = ", ".join(name for name in get_args(Format) if name in _LOADS)
        raise UsageError(f"{kind.capitalize()} is for reading and printing only.", f"Import one of: {readable}.")
    return _LOADS[kind](data)


def _sniffed(data: bytes) -> Format:
    """JSON begins with a bracket; a table begins with the name of a column."""
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    names = start.split(b"\n", 1)[0].lower()
    return "csv" if b"title" in names.replace(b"\0", b"") and start[:1] not in (b"{", b"[") else "jsonl"

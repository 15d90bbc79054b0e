"""One document of the library, as a line of its file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from denju import strict_json
from denju.errors import InvalidStrategy, LibraryDamaged
from denju.values import Strategy

REPAIR = "Correct it by hand, or let denju library check --repair save what is whole."
LOOK = (
    "denju library check says what can be saved, or taken from a backup; where nothing can, move the file away, and "
    "denju starts a new library."
)
BACK = "Put the file back, or take the newest backup: denju library check --repair --from-backup."

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

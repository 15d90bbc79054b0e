"""What was typed and not sent, kept over a lost connection. It may be lost without harm, so no error stops anybody."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from denju import paths
from denju.errors import DenjuError
from denju.text import clean

_MOST = 50
"""Apps of one person that keep their texts at the same time."""
_LONGEST = 200
"""Characters of a file name, so that a number, a suffix and those of a temp file find room."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text fields of the Ask pane; the Teacher's has the first alone."""

    message: str = ""
    facts: str = ""


class Place:
    """Where one app keeps a text. Two apps at once have one each, so that neither writes over the other's.

    It begins with what was left behind, the newest first; the rest waits for the next one.
    """

    def __init__(self, folder: Path, name: str = "draft", suffix: str = ".json") -> None:
        """``name`` is what is kept: the fields of the Ask pane, the Teacher's, or a text that is edited."""
        self._lock: int | None = None
        self.file = folder / f"{name}{suffix}"
        for file in self._files(folder, name, suffix):
            if self._locked(file):
                self.file = file
                return

    @staticmethod
    def _files(folder: Path, name: str, suffix: str) -> Iterator[Path]:
        """Those that hold a text, and then all in their order."""
        # No name holds a plus: with its number it is not that of another text.
        numbered = [folder / f"{name}{f'+{number}' if number > 1 else ''}{suffix}" for number in range(1, _MOST + 1)]
        there = []
        for file in numbered:
            with contextlib.suppress(OSError):  # not there, or not any more
                there.append((file.stat().st_mtime, file))
        # A draft is a file even where its fields are empty; a text that is edited is one until it is taken.
        yield from (file for _, file in sorted(there, reverse=True) if suffix != ".json" or load(file) != Draft())
        yield from numbered

    def _locked(self, file: Path) -> bool:
        """Whether no other app has ``file``; it is this one's until it ends, however that comes."""
        try:
            paths.folder(file.parent)
            lock = os.open(file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (OSError, DenjuError):
            return True  # nothing can be kept here, by nobody
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            return not isinstance(error, BlockingIOError)  # a file system without locks
        self._lock = lock
        return True

    def free(self) -> None:
        """Leave it to the next app."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


NEW = "+new"
"""Of what is kept of a strategy that has no id yet: no id gives this name."""


def file_name(strategy_id: str) -> str:
    """Of what is kept of a strategy: an id of another library may be of any characters and any length."""
    from hashlib import sha256
    from urllib.parse import quote

    name = quote(strategy_id, safe="")
    if len(name) <= _LONGEST:
        return name
    digest = sha256(strategy_id.encode()).hexdigest()
    return f"{name[: _LONGEST - len(digest)]}{digest}"


def load(file: Path) -> Draft:
    """The draft as it was left; an empty one where there is none or it cannot be read."""
    try:
        data = json.loads(file.read_text("utf-8"))
        return Draft(message=clean(str(data["message"])), facts=clean(str(data["facts"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Draft()


def save(file: Path, draft: Draft) -> bool:
    """Keep ``draft``; whether that went well."""
    try:
        with paths.replaced(file) as out:
            out.write(json.dumps(asdict(draft), ensure_ascii=False).encode("utf-8", "replace"))
    except (OSError, DenjuError):
        return False
    return True

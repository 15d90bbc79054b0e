"""The history: every answer with its messages, and what people thought of it.

One append-only JSON Lines file. A line is a record, ``{"at", "record", "messages", "source"}``, or a rating,
``{"at", "rates", "rating", "why"}``. It is read from its end, a block at a time, so that neither its size nor a line
that a crash has torn matters.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from denju.errors import NotFound, StorageError
from denju.library.lock import locked
from denju.paths import folder, fsync_folder, replaced, storage_error
from denju.text import clean, one_line
from denju.values import Answer, MatchKind, Turn, now

Source = Literal["ask", "app", "batch"]
Rating = Literal["good", "bad"]
Keep = Literal["full", "no_texts", "off"]

MAX_LINE = 4 * 2**20
"""Bytes; a longer line is none of ours and is passed over."""
_BLOCK = 2**16
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Rated:
    """What a person thought of an answer."""

    rating: Rating
    why: str
    at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of the history."""

    at: str
    """UTC, ``2026-11-23T05:00:00Z``."""
    record: dict[str, Any]
    """The answer, as ``Answer.to_dict`` gave it."""
    messages: tuple[Turn, ...]
    source: Source
    rated: Rated | None
    """The newest rating."""

    @property
    def id(self) -> str:
        return str(self.record.get("id", ""))


class History:
    """The answers of one person on this machine.

    Every method may raise ``StorageError``; ``append``, ``rate`` and ``purge`` also ``LibraryBusy``.
    """

    def __init__(self, path: Path, *, keep: Keep = "full", keep_days: int = 90) -> None:
        self.path = path
        self._keep = keep
        self._keep_days = keep_days

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        """Keep one answer, or as much of it as the setting ``history.keep`` allows; it is on the disk on return."""
        if self._keep == "off":
            return
        record = answer.to_dict()
        turns = [{"role": turn.role, "text": turn.text} for turn in messages]
        if self._keep == "no_texts":
            record, turns = _without_texts(record), []
        with self._locked():
            self._append({"at": now(), "record": record, "messages": turns, "source": source})
            self._purge_when_due()

    def rate(self, answer_id: str, rating: Rating, why: str = "") -> Entry:
        """Say what an answer was worth; the newest rating counts.

        Raises:
            NotFound: no answer has this id, or several start with it.
        """
        entry = self.show(answer_id)
        with self._locked():
            self._append({"at": now(), "rates": entry.id, "rating": rating, "why": clean(why)})
        return self.show(entry.id)

    def list(self, limit: int, *, match: MatchKind | None = None, rating: Rating | None = None) -> tuple[Entry, ...]:
        """At most ``limit`` answers, newest first."""
        found = (
            entry
            for entry in self.entries()
            if (match is None or entry.record.get("match") == match)
            and (rating is None or (entry.rated is not None and entry.rated.rating == rating))
        )
        return tuple(islice(found, limit))

    def search(self, text: str, limit: int = 50) -> tuple[Entry, ...]:
        """At most ``limit`` answers, newest first, where ``text`` stands in a message or in the answer.

        Case and width do not matter.
        """
        wanted = _folded(text)
        found = (
            entry
            for entry in self.entries()
            if any(wanted in _folded(each) for each in (_text(entry.record), *(turn.text for turn in entry.messages)))
        )
        return tuple(islice(found, limit))

    def show(self, answer_id: str) -> Entry:
        """The newest answer whose id is ``answer_id``, or the only one whose id starts so.

        Raises:
            NotFound: there is none, or several; these are named.
        """
        found: dict[str, Entry] = {}
        for entry in self.entries():
            if entry.id == answer_id:
                return entry
            if answer_id and entry.id.startswith(answer_id) and len(found) <= _NAMED:
                found.setdefault(entry.id, entry)
        if len(found) == 1:
            return next(iter(found.values()))
        asked = one_line(answer_id)[:128]
        if not found:
            raise NotFound(f"The history has no answer {asked!r}.", "denju history list shows every id.")
        names = ", ".join([*found][:_NAMED]) + (", …" if len(found) > _NAMED else "")
        raise NotFound(f"{asked!r} stands for several answers: {names}.", "Give more of the id.")

    def entries(self) -> Iterator[Entry]:
        """Every answer, newest first, read as it is asked for."""
        ratings: dict[str, Rated] = {}
        for line in self._backwards():
            data = _parsed(line)
            if "rates" in data:
                rated = Rated(data.get("rating", "good"), str(data.get("why", "")), data["at"])
                ratings.setdefault(str(data["rates"]), rated)
            elif data:
                rated_so = ratings.pop(str(data["record"].get("id")), None)
                yield Entry(data["at"], data["record"], _turns(data), data.get("source", "ask"), rated_so)

    def export(self, file: IO[bytes]) -> int:
        """Write every whole line, oldest first, as it stands in the history; returns how many."""
        count = 0
        for line in self._forwards():
            if _parsed(line):
                file.write(line + b"\n")
                count += 1
        return count

    def purge(self, before_days: int) -> int:
        """Remove answers older than ``before_days`` days, and their ratings; returns how many answers."""
        with self._locked():
            return self._purge(before_days)

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return locked(self.path.with_suffix(".lock"))

    def _append(self, entry: dict[str, Any]) -> None:
        """One write call, one fsync; a line that a crash tore before gets its newline first."""
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            new = not folder(self.path.parent).joinpath(self.path.name).exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            with open(descriptor, "rb", buffering=0):
                _check_regular(descriptor, self.path)
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    line = b"\n" + line
                self._write(descriptor, line, size)
            if new:
                fsync_folder(self.path.parent)
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _write(self, descriptor: int, line: bytes, size: int) -> None:
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise

    def _purge_when_due(self) -> None:
        """A day after the oldest answer came of age: at most once a day, and without a file to remember it."""
        oldest = next((data["at"] for line in self._forwards() if (data := _parsed(line))), None)
        if oldest is not None and oldest < _days_ago(self._keep_days + 1):
            with contextlib.suppress(StorageError):  # the answer is kept already; the next one tries again
                self._purge(self._keep_days)

    def _purge(self, days: int) -> int:
        if not self.path.exists():
            return 0
        limit = _days_ago(days)
        removed: set[str] = set()
        count = 0
        try:
            with replaced(self.path) as file:
                for line in self._forwards():
                    data = _parsed(line)
                    if "record" in data and data["at"] < limit:
                        removed.add(str(data["record"].get("id")))
                        count += 1
                    elif data and str(data.get("rates")) not in removed:
                        removed.discard(str(data.get("record", {}).get("id")))  # a batch may use an id again
                        file.write(line + b"\n")
        except OSError as error:
            raise storage_error(error, self.path) from error
        return count

    def _forwards(self) -> Iterator[bytes]:
        """Whole lines, oldest first."""
        with self._opened() as file:
            if file is None:
                return
            inside = False
            while line := file.readline(MAX_LINE):
                whole = line.endswith(b"\n")
                if whole and not inside:
                    yield line[:-1]
                inside = not whole

    def _backwards(self) -> Iterator[bytes]:
        """Whole lines, newest first; what stands after the last newline is torn."""
        with self._opened() as file:
            if file is None:
                return
            position = file.seek(0, os.SEEK_END)
            tail: bytes | None = b""  # the start of the line after the block; None while a line is too long
            torn = True
            while position:
                start = max(0, position - _BLOCK)
                file.seek(start)
                pieces = file.read(position - start).split(b"\n")
                position = start
                if len(pieces) == 1:
                    tail = pieces[0] + tail if tail is not None and len(tail) < MAX_LINE else None
                    continue
                if not torn and tail is not None:
                    yield pieces[-1] + tail
                yield from reversed(pieces[1:-1])
                tail, torn = pieces[0], False
            if not torn and tail:
                yield tail

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes] | None]:
        """The file to read, or None when there is none; never waits, never follows a link."""
        try:
            with open(self.path, "rb", opener=_read_only) as file:
                _check_regular(file.fileno(), self.path)
                yield file
        except FileNotFoundError:
            yield None
        except OSError as error:
            raise storage_error(error, self.path) from error


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _check_regular(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise StorageError(f"{path}: not a regular file.", "Move it away; denju then starts a new history.")


def _parsed(line: bytes) -> dict[str, Any]:
    """The line's object when it is a record or a rating, else an empty one."""
    if not line or len(line) > MAX_LINE:
        return {}
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or not isinstance(data.get("at"), str):
        return {}
    return data if isinstance(data.get("record"), dict) or "rates" in data else {}


def _turns(data: dict[str, Any]) -> tuple[Turn, ...]:
    messages = data.get("messages")
    if not isinstance(messages, list):
        return ()
    return tuple(
        Turn(each.get("role", "customer"), str(each.get("text", ""))) for each in messages if isinstance(each, dict)
    )


def _without_texts(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` without what the customer or the student wrote, matched terms among it."""
    kept = {**record, "answer": "", "facts": [], "unsupported": []}
    if kept["strategy"]:
        kept["strategy"] = {**kept["strategy"], "terms": []}
    kept["runners_up"] = [{**each, "terms": []} for each in kept["runners_up"]]
    return kept


def _text(record: dict[str, Any]) -> str:
    return str(record.get("answer", ""))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

"""The history: every answer with its messages, and what people thought of it.

One append-only JSON Lines file. A line is a record, ``{"at", "record", "messages", "source"}``, a rating,
``{"at", "rates", "rating", "why"}``, or the answer as a person changed it, ``{"at", "edits", "text"}``.
"""

from __future__ import annotations

import contextlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from denju.answering.lines import MAX_LINE, LineFile
from denju.errors import DenjuError, NotFound, StorageError
from denju.library.lock import locked
from denju.paths import replaced, storage_error
from denju.text import clean, one_line
from denju.values import Answer, MatchKind, Turn, now

Source = Literal["ask", "app", "batch"]
Rating = Literal["good", "bad"]
Keep = Literal["full", "no_texts", "off"]

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
    edited: str | None = None
    """The answer as a person changed it before it was used; ``None`` as the student gave it."""

    @property
    def id(self) -> str:
        return str(self.record.get("id", ""))

    @property
    def rating(self) -> str:
        """``good``, ``bad``, or nothing."""
        return self.rated.rating if self.rated else ""


class History:
    """The answers of one person on this machine.

    Every method may raise ``StorageError``; those that write also ``LibraryBusy``.
    """

    def __init__(self, path: Path, *, keep: Keep = "full", keep_days: int = 90) -> None:
        self.path = path
        self._file = LineFile(path)
        self._lock = path.with_suffix(".lock")
        self._keep = keep
        self._keep_days = keep_days

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        """Keep one answer, or as much of it as the setting ``history.keep`` allows; it is on the disk on return.

        Old ones go, whatever is kept now.
        """
        if self._keep == "off":
            # Whoever is writing here now may go on: the answer has nothing to wait for, and the next one tries again.
            with contextlib.suppress(DenjuError):
                if self.path.exists():
                    with locked(self._lock, 0):
                        self._purge_when_due()
            return
        record = answer.to_dict()
        turns = [{"role": turn.role, "text": turn.text} for turn in messages]
        if self._keep == "no_texts":
            record, turns = _without_texts(record), []
        with self._locked():
            self._file.append({"at": now(), "record": record, "messages": turns, "source": source})
            self._purge_when_due()

    def rate(self, answer_id: str, rating: Rating, why: str = "") -> Entry:
        """Say what an answer was worth; the newest rating counts.

        Raises:
            NotFound: no answer has this id, or several start with it.
        """
        entry = self.show(answer_id)
        with self._locked():
            self._file.append({"at": now(), "rates": entry.id, "rating": rating, "why": clean(why)})
        return self.show(entry.id)

    def edit(self, answer_id: str, text: str) -> None:
        """Keep what a person made of an answer, as far as the setting ``history.keep`` allows; the newest counts.

        Raises:
            NotFound: no answer has this id, or several start with it.
        """
        if self._keep != "full":
            return
        entry = self.show(answer_id)
        with self._locked():
            self._file.append({"at": now(), "edits": entry.id, "text": clean(text)})

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
        """At most ``limit`` answers, newest first, where ``text`` stands in a message or in the answer, edited or not.

        Case and width do not matter.
        """
        wanted = _folded(text)
        found = (
            entry
            for entry in self.entries()
            if any(
                wanted in _folded(each)
                for each in (_text(entry.record), entry.edited or "", *(turn.text for turn in entry.messages))
            )
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
        edits: dict[str, str] = {}
        for line in self._file.backwards():
            data = _parsed(line)
            if "rates" in data:
                rated = Rated(data.get("rating", "good"), str(data.get("why", "")), data["at"])
                ratings.setdefault(str(data["rates"]), rated)
            elif "edits" in data:
                edits.setdefault(str(data["edits"]), str(data.get("text", "")))
            elif data:
                own = str(data["record"].get("id"))
                source = data.get("source", "ask")
                yield Entry(
                    data["at"], data["record"], _turns(data), source, ratings.pop(own, None), edits.pop(own, None)
                )

    def export(self, file: IO[bytes]) -> int:
        """Write every whole line, oldest first, as it stands in the history; returns how many."""
        count = 0
        for line in self._file.forwards():
            if _parsed(line):
                file.write(line + b"\n")
                count += 1
        return count

    def purge(self, before_days: int) -> int:
        """Remove answers older than ``before_days`` days, with what was said of them; returns how many answers.

        0 days keeps none, not even one of this second.
        """
        with self._locked():
            return self._purge(before_days)

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return locked(self._lock)

    def _purge_when_due(self) -> None:
        """A day after the oldest answer came of age: at most once a day, and without a file to remember it."""
        oldest = next((data["at"] for line in self._file.forwards() if (data := _parsed(line))), None)
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
                for line in self._file.forwards():
                    data = _parsed(line)
                    about = data.get("rates", data.get("edits"))
                    if "record" in data and (days == 0 or data["at"] < limit):
                        removed.add(str(data["record"].get("id")))
                        count += 1
                    elif data and (about is None or str(about) not in removed):
                        removed.discard(str(data.get("record", {}).get("id")))  # a batch may use an id again
                        file.write(line + b"\n")
        except OSError as error:
            raise storage_error(error, self.path) from error
        return count


def _parsed(line: bytes) -> dict[str, Any]:
    """The line's object when it is a record, a rating or an edit, else an empty one."""
    if not line or len(line) > MAX_LINE:
        return {}
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or not isinstance(data.get("at"), str):
        return {}
    return data if isinstance(data.get("record"), dict) or "rates" in data or "edits" in data else {}


def _turns(data: dict[str, Any]) -> tuple[Turn, ...]:
    messages = data.get("messages")
    if not isinstance(messages, list):
        return ()
    return tuple(
        Turn(each.get("role", "customer"), str(each.get("text", ""))) for each in messages if isinstance(each, dict)
    )


def _without_texts(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` without what the customer or the student wrote, matched terms and broken rules among it."""
    kept = {**record, "answer": "", "facts": [], "unsupported": []}
    kept["policies"] = [{**each, "why": ""} for each in kept["policies"]]
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

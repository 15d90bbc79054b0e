"""The record of what left this machine: append-only lines, each bound to the one before by its hash.

Every attempt has two lines: ``begin``, on the disk before the first byte leaves, and ``settle`` with its end. A begin
without a settle is an attempt that was killed. How many lines there are, and the hash of the last one, stand in a
second file, so that a cut tail is seen too.

::

    {"n":1,"previous":"","at":"2026-11-23T06:00:00Z","event":"begin","attempt":"at_…","request":"sha256:…", …}
    {"n":2,"previous":"<sha256 of line 1>","at":"…","event":"settle","attempt":"at_…","result":"answered", …}
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from denju.egress.lock import locked
from denju.errors import LedgerDamaged
from denju.paths import folder, fsync_folder, replaced, storage_error
from denju.values import new_id, now


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is about to leave. No text of it stands here, only its hash."""

    outbox: str
    """Id of the request in the outbox."""
    request: str
    """``sha256:…`` of the exact body that was approved."""
    provider: str
    host: str
    model: str
    bytes: int
    approved_by: str
    approved_at: str
    tokens_in: int = 0
    """Estimated."""
    tokens_out: int = 0
    """The most that the answer may take."""
    money: float = 0.0
    """Reserved, in USD."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """Kind of find → how many of them were hidden."""
    id: str = field(default_factory=lambda: new_id("at"))


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended."""

    result: str
    """``answered``, ``refused`` (an error status), ``not_sent``, ``unknown`` (it may have arrived), or ``killed``."""
    money: float = 0.0
    """USD; for ``unknown`` and ``killed`` what was reserved."""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_thinking: int = 0
    status: int | None = None
    """Of HTTP."""
    sent: str = ""
    """``sha256:…`` of the body that a library built and sent, where it is not the approved one byte for byte."""
    error: str = ""
    """Kind of the error."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Spent and reserved so far, by this machine's calendar: USD and tokens of today and of this month."""

    day_money: float = 0.0
    month_money: float = 0.0
    day_tokens: int = 0
    month_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at every line found."""

    lines: int
    problems: tuple[str, ...] = ()
    """In words, the first one first; empty: nothing was changed, removed, moved or cut off."""

    @property
    def ok(self) -> bool:
        return not self.problems


class Ledger:
    """The ledger in ``place``: ``ledger.jsonl``, and count and last hash in ``ledger.head.json``."""

    def __init__(self, place: Path) -> None:
        self.path = place / "ledger.jsonl"
        self._head = place / "ledger.head.json"
        self._lock = place / "ledger.lock"

    def begin(self, attempt: Attempt, allow: Callable[[Totals], None] = lambda _: None) -> None:
        """Write down that ``attempt`` leaves now, if ``allow`` raises nothing about what was spent so far.

        Both happen under one lock, so that two processes cannot spend the same money.

        Raises:
            LedgerDamaged: the ledger does not verify; nothing may leave then.
            StorageError: it cannot be written.
        """
        with self._held():
            lines = self._whole()
            allow(_totals(lines, datetime.now().astimezone()))
            self._append(lines, {"event": "begin", **_named(asdict(attempt))})

    def settle(self, attempt: str, end: Settlement) -> None:
        """Write down how ``attempt`` ended; the first settlement holds, a second one is left out."""
        with self._held():
            lines = self._whole()
            if not any(each["event"] == "settle" and each["attempt"] == attempt for each in _parsed(lines)):
                self._append(lines, {"event": "settle", "attempt": attempt, **asdict(end)})

    def records(self) -> tuple[dict[str, Any], ...]:
        """Every line as an object, oldest first.

        Raises:
            LedgerDamaged: a line is none.
        """
        return tuple(_parsed(_split(self._read())[0]))

    def unsettled(self) -> tuple[dict[str, Any], ...]:
        """The begins without an end: killed, or under way in another process."""
        records = self.records()
        ended = {each["attempt"] for each in records if each["event"] == "settle"}
        return tuple(each for each in records if each["event"] == "begin" and each["attempt"] not in ended)

    def totals(self) -> Totals:
        """Spent and reserved today and this month."""
        return _totals(_split(self._read())[0], datetime.now().astimezone())

    def verify(self) -> Verdict:
        """Look at every line: changed, removed, moved, or cut off at the end."""
        if not self.path.exists() and not self._head.exists():
            return Verdict(0)  # nothing ever left, and a look makes no folder
        with self._held():
            lines, _ = _split(self._read())
            return Verdict(len(lines), tuple(self._problems(lines)))

    def damaged(self, problem: str) -> LedgerDamaged:
        """The error to raise for one of ``Verdict.problems``."""
        return LedgerDamaged(
            f"{self.path}: {problem}",
            "Nothing is sent until it is whole: bring back a copy of its folder, or move the folder away to begin a new"
            " ledger.",
        )

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with locked(self._lock):
            for unfinished in self.path.parent.glob(".*.tmp"):  # of a process that was killed while it wrote
                unfinished.unlink(missing_ok=True)
            yield

    def _whole(self) -> list[bytes]:
        """The lines, after they were verified."""
        lines, torn = _split(self._read())
        for problem in self._problems(lines):
            raise self.damaged(problem)
        if torn:  # a line that was being written when the power went: its attempt never began
            os.truncate(self.path, sum(len(line) + 1 for line in lines))
        return lines

    def _problems(self, lines: list[bytes]) -> Iterable[str]:
        previous = ""
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                if (
                    record["n"] != number
                    or record["previous"] != previous
                    or record["event"] not in {"begin", "settle"}
                ):
                    yield f"line {number} does not follow the line before it: one was changed, removed or moved"
                    return
                _ = record["attempt"], datetime.fromisoformat(record["at"]), float(record["money"])
            except (ValueError, KeyError, TypeError):
                yield f"line {number} is not a line of a ledger"
                return
            previous = _sha256(line)
        yield from self._tail_problems(lines)

    def _tail_problems(self, lines: list[bytes]) -> Iterable[str]:
        """Hold the end against the count. One line more than counted is a writer that was killed in between."""
        try:
            head = json.loads(self._head.read_bytes())
            count, sha256 = int(head["count"]), str(head["sha256"])
        except FileNotFoundError:
            if len(lines) > 1:
                yield "the count of its lines is gone"
            return
        except (OSError, ValueError, KeyError, TypeError):
            yield "the count of its lines cannot be read"
            return
        if len(lines) < count:
            yield f"its end is cut off: {len(lines)} lines of {count}"
        elif len(lines) > count + 1:
            yield f"lines were added from elsewhere: {len(lines)} in place of {count}"
        elif count and _sha256(lines[count - 1]) != sha256:
            yield f"line {count} was changed"

    def _append(self, lines: list[bytes], record: dict[str, Any]) -> None:
        """Add a line and count it. One that was not counted yet is counted first, or a second one would look foreign.

        ``lines`` are verified, so at most one is not counted.
        """
        if len(lines) > self._counted():
            self._count(lines)
        full = {"n": len(lines) + 1, "previous": _sha256(lines[-1]) if lines else "", "at": now(), **record}
        line = json.dumps(full, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            new = not self.path.exists()
            descriptor = os.open(
                self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            with open(descriptor, "ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                fsync_folder(folder(self.path.parent))
        except OSError as error:
            raise storage_error(error, self.path) from error
        self._count([*lines, line])

    def _counted(self) -> int:
        try:
            return int(json.loads(self._head.read_bytes())["count"])
        except FileNotFoundError:
            return 0

    def _count(self, lines: list[bytes]) -> None:
        try:
            with replaced(self._head) as file:
                file.write(json.dumps({"count": len(lines), "sha256": _sha256(lines[-1])}).encode())
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise storage_error(error, self.path) from error


def _named(attempt: dict[str, Any]) -> dict[str, Any]:
    return {"attempt": attempt.pop("id"), **attempt}


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole lines, and what was torn off behind the last one."""
    *lines, torn = data.split(b"\n")
    return lines, torn


def _parsed(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            yield {**record, "event": record["event"], "attempt": record["attempt"]}
        except (ValueError, KeyError, TypeError):
            raise LedgerDamaged(
                f"line {number} of the ledger is not a line of a ledger.", "See denju teacher ledger --verify"
            ) from None


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _totals(lines: Iterable[bytes], today: datetime) -> Totals:
    """An attempt counts on the day it began: with what was reserved until it is settled, then with what it took."""
    money: dict[str, float] = {}
    tokens: dict[str, int] = {}
    began: dict[str, datetime] = {}
    for each in _parsed(lines):
        attempt = each["attempt"]
        if each["event"] == "begin":
            began[attempt] = datetime.fromisoformat(each["at"]).replace(tzinfo=UTC).astimezone(today.tzinfo)
        if attempt in began:
            money[attempt] = float(each["money"])
            tokens[attempt] = int(each["tokens_in"]) + int(each["tokens_out"]) + int(each.get("tokens_thinking", 0))
    month = [key for key, at in began.items() if (at.year, at.month) == (today.year, today.month)]
    day = [key for key in month if began[key].date() == today.date()]
    return Totals(
        sum(money[key] for key in day),
        sum(money[key] for key in month),
        sum(tokens[key] for key in day),
        sum(tokens[key] for key in month),
    )

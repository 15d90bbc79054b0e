"""Batch: a row in, one answer record out, flushed, in a file that a stopped run continues."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from denju.answering.ask import Ask, Question
from denju.errors import DenjuError, Interrupted, UsageError
from denju.events import Failed, Finished, Progress
from denju.paths import storage_error
from denju.values import Answer, Turn

MAX_LINE = 4 * 1024 * 1024
"""Longest row, in bytes."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the rows."""

    answered: int = 0
    failed: int = 0
    skipped: int = 0
    """Answered by an earlier run of the same file."""


def run(ask: Ask, source: Path, target: Path, cancel: threading.Event) -> Iterator[Progress | Answer | Summary]:
    """Answer every row of ``source`` (JSON Lines) into ``target``; ends with a Summary.

    A row is ``{"id", "text" | "messages", "facts", "language", "strategy"}``; ``id`` may be left out. Rows whose id
    stands in ``target`` already are left as they are, so a stopped run goes on where it was.

    Raises:
        UsageError: a file that cannot be read, or that is not JSON Lines.
        StorageError: ``target`` cannot be written.
        Interrupted: ``cancel`` was set; what is in ``target`` stays.
    """
    rows = list(_rows(source))
    done = _answered(target)
    answered = failed = skipped = 0
    try:
        out = target.open("ab")
    except OSError as error:
        raise storage_error(error, target) from error
    with out:
        for number, row in enumerate(rows, start=1):
            row_id = _row_id(row, number)
            if row_id in done:
                skipped += 1
                continue
            yield Progress("rows", number - 1, len(rows))
            answer = None if cancel.is_set() else _answer(ask, row, row_id, cancel)
            if answer is None or answer.finish == "cancelled":
                raise Interrupted(
                    f"Stopped after {answered + failed + skipped} of {len(rows)} rows.",
                    "The same command goes on from there.",
                )
            _write(out, answer, target)
            answered, failed = (answered, failed + 1) if answer.error else (answered + 1, failed)
            yield answer
    yield Progress("rows", len(rows), len(rows))
    yield Summary(answered=answered, failed=failed, skipped=skipped)


def question(row: Any, row_id: str = "") -> Question:
    """A row as a question.

    Raises:
        UsageError: the row has no message, or a field has the wrong type.
    """
    if not isinstance(row, dict):
        raise UsageError(f"Expected an object, found {type(row).__name__}.", 'A row is {"id": "1", "text": "…"}.')
    language = row.get("language")
    if language not in (None, "ja", "en"):
        raise UsageError(
            f"language: expected ja or en, found {str(language)[:40]!r}", "Leave it out to take the message's."
        )
    strategy = row.get("strategy")
    if strategy is not None and not isinstance(strategy, str):
        raise UsageError("strategy: expected an id", "Leave it out to let the search find one.")
    turns = messages(row["messages"]) if "messages" in row else (Turn("customer", _text(row.get("text"))),)
    return Question(turns=turns, facts=facts(row.get("facts")), language=language, strategy=strategy, id=row_id)


def messages(value: Any) -> tuple[Turn, ...]:
    """``[{"role": "customer"|"agent", "text": "…"}]`` as turns.

    Raises:
        UsageError: it is not that.
    """
    hint = 'A conversation is [{"role": "customer", "text": "…"}, {"role": "agent", "text": "…"}].'
    if not isinstance(value, list) or not value:
        raise UsageError("messages: expected a list", hint)
    turns = []
    for each in value:
        if not isinstance(each, dict) or each.get("role") not in ("customer", "agent"):
            raise UsageError("messages: expected role customer or agent", hint)
        turns.append(Turn(each["role"], _text(each.get("text"))))
    return tuple(turns)


def facts(value: Any) -> tuple[str, ...]:
    """Facts as lines, from a text (a line each), a list of texts, or an object of names and values.

    Raises:
        UsageError: it is none of these.
    """
    match value:
        case None:
            return ()
        case str():
            return tuple(line for line in value.splitlines() if line.strip())
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case dict() if all(isinstance(each, (str, int, float)) for each in value.values()):
            return tuple(f"{name}: {each}" for name, each in value.items())
    raise UsageError("facts: expected text, a list of texts, or names with values", 'For example {"納期": "12月3日"}.')


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError("text: expected the customer's message", 'A row is {"id": "1", "text": "…"}.')
    return value


def _rows(source: Path) -> Iterator[Any]:
    """Every row; one that is not JSON is an error value, so that the others still get their answers."""
    try:
        if not source.is_file():
            raise UsageError(f"{source}: no such file", "Name a file in JSON Lines, one row a line.")
        with source.open("rb") as file:
            for line in iter(lambda: file.readline(MAX_LINE + 1), b""):
                if len(line) > MAX_LINE:
                    raise UsageError(f"{source}: a line is longer than {MAX_LINE:,} bytes", "Split it into rows.")
                if line.strip():
                    yield _parsed(line)
    except OSError as error:
        raise storage_error(error, source) from error


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _row_id(row: Any, number: int) -> str:
    given = row.get("id") if isinstance(row, dict) else None
    return str(given)[:128] if isinstance(given, (str, int)) and not isinstance(given, bool) else f"row-{number}"


def _answered(target: Path) -> set[str]:
    """Ids that stand in ``target``; a torn last line, left by a stopped run, is cut off."""
    if not target.exists():
        return set()
    done: set[str] = set()
    try:
        if not target.is_file():
            raise UsageError(f"{target}: not a file", "Name a file to write the answers to.")
        with target.open("rb+") as file:
            end = 0
            for line in file:
                if not line.endswith(b"\n"):
                    file.truncate(end)
                    break
                end += len(line)
                record = _parsed(line)
                if not isinstance(record, dict) or "id" not in record or "answer" not in record:
                    raise UsageError(f"{target}: holds something that is not an answer", "Name another file.")
                done.add(str(record["id"]))
    except OSError as error:
        raise storage_error(error, target) from error
    return done


def _answer(ask: Ask, row: Any, row_id: str, cancel: threading.Event) -> Answer:
    try:
        if row is None:
            raise UsageError("The row is not JSON.", 'A row is {"id": "1", "text": "…"}, on one line.')
        for event in ask(question(row, row_id), cancel, source="batch"):
            match event:
                case Finished(answer) | Failed(_, Answer() as answer):
                    return answer
    except DenjuError as error:
        return Answer(id=row_id, answer="", language="", match="off", finish="error", error=error.to_dict())
    raise AssertionError("a use case ends with Finished or Failed")


def _write(out: IO[bytes], answer: Answer, target: Path) -> None:
    try:
        out.write(json.dumps(answer.to_dict(), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        out.flush()
        os.fsync(out.fileno())
    except OSError as error:
        raise storage_error(error, target) from error

"""One row of a batch: who asks, what, and what is given with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from denju import strict_json
from denju.answering.ask import Question
from denju.errors import DenjuError, UsageError
from denju.text import clean
from denju.values import Turn

MAX_ID = 1_000
"""Longest id of a row, in characters."""
_EXAMPLE = 'A row is {"id": "1", "text": "…"}, on one line.'


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the input; one that cannot be read has an error in place of its question."""

    number: int
    """From 1; empty rows have none."""
    id: str
    """As it stands in the row, cleaned; ``row-7`` where the row has none."""
    question: Question | None
    error: DenjuError | None = None


TEXT, ID = "text", "id"
FIELDS = ("messages", "facts", "language", "strategy")
"""What else a row may hold."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table, or keys of an object, hold what."""

    text: str = TEXT
    id: str = ID


def row_of(value: Mapping[str, Any] | DenjuError, number: int, columns: Columns) -> Row:
    """A row from what was read; whatever is wrong with it becomes its error."""
    if isinstance(value, DenjuError):
        return Row(number, f"row-{number}", None, value)
    given = value.get(columns.id)
    usable = isinstance(given, (str, int)) and not isinstance(given, bool)
    row_id = (clean(str(given)) if usable else "") or f"row-{number}"
    if len(row_id) > MAX_ID:  # cut, it might be that of another row
        wrong = UsageError(f"id: {len(row_id):,} characters; at most {MAX_ID:,}", "Name another column with --id.")
        return Row(number, f"row-{number}", None, wrong)
    try:
        return Row(number, row_id, question(value, row_id, text=columns.text))
    except DenjuError as error:
        return Row(number, row_id, None, error)


def parsed(line: bytes, encoding: str) -> Mapping[str, Any] | DenjuError:
    """The object of one line of JSON, or what is wrong with it."""
    try:
        text = line.decode(encoding)
        value = _JSON.decode(text)
    except UnicodeDecodeError:
        return UsageError("The row is not UTF-8.", "Convert the file: iconv -f CP932 -t UTF-8 FILE")
    except strict_json.Malformed as error:
        return UsageError(f"The row is not JSON: {error.reason}.", _EXAMPLE)
    except (ValueError, RecursionError):
        return UsageError("The row is not JSON.", _EXAMPLE)
    if not isinstance(value, dict):
        return UsageError(f"Expected an object, found {type(value).__name__}.", _EXAMPLE)
    return value


def question(row: Mapping[str, Any], row_id: str = "", *, text: str = "text") -> Question:
    """A row as a question; ``text`` names the key of the message.

    Raises:
        UsageError: the row has no message, or a field has the wrong type.
    """
    language = row.get("language")
    if language not in (None, "ja", "en"):
        raise UsageError(
            f"language: expected ja or en, found {str(language)[:40]!r}", "Leave it out to take the message's."
        )
    strategy = row.get("strategy")
    if strategy is not None and not isinstance(strategy, str):
        raise UsageError("strategy: expected an id", "Leave it out to let the search find one.")
    if row.get("messages") is not None:
        turns = messages(row["messages"])
    else:
        turns = (Turn("customer", _text(row.get(text), text)),)
    if turns[-1].role != "customer" or not turns[-1].text.strip():
        raise UsageError("There is no message to answer.", "The last message must be the customer's, with some text.")
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


def _text(value: Any, name: str = "text") -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name}: expected the customer's message", _EXAMPLE)
    return clean(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise strict_json.Malformed("a name stands twice in one object")
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_once)

"""Export and import as JSON Lines: a header line and then a strategy a line, in full form."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from denju import strict_json
from denju.errors import InvalidStrategy, UsageError
from denju.library.form import without_collecting
from denju.library.merging import content_id
from denju.library.parcel import Parcel, at_line, check_count, check_lines
from denju.values import SCHEMA, Strategy

HEADER = "denju"
KIND = "library"


def dump(strategies: Iterable[Strategy]) -> bytes:
    """The file: a header with count and digest, then a strategy a line; several revisions of one are several lines."""
    lines = [f"{strict_json.dumps(each.to_dict())}\n".encode() for each in strategies]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    header = {HEADER: KIND, "schema": SCHEMA, "count": len(lines), "digest": f"sha256:{digest}"}
    return f"{strict_json.dumps(header)}\n".encode() + b"".join(lines)


@without_collecting()
def load(data: bytes) -> Parcel:
    """The strategies of ``data``, with or without a header; nothing in it is trusted.

    A strategy without an id gets one made from its content, so that the same file imported twice adds nothing.

    Raises:
        InvalidStrategy: a line is not a strategy; the line and the field are named.
        UsageError: the file was cut off, or is of a newer denju.
    """
    check_lines(data)
    header: dict[str, Any] | None = None
    seen: dict[tuple[str, int], int] = {}
    strategies: list[Strategy] = []
    for number, value in _lines(data):
        if header is None and not strategies and isinstance(value, dict) and value.get(HEADER) == KIND:
            header = value
            _check_schema(header)
            continue
        try:
            strategy = Strategy.from_dict(value)
        except InvalidStrategy as error:
            raise at_line(number, error) from None
        strategy = strategy if strategy.id else replace(strategy, id=content_id(strategy))
        key = strategy.id, strategy.revision
        if key in seen:
            raise InvalidStrategy(f"line {number}: id", f"{strategy.id!r} stands in line {seen[key]} already")
        seen[key] = number
        strategies.append(strategy)
        check_count(len(strategies))
    notice = _held_against(header, len(strategies), data) if header else None
    return Parcel(tuple(strategies), f"sha256:{hashlib.sha256(data).hexdigest()}", notice)


def _lines(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each line that is not blank."""
    for number, line in enumerate(io.BytesIO(data), 1):
        if not line.strip():
            continue
        try:
            yield number, strict_json.loads(line)
        except strict_json.Malformed as error:
            raise InvalidStrategy(f"line {number}", error.reason, "Each line must be one strategy in JSON.") from None


def _check_schema(header: dict[str, Any]) -> None:
    schema = header.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        what = f"line 1: schema {schema} is newer than this denju ({SCHEMA})."
        raise UsageError(what, "Update denju, then import again.")


def _held_against(header: dict[str, Any], count: int, data: bytes) -> str | None:
    """What the header says of the rest: an error where something is missing, a notice where something is other."""
    expected = header.get("count")
    if isinstance(expected, int) and expected > count:
        what = f"The file was cut off: it says {expected:,} strategies and holds {count:,}."
        raise UsageError(what, "Export it again, or remove its first line to import what is there.")
    _, _, body = data.partition(b"\n")
    if header.get("digest") != f"sha256:{hashlib.sha256(body).hexdigest()}":
        return "The file was changed after it was exported."
    return None

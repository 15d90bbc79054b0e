"""JSON from a teacher: bounded in size and depth, nothing said twice, nothing that JSON itself does not have."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

MAX_CHARACTERS = 200_000
"""Longest answer that is read; five strategies are about 10,000."""
MAX_DEPTH = 16

_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)


def loads(text: str) -> Any:
    """The value of ``text``.

    Raises:
        ValueError: with the reason, in words that can be shown to the teacher and to a person.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text):,} characters; at most {MAX_CHARACTERS:,}")
    depth = 0
    for match in _TEXT_OR_BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.lower()} (line {error.lineno}, column {error.colno})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:40]!r} stands twice in one object")
    return found


def _number(digits: str) -> int:
    if len(digits) > 30:
        raise ValueError("not JSON: a number is too long")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

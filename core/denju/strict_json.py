"""JSON from outside: bounded in depth, nothing said twice, nothing that JSON itself does not have."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from denju.text import clean

MAX_DEPTH = 32
MAX_SIZE = 2**20
"""Longest text that is read, in bytes; one strategy, or the five of a teacher's answer, take far less."""

# Possessive, so that a text of 20 MB costs no memory for ways back.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]}]', re.DOTALL)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Malformed(ValueError):
    """Not the JSON that we take; ``line`` counts from 1, 0 when it is not known."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def loads(data: bytes) -> Any:
    """The value of ``data``, every text in it cleaned; a byte order mark is let pass.

    Raises:
        Malformed: longer than 1 MB, not UTF-8, not JSON, deeper than 32 levels, a name twice in one object, NaN or
            infinity.
    """
    if len(data) > MAX_SIZE:
        raise Malformed(f"{len(data):,} bytes; at most {MAX_SIZE:,}")
    text = decoded(data)
    _check_depth(text)
    try:
        value = _DECODER.decode(text)
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON ({error.msg.lower()}, column {error.colno})", error.lineno) from None
    except (ValueError, RecursionError):
        raise Malformed("not JSON (a number is too long)") from None
    # One look at the whole spares one at each text in it; an escape may still bring in what is not to be seen here.
    text = text.strip()
    return value if "\\" not in text and clean(text) == text else cleaned(value)


def decoded(data: bytes) -> str:
    """``data`` as text; a byte order mark is let pass.

    Raises:
        Malformed: not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = " (UTF-16?)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise Malformed(f"not UTF-8{hint}", data.count(b"\n", 0, error.start) + 1) from None


def end_of(text: str, start: int) -> int:
    """Where the object or list ends that begins at ``text[start]``, found without building it.

    Raises:
        Malformed: it does not end, is deeper than 32 levels, or longer than 1 MB.
    """
    depth = 0
    for match in _BRACKETS.finditer(text, start):
        mark = match[0]
        if match.end() - start > MAX_SIZE:
            raise Malformed("longer than 1 MB", text.count("\n", 0, start) + 1)
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed(f"nested deeper than {MAX_DEPTH} levels", text.count("\n", 0, match.start()) + 1)
        elif mark in "]}":
            depth -= 1
            if not depth:
                return match.end()
    raise Malformed("not JSON (cut off)", text.count("\n", 0, start) + 1)


def dumps(value: object) -> str:
    """``value`` on one line, Japanese as it is.

    Raises:
        ValueError, TypeError: something in it is not JSON.
    """
    return _ENCODER.encode(value)


def cleaned(value: Any) -> Any:
    """``value`` with every text in it cleaned, names of fields too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: cleaned(item) for key, item in value.items()}
    return value


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") > MAX_DEPTH:
        end_of(text, 0)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Malformed(f"{clean(name)[:40]!r} stands twice in one object")
            seen.add(name)
    return found


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed(f"{text[:20]} is too large a number")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)
"""Made once: making one costs as much as reading a strategy."""

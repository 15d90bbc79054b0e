"""Looking into a provider's JSON, of which nothing is sure: what is missing or of another type is empty."""

from __future__ import annotations

from typing import Any

from denju.egress.network import Reply
from denju.strict_json import Malformed, loads

_MOST = 10**9


def object_of(reply: Reply) -> dict[str, Any]:
    """The object in the body; empty where there is none."""
    try:
        data = loads(reply.body)
    except Malformed:
        return {}
    return data if isinstance(data, dict) else {}


def part(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under ``name``."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def parts(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in the list under ``name``."""
    value = data.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(data: dict[str, Any], name: str) -> str:
    """The text under ``name``."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def count(data: dict[str, Any], name: str) -> int:
    """The number from 0 under ``name``; what no count of tokens can be is none."""
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST else 0

"""Which strategies were deleted, by whom, when and why; their ids are not given again.

A record has no ``id`` and no ``revision``: it is no strategy, and nothing that reads strategies takes it for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from denju import strict_json
from denju.errors import InvalidStrategy
from denju.library.form import DELETED, Tables
from denju.values import now


def record(strategy_id: str, *, last: int, by: str, why: str) -> dict[str, Any]:
    """The record of a deletion; ``last`` is the newest revision that there was."""
    made = {"deleted": strategy_id, "last": last, "by": by, "at": now(), "why": why}
    cleaned: dict[str, Any] = strict_json.cleaned(made)
    return cleaned


def is_record(document: object) -> bool:
    """Whether ``document`` is meant as one, whole or not."""
    return isinstance(document, dict) and "deleted" in document and "title" not in document


def read(document: Mapping[str, Any]) -> tuple[str, int]:
    """The id that was deleted, and its last revision.

    Raises:
        InvalidStrategy: the record does not say so.
    """
    name, last = document.get("deleted"), document.get("last")
    if not isinstance(name, str) or not name:
        raise InvalidStrategy("deleted", "expected the id that was deleted")
    if not isinstance(last, int) or isinstance(last, bool) or last < 1:
        raise InvalidStrategy("last", "expected a number from 1")
    return name, last


def last_revisions(tables: Tables) -> dict[str, int]:
    """The last revision of each deleted id.

    Raises:
        LibraryDamaged: a record does not say it.
    """
    found: dict[str, int] = {}
    for line in tables.get(DELETED, {}).values():
        try:
            name, last = read(line)
        except InvalidStrategy as error:
            raise line.damaged(error.what) from None
        found[name] = last
    return found

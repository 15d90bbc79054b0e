"""Every revision of every strategy, by id: what the library's table means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from denju.errors import NotFound
from denju.library.deletions import last_revisions
from denju.library.form import STRATEGIES, Tables, without_collecting
from denju.library.line import Line
from denju.text import one_line

_NAMED = 5
"""How many candidates of an ambiguous id are named."""


class Revisions:
    """One state of the library. Only the heads of its documents are read until a strategy is asked for."""

    @without_collecting()
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._by_id: dict[str, list[Line]] = {}
        for document in tables[STRATEGIES].values():
            self._by_id.setdefault(document.id, []).append(document)
        for revisions in self._by_id.values():
            if len(revisions) > 1:
                revisions.sort(key=lambda document: int(document["revision"]))

    def __contains__(self, strategy_id: str) -> bool:
        return strategy_id in self._by_id

    def __iter__(self) -> Iterator[str]:
        """The ids, in the order in which they were added."""
        return iter(self._by_id)

    def of(self, strategy_id: str) -> list[Line]:
        """All revisions of one strategy, oldest first."""
        return self._by_id[strategy_id]

    def newest(self, strategy_id: str) -> Line:
        return self._by_id[strategy_id][-1]

    def serving(self, strategy_id: str) -> Line | None:
        """The approved revision that the student may be given: the newest verdict of approval or retirement decides."""
        for document in reversed(self._by_id[strategy_id]):
            if document["status"] == "approved":
                return document
            if document["status"] == "retired":
                return None
        return None

    def find(self, text: str) -> str:
        """The id that is, or alone starts with, ``text``.

        The id of a deleted strategy stands for no other: what was meant for that one must not befall the other.

        Raises:
            NotFound: there is none, or several.
        """
        if text in self._by_id:
            return text
        if text in last_revisions(self._tables):
            raise NotFound(f"The strategy {one_line(text)[:128]!r} was deleted.", "denju library list shows every id.")
        found = [each for each in self._by_id if text and each.startswith(text)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFound(f"There is no strategy {one_line(text)[:128]!r}.", "denju library list shows every id.")
        names = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
        raise NotFound(f"{one_line(text)!r} stands for {len(found)} strategies: {names}.", "Give more of the id.")


_NOT_CONTENT = frozenset({"schema", "id", "revision", "status", "origin", "created", "reviews"})


def content_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a strategy says, without what was done with it: two revisions of the same content are the same."""
    return {name: value for name, value in document.items() if name not in _NOT_CONTENT}

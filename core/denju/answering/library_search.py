"""The search over what a library serves, in step with it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from denju.library.store import Library
from denju.retrieval.search import Retriever
from denju.values import Match, Turn

if TYPE_CHECKING:
    from denju.retrieval.audit import Audit


class LibrarySearch:
    """Retrieval over what the library serves at this moment; rebuilt when the library changed."""

    def __init__(self, library: Library, *, cache: Path | None = None) -> None:
        self._library = library
        self._cache = cache
        self._retriever: tuple[int, Retriever] | None = None
        self._building = threading.Lock()

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, tags: Collection[str] = ()) -> Match:
        """The strategy that fits the conversation, or that none does; with ``tags``, of those that carry all."""
        return self._current().search(turns, language=language, limit=limit, tags=tags)

    def audit(self) -> Audit:
        """What the cues of all that serves say of it."""
        from denju.retrieval.audit import audit

        self._library.refresh()
        return audit(self._library.serving(), self._cache)

    def _current(self) -> Retriever:
        with self._building:
            self._library.refresh()
            generation = self._library.generation
            if self._retriever is None or self._retriever[0] != generation:
                before = self._retriever[1] if self._retriever else None
                self._retriever = (generation, Retriever(self._library.serving(), cache=self._cache, before=before))
            return self._retriever[1]

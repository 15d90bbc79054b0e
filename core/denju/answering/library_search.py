"""The search over what a library serves, in step with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from denju.library.store import Library
from denju.retrieval.search import Retriever
from denju.values import Match, Turn


class LibrarySearch:
    """Retrieval over what the library serves at this moment; rebuilt when the library changed."""

    def __init__(self, library: Library, *, cache: Path | None = None) -> None:
        self._library = library
        self._cache = cache
        self._retriever: tuple[int, Retriever] | None = None
        self._building = threading.Lock()

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5) -> Match:
        """The strategy that fits the conversation, or that none does."""
        return self._current().search(turns, language=language, limit=limit)

    def _current(self) -> Retriever:
        with self._building:
            self._library.refresh()
            generation = self._library.generation
            if self._retriever is None or self._retriever[0] != generation:
                self._retriever = (generation, Retriever(self._library.serving(), cache=self._cache))
            return self._retriever[1]

"""The search over what a library serves, in step with it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from denju.library.store import Library
from denju.retrieval.query import spoken_language
from denju.retrieval.search import Retriever
from denju.values import Match, Strategy, Turn

if TYPE_CHECKING:
    from denju.retrieval.audit import Audit


class LibrarySearch:
    """Retrieval over what the library serves at this moment; rebuilt when the library changed.

    The first search is read straight from ``cache`` where that is of the same library, since most commands ask once;
    the next one builds what many searches need.
    """

    def __init__(self, library: Library, *, cache: Path | None = None) -> None:
        self._library = library
        self._cache = cache
        self._asked = False
        # With the digest of what it searches: an edit by hand leaves the library's generation as it was.
        self._retriever: tuple[str, Retriever] | None = None
        self._building = threading.Lock()

    def search(
        self,
        turns: Sequence[Turn],
        *,
        language: str | None = None,
        limit: int = 5,
        tags: Collection[str] = (),
        why: bool = True,
    ) -> Match:
        """The strategy that fits the conversation, or that none does; see ``Retriever.search``.

        Without ``language`` it is that of the customer's words.
        """
        language = language or spoken_language(turns)
        with self._building:
            first, self._asked = not self._asked, True
            if first and not tags and (match := self._once(turns, language, limit)) is not None:
                return match
            retriever = self._current()
        return retriever.search(turns, language=language, limit=limit, tags=tags, why=why)

    def prepare(self) -> None:
        """Build now what many searches need, so that the next one does not wait for it."""
        with self._building:
            self._asked = True
            self._current().prepare()

    def audit(self) -> Audit:
        """What the cues of all that serves say of it."""
        from denju.retrieval.audit import audit

        self._library.refresh()
        return audit(self._library.serving(), self._cache)

    def _once(self, turns: Sequence[Turn], language: str, limit: int) -> Match | None:
        """The match as the kept index says; ``None`` where it is of another library, or missing."""
        from denju.retrieval.cold import ColdSearch

        if self._cache is None:
            return None
        kept = ColdSearch.of(self._cache, self._library.digest, self._strategy)
        return kept.search(turns, language=language, limit=limit) if kept is not None else None

    def _strategy(self, strategy_id: str, revision: int) -> Strategy:
        return self._library.get(strategy_id, revision=revision)

    def _current(self) -> Retriever:
        self._library.refresh()
        # The digest first: should the library change in between, the index is kept under one that never returns.
        digest = self._library.digest
        if self._retriever is None or self._retriever[0] != digest:
            before = self._retriever[1] if self._retriever else None
            retriever = Retriever(self._library.serving(), cache=self._cache, library=digest, before=before)
            self._retriever = (digest, retriever)
        return self._retriever[1]

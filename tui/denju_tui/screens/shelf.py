"""What the Library pane shows of the library: what the filter, the facets and the search let through."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from denju.values import Match, Strategy
from denju_tui.screens.facets import Facets


@dataclass
class Shelf:
    """All strategies in their newest revisions, and what narrows them down."""

    strategies: tuple[Strategy, ...] = ()
    words: str = ""
    """What stands in the filter."""
    facets: Facets = field(default_factory=Facets)
    _texts: dict[str, str] = field(default_factory=dict)
    """Of each id, what the filter looks in."""
    _match: tuple[str, Match] | None = None

    def fill(self, strategies: Iterable[Strategy]) -> None:
        """Hold these instead."""
        self.strategies = tuple(strategies)
        self._texts = {each.id: _haystack(each) for each in self.strategies}

    def found(self, words: str, match: Match) -> None:
        """What the search that answers use finds for ``words``, as if a customer had said them."""
        self._match = words, match

    def rows(self, language: str) -> list[Strategy]:
        """Those that hold every word, ``language`` first; below them what the search finds besides."""
        words = folded(self.words).split()
        everything = self.facets == Facets()
        admitted = self.strategies if everything else tuple(each for each in self.strategies if self.facets.admit(each))
        held = admitted
        for word in words:
            held = tuple(each for each in held if word in self._texts[each.id])
        own = [each for each in held if each.language == language]
        rows = [*own, *(each for each in held if each.language != language)]
        if (match := self._current) is None or match.best is None:
            return rows
        near = [match.best, *(each for each in match.runners_up if each.confidence >= match.threshold)]
        holding = {each.id for each in rows}
        newest = {each.id: each for each in admitted}
        ids = [each.strategy.id for each in near]
        return [*rows, *(newest[each] for each in ids if each in newest and each not in holding)]

    def terms(self) -> tuple[str, ...]:
        """What is to be marked: the words of the filter, and the terms that the search matched."""
        match = self._current
        matched = match.best.terms if match is not None and match.best is not None else ()
        return (*self.words.split(), *(each.term for each in matched))

    @property
    def _current(self) -> Match | None:
        return self._match[1] if self._match is not None and self.words and self._match[0] == self.words else None


def _haystack(strategy: Strategy) -> str:
    return folded("\n".join((strategy.title, strategy.situation, *strategy.cues, *strategy.tags)))


def folded(text: str) -> str:
    """Without differences of width and case."""
    return unicodedata.normalize("NFKC", text).casefold()

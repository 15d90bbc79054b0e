"""The spelled words of a library by their character 4-grams: kept once for each word, not for each strategy.

A slip of the pen or another form of a word shares most of its 4-grams, so that a query finds the words that are
spelled like its own and asks for those too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from denju.retrieval.counts import Keys, keys_of
from denju.retrieval.formula import grams_of
from denju.retrieval.widening import LEAST_ALIKE

MOST_TOLD = 5_000
"""Words whose likes are kept at hand."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which words hold each 4-gram: gram ``g`` stands in the words ``entries[starts[g]:starts[g + 1]]``."""

    words: Keys
    """Ascending."""
    sizes: NDArray[np.uint8]
    """4-grams of each word."""
    grams: NDArray[np.uint32]
    """Ascending."""
    starts: NDArray[np.uint32]
    entries: NDArray[np.uint32]
    """Numbers of words."""
    _told: dict[str, Sequence[tuple[int, float]]] = field(default_factory=dict, init=False)
    """What was asked before: people say the same words again."""

    @classmethod
    def of(cls, words: Iterable[str]) -> Vocabulary:
        """The vocabulary of these words."""
        distinct = list(dict.fromkeys(words))
        held = [grams_of(word) for word in distinct]
        keys = np.repeat(keys_of(distinct), [len(each) for each in held])
        return cls._of(keys, np.array([gram for each in held for gram in each], dtype=np.uint32))

    def merged(self, other: Vocabulary, within: Keys) -> Vocabulary:
        """The words of both that are ``within`` those, which ascend."""
        (own_keys, own_grams), (other_keys, other_grams) = self._flat(), other._flat()
        keys, grams = np.concatenate([own_keys, other_keys]), np.concatenate([own_grams, other_grams])
        left = np.isin(keys, within)
        # A word of both comes twice with each gram.
        _, first = np.unique(np.stack([keys[left], grams[left].astype(np.uint64)]), axis=1, return_index=True)
        return self._of(keys[left][first], grams[left][first])

    def alike(self, words: Sequence[str]) -> list[Sequence[tuple[int, float]]]:
        """For each word those spelled alike, itself not: key, and the share of 4-grams in common (Dice)."""
        asked = [word for word in words if word not in self._told]
        if len(self._told) + len(asked) > MOST_TOLD:
            self._told.clear()
            asked = list(words)
        self._told.update(zip(asked, self._search(asked), strict=True))
        return [self._told[word] for word in words]

    def _search(self, words: Sequence[str]) -> list[list[tuple[int, float]]]:
        found: list[list[tuple[int, float]]] = [[] for _ in words]
        asked = [grams_of(word) for word in words]
        sizes = np.array([len(each) for each in asked], dtype=np.int64)
        grams = np.array([gram for each in asked for gram in each], dtype=np.uint32)
        if not len(grams) or not len(self.grams):
            return found
        places = np.minimum(np.searchsorted(self.grams, grams), len(self.grams) - 1)
        known = np.flatnonzero(self.grams[places] == grams)
        places, owners = places[known], np.repeat(np.arange(len(words)), sizes)[known]
        first = self.starts[places].astype(np.int64)
        lengths = self.starts[places + 1] - first
        before = np.cumsum(lengths) - lengths
        entries = self.entries[np.arange(lengths.sum()) + np.repeat(first - before, lengths)].astype(np.int64)
        pairs = np.sort((np.repeat(owners, lengths) << 32) | entries)
        if not len(pairs):
            return found
        edges = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
        common = np.diff(np.append(edges, len(pairs)))
        owners, numbers = pairs[edges] >> 32, pairs[edges] & 0xFFFFFFFF
        shares = 2 * common / (sizes[owners] + self.sizes[numbers])
        left = np.flatnonzero((shares >= LEAST_ALIKE) & (self.words[numbers] != keys_of(words)[owners]))
        columns = (owners[left].tolist(), self.words[numbers[left]].tolist(), shares[left].tolist())
        for owner, key, share in zip(*columns, strict=True):
            found[owner].append((key, share))
        return found

    def _flat(self) -> tuple[Keys, NDArray[np.uint32]]:
        """The word and the gram of each entry."""
        return self.words[self.entries], np.repeat(self.grams, self.starts[1:] - self.starts[:-1])

    @classmethod
    def _of(cls, keys: Keys, grams: NDArray[np.uint32]) -> Vocabulary:
        """From the word and the gram of each entry."""
        words, sizes = np.unique(keys, return_counts=True)
        order = np.lexsort((keys, grams))
        distinct, held = np.unique(grams, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(held)]).astype(np.uint32)
        entries = np.searchsorted(words, keys[order]).astype(np.uint32)
        return cls(words, sizes.astype(np.uint8), distinct, starts, entries)

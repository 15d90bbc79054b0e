"""The index: rank-bm25's BM25Plus over weighted term counts, with postings so that only candidates are scored.

With ``delta`` 0 a strategy that holds no term of the query scores 0, and libraries of 0, 1 and 2 strategies score as
larger ones do (BM25Okapi gives 0 or less to all of them). Statistics (how many strategies, how many hold a term, the
mean length) are taken at each query over those that are searched, so that a part of the library scores as a library
of its own would, and adding or removing one touches nothing else.

An index never changes: ``changed`` gives another one that shares the postings. The few rows that came since lie
beside them; past ``MOST_FRESH`` they are sorted in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from denju.retrieval.counts import Counted, Keys, keys_of
from denju.retrieval.counts import strategy_counts as strategy_counts
from denju.retrieval.formula import K1 as K1
from denju.retrieval.formula import RARITY as RARITY
from denju.retrieval.formula import UNIT
from denju.retrieval.formula import UNKNOWN as UNKNOWN
from denju.retrieval.formula import B as B

MOST_FRESH = 64

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Postings:
    """Where each term stands: term ``t`` in ``rows[starts[t]:starts[t + 1]]``, ascending; counts and fields beside."""

    keys: Keys
    """Ascending."""
    starts: Numbers
    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]
    """Weighted, in ``UNIT``."""
    fields: Bits
    lengths: Floats
    """Of each row, dead ones among them: the weighted number of its terms."""

    @classmethod
    def of(cls, rows: Sequence[Counted]) -> Postings:
        """The postings of rows numbered from 0."""
        return cls._sorted(
            np.concatenate([np.empty(0, np.uint64), *(row.keys for row in rows)]),
            np.repeat(np.arange(len(rows), dtype=np.int32), [len(row.keys) for row in rows]),
            np.concatenate([np.empty(0, np.uint16), *(row.counts for row in rows)]),
            np.concatenate([np.empty(0, np.uint8), *(row.fields for row in rows)]),
            np.array([row.length for row in rows], dtype=np.float64),
        )

    def merged(self, fresh: Postings, alive: Mask) -> Postings:
        """These and the next rows, without the entries of dead ones; rows keep their numbers."""
        rows = np.concatenate([self.rows, fresh.rows + np.int32(len(self.lengths))])
        left = alive[rows]
        keys = np.concatenate([np.repeat(each.keys, np.diff(each.starts)) for each in (self, fresh)])
        return self._sorted(
            keys[left],
            rows[left],
            np.concatenate([self.counts, fresh.counts])[left],
            np.concatenate([self.fields, fresh.fields])[left],
            np.concatenate([self.lengths, fresh.lengths]),
        )

    def taken(self, order: Numbers) -> Postings:
        """These rows alone, in this order."""
        numbers = np.full(len(self.lengths), -1, dtype=np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        rows = numbers[self.rows]
        left = rows >= 0
        keys = np.repeat(self.keys, np.diff(self.starts))[left]
        return self._sorted(keys, rows[left], self.counts[left], self.fields[left], self.lengths[order])

    def find(self, keys: Keys) -> tuple[Numbers, Numbers, Floats, Bits]:
        """The entries of these terms: for each its place in ``keys``, its row, its count and its fields."""
        places = np.searchsorted(self.keys, keys)
        known = np.flatnonzero(places < len(self.keys))
        known = known[self.keys[places[known]] == keys[known]]
        first = self.starts[places[known]]
        sizes = self.starts[places[known] + 1] - first
        before = np.cumsum(sizes) - sizes
        entries = np.arange(sizes.sum()) + np.repeat(first - before, sizes)
        rows = self.rows[entries].astype(np.int64)
        return np.repeat(known, sizes), rows, self.counts[entries] * UNIT, self.fields[entries]

    @classmethod
    def _sorted(
        cls, keys: Keys, rows: NDArray[np.int32], counts: NDArray[np.uint16], fields: Bits, lengths: Floats
    ) -> Postings:
        order = np.lexsort((rows, keys))
        distinct, sizes = np.unique(keys, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls(distinct, starts, rows[order], counts[order], fields[order], lengths)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the terms of a query stand, one entry a term and row."""

    terms: tuple[str, ...]
    """Those of the query that some row holds, and those that none does."""
    keys: Keys
    """Of each term."""
    weights: Floats
    """Of each term, in the query."""
    which: Numbers
    """The number of each entry's term in ``terms``."""
    rows: Numbers
    counts: Floats
    fields: Bits


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one query."""

    scores: Floats
    """Of every row; 0 for those that are not searched."""
    reach: float
    """The most that a row could score: every term of the query, without end."""
    idf: Floats
    """Of each term; ``UNKNOWN`` times the greatest where none of those searched holds it."""
    gains: Floats
    """What each entry of ``found`` adds to its row."""
    found: Found

    def of_rows(self, rows: Sequence[int]) -> list[tuple[dict[str, float], dict[str, int]]]:
        """For each of these rows what each term adds to it, and the bits of the fields where the term stands there."""
        place = np.full(len(self.scores), -1, dtype=np.int32)
        place[list(rows)] = np.arange(len(rows))
        at = place[self.found.rows]
        here = np.flatnonzero(at >= 0)
        told: list[tuple[dict[str, float], dict[str, int]]] = [({}, {}) for _ in rows]
        columns = (self.found.which, at, self.gains, self.found.fields)
        for which, number, gain, bits in zip(*(column[here].tolist() for column in columns), strict=True):
            gains, fields = told[number]
            gains[self.found.terms[which]], fields[self.found.terms[which]] = gain, bits
        return told


class Index(BM25Plus):  # type: ignore[misc]  # rank-bm25 has no types
    """``score`` equals rank-bm25's own ``get_scores`` on the same counts, and looks at the postings only."""

    def __init__(self, postings: Postings, fresh: tuple[Counted, ...] = (), alive: Mask | None = None) -> None:
        self.postings = postings
        self.fresh = fresh
        lengths = [postings.lengths, np.array([row.length for row in fresh], dtype=np.float64)]
        self.lengths: Floats = np.concatenate(lengths) if fresh else postings.lengths
        self.alive: Mask = np.ones(len(self.lengths), dtype=np.bool_) if alive is None else alive
        super().__init__(None, k1=K1, b=B, delta=0.0)

    def _initialize(self, _corpus: None) -> dict[str, int]:
        """Fill what BM25Plus keeps, from counts that need no counting; called by its constructor."""
        self.corpus_size = len(self.lengths)
        self.size = int(self.alive.sum())
        self.doc_len: Floats = self.lengths
        self.avgdl = _mean(self.lengths[self.alive])
        self.doc_freqs = _Rows(self)
        return {}

    def _calc_idf(self, _nd: dict[str, int]) -> None:
        self.idf = _Idf(self)

    @classmethod
    def of(cls, rows: Sequence[Counted]) -> Index:
        """An index of these rows, numbered from 0."""
        return cls(Postings.of(rows))

    def changed(self, removed: Iterable[int], added: Sequence[Counted]) -> Index:
        """The same index without some rows and with new ones behind the last; the other rows keep their numbers."""
        alive = np.concatenate([self.alive, np.ones(len(added), dtype=np.bool_)])
        alive[list(removed)] = False
        fresh = (*self.fresh, *added)
        if len(fresh) <= MOST_FRESH:
            return Index(self.postings, fresh, alive)
        return Index(self.postings.merged(Postings.of(fresh), alive), (), alive)

    def aligned(self, order: Sequence[int]) -> Index:
        """An index of these rows alone, numbered from 0 in this order."""
        postings = self.postings.merged(self._late, self.alive) if self.fresh else self.postings
        return Index(postings.taken(np.array(order, dtype=np.int64)))

    def find(self, query: Mapping[str, float]) -> Found:
        """Where the terms of ``query`` stand; it weighs each term."""
        terms = tuple(query)
        keys = keys_of(terms)
        which, rows, counts, fields = self.postings.find(keys)
        if self.fresh:
            late = self._late.find(keys)
            which = np.concatenate([which, late[0]])
            rows = np.concatenate([rows, late[1] + len(self.postings.lengths)])
            counts = np.concatenate([counts, late[2]])
            fields = np.concatenate([fields, late[3]])
        weights = np.fromiter(query.values(), dtype=np.float64, count=len(terms))
        return Found(terms, keys, weights, which, rows, counts, fields)

    def score(self, found: Found, among: Mask | None = None, norms: Floats | None = None) -> Scored:
        """The score of every row that is alive and ``among`` those; ``norms`` replaces the rows' own (see there)."""
        searched, size, own = self.alive, self.size, self.norms
        if among is not None:
            searched = self.alive & among
            size = int(searched.sum())
            own = _norms(self.lengths, _mean(self.lengths[searched]))
        counts = found.counts if searched.all() else found.counts * searched[found.rows]
        held = np.bincount(found.which[counts > 0], minlength=len(found.terms))
        idf = np.where(held > 0, rarity(size, held), UNKNOWN * rarity(size, 1))
        gains = (found.weights * idf * (K1 + 1))[found.which]
        gains *= counts
        gains /= (own if norms is None else norms)[found.rows] + counts
        scores = np.bincount(found.rows, weights=gains, minlength=self.corpus_size).astype(np.float64)
        return Scored(scores, float(found.weights @ idf) * (K1 + 1), idf, gains, found)

    def scores(self, query: Mapping[str, float]) -> Floats:
        """The score of every row; ``query`` weighs each term."""
        return self.score(self.find(query)).scores

    def count(self, term: str, row: int) -> float:
        """The weighted count of a term in one row, 0 where it does not stand."""
        found = self.find({term: 1.0})
        return float(found.counts[found.rows == row].sum()) if self.alive[row] else 0.0

    @property
    def unknown_idf(self) -> float:
        """What a term weighs that no row holds."""
        return UNKNOWN * float(rarity(self.size, 1))

    @cached_property
    def _late(self) -> Postings:
        """Those of ``fresh``, numbered from 0."""
        return Postings.of(self.fresh)

    @cached_property
    def norms(self) -> Floats:
        """What BM25 adds to a count below the line, for each row: more for longer ones."""
        return _norms(self.lengths, self.avgdl)

    def norm(self, length: float) -> float:
        """The same for a row of this length."""
        return float(_norms(np.array([length]), self.avgdl)[0])


class _Idf:
    """What rank-bm25 asks for a term's weight."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def get(self, term: str, default: float | None = None) -> float | None:
        found = self._index.find({term: 1.0})
        held = int(self._index.alive[found.rows].sum())
        return float(rarity(self._index.size, held)) if held else default


@dataclass(frozen=True, slots=True)
class _Row:
    """What rank-bm25 asks for the count of a term in one row."""

    index: Index
    row: int

    def get(self, term: str) -> float:
        return self.index.count(term, self.row)


@dataclass(frozen=True, slots=True)
class _Rows:
    index: Index

    def __iter__(self) -> Iterator[_Row]:
        return (_Row(self.index, row) for row in range(self.index.corpus_size))


def rarity(size: int, held: NDArray[np.int64] | int) -> Floats:
    """What a term weighs that ``held`` of ``size`` rows hold."""
    return np.asarray(np.log((size + 1) / np.maximum(held, 1)) ** RARITY, dtype=np.float64)


def _mean(lengths: Floats) -> float:
    return float(lengths.mean()) if lengths.any() else 1.0


def _norms(lengths: Floats, mean: float) -> Floats:
    return np.asarray(K1 * (1 - B + B * lengths / mean), dtype=np.float64)

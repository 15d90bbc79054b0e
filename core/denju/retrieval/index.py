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
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from denju.retrieval import background
from denju.retrieval.counts import Counted, Keys
from denju.retrieval.counts import strategy_counts as strategy_counts
from denju.retrieval.formula import K1 as K1
from denju.retrieval.formula import KNOWN, UNIT
from denju.retrieval.formula import RARITY as RARITY
from denju.retrieval.formula import UNKNOWN as UNKNOWN
from denju.retrieval.formula import B as B
from denju.retrieval.vocabulary import Vocabulary
from denju.retrieval.widening import Widened, plain, widened

MOST_FRESH = 64
_AT_ONCE = 1_000
"""Rows whose terms are gathered before they are put together."""

_PICKED = 20_000
"""Entries that a query finds, from which on copying them term by term is quicker."""

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Postings:
    """Where each term stands: term ``t`` in ``rows[starts[t]:starts[t + 1]]``, ascending; counts and fields beside."""

    keys: Keys
    """Ascending."""
    starts: NDArray[np.uint32]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]
    """Weighted, in ``UNIT``."""
    fields: Bits
    lengths: Floats
    """Of each row, dead ones among them: the weighted number of its terms."""
    vocabulary: Vocabulary
    """The spelled words among the terms."""

    @classmethod
    def of(cls, rows: Iterable[Counted]) -> Postings:
        """The postings of rows numbered from 0."""
        words: dict[str, None] = {}
        lengths: list[float] = []
        parts: list[tuple[Keys, NDArray[np.int32], NDArray[np.uint16], Bits]] = []
        for chunk in _batches(rows):
            numbers = np.arange(len(lengths), len(lengths) + len(chunk), dtype=np.int32)
            parts.append((
                np.concatenate([row.keys for row in chunk]),
                np.repeat(numbers, [len(row.keys) for row in chunk]),
                np.concatenate([row.counts for row in chunk]),
                np.concatenate([row.fields for row in chunk]),
            ))  # fmt: skip
            lengths += [row.length for row in chunk]
            for row in chunk:
                words.update(dict.fromkeys(row.words))
        empty = (np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.uint16), np.empty(0, np.uint8))
        keys, numbers, counts, fields = (np.concatenate(each) for each in zip(*(parts or [empty]), strict=True))
        return cls._sorted(
            keys, numbers, counts, fields, np.array(lengths, dtype=np.float64), Vocabulary.of(words)
        )  # fmt: skip

    def merged(self, fresh: Postings, alive: Mask) -> Postings:
        """These and the next rows, without the entries of dead ones; rows keep their numbers."""
        rows = np.concatenate([self.rows, fresh.rows + np.int32(len(self.lengths))])
        left = alive[rows]
        keys = np.concatenate([each.flat_keys for each in (self, fresh)])[left]
        return self._sorted(
            keys,
            rows[left],
            np.concatenate([self.counts, fresh.counts])[left],
            np.concatenate([self.fields, fresh.fields])[left],
            np.concatenate([self.lengths, fresh.lengths]),
            self.vocabulary.merged(fresh.vocabulary, np.unique(keys)),
        )

    def taken(self, order: Numbers) -> Postings:
        """These rows alone, in this order."""
        numbers = np.full(len(self.lengths), -1, dtype=np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        rows = numbers[self.rows]
        left = np.flatnonzero(rows >= 0)
        left = left[np.argsort(rows[left], kind="stable")]
        keys = self.flat_keys[left]
        vocabulary = self.vocabulary.merged(Vocabulary.of(()), np.unique(keys))
        return self._sorted(keys, rows[left], self.counts[left], self.fields[left], self.lengths[order], vocabulary)

    @property
    def flat_keys(self) -> Keys:
        """The key of each entry."""
        return np.repeat(self.keys, self.starts[1:] - self.starts[:-1])

    def find(self, keys: Keys) -> tuple[Numbers, Numbers, NDArray[np.int32], NDArray[np.uint16], Bits]:
        """Which of these terms some row holds, as places in ``keys``, and in how many; then the entries of all of them.

        Few entries are picked one by one, many are copied term by term: each is the quicker way for its numbers.
        """
        columns = self.rows, self.counts, self.fields
        if not len(self.keys):
            return np.empty(0, np.int64), np.empty(0, np.int64), *columns
        places = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        known = np.flatnonzero(self.keys[places] == keys)
        first = self.starts[places[known]].astype(np.int64)
        sizes = self.starts[places[known] + 1] - first
        ends = sizes.cumsum()
        if not len(ends) or ends[-1] < _PICKED:
            picked = np.arange(ends[-1] if len(ends) else 0) + (first - ends + sizes).repeat(sizes)
            rows, counts, fields = self.rows[picked], self.counts[picked], self.fields[picked]
        else:
            spans = [slice(*span) for span in zip(first.tolist(), (first + sizes).tolist(), strict=True)]
            rows = np.concatenate([self.rows[span] for span in spans])
            counts = np.concatenate([self.counts[span] for span in spans])
            fields = np.concatenate([self.fields[span] for span in spans])
        return known, sizes, rows, counts, fields

    @classmethod
    def _sorted(
        cls, keys: Keys, rows: NDArray[np.int32], counts: NDArray[np.uint16], fields: Bits, lengths: Floats,
        vocabulary: Vocabulary,
    ) -> Postings:  # fmt: skip
        """Sorted by the keys; the rows of each come in ascending order and stay in it."""
        order = np.argsort(keys, kind="stable")
        distinct, sizes = np.unique(keys, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32)
        return cls(distinct, starts, rows[order], counts[order], fields[order], lengths, vocabulary)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the terms of a query stand, one entry a term and row."""

    query: Widened
    keys: Keys
    """Of each term."""
    weights: Floats
    """Of each term, in the query."""
    held: Numbers
    """Of each term: how many rows hold it, dead ones among them."""
    which: Numbers
    """The number of each entry's term."""
    rows: NDArray[np.int32]
    counts: Floats
    fields: Bits


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one query."""

    scores: Floats
    """Of every row; 0 for those that are not searched."""
    reaches: Floats
    """The most that each of the query's own terms could add to a row; more where none of those searched holds it."""
    gains: Floats
    """What each entry of ``found`` adds to its row."""
    found: Found

    @property
    def reach(self) -> float:
        """The most that a row could score: every term of the query, without end."""
        return float(self.reaches.sum())

    def of_rows(self, rows: Sequence[int]) -> list[tuple[dict[str, float], dict[str, int]]]:
        """For each of these rows what each term of the query adds to it, and the bits of the fields where it stands.

        What stands in for a term counts as that term.
        """
        told: list[tuple[dict[str, float], dict[str, int]]] = []
        query = self.found.query
        for row in rows:
            here = np.flatnonzero(self.found.rows == row)
            gains: dict[str, float] = {}
            fields: dict[str, int] = {}
            columns = (self.found.which, self.gains, self.found.fields)
            for which, gain, bits in zip(*(column[here].tolist() for column in columns), strict=True):
                term = query.own[query.sources[which]]
                gains[term] = gains.get(term, 0.0) + gain
                fields[term] = fields.get(term, 0) | bits
            told.append((gains, fields))
        return told


class Index(BM25Plus):  # type: ignore[misc]  # rank-bm25 has no types
    """``score`` equals rank-bm25's own ``get_scores`` on the same counts, and looks at the postings only."""

    def __init__(self, postings: Postings, fresh: tuple[Counted, ...] = (), alive: Mask | None = None) -> None:
        """``fresh`` are the rows behind those of the postings."""
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
    def of(cls, rows: Iterable[Counted]) -> Index:
        """An index of these rows, numbered from 0."""
        return cls(Postings.of(rows))

    def changed(self, removed: Iterable[int], added: Iterable[Counted]) -> Index:
        """The same index without some rows and with new ones behind the last; the other rows keep their numbers."""
        coming = iter(added)
        fresh = (*self.fresh, *islice(coming, MOST_FRESH + 1 - len(self.fresh)))
        if len(fresh) <= MOST_FRESH:
            return Index(self.postings, fresh, self._alive_with(removed, len(fresh) - len(self.fresh)))
        late = Postings.of(chain(fresh, coming))
        alive = self._alive_with(removed, len(late.lengths) - len(self.fresh))
        return Index(self.postings.merged(late, alive), (), alive)

    def _alive_with(self, removed: Iterable[int], added: int) -> Mask:
        alive = np.concatenate([self.alive, np.ones(added, dtype=np.bool_)])
        alive[list(removed)] = False
        return alive

    def aligned(self, order: Sequence[int]) -> Index:
        """An index of these rows alone, numbered from 0 in this order."""
        postings = self.postings.merged(self._late, self.alive) if self.fresh else self.postings
        return Index(postings.taken(np.array(order, dtype=np.int64)))

    def widened(self, query: Mapping[str, float]) -> Widened:
        """The terms of ``query``, which weighs each, and their relatives."""
        return widened(query, self._alike)

    def _alike(self, words: Sequence[str]) -> Sequence[Sequence[tuple[int, float]]]:
        found = self.postings.vocabulary.alike(words)
        if not self.fresh:
            return found
        return [[*{*one, *other}] for one, other in zip(found, self._late.vocabulary.alike(words), strict=True)]

    def find(self, query: Widened) -> Found:
        """Where the terms of ``query`` stand."""
        keys = np.array(query.keys, dtype=np.uint64)
        known, sizes, rows, counts, fields = self.postings.find(keys)
        which = known.repeat(sizes)
        held = np.zeros(len(keys), dtype=np.int64)
        held[known] = sizes
        if self.fresh:
            late = self._late.find(keys)
            held[late[0]] += late[1]
            which = np.concatenate([which, late[0].repeat(late[1])])
            rows = np.concatenate([rows, late[2] + np.int32(len(self.postings.lengths))])
            counts, fields = np.concatenate([counts, late[3]]), np.concatenate([fields, late[4]])
        weights = np.array(query.weights, dtype=np.float64)
        return Found(query, keys, weights, held, which, rows, counts.astype(np.float64) * UNIT, fields)

    def score(self, found: Found, among: Mask | None = None, norms: Floats | None = None) -> Scored:
        """The score of every row that is alive and ``among`` those; ``norms`` replaces the rows' own (see there)."""
        size, own, counts, held = self.size, self.norms, found.counts, found.held
        if among is not None or size < self.corpus_size:
            searched = self.alive if among is None else self.alive & among
            if among is not None:
                size = int(searched.sum())
                own = _norms(self.lengths, _mean(self.lengths[searched]))
            counts = counts * searched[found.rows]
            held = np.bincount(found.which[counts > 0], minlength=len(found.keys))
        rare = rarity(size, held, found.keys)
        idf = np.where(held > 0, rare, 0.0)
        gains: Floats = (found.weights * idf * (K1 + 1))[found.which]
        gains *= counts
        gains /= (own if norms is None else norms)[found.rows] + counts
        scores = np.bincount(found.rows, weights=gains, minlength=self.corpus_size).astype(np.float64)
        return Scored(scores, _reaches(found, held > 0, rare), gains, found)

    def scores(self, query: Mapping[str, float]) -> Floats:
        """The score of every row; ``query`` weighs each term."""
        return self.score(self.find(plain(query))).scores

    def count(self, term: str, row: int) -> float:
        """The weighted count of a term in one row, 0 where it does not stand."""
        found = self.find(plain({term: 1.0}))
        return float(found.counts[found.rows == row].sum()) if self.alive[row] else 0.0

    @property
    def unknown_idf(self) -> float:
        """What a term weighs that no row holds."""
        return UNKNOWN * background.rarity(self.size, 0, 0)

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
        found = self._index.find(plain({term: 1.0}))
        held = int(self._index.alive[found.rows].sum())
        return background.rarity(self._index.size, held, int(found.keys[0])) if held else default


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


def _batches(rows: Iterable[Counted]) -> Iterator[list[Counted]]:
    coming = iter(rows)
    while chunk := list(islice(coming, _AT_ONCE)):
        yield chunk


def rarity(size: int, held: Numbers, keys: Keys) -> Floats:
    """What each of the terms ``keys`` weighs that ``held`` of ``size`` rows hold, with what is lent to few rows."""
    more = background.documents(size)
    lent = background.held(keys.tolist(), size) if more else 0.0
    return np.asarray(np.log((size + more + 1) / np.maximum(held + lent, 1)) ** RARITY, dtype=np.float64)


def _reaches(found: Found, known: Mask, rare: Floats) -> Floats:
    """What each of the query's own terms could add at most; ``known`` are those that some row holds."""
    query, own = found.query, len(found.query.own)
    stands_in = np.array(query.stands_in, dtype=np.bool_) & known
    by_another = np.bincount(np.array(query.sources, dtype=np.int64)[stands_in], minlength=own) > 0
    unknown = np.minimum(query.unknown, np.where(by_another, KNOWN, np.inf)) * rare[:own]
    weighs = np.where(known[:own], rare[:own], unknown)
    return np.asarray(found.weights[:own] * weighs * (K1 + 1), dtype=np.float64)


def _mean(lengths: Floats) -> float:
    return float(lengths.mean()) if lengths.any() else 1.0


def _norms(lengths: Floats, mean: float) -> Floats:
    return np.asarray(K1 * (1 - B + B * lengths / mean), dtype=np.float64)

"""The index: rank-bm25's BM25Plus over weighted term counts, with postings so that only candidates are scored.

Fields enter as weights of the counts (a term of the title counts three times one of a cue), which ranks as BM25F
does. With ``delta`` 0 a strategy that holds no term of the query scores 0, and libraries of 0, 1 and 2 strategies
score as larger ones do (BM25Okapi gives 0 or less to all of them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from denju.retrieval.query import body
from denju.retrieval.terms import Term, normal, terms
from denju.values import Strategy

K1 = 1.6
B = 0.75
UNKNOWN = 1.6
"""A term that the library does not know speaks against a match: so much more than the rarest one that it knows."""
FIELD_WEIGHTS = {"title": 3.0, "situation": 1.0, "cues": 1.0, "steps": 0.1}

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def field_texts(strategy: Strategy) -> dict[str, tuple[str, ...]]:
    """The texts of each searched field; cues without the frame of a mail, as queries are."""
    return {
        "title": (strategy.title,),
        "situation": (strategy.situation,),
        "cues": tuple(body(cue) or cue for cue in strategy.cues),
        "steps": strategy.steps,
    }


def term_counts(found: Sequence[Term]) -> dict[str, float]:
    """The weighted count of each term of one text."""
    counts: dict[str, float] = {}
    for term in found:
        counts[term.key] = counts.get(term.key, 0.0) + term.weight
    return counts


def strategy_counts(strategy: Strategy) -> dict[str, float]:
    """The weighted count of each term of one strategy."""
    counts: dict[str, float] = {}
    for field, texts in field_texts(strategy).items():
        for text in texts:
            for key, count in term_counts(terms(normal(text))).items():
                counts[key] = counts.get(key, 0.0) + FIELD_WEIGHTS[field] * count
    return counts


@dataclass(frozen=True, slots=True)
class Counts:
    """Weighted counts of many strategies as flat arrays: row ``r`` is ``numbers[starts[r]:starts[r + 1]]``."""

    words: list[str]
    """Every term of the library; a term's number is its place here."""
    starts: Numbers
    numbers: Numbers
    weights: Floats

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, float]]) -> Counts:
        """The flat form of one mapping a strategy."""
        numbering: dict[str, int] = {}
        numbers = [numbering.setdefault(key, len(numbering)) for row in rows for key in row]
        weights = [weight for row in rows for weight in row.values()]
        starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
        return cls(list(numbering), starts, np.array(numbers, dtype=np.int64), np.array(weights, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> dict[str, float]:
        part = slice(self.starts[row], self.starts[row + 1])
        words = (self.words[number] for number in self.numbers[part].tolist())
        return dict(zip(words, self.weights[part].tolist(), strict=True))

    def __iter__(self) -> Iterator[dict[str, float]]:
        return (self[row] for row in range(len(self)))


class Index(BM25Plus):  # type: ignore[misc]  # rank-bm25 has no types
    """``scores`` equals rank-bm25's own ``get_scores`` on the same counts, and looks at the postings only."""

    idf: dict[str, float]

    def __init__(self, counts: Counts) -> None:
        super().__init__(counts, k1=K1, b=B, delta=0.0)
        self.numbering = {word: number for number, word in enumerate(counts.words)}
        self._idf = np.array([self.idf[word] for word in counts.words], dtype=np.float64)
        self._norms = K1 * (1 - B + B * np.array(self.doc_len) / self.avgdl)
        self._saturation = self._weights * (K1 + 1) / (self._norms[self._rows] + self._weights)

    def _initialize(self, corpus: Counts) -> dict[str, int]:
        """Fill what BM25Plus keeps, from counts that need no counting; called by its constructor."""
        rows = np.repeat(np.arange(len(corpus), dtype=np.int64), np.diff(corpus.starts))
        order = np.argsort(corpus.numbers, kind="stable")
        self._rows: Numbers = rows[order]
        self._weights: Floats = corpus.weights[order]
        self._found_in: Numbers = np.bincount(corpus.numbers, minlength=len(corpus.words)).astype(np.int64)
        self._starts: Numbers = np.cumsum(self._found_in) - self._found_in
        lengths = np.bincount(rows, weights=corpus.weights, minlength=len(corpus)).astype(np.float64)
        self.doc_freqs: Counts = corpus
        self.doc_len: list[float] = lengths.tolist()
        self.corpus_size = len(corpus)
        self.avgdl = float(lengths.mean()) if lengths.any() else 1.0
        return dict(zip(corpus.words, self._found_in.tolist(), strict=True))

    @property
    def unknown_idf(self) -> float:
        """What a term that no strategy holds adds to the reach."""
        return UNKNOWN * float(np.log(self.corpus_size + 1))

    def scores(self, query: Mapping[str, float]) -> Floats:
        """The score of every strategy, in the order of the counts; ``query`` weighs each term."""
        _, numbers, weights = self._known(query)
        positions, which = self._postings(numbers)
        gains = (weights * self._idf[numbers])[which] * self._saturation[positions]
        return np.bincount(self._rows[positions], weights=gains, minlength=self.corpus_size).astype(np.float64)

    def gains(self, query: Mapping[str, float], row: int) -> dict[str, float]:
        """What each term of ``query`` adds to the score of one strategy."""
        keys, numbers, weights = self._known(query)
        positions, which = self._postings(numbers)
        here = self._rows[positions] == row
        which, gains = which[here], self._saturation[positions[here]]
        gains = gains * (weights * self._idf[numbers])[which]
        return {keys[index]: gain for index, gain in zip(which.tolist(), gains.tolist(), strict=True)}

    def reach(self, query: Mapping[str, float]) -> float:
        """The most that a strategy could score: every term of the query, without end."""
        return sum(weight * self.idf.get(key, self.unknown_idf) for key, weight in query.items()) * (K1 + 1)

    def scores_without(self, query: Mapping[str, float], row: int, taken: Mapping[str, float]) -> tuple[Floats, float]:
        """Scores and reach as if the counts ``taken`` did not stand in strategy ``row``, which holds them all."""
        keys, numbers, weights = self._known(query)
        positions, which = self._postings(numbers)
        rows, here = self._rows[positions], self._rows[positions] == row
        left = np.zeros(len(numbers))
        left[which[here]] = self._weights[positions[here]]
        left -= np.array([taken.get(key, 0.0) for key in keys])
        left[left < 1e-9] = 0.0
        found_in = self._found_in[numbers] - (left == 0.0)
        idf = np.where(found_in > 0, np.log((self.corpus_size + 1) / np.maximum(found_in, 1)), self.unknown_idf)
        others = np.where(here, 0.0, (weights * idf)[which] * self._saturation[positions])
        totals = np.bincount(rows, weights=others, minlength=self.corpus_size).astype(np.float64)
        norm = K1 * (1 - B + B * (self.doc_len[row] - sum(taken.values())) / self.avgdl)
        totals[row] = float(np.sum(weights * idf * left * (K1 + 1) / (norm + left)))
        unknown = sum(weight for key, weight in query.items() if key not in self.numbering) * self.unknown_idf
        return totals, (float(np.sum(weights * idf)) + unknown) * (K1 + 1)

    def _known(self, query: Mapping[str, float]) -> tuple[list[str], Numbers, Floats]:
        """The terms of ``query`` that some strategy holds, with their numbers and weights."""
        keys = [key for key in query if key in self.numbering]
        numbers = np.array([self.numbering[key] for key in keys], dtype=np.int64)
        return keys, numbers, np.array([query[key] for key in keys], dtype=np.float64)

    def _postings(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Places in the postings of these terms, and beside each the place of its term in ``numbers``."""
        sizes = self._found_in[numbers]
        which = np.repeat(np.arange(len(numbers), dtype=np.int64), sizes)
        ends = np.cumsum(sizes)
        offsets = np.arange(len(which), dtype=np.int64) - np.repeat(ends - sizes, sizes)
        return np.repeat(self._starts[numbers], sizes) + offsets, which

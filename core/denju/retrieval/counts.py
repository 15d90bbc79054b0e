"""A strategy as counted terms: what enters the index, small enough for a hundred thousand of them.

Fields enter as weights of the counts (a term of the title counts three times one of a cue), which ranks as BM25F
does. A term is kept as 64 bits of its hash: an index never has to say its words, only to find those of a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from denju.retrieval.formula import FIELD_BITS, FIELD_WEIGHTS, UNIT, key_of
from denju.retrieval.query import body
from denju.retrieval.terms import FULL, FUNCTION, PAIR, STOP, Term, is_spelled, normal, terms
from denju.values import Strategy

MOST = 65_535

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Counted:
    """The terms of one text or strategy, each once, by their keys in ascending order."""

    keys: Keys
    counts: NDArray[np.uint16]
    """Weighted, in ``UNIT``."""
    fields: NDArray[np.uint8]
    """Where each stands: a bit for every field, in the order of ``FIELD_WEIGHTS``."""
    words: tuple[str, ...] = ()
    """The spelled words among them."""

    @property
    def length(self) -> float:
        """The weighted number of terms."""
        return float(self.counts.sum(dtype=np.int64)) * UNIT


def keys_of(found: Iterable[str]) -> Keys:
    """The keys of these terms, in their order."""
    return np.array([key_of(term) for term in found], dtype=np.uint64)


def counted(strategy: Strategy) -> Counted:
    """All searched fields of a strategy."""
    return _of(_table(_texts(strategy)))


def strategy_counts(strategy: Strategy) -> dict[str, float]:
    """The weighted count of each term of one strategy."""
    return {term: count * UNIT for term, (count, _) in _table(_texts(strategy)).items()}


def counted_cue(found: Sequence[Term]) -> Counted:
    """The terms of one cue, with the weight that they have in a strategy."""
    return _of(_table([("cues", found)]))


def from_weights(weights: dict[str, float]) -> Counted:
    """Counts as they are given, in the cues; rounded to ``UNIT``."""
    return _of({term: [round(weight / UNIT), FIELD_BITS["cues"]] for term, weight in weights.items()})


_UNITS = {
    field: {weight: round(scale * weight / UNIT) for weight in (FULL, STOP, FUNCTION, PAIR)}
    for field, scale in FIELD_WEIGHTS.items()
}
"""What a term of each weight counts in each field."""


def _texts(strategy: Strategy) -> Iterator[tuple[str, Sequence[Term]]]:
    """The terms of each text of a strategy beside its field; cues without the frame of a mail, as queries are."""
    texts = {
        "title": (strategy.title,),
        "situation": (strategy.situation,),
        "cues": tuple(body(cue) or cue for cue in strategy.cues),
        "steps": strategy.steps,
    }
    # Two words in a row of a step would weigh next to nothing, and take half of the room.
    return ((field, terms(normal(text), pairs=field != "steps")) for field, many in texts.items() for text in many)


def _table(texts: Iterable[tuple[str, Sequence[Term]]]) -> dict[str, list[int]]:
    """The count of each term, in ``UNIT``, and the bits of its fields."""
    table: dict[str, list[int]] = {}
    for field, found in texts:
        units, bit = _UNITS[field], FIELD_BITS[field]
        for term in found:
            if (entry := table.get(term.key)) is None:
                table[term.key] = [units[term.weight], bit]
            else:
                entry[0] += units[term.weight]
                entry[1] |= bit
    return table


def _of(table: dict[str, list[int]]) -> Counted:
    keys = keys_of(table)
    order = np.argsort(keys)
    values = np.array(list(table.values()), dtype=np.int64).reshape(len(table), 2)[order]
    counts, fields = np.minimum(values[:, 0], MOST).astype(np.uint16), values[:, 1].astype(np.uint8)
    return Counted(keys[order], counts, fields, tuple(filter(is_spelled, table)))

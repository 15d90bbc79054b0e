"""Why a strategy matched: the words of the message that speak for it, as they stand in the message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from denju.retrieval.formula import field_names
from denju.retrieval.query import Said
from denju.retrieval.terms import Term
from denju.values import MatchedTerm

MOST_TERMS = 8
"""Words shown of one match."""


@dataclass(slots=True)
class _Word:
    """Terms whose spans overlap."""

    start: int
    end: int
    gain: float = 0.0
    bits: int = 0


class Explanation:
    """Explains the matches of one message."""

    def __init__(self, what: Sequence[Said]) -> None:
        self._said = [(each.text, sorted(filter(_means, each.terms), key=_place)) for each in what]

    def of(self, gains: Mapping[str, float], fields: Mapping[str, int]) -> tuple[MatchedTerm, ...]:
        """The matched words with the largest shares first.

        ``gains`` is what each term adds to the score; ``fields`` the bits of the fields where it stands. A word
        answers for all of its terms (stem, 4-grams, bigrams); overlapping Japanese terms make one word. Function
        words count in the score and are not shown, so that the shares add up to 1 at most.
        """
        total = sum(gains.values())
        shares: dict[str, float] = {}
        bits: dict[str, int] = {}
        credited: set[str] = set()
        for text, terms in self._said:
            for word in _words(terms, gains, fields, credited):
                surface = text[word.start : word.end]
                shares[surface] = shares.get(surface, 0.0) + word.gain / total
                bits[surface] = bits.get(surface, 0) | word.bits
        ranked = sorted((surface for surface in shares if shares[surface] > 0), key=lambda each: -shares[each])
        return tuple(
            MatchedTerm(surface, round(shares[surface], 4), field_names(bits[surface]))
            for surface in ranked[:MOST_TERMS]
        )


def _words(
    terms: Sequence[Term], gains: Mapping[str, float], fields: Mapping[str, int], credited: set[str]
) -> Iterator[_Word]:
    """The matched words of one turn, in its order; a term counts where it is said first, and enters ``credited``."""
    word: _Word | None = None
    for term in terms:
        key = term.key
        if key not in gains:
            continue
        if word is None or term.start >= word.end:
            if word is not None:
                yield word
            word = _Word(term.start, term.end)
        word.end = max(word.end, term.end)
        word.bits |= fields[key]
        if key not in credited:
            credited.add(key)
            word.gain += gains[key]
    if word is not None:
        yield word


def _means(term: Term) -> bool:
    return term.meaning


def _place(term: Term) -> tuple[int, int]:
    return term.start, -term.end

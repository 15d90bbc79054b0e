"""Why a strategy matched: the words of the message that speak for it, as they stand in the message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denju.retrieval.query import Said
from denju.retrieval.terms import Term
from denju.values import MatchedTerm

MOST_TERMS = 8
"""Words shown of one match."""


def matched_terms(
    what: Sequence[Said], gains: Mapping[str, float], fields: Mapping[str, int]
) -> tuple[MatchedTerm, ...]:
    """The matched words with the largest shares first.

    ``gains`` is what each term adds to the score; ``fields`` the bits of the fields where it stands. A word answers
    for all of its terms (stem, 4-grams, bigrams); overlapping Japanese terms make one word. Function words count in
    the score and are not shown, so that the shares add up to 1 at most.
    """
    from denju.retrieval.counts import field_names

    total = sum(gains.values())
    shares: dict[str, float] = {}
    bits: dict[str, int] = {}
    credited: set[str] = set()
    for each in what:
        matched = [term for term in each.terms if term.meaning and term.key in gains]
        for word in _words(matched):
            surface = each.text[word[0].start : max(term.end for term in word)]
            fresh = {term.key for term in word} - credited
            credited |= fresh
            shares[surface] = shares.get(surface, 0.0) + sum(gains[key] for key in sorted(fresh)) / total
            for term in word:
                bits[surface] = bits.get(surface, 0) | fields[term.key]
    ranked = sorted((surface for surface in shares if shares[surface] > 0), key=lambda each: -shares[each])
    return tuple(
        MatchedTerm(surface, round(shares[surface], 4), field_names(bits[surface])) for surface in ranked[:MOST_TERMS]
    )


def _words(matched: Sequence[Term]) -> list[list[Term]]:
    """Terms whose spans overlap, together, in the order of the text."""
    words: list[list[Term]] = []
    end = -1
    for term in sorted(matched, key=lambda each: (each.start, -each.end)):
        if term.start >= end:
            words.append([])
        words[-1].append(term)
        end = max(end, term.end)
    return words

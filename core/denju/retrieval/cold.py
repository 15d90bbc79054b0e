"""One search straight from the kept file: what a command needs that asks once and ends.

Scores are those of ``index``, term by term in plain Python: for ten thousand strategies that takes less than loading
numpy would. What asks again builds the index.
"""

from __future__ import annotations

import heapq
import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from denju.retrieval import background, kept
from denju.retrieval.confidence import Curve, evidence
from denju.retrieval.explanation import Explanation
from denju.retrieval.formula import K1, KNOWN, UNIT, B, grams_of, key_of
from denju.retrieval.query import Said
from denju.retrieval.search import first_of_groups, matched
from denju.retrieval.widening import LEAST_ALIKE, Widened, widened
from denju.values import Candidate, Match, Strategy, Turn


class ColdSearch:
    """The search over one state of a library, of which only the strategies that are found are read."""

    def __init__(self, found: kept.Kept, strategy: Callable[[str, int], Strategy]) -> None:
        """``strategy`` is what stands under an id and a revision."""
        self._curve = found.curve
        self._strategy = strategy
        arrays = found.arrays
        self._keys, self._starts, self._rows = arrays["keys"], arrays["starts"], arrays["rows"]
        self._counts, self._fields = arrays["counts"], arrays["fields"]
        self._factor_keys, self._factors = arrays["factor_keys"], arrays["factors"]
        self._words, self._word_sizes = arrays["words"], arrays["word_sizes"]
        self._grams, self._gram_starts = arrays["grams"], arrays["gram_starts"]
        self._gram_words = arrays["gram_words"]
        self._names = arrays["names"].tobytes().split(b"\n")
        lengths = arrays["lengths"].tolist()
        mean = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]

    @classmethod
    def of(cls, path: Path, library: str, strategy: Callable[[str, int], Strategy]) -> ColdSearch | None:
        """The search that ``path`` keeps of the library with this digest; ``None`` where it keeps none."""
        found = kept.read(path)
        return cls(found, strategy) if found is not None and found.library == library else None

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5) -> Match:
        """As ``Retriever.search``, over the whole library."""
        return matched(turns, lambda what, query: self._candidates(what, query, language, limit))

    def scored(self, query: Widened) -> tuple[list[float], list[float], float]:
        """The score of every row, the most that each term could add to one, and the reach of the query."""
        rows = len(self._norms)
        scores = [0.0] * rows
        most: list[float] = []
        known = set()
        missing = []
        reach = 0.0
        own = len(query.own)
        for number, (key, weight) in enumerate(zip(query.keys, query.weights, strict=True)):
            here = self._entries(key)
            weight *= self._factor(key) * (K1 + 1)
            full = weight * background.rarity(rows, len(here), key)
            gain = full if here else 0.0
            most.append(gain)
            if number < own:
                reach += gain
                if not here:
                    missing.append((number, full))
            elif here and query.stands_in[number]:
                known.add(query.sources[number])
            # As lists: to take the numbers out of the file one by one would take twice the time.
            holding = self._rows[here.start : here.stop].tolist()
            for row, units in zip(holding, self._counts[here.start : here.stop].tolist(), strict=True):
                count = units * UNIT
                scores[row] += gain * count / (self._norms[row] + count)
        for number, weight in missing:
            unknown = min(query.unknown[number], KNOWN) if number in known else query.unknown[number]
            reach += weight * unknown
        return scores, most, reach

    def _candidates(
        self, what: Sequence[Said], query: Mapping[str, float], language: str, limit: int
    ) -> tuple[list[Candidate], Curve]:
        asked = widened(query, self._alike)
        scores, most, reach = self.scored(asked)
        rows = (row for row, score in enumerate(scores) if score > 0)
        best = heapq.nlargest(4 * limit, rows, key=scores.__getitem__)
        explanation = Explanation(what)
        found = []
        for row in first_of_groups(best, lambda row: self._name(row)[2], limit):
            serving = self._name(row)[3]
            name, revision, _, _ = self._name(serving.get(language, row))
            confidence = self._curve.confidence(evidence(scores[row], reach))
            why = explanation.of(*self._of_row(row, asked, most))
            found.append(Candidate(self._strategy(name, revision), scores[row], confidence, why))
        return found, self._curve

    def _name(self, row: int) -> tuple[str, int, str, dict[str, int]]:
        """Id, revision, group, and the row that serves in each language."""
        name, revision, group, rows = json.loads(self._names[row])
        return name, revision, group, rows

    def _entries(self, key: int) -> range:
        """Where the entries of a term lie; empty for one that no row holds."""
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            return range(0)
        return range(self._starts[place], self._starts[place + 1])

    def _factor(self, key: int) -> float:
        place = bisect_left(self._factor_keys, key)
        if place == len(self._factor_keys) or self._factor_keys[place] != key:
            return 1.0
        return float(self._factors[place])

    def _of_row(self, row: int, query: Widened, most: Sequence[float]) -> tuple[dict[str, float], dict[str, int]]:
        """What each term of the query adds to one row, and the bits of the fields where it stands there."""
        gains: dict[str, float] = {}
        fields: dict[str, int] = {}
        for key, source, gain in zip(query.keys, query.sources, most, strict=True):
            entries = self._entries(key)
            place = bisect_left(self._rows, row, entries.start, entries.stop)
            if place < entries.stop and self._rows[place] == row:
                count = self._counts[place] * UNIT
                term = query.own[source]
                gains[term] = gains.get(term, 0.0) + gain * count / (self._norms[row] + count)
                fields[term] = fields.get(term, 0) | self._fields[place]
        return gains, fields

    def _alike(self, words: Sequence[str]) -> list[list[tuple[int, float]]]:
        """As ``Vocabulary.alike``."""
        found = []
        for word in words:
            asked = grams_of(word)
            common: Counter[int] = Counter()
            for gram in asked:
                place = bisect_left(self._grams, gram)
                if place < len(self._grams) and self._grams[place] == gram:
                    common.update(self._gram_words[self._gram_starts[place] : self._gram_starts[place + 1]].tolist())
            own = key_of(word)
            shares = (
                (self._words[number], 2 * times / (len(asked) + self._word_sizes[number]))
                for number, times in common.items()
            )
            found.append([(key, share) for key, share in shares if share >= LEAST_ALIKE and key != own])
        return found

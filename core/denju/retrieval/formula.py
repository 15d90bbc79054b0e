"""The numbers of the scoring, and the hashes that terms are kept as: all that an index on disk depends on.

Without numpy, so that a single search of a stored index does not wait for it.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from functools import lru_cache

from denju.retrieval.terms import grams

K1 = 1.6
B = 0.75
RARITY = 0.75
"""Power of the inverse document frequency: below 1, a word that stands in one strategy by chance decides less."""
UNKNOWN = 2.2
"""A term that the library does not know speaks against a match: so much more than the rarest one that it knows."""
UNKNOWN_CODE = 0.7
"""The same for what holds a digit: orders, lots and amounts are new each time."""
KNOWN = 1.6
"""The same for a term that the library knows by another word only."""
FIELD_WEIGHTS = {"title": 3.0, "situation": 1.0, "cues": 1.0, "steps": 0.1}
UNIT = 1 / 200
"""Counts are kept as whole numbers of this; every product of a field's and a term's weight is one."""
FIELD_BITS = {field: 1 << number for number, field in enumerate(FIELD_WEIGHTS)}


@lru_cache(maxsize=5_000)
def key_of(term: str) -> int:
    """The same 64 bits for a term in every process."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def grams_of(word: str) -> tuple[int, ...]:
    """The 4-grams of a word as 32 bits each, the same in every process."""
    return tuple(zlib.crc32(gram.encode("utf-8", "surrogatepass")) for gram in grams(word))


def rarity(size: float, held: float) -> float:
    """What a term weighs that ``held`` of ``size`` strategies hold; of 0 as of 1."""
    return float(math.log((size + 1) / max(held, 1)) ** RARITY)


def field_names(bits: int) -> tuple[str, ...]:
    """The fields that these bits stand for."""
    return tuple(field for field, bit in FIELD_BITS.items() if bits & bit)

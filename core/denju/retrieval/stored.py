"""The index of a library: from the file that keeps it as far as that holds it, else built and kept there.

Each row carries the digest of its strategy, so that of a changed library only what changed is counted anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from denju.errors import StorageError
from denju.retrieval import kept
from denju.retrieval.calibration import Calibration, Factors, calibrated
from denju.retrieval.confidence import DEFAULT
from denju.retrieval.counts import counted
from denju.retrieval.index import Index, Postings
from denju.retrieval.vocabulary import Vocabulary
from denju.values import Strategy

TOLERATED = 20
"""A calibration serves until more than one in so many strategies changed; in a small library, until any did."""

_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Built:
    """All that a search needs of a library."""

    index: Index
    digests: tuple[bytes, ...]
    """Of the strategy of each row of the index, dead ones among them."""
    calibration: Calibration
    changes: int = 0
    """Strategies that came or went since the calibration."""


def opened(strategies: Sequence[Strategy], path: Path | None = None, library: str = "") -> Built:
    """The index of these strategies, row by row: from ``path`` as far as it holds them, else built, and kept there.

    ``library`` is the digest of the library that they are all the scenario strategies of; a later search of the same
    library then need not look at them.
    """
    found = kept.read(path) if path is not None else None
    before = _built(found) if found is not None else _EMPTY
    if found is not None and library and found.library == library and len(before.digests) == len(strategies):
        return before
    digests = tuple(map(digest, strategies))
    if before.digests == digests:
        fresh = before
    else:
        built = changed(before, strategies, digests)
        places = {name: row for row, name in enumerate(built.digests) if built.index.alive[row]}
        built = replace(built, index=built.index.aligned([places[name] for name in digests]), digests=digests)
        fresh = recalibrated(built, strategies)
    if path is not None and (fresh is not before or library):
        # A search never fails for want of a place to keep its index: a full or read-only disk costs time only.
        with contextlib.suppress(OSError, StorageError):
            _write(path, library, fresh, strategies)
    if fresh is not before:
        _hand_back()
    return fresh


def changed(built: Built, strategies: Sequence[Strategy], digests: Sequence[bytes]) -> Built:
    """``built`` with what left taken out and what came added behind; the rows of the others stay what they are."""
    wanted = dict(zip(digests, strategies, strict=True))
    held = {name: row for row, name in enumerate(built.digests) if built.index.alive[row]}
    removed = [row for name, row in held.items() if name not in wanted]
    added = [name for name in wanted if name not in held]
    index = built.index.changed(removed, (counted(wanted[name]) for name in added))
    return Built(index, (*built.digests, *added), built.calibration, built.changes + len(removed) + len(added))


def recalibrated(built: Built, strategies: Sequence[Strategy]) -> Built:
    """``built`` with a new calibration, where too much changed since the last one; ``strategies`` beside the rows."""
    if built.changes <= built.index.size // TOLERATED:
        return built
    return replace(built, calibration=calibrated(built.index, strategies), changes=0)


def digest(strategy: Strategy) -> bytes:
    """Of all of a strategy that enters the index and the calibration."""
    fields = (
        strategy.id, strategy.group(), strategy.language, strategy.title, strategy.situation, strategy.cues,
        strategy.steps,
    )  # fmt: skip
    return hashlib.blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _hand_back() -> None:
    """Give the system back what building took and left; the C library of Linux keeps it else, three times the index."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


_EMPTY = Built(Index.of([]), (), Calibration(Factors.none(), DEFAULT))


_POSTINGS = ("keys", "starts", "rows", "counts", "fields", "lengths")
_VOCABULARY = ("words", "word_sizes", "grams", "gram_starts", "gram_words")


def _built(found: kept.Kept) -> Built:
    arrays = {name: np.frombuffer(view, dtype=view.format) for name, view in found.arrays.items()}
    vocabulary = Vocabulary(*(arrays[name] for name in _VOCABULARY))
    postings = Postings(**{name: arrays[name] for name in _POSTINGS}, vocabulary=vocabulary)
    whole = found.arrays["digests"].tobytes()
    digests = tuple(whole[at : at + _DIGEST] for at in range(0, len(whole), _DIGEST))
    calibration = Calibration(Factors(arrays["factor_keys"], arrays["factors"]), found.curve)
    return Built(Index(postings), digests, calibration, found.changes)


def _write(path: Path, library: str, built: Built, strategies: Sequence[Strategy]) -> None:
    postings, factors = built.index.postings, built.calibration.factors
    words = postings.vocabulary
    arrays: dict[str, NDArray[Any]] = {
        "keys": postings.keys, "starts": postings.starts, "lengths": postings.lengths, "rows": postings.rows,
        "counts": postings.counts, "fields": postings.fields, "factor_keys": factors.keys, "factors": factors.values,
        "words": words.words, "word_sizes": words.sizes, "grams": words.grams, "gram_starts": words.starts,
        "gram_words": words.entries,
    }  # fmt: skip
    data: dict[str, bytes | memoryview] = {
        name: np.ascontiguousarray(array).view(np.uint8).data for name, array in arrays.items()
    }
    data["digests"] = b"".join(built.digests)
    data["names"] = _names(strategies)
    kept.write(path, library, built.calibration.curve, built.changes, [data[name] for name in kept.ARRAYS])


def _names(strategies: Sequence[Strategy]) -> bytes:
    """A line for each row: id, revision, group, and which row serves in each language.

    In its own it is the row itself, in another the first of the group.
    """
    rows: dict[str, dict[str, int]] = {}
    for row, each in enumerate(strategies):
        rows.setdefault(each.group(), {}).setdefault(each.language, row)
    lines = (
        [each.id, each.revision, each.group(), {**rows[each.group()], each.language: row}]
        for row, each in enumerate(strategies)
    )
    return "\n".join(map(json.dumps, lines)).encode()

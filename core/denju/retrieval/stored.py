"""The search's data on disk, beside the library: made once for a library, believed only when whole and its own.

One file: a line of JSON, then the arrays as they are in memory, in the order of ``_ARRAYS``::

    {"denju": "search", "schema": 2, "terms": "…", "checksum": "…", "curve": […], "changes": n, "sizes": {…}}

``checksum`` is that of all else, ``terms`` names the version of all that makes terms of a text. Each
row carries the digest of its strategy, so that of a changed library only what changed is counted anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from denju.errors import StorageError
from denju.paths import replaced
from denju.retrieval import terms
from denju.retrieval.calibration import Calibration, Factors, calibrated
from denju.retrieval.confidence import DEFAULT, POWER, Curve
from denju.retrieval.counts import FIELD_WEIGHTS, UNIT, counted
from denju.retrieval.index import K1, RARITY, UNKNOWN, B, Index, Postings
from denju.values import Strategy

SCHEMA = 2
TOLERATED = 100
"""A calibration serves until more than one in so many strategies changed; in a small library, until any did."""

_ARRAYS = {
    "digests": "V16", "keys": "<u8", "starts": "<i8", "rows": "<i4", "counts": "<u2", "fields": "u1", "lengths": "<f8",
    "factor_keys": "<u8", "factors": "<f8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """All that a search needs of a library."""

    index: Index
    digests: tuple[bytes, ...]
    """Of the strategy of each row of the index, dead ones among them."""
    calibration: Calibration
    changes: int = 0
    """Strategies that came or went since the calibration."""


def opened(strategies: Sequence[Strategy], path: Path | None = None) -> Built:
    """The index of these strategies, row by row: from ``path`` as far as it holds them, else built, and kept there."""
    digests = tuple(map(digest, strategies))
    kept = _read(path) if path is not None else None
    if kept is not None and kept.digests == digests:
        return kept
    built = changed(kept or _EMPTY, strategies, digests)
    places = {name: row for row, name in enumerate(built.digests) if built.index.alive[row]}
    built = replace(built, index=built.index.aligned([places[name] for name in digests]), digests=digests)
    fresh = recalibrated(built, strategies)
    if path is not None and fresh is not built:
        # A search never fails for want of a place to keep its index: a full or read-only disk costs time only.
        with contextlib.suppress(OSError, StorageError):
            _write(path, fresh)
    return fresh


def changed(built: Built, strategies: Sequence[Strategy], digests: Sequence[bytes]) -> Built:
    """``built`` with what left taken out and what came added behind; the rows of the others stay what they are."""
    wanted = dict(zip(digests, strategies, strict=True))
    held = {name: row for row, name in enumerate(built.digests) if built.index.alive[row]}
    removed = [row for name, row in held.items() if name not in wanted]
    added = [name for name in wanted if name not in held]
    index = built.index.changed(removed, [counted(wanted[name]) for name in added])
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
    return hashlib.blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=16).digest()


_EMPTY = Built(Index.of([]), (), Calibration(Factors.none(), DEFAULT))


def _version() -> str:
    return json.dumps([SCHEMA, terms.VERSION, K1, B, RARITY, UNKNOWN, POWER, UNIT, FIELD_WEIGHTS])


def _checksum(head: Mapping[str, object], payload: bytes | memoryview) -> str:
    """Of the first line without the checksum itself, and of all behind it."""
    checksum = hashlib.blake2b(json.dumps({**head, "checksum": ""}, sort_keys=True).encode(), digest_size=20)
    checksum.update(payload)
    return checksum.hexdigest()


def _write(path: Path, built: Built) -> None:
    postings, factors = built.index.postings, built.calibration.factors
    arrays: list[NDArray[np.generic]] = [
        np.frombuffer(b"".join(built.digests), dtype="V16"), postings.keys, postings.starts, postings.rows,
        postings.counts, postings.fields, postings.lengths, factors.keys, factors.values,
    ]  # fmt: skip
    payload = b"".join(array.astype(kind).tobytes() for array, kind in zip(arrays, _ARRAYS.values(), strict=True))
    head = {
        "denju": "search", "schema": SCHEMA, "terms": _version(), "checksum": "",
        "curve": astuple(built.calibration.curve), "changes": built.changes,
        "sizes": {name: len(array) for name, array in zip(_ARRAYS, arrays, strict=True)},
    }  # fmt: skip
    with replaced(path) as file:
        file.write(json.dumps({**head, "checksum": _checksum(head, payload)}).encode() + b"\n" + payload)


def _read(path: Path) -> Built | None:
    """What ``path`` holds; ``None`` where it is missing, damaged, or of another version."""
    try:
        whole = path.read_bytes()
        end = whole.index(b"\n") + 1
        head = json.loads(whole[:end])
        rest = memoryview(whole)[end:]
        if head["terms"] != _version() or head["checksum"] != _checksum(head, rest):
            return None
        arrays, at = {}, 0
        for name, kind in _ARRAYS.items():
            size = head["sizes"][name] * np.dtype(kind).itemsize
            arrays[name] = np.frombuffer(rest[at : at + size], dtype=kind)
            at += size
        digests = tuple(arrays.pop("digests").tolist())
        factors = Factors(arrays.pop("factor_keys"), arrays.pop("factors"))
        calibration = Calibration(factors, Curve(*map(float, head["curve"])))
        return Built(Index(Postings(**arrays)), digests, calibration, int(head["changes"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None

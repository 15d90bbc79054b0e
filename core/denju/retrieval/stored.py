"""The index with its curve on disk, beside the library: made once for a library, believed only when whole and its own.

One file: a line of JSON, then the terms and the arrays as they are in memory::

    {"denju": "search", "schema": 1, "digest": "…", "checksum": "…", "curve": […], "words": n, "rows": n, "entries": n}
    terms, one a line, as UTF-8     starts, int64     numbers, int64     weights, float64

``digest`` names the strategies and the version of the terms; ``checksum`` is that of all behind the first line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from denju.errors import StorageError
from denju.paths import replaced
from denju.retrieval import terms
from denju.retrieval.confidence import Curve, fitted, trials
from denju.retrieval.index import FIELD_WEIGHTS, K1, B, Counts, Index, strategy_counts
from denju.values import Strategy

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Built:
    """All that a search needs of a library."""

    index: Index
    curve: Curve


def opened(strategies: Sequence[Strategy], path: Path | None = None) -> Built:
    """The index of these strategies: from ``path`` where it holds just this, else built, and kept there."""
    digest = _digest(strategies)
    if path is not None and (kept := _read(path, digest)) is not None:
        return kept
    counts = Counts.of([strategy_counts(strategy) for strategy in strategies])
    index = Index(counts)
    built = Built(index, fitted(list(trials(index, strategies))))
    if path is not None:
        # A search never fails for want of a place to keep its index: a full or read-only disk costs time only.
        with contextlib.suppress(OSError, StorageError):
            _write(path, digest, counts, built.curve)
    return built


def _digest(strategies: Sequence[Strategy]) -> str:
    """Of all that enters the index and the curve."""
    digest = hashlib.blake2b(json.dumps([SCHEMA, terms.VERSION, K1, B, FIELD_WEIGHTS]).encode(), digest_size=20)
    for each in strategies:
        fields = [each.group(), each.language, each.title, each.situation, each.cues, each.steps]
        digest.update(json.dumps(fields).encode())
    return digest.hexdigest()


def _checksum(payload: bytes) -> str:
    return hashlib.blake2b(payload, digest_size=20).hexdigest()


def _write(path: Path, digest: str, counts: Counts, curve: Curve) -> None:
    words = "\n".join(counts.words).encode()
    payload = words + b"".join(array.tobytes() for array in (counts.starts, counts.numbers, counts.weights))
    head = {
        "denju": "search", "schema": SCHEMA, "digest": digest, "checksum": _checksum(payload), "curve": astuple(curve),
        "words": len(words), "rows": len(counts), "entries": len(counts.numbers),
    }  # fmt: skip
    with replaced(path) as file:
        file.write(json.dumps(head).encode() + b"\n" + payload)


def _read(path: Path, digest: str) -> Built | None:
    """What ``path`` holds; ``None`` where it is missing, damaged, or of another library."""
    try:
        line, _, payload = path.read_bytes().partition(b"\n")
        head = json.loads(line)
        if head["digest"] != digest or head["checksum"] != _checksum(payload):
            return None
        rest = memoryview(payload)[head["words"] :]
        starts_size, numbers_size = 8 * (head["rows"] + 1), 8 * head["entries"]
        counts = Counts(
            words=payload[: head["words"]].decode().split("\n") if head["words"] else [],
            starts=np.frombuffer(rest[:starts_size], dtype=np.int64),
            numbers=np.frombuffer(rest[starts_size : starts_size + numbers_size], dtype=np.int64),
            weights=np.frombuffer(rest[starts_size + numbers_size :], dtype=np.float64),
        )
        return Built(Index(counts), Curve(*map(float, head["curve"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None

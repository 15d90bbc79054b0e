"""The file that keeps the search's data beside the library: made once for a library, believed only when whole.

A line of JSON, padded so that the arrays lie as the processor wants them, then the arrays as they are in memory, in
the order of ``ARRAYS``::

    {"denju": "search", "schema": 5, "version": "…", "library": "sha256:…", "checksum": "…", "curve": […],
     "changes": n, "sizes": {…}}

``checksum`` is that of all else; ``version`` names all that makes terms and scores of a text; ``library`` is the
digest of the library that the rows stand for, one by one. Of the standard library alone, as ``formula`` is.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

from denju.paths import replaced
from denju.retrieval import background, related, terms
from denju.retrieval.confidence import FOREIGN, POWER, REJECTED, Curve
from denju.retrieval.formula import FIELD_WEIGHTS, K1, KNOWN, RARITY, UNIT, UNKNOWN, UNKNOWN_CODE, B
from denju.retrieval.query import COMMON, LONG, LONGER
from denju.retrieval.widening import ALIKE, LEAST_ALIKE, RELATED, SAME

SCHEMA = 5
ARRAYS: Mapping[str, Literal["B", "H", "I", "Q", "d", "i"]] = {
    "keys": "Q", "lengths": "d", "factor_keys": "Q", "factors": "d", "words": "Q", "starts": "I", "grams": "I",
    "gram_starts": "I", "gram_words": "I", "rows": "i", "counts": "H", "fields": "B", "word_sizes": "B",
    "digests": "B", "names": "B",
}  # fmt: skip
"""The format of each array, as ``struct`` names it; the widest first, so that each begins where it may."""
_ALIGNED = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says."""

    library: str
    curve: Curve
    changes: int
    """Strategies that came or went since the calibration."""
    arrays: Mapping[str, memoryview[Any]]


def read(path: Path) -> Kept | None:
    """What ``path`` holds; ``None`` where it is missing, damaged, or of another version."""
    try:
        whole = path.read_bytes()
        end = whole.index(b"\n") + 1
        head = json.loads(whole[:end])
        rest = memoryview(whole)[end:]
        if head["version"] != _version() or head["checksum"] != _checksum(head, rest):
            return None
        arrays: dict[str, memoryview[Any]] = {}
        at = 0
        for name, kind in ARRAYS.items():
            size = head["sizes"][name]
            arrays[name] = rest[at : at + size].cast(kind)
            at += size
        return Kept(str(head["library"]), Curve(*map(float, head["curve"])), int(head["changes"]), arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write(path: Path, library: str, curve: Curve, changes: int, arrays: Sequence[bytes | memoryview]) -> None:
    """Put this in the place of ``path``; ``arrays`` are in the order of ``ARRAYS``, each as its bytes.

    Raises:
        OSError, StorageError: the disk said no; what was there is there still.
    """
    head = {
        "denju": "search", "schema": SCHEMA, "version": _version(), "library": library, "checksum": "",
        "curve": astuple(curve), "changes": changes,
        "sizes": {name: len(array) for name, array in zip(ARRAYS, arrays, strict=True)},
    }  # fmt: skip
    line = json.dumps({**head, "checksum": _checksum(head, *arrays)}).encode()
    with replaced(path) as file:
        file.write(line + b" " * (-(len(line) + 1) % _ALIGNED) + b"\n")
        for array in arrays:
            file.write(array)


def _version() -> str:
    numbers = (K1, B, RARITY, UNKNOWN, UNKNOWN_CODE, KNOWN, POWER, UNIT, FIELD_WEIGHTS, RELATED, ALIKE, LEAST_ALIKE)
    texts = [zlib.crc32(text.encode()) for text in (related.source(), background.source())]
    shares = (background.ENOUGH, background.EVERY, background.FITTING, FOREIGN, REJECTED)
    return json.dumps([SCHEMA, sys.byteorder, terms.VERSION, numbers, COMMON, LONGER, LONG, SAME, shares, texts])


def _checksum(head: Mapping[str, object], *payload: bytes | memoryview) -> str:
    """Of the first line without the checksum itself, and of all behind it."""
    checksum = hashlib.blake2b(json.dumps({**head, "checksum": ""}, sort_keys=True).encode(), digest_size=20)
    for part in payload:
        checksum.update(part)
    return checksum.hexdigest()

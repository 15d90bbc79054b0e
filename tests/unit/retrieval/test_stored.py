"""The index on disk: the same results, and never believed when it is damaged or of another library."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from denju.retrieval import stored
from denju.values import Strategy

LIBRARY = [
    Strategy(
        id="a", title="Late", situation="Overdue", cues=tuple(f"Where is order {n}, it is late" for n in range(15))
    ),
    Strategy(
        id="b", title="傷", situation="部品の傷", cues=tuple(f"傷が{n}個あります" for n in range(15)), language="ja"
    ),
]
QUERY = {"late": 1.0, "傷": 1.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library" / "search.index"


def test_what_is_read_equals_what_was_built(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = stored.opened(LIBRARY, path)
    monkeypatch.setattr(stored, "counted", None)  # would fail if anything were counted again
    read = stored.opened(LIBRARY, path)
    assert np.array_equal(read.index.scores(QUERY), built.index.scores(QUERY))
    assert read.calibration.curve == built.calibration.curve
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_changed_library_is_built_anew(path: Path) -> None:
    stored.opened(LIBRARY, path)
    changed = [replace(LIBRARY[0], title="Scratch"), LIBRARY[1]]
    for _ in range(2):
        assert stored.opened(changed, path).index.scores({"scratch": 1.0}).tolist()[0] > 0
        assert stored.opened(changed[:1], path).index.corpus_size == 1


def test_a_damaged_copy_is_built_anew(path: Path) -> None:
    expected = stored.opened(LIBRARY, path).index.scores(QUERY)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-5] ^= 1
    for damaged in (b"", b"{}\n", b"null\n", b"\xff" * 99, whole[:-1], whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(damaged)
        assert np.array_equal(stored.opened(LIBRARY, path).index.scores(QUERY), expected)
        assert path.read_bytes() == whole


def test_a_search_works_where_nothing_can_be_kept(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert stored.opened(LIBRARY, blocked / "search.index").index.scores(QUERY).any()

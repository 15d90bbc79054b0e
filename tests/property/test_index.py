"""The index scores as rank-bm25 itself does, on the same weighted counts; and knows a library less one cue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Plus

from denju.retrieval.index import K1, B, Counts, Index

KEYS = st.sampled_from("abcdefgh")
ROWS = st.lists(st.dictionaries(KEYS, st.floats(0.1, 9.0), max_size=6), max_size=6)
QUERY = st.lists(KEYS | st.just("unknown"), unique=True, max_size=6)


@given(ROWS, QUERY)
def test_scores_equal_those_of_rank_bm25(rows: list[dict[str, float]], query: list[str]) -> None:
    index = Index(Counts.of(rows))
    expected = BM25Plus.get_scores(index, query)
    assert index.scores(dict.fromkeys(query, 1.0)) == pytest.approx(expected)
    for row in range(len(rows)):
        assert sum(index.gains(dict.fromkeys(query, 1.0), row).values()) == pytest.approx(expected[row])


@given(st.lists(st.lists(KEYS, min_size=1, max_size=8), min_size=1, max_size=6), QUERY)
def test_whole_counts_score_as_a_plain_rank_bm25_does(documents: list[list[str]], query: list[str]) -> None:
    plain = BM25Plus(documents, k1=K1, b=B, delta=0)
    rows = [{key: float(document.count(key)) for key in document} for document in documents]
    assert Index(Counts.of(rows)).scores(dict.fromkeys(query, 1.0)) == pytest.approx(plain.get_scores(query))


@given(ROWS.filter(bool), st.dictionaries(KEYS, st.floats(0.1, 3.0), min_size=1, max_size=4), st.data())
def test_a_library_less_one_cue(rows: list[dict[str, float]], cue: dict[str, float], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(rows) - 1))
    whole = [dict(each) for each in rows]
    for key, count in cue.items():
        whole[row][key] = whole[row].get(key, 0.0) + count
    index = Index(Counts.of(whole))
    scores, _ = index.scores_without(dict.fromkeys(cue, 1.0), row, cue)
    without = Index(Counts.of(rows))
    without.avgdl = index.avgdl  # the one thing that is not taken out: a cue hardly moves the mean
    assert scores == pytest.approx(BM25Plus.get_scores(without, list(cue)), abs=1e-6)


def test_counts_give_back_what_they_were_made_of() -> None:
    rows = [{"a": 1.0, "b": 0.5}, {}, {"b": 3.0}]
    counts = Counts.of(rows)
    assert list(counts) == rows
    assert counts[2] == {"b": 3.0}
    assert np.all(Index(Counts.of([])).scores({"a": 1.0}) == 0)

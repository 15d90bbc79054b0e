"""The index scores as rank-bm25 itself does, on the same weighted counts, whatever came and went before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Plus

from denju.retrieval import background
from denju.retrieval import index as module
from denju.retrieval.counts import from_weights
from denju.retrieval.index import K1, RARITY, B, Index
from denju.retrieval.widening import Widened
from denju.retrieval.widening import plain as asked_plainly

KEYS = st.sampled_from("abcdefgh")
WEIGHTS = st.integers(1, 1_800).map(lambda number: number / 200)
ROW = st.dictionaries(KEYS, WEIGHTS, max_size=6)
ROWS = st.lists(ROW, max_size=6)
QUERY = st.lists(KEYS | st.just("unknown"), unique=True, max_size=6)


class Plain(BM25Plus):  # type: ignore[misc]
    """rank-bm25 itself: its own scoring over counts that are given, its own idf to the power of ``RARITY``."""

    def _initialize(self, corpus: list[dict[str, float]]) -> dict[str, int]:
        self.doc_freqs, self.corpus_size = corpus, len(corpus)
        self.doc_len = [sum(row.values()) for row in corpus]
        self.avgdl = (sum(self.doc_len) / len(corpus) if corpus else 0) or 1.0
        return {key: sum(key in row for row in corpus) for row in corpus for key in row}

    def _calc_idf(self, nd: dict[str, int]) -> None:
        super()._calc_idf(nd)
        self.idf = {key: idf**RARITY for key, idf in self.idf.items()}


def plain(rows: list[dict[str, float]], query: list[str]) -> list[float]:
    scores: list[float] = Plain(rows, k1=K1, b=B, delta=0).get_scores(query).tolist()
    return scores


def asked(query: list[str]) -> Widened:
    return asked_plainly(dict.fromkeys(query, 1.0))


def index_of(rows: list[dict[str, float]]) -> Index:
    return Index.of([from_weights(row) for row in rows])


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """Nothing is lent to these libraries, small as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "ENOUGH", 0)
        yield


@given(ROWS, QUERY)
def test_with_what_is_lent_too_scores_are_those_of_rank_bm25(rows: list[dict[str, float]], query: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "ENOUGH", 20)
        index = index_of(rows)
        scores = index.scores(dict.fromkeys(query, 1.0))
        assert scores.tolist() == pytest.approx(BM25Plus.get_scores(index, query).tolist())


@given(ROWS, QUERY)
def test_scores_equal_those_of_rank_bm25(rows: list[dict[str, float]], query: list[str]) -> None:
    index = index_of(rows)
    scored = index.score(index.find(asked(query)))
    assert scored.scores.tolist() == pytest.approx(plain(rows, query))
    assert scored.scores.tolist() == pytest.approx(BM25Plus.get_scores(index, query).tolist())
    gained = [sum(gains.values()) for gains, _ in scored.of_rows(range(len(rows)))]
    assert gained == pytest.approx(scored.scores.tolist())


@given(ROWS, ROWS, QUERY, st.data())
def test_what_came_and_went_leaves_no_trace(
    rows: list[dict[str, float]], added: list[dict[str, float]], query: list[str], data: st.DataObject
) -> None:
    removed = data.draw(st.sets(st.integers(0, max(len(rows) - 1, 0)), max_size=len(rows)))
    index = index_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_FRESH", data.draw(st.sampled_from([0, 2, 64])))
        for row in added:
            index = index.changed((), [from_weights(row)])
        index = index.changed(removed, ())
    left = [row for number, row in enumerate(rows) if number not in removed] + added
    scores = index.scores(dict.fromkeys(query, 1.0))
    assert scores[index.alive].tolist() == pytest.approx(plain(left, query))
    assert not scores[~index.alive].any()
    order = np.flatnonzero(index.alive)[::-1].tolist()
    assert index.aligned(order).scores(dict.fromkeys(query, 1.0)).tolist() == pytest.approx(plain(left[::-1], query))


@given(ROWS, QUERY, st.data())
def test_a_part_scores_as_a_library_of_its_own(
    rows: list[dict[str, float]], query: list[str], data: st.DataObject
) -> None:
    among = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), dtype=np.bool_)
    index = index_of(rows)
    scores = index.score(index.find(asked(query)), among).scores
    part = [row for row, inside in zip(rows, among, strict=True) if inside]
    assert scores[among].tolist() == pytest.approx(plain(part, query))
    assert not scores[~among].any()


@given(st.lists(st.lists(KEYS, min_size=1, max_size=8), min_size=1, max_size=6), QUERY)
def test_whole_counts_rank_as_a_plain_rank_bm25_does(documents: list[list[str]], query: list[str]) -> None:
    rows = [{key: float(document.count(key)) for key in document} for document in documents]
    untouched = BM25Plus(documents, k1=K1, b=B, delta=0)
    untouched.idf = {key: idf**RARITY for key, idf in untouched.idf.items()}
    assert index_of(rows).scores(dict.fromkeys(query, 1.0)).tolist() == pytest.approx(
        untouched.get_scores(query).tolist()
    )

"""The other searches, each over the same texts; ``pip install "denju[bench]"`` brings them.

rank_bm25 as it comes, with words between spaces; bm25s, SQLite FTS5 and tantivy each with its own words (FTS5 and
tantivy stem English). They name no threshold, so all that they find counts as a match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from rank_bm25 import BM25Plus

Ranking = tuple[list[int], float]
"""Rows best first, at most ten, and the score of the first."""
Rank = Callable[[str], Ranking]


def rank_bm25(texts: Sequence[str]) -> Rank:
    bm25 = BM25Plus([text.lower().split() for text in texts])

    def rank(query: str) -> Ranking:
        scores = bm25.get_scores(query.lower().split())
        best = np.argsort(-scores, kind="stable")[:10]
        return best.tolist(), float(scores[best[0]])

    return rank


def bm25s(texts: Sequence[str]) -> Rank:
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)
    most = min(10, len(texts))

    def rank(query: str) -> Ranking:
        words = bm25s.tokenize([query], return_ids=False, show_progress=False)
        rows, scores = index.retrieve(words, k=most, show_progress=False)
        return rows[0].tolist(), float(scores[0][0])

    return rank


def fts5(texts: Sequence[str]) -> Rank:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.execute("create virtual table texts using fts5(text, tokenize = 'porter')")
    database.executemany("insert into texts values (?)", ((text,) for text in texts))

    def rank(query: str) -> Ranking:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        found = database.execute(
            "select rowid, -bm25(texts) from texts where text match ? order by 2 desc limit 10", (words or '""',)
        ).fetchall()
        return [row - 1 for row, _ in found], found[0][1] if found else 0.0

    return rank


def tantivy(texts: Sequence[str]) -> Rank:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", stored=True)
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for row, text in enumerate(texts):
        writer.add_document(tantivy.Document(row=row, text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> Ranking:
        words = " ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        try:
            hits = searcher.search(index.parse_query(words, ["text"]), 10).hits
        except ValueError:  # its own words leave nothing of the query
            hits = []
        return [searcher.doc(address)["row"][0] for _, address in hits], hits[0][0] if hits else 0.0

    return rank


PEERS: dict[str, Callable[[Sequence[str]], Rank]] = {
    "rank_bm25": rank_bm25, "bm25s": bm25s, "fts5": fts5, "tantivy": tantivy,
}  # fmt: skip

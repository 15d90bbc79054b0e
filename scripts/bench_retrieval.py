"""Retrieval on real data: ``python scripts/bench_retrieval.py DATA [FOLDER …]``, this project beside others.

The others are rank_bm25, bm25s, SQLite FTS5 and tantivy, all over the same text (``pip install "denju[bench]"``; one
that is missing is left out). With ``--frames FILE`` (rows with id and frame, ``{}`` where the matter goes) every query
is wrapped in the frames of its library's language, one after another.

Each folder of DATA holds ``library.jsonl`` (id, title, situation, steps, cues, lang) and ``queries.jsonl`` (id,
text, gold; ``gold: null`` where nothing fits; ``first3`` for the first three turns of a dialogue). One line a folder
and system: hit@1, hit@3, MRR@10; where there are queries that nothing fits, the AUROC of the confidence of the first
match, and at the library's own threshold the share of those rejected and the share of the others kept; milliseconds
of CPU a query, 95th percentile.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rank_bm25 import BM25Plus

from denju.retrieval.search import Retriever
from denju.values import Strategy, Turn

Ranking = tuple[list[str], float, bool]
"""Ids best first, what speaks for the first, and whether it counts as a match."""


@dataclass(frozen=True, slots=True)
class Query:
    turns: tuple[Turn, ...]
    gold: str | None


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    data, folders = Path(arguments[0]), list(arguments[1:])
    frames: list[dict[str, Any]] = []
    if "--frames" in folders:
        at = folders.index("--frames")
        frames = _records(Path(folders[at + 1]))
        del folders[at : at + 2]
    folders = folders or sorted(path.parent.name for path in data.glob("*/queries.jsonl"))

    columns = ("hit@1", "hit@3", "mrr@10", "auroc", "reject", "kept", "ms")
    print(f"{'data':<10} {'system':<10} " + " ".join(f"{column:>6}" for column in columns))

    for folder in folders:
        strategies = [_strategy(record) for record in _records(data / folder / "library.jsonl")]
        queries = [_query(record) for record in _records(data / folder / "queries.jsonl")]
        fitting = [each["frame"] for each in frames if each["id"].startswith(strategies[0].language)]
        if fitting:
            queries = [_framed(query, fitting[number % len(fitting)]) for number, query in enumerate(queries)]
        for name, system in _SYSTEMS.items():
            try:
                rank = system(strategies)
            except ModuleNotFoundError:
                continue
            print(f"{folder:<10} {name:<10} {_measure(rank, queries)}", flush=True)
    return 0


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _strategy(record: dict[str, Any]) -> Strategy:
    return Strategy(
        id=record["id"],
        title=record["title"],
        situation=record["situation"],
        cues=tuple(record["cues"]),
        steps=tuple(record["steps"]),
        language=record["lang"],
        status="approved",
    )


def _query(record: dict[str, Any]) -> Query:
    texts = [record["text"]]
    if "first3" in record:
        texts.append(record["first3"].removeprefix(record["text"]).strip())
    return Query(tuple(Turn("customer", text) for text in texts if text), record["gold"])


def _denju(strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    retriever = Retriever(strategies)

    def rank(query: Query) -> Ranking:
        match = retriever.search(query.turns, language=strategies[0].language, limit=10)
        candidates = [*([match.best] if match.best else []), *match.runners_up]
        ids = [candidate.strategy.id for candidate in candidates]
        return ids, candidates[0].confidence if candidates else 0.0, match.kind == "matched"

    return rank


def _plain(strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    """All fields as one text, words between spaces, rank-bm25 as it comes."""
    bm25 = BM25Plus([text.lower().split() for text in _texts(strategies)])

    def rank(query: Query) -> Ranking:
        scores = bm25.get_scores(_text(query).lower().split())
        best = np.argsort(-scores, kind="stable")[:10]
        return [strategies[row].id for row in best], float(scores[best[0]]), True

    return rank


def _framed(query: Query, frame: str) -> Query:
    return Query(tuple(Turn(turn.role, frame.replace("{}", turn.text)) for turn in query.turns), query.gold)


def _bm25s(strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(_texts(strategies), show_progress=False), show_progress=False)
    most = min(10, len(strategies))

    def rank(query: Query) -> Ranking:
        words = bm25s.tokenize([_text(query)], return_ids=False, show_progress=False)
        rows, scores = index.retrieve(words, k=most, show_progress=False)
        return [strategies[row].id for row in rows[0]], float(scores[0][0]), True

    return rank


def _fts5(strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.execute("create virtual table texts using fts5(text, tokenize = 'porter')")
    database.executemany("insert into texts values (?)", ((text,) for text in _texts(strategies)))

    def rank(query: Query) -> Ranking:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", _text(query)))
        found = database.execute(
            "select rowid, -bm25(texts) from texts where text match ? order by 2 desc limit 10", (words or '""',)
        ).fetchall()
        return [strategies[row - 1].id for row, _ in found], found[0][1] if found else 0.0, True

    return rank


def _tantivy(strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", stored=True)
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for row, text in enumerate(_texts(strategies)):
        writer.add_document(tantivy.Document(row=row, text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: Query) -> Ranking:
        words = " ".join(f'"{word}"' for word in re.findall(r"\w+", _text(query)))
        hits = searcher.search(index.parse_query(words, ["text"]), 10).hits
        ids = [strategies[searcher.doc(address)["row"][0]].id for _, address in hits]
        return ids, hits[0][0] if hits else 0.0, True

    return rank


def _texts(strategies: Sequence[Strategy]) -> list[str]:
    return [" ".join((each.title, each.situation, *each.cues, *each.steps)) for each in strategies]


def _text(query: Query) -> str:
    return " ".join(turn.text for turn in query.turns)


_SYSTEMS: dict[str, Callable[[Sequence[Strategy]], Callable[[Query], Ranking]]] = {
    "denju": _denju, "rank_bm25": _plain, "bm25s": _bm25s, "fts5": _fts5, "tantivy": _tantivy,
}  # fmt: skip


def _measure(rank: Callable[[Query], Ranking], queries: Sequence[Query]) -> str:
    rank(queries[0])  # builds what is built at the first query
    places: list[int] = []
    seconds: list[float] = []
    fitting: list[tuple[float, bool]] = []
    foreign: list[tuple[float, bool]] = []
    for query in queries:
        started = time.process_time()
        ids, evidence, matched = rank(query)
        seconds.append(time.process_time() - started)
        if query.gold is None:
            foreign.append((evidence, matched))
        else:
            fitting.append((evidence, matched))
            places.append(ids.index(query.gold) if query.gold in ids else 99)
    found = np.array(places)
    kept = np.mean([matched for _, matched in fitting])
    columns = [np.mean(found == 0), np.mean(found < 3), np.mean(np.where(found < 10, 1 / (found + 1), 0))]
    columns += [_auroc(fitting, foreign), 1 - np.mean([matched for _, matched in foreign])] if foreign else [np.nan] * 2
    return " ".join(f"{value:6.3f}" for value in (*columns, kept)) + f" {np.quantile(seconds, 0.95) * 1000:6.2f}"


def _auroc(fitting: Sequence[tuple[float, bool]], foreign: Sequence[tuple[float, bool]]) -> float:
    """The chance that a fitting query has more evidence than a foreign one; half for a tie."""
    above = np.array([value for value, _ in fitting])[:, None]
    below = np.array([value for value, _ in foreign])[None, :]
    return float(np.mean(above > below) + np.mean(above == below) / 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

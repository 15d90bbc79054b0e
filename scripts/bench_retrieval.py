"""Retrieval on real data: ``python scripts/bench_retrieval.py DATA [FOLDER …]``, this project beside others.

The others are rank_bm25, bm25s, SQLite FTS5 and tantivy, all over the same text (``pip install "denju[bench]"``; one
that is missing is left out). With ``--frames FILE`` (rows with id and frame, ``{}`` where the matter goes) every query
is wrapped in the frames of its library's language, one after another.

Each folder of DATA holds ``library.jsonl`` (id, title, situation, steps, cues, lang) and ``queries.jsonl`` (id,
text, gold; ``gold: null`` where nothing fits; ``first3`` for the first three turns of a dialogue). One line a folder
and system: hit@1, hit@3, MRR@10; where there are queries that nothing fits, the AUROC of the confidence of the first
match, and at the library's own threshold the share of those rejected and the share of the others kept; milliseconds
of CPU a query, 95th percentile.

``--few`` measures small libraries instead: of 2 to 5 strategies of a folder, 20 of each size, hit@1 and the share kept
of their own queries, and the share that matches of as many queries of the others.

``--speed [SIZE …]`` measures speed and size instead, on made-up strategies.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from denju.retrieval.search import Retriever
from denju.values import Strategy, Turn
from retrieval.peers import PEERS
from retrieval.speed import SIZES, compare, measure, text_of

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
    if arguments[0] == "--speed":
        compare(__file__, [int(size) for size in arguments[1:]] or SIZES)
        return 0
    if arguments[0] == "--speed-of":
        print(json.dumps(measure(arguments[1], int(arguments[2]))))
        return 0
    data, folders = Path(arguments[0]), list(arguments[1:])
    frames: list[dict[str, Any]] = []
    if "--frames" in folders:
        at = folders.index("--frames")
        frames = _records(Path(folders[at + 1]))
        del folders[at : at + 2]
    few = "--few" in folders
    folders = [each for each in folders if each != "--few"]
    folders = folders or sorted(path.parent.name for path in data.glob("*/queries.jsonl"))

    columns = ("hit@1", "kept", "others") if few else ("hit@1", "hit@3", "mrr@10", "auroc", "reject", "kept", "ms")
    print(f"{'data':<10} {'system':<10} " + " ".join(f"{column:>6}" for column in columns))

    for folder in folders:
        strategies = [_strategy(record) for record in _records(data / folder / "library.jsonl")]
        queries = [_query(record) for record in _records(data / folder / "queries.jsonl")]
        fitting = [each["frame"] for each in frames if each["id"].startswith(strategies[0].language)]
        if fitting:
            queries = [_framed(query, fitting[number % len(fitting)]) for number, query in enumerate(queries)]
        if few:
            print(f"{folder:<10} {'denju':<10} {_few(strategies, queries)}", flush=True)
            continue
        for name in ("denju", *PEERS):
            try:
                rank = _denju(strategies) if name == "denju" else _peer(name, strategies)
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


def _peer(name: str, strategies: Sequence[Strategy]) -> Callable[[Query], Ranking]:
    ranked = PEERS[name]([text_of(each) for each in strategies])

    def rank(query: Query) -> Ranking:
        rows, score = ranked(_text(query))
        return [strategies[row].id for row in rows], score, True

    return rank


def _framed(query: Query, frame: str) -> Query:
    return Query(tuple(Turn(turn.role, frame.replace("{}", turn.text)) for turn in query.turns), query.gold)


def _text(query: Query) -> str:
    return " ".join(turn.text for turn in query.turns)


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


def _few(strategies: Sequence[Strategy], queries: Sequence[Query]) -> str:
    """hit@1, kept and matched of other queries, over small libraries drawn from ``strategies``."""
    rng = random.Random(1)
    asked = {query.gold for query in queries}
    known = [each for each in strategies if each.id in asked]
    hits: list[bool] = []
    kept: list[bool] = []
    others: list[bool] = []
    for size in (2, 3, 4, 5) * 20:
        library = rng.sample(known, size)
        rank = _denju(library)
        ids = {each.id for each in library}
        own = [query for query in queries if query.gold in ids]
        for query in rng.sample(own, min(len(own), 20)):
            found, _, matched = rank(query)
            hits.append(found[:1] == [query.gold])
            kept.append(matched)
        foreign = [query for query in queries if query.gold not in ids]
        others += [rank(query)[2] for query in rng.sample(foreign, min(len(foreign), len(own), 20))]
    return " ".join(f"{np.mean(values):6.3f}" for values in (hits, kept, others))


def _auroc(fitting: Sequence[tuple[float, bool]], foreign: Sequence[tuple[float, bool]]) -> float:
    """The chance that a fitting query has more evidence than a foreign one; half for a tie."""
    above = np.array([value for value, _ in fitting])[:, None]
    below = np.array([value for value, _ in foreign])[None, :]
    return float(np.mean(above > below) + np.mean(above == below) / 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

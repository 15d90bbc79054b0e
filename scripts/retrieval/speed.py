"""Speed and size of the search beside the others, each in a process of its own.

Strategies of about 120 words out of 20,000 made-up ones, as often as words of a language are; queries of 12 of them.
Milliseconds and seconds are CPU time. Memory is what the process holds more after building and searching than before,
when it held the texts alone. A system that is not installed is left out.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from denju.retrieval.counts import counted
from denju.retrieval.index import Index
from denju.retrieval.search import Retriever
from denju.retrieval.stored import opened
from denju.values import Strategy, Turn
from retrieval.peers import PEERS

SIZES = (1_000, 10_000, 100_000)
WORDS = 20_000
QUERIES = 200
ADDED = 20
LIMIT_S = 3 * 60 * 60
KEPT = "sha256:…"
"""Stands for the digest of the library."""


def compare(script: str, sizes: Sequence[int]) -> None:
    """Print a table for each size; ``script`` measures one system when it is asked ``--speed-of NAME SIZE``."""
    columns = ("p50 ms", "p95 ms", "of bm25s", "MB", "of bm25s", "build s", "add ms", "open ms")
    for size in sizes:
        print(f"\n{size} strategies\n{'':<10} " + " ".join(f"{column:>9}" for column in columns), flush=True)
        measured = {name: told for name in ("bm25s", "denju", *PEERS) if (told := _asked(script, name, size))}
        base = measured.get("bm25s", {})
        for name, told in measured.items():
            ratios = [told[key] / base[key] if base else np.nan for key in ("p95", "memory")]
            values = (
                told["p50"], told["p95"], ratios[0], told["memory"], ratios[1], told["build"], told.get("add", np.nan),
                told.get("open", np.nan),
            )  # fmt: skip
            print(f"{name:<10} " + " ".join(f"{value:9.2f}" for value in values), flush=True)


def measure(name: str, size: int) -> dict[str, float]:
    """What one system takes, in this process."""
    strategies, queries = library(size + ADDED)
    strategies, more = strategies[:size], strategies[size:]
    texts = [] if name == "denju" else [text_of(each) for each in strategies]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "search.index"
        before, started = _resident(), time.process_time()
        search = _denju(strategies, path) if name == "denju" else PEERS[name](texts)
        search(queries[0])
        told = {"build": time.process_time() - started}
        seconds = [_seconds(partial(search, query)) for query in queries]
        told["p50"], told["p95"] = (float(np.quantile(seconds, share)) * 1_000 for share in (0.5, 0.95))
        gc.collect()
        told["memory"] = (_resident() - before) / 2**20
        return told | (_changes(strategies, more, path) if name == "denju" else {})


def library(size: int) -> tuple[list[Strategy], list[str]]:
    """The same strategies and queries each time."""
    chance = random.Random(1)
    words: dict[str, None] = {}
    while len(words) < WORDS:
        syllables = (chance.choice("bcdfghjklmnprstvw") + chance.choice("aeiou") for _ in range(chance.randint(1, 4)))
        words["".join(syllables) + chance.choice(["", "n", "s", "t", "r"])] = None
    names, frequencies = list(words), [1 / (place + 10) for place in range(WORDS)]

    def text(length: int) -> str:
        return " ".join(chance.choices(names, frequencies, k=length))

    strategies = [
        Strategy(
            id=f"st_{number}", title=text(5), situation=text(20), cues=tuple(text(9) for _ in range(5)),
            steps=tuple(text(12) for _ in range(4)), status="approved",
        )
        for number in range(size)
    ]  # fmt: skip
    return strategies, [text(12) for _ in range(QUERIES)]


def text_of(strategy: Strategy) -> str:
    """What the others search: all that this project searches, in one text."""
    return " ".join((strategy.title, strategy.situation, *strategy.cues, *strategy.steps))


def _denju(strategies: Sequence[Strategy], path: Path) -> Callable[[str], object]:
    retriever = Retriever(strategies, cache=path, library=KEPT)
    return lambda query: retriever.search([Turn("customer", query)], language="en")


def _changes(strategies: Sequence[Strategy], more: Sequence[Strategy], path: Path) -> dict[str, float]:
    """Opening the kept index, and adding a strategy to it, its terms counted."""
    index = opened(strategies, path, KEPT).index
    opening = [_seconds(partial(opened, strategies, path, KEPT)) for _ in range(5)]
    adding = [_seconds(partial(_add, index, each)) for each in more]
    return {"open": float(np.median(opening)) * 1_000, "add": float(np.median(adding)) * 1_000}


def _add(index: Index, strategy: Strategy) -> Index:
    return index.changed((), [counted(strategy)])


def _seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def _resident() -> int:
    """Bytes of this process that lie in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096


def _asked(script: str, name: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, script, "--speed-of", name, str(size)], capture_output=True, check=False, timeout=LIMIT_S
    )
    if done.returncode:
        print(f"{name:<10} {done.stderr.decode('utf-8', 'replace').strip().splitlines()[-1]}", flush=True)
        return {}
    told: dict[str, float] = json.loads(done.stdout)
    return told

"""How fast the library is at 10,000 strategies, beside stock TinyDB and SQLite (WAL, synchronous FULL).

    PYTHONPATH=core python scripts/bench_library.py [--count 10000] [--runs 5]

Prints the median CPU time of each, and the ratio of stock TinyDB's and SQLite's times to ours. A strategy is about
2 KB, half of them Japanese. Every operation ends on the disk, as each of the three does it by itself.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import tinydb

from denju.library import jsonl
from denju.library.parcel import bring_in
from denju.library.store import Library
from denju.values import Strategy

JAPANESE = "納入された部品の表面に擦り傷があり、ラインが止まりかけているため、お客様が怒っている。"
ENGLISH = "The parts that arrived are scratched, the line is about to stop, and the customer is angry. "


def strategy(number: int) -> Strategy:
    """A strategy of about 2 KB."""
    text, language = (JAPANESE, "ja") if number % 2 else (ENGLISH, "en")
    return Strategy(
        id=f"st_{number:012x}", title=f"{text[:20]} {number}", situation=text * 2, language=language,
        cues=tuple(f"{text} {number} {cue}" for cue in range(6)), priorities=(text, text), steps=(text,) * 4, why=text,
        tags=("defect", f"part-{number % 40}"),
    )  # fmt: skip


def timed(work: Callable[[], object], runs: int) -> float:
    """Median CPU time of ``work`` in milliseconds."""
    found = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        found.append((time.process_time() - begun) * 1000)
    return statistics.median(found)


def ours(folder: Path, known: list[Strategy], runs: int) -> dict[str, float]:
    path = folder / "library" / "library.json"
    data = jsonl.dump(known)
    times = {"import all": timed(lambda: bring_in(Library(path), jsonl.load(data), by="sato"), 1)}
    times["open, and read one"] = timed(lambda: Library(path).get(known[-1].id), runs)
    times["open, and read all"] = timed(lambda: Library(path).all(), min(runs, 3))
    library = Library(path)
    library.add([replace(known[0], id="st_first")])
    times["add one"] = timed(lambda: library.add([replace(known[0], id="")]), runs)
    newest = library.get(known[5].id)
    times["edit one"] = timed(
        lambda: library.revise(newest, base_revision=library.revisions(newest.id)[-1].revision), runs
    )
    times["a whole process: library show ID"] = shown(folder, known[7].id, runs)
    return times


def shown(home: Path, strategy_id: str, runs: int) -> float:
    """Median CPU time of ``denju library show``, the start of Python included, in milliseconds.

    As an installed denju, it keeps what Python compiled of it; the first run, which may compile, does not count.
    """
    command = [sys.executable, "-m", "denju_tui", "library", "show", strategy_id]
    environ = {**os.environ, "DENJU_HOME": str(home)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    found = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return statistics.median(found)


def stock(folder: Path, known: list[Strategy], runs: int) -> dict[str, float]:
    path = folder / "stock.json"
    documents = [each.to_dict() for each in known]
    database = tinydb.TinyDB(path)
    times = {"import all": timed(lambda: database.insert_multiple(documents), 1)}

    def opened() -> object:
        with tinydb.TinyDB(path) as fresh:
            fresh.get(doc_id=len(known))
        return fresh

    times["open, and read one"] = timed(opened, runs)
    times["open, and read all"] = timed(lambda: tinydb.TinyDB(path).all(), min(runs, 3))
    times["add one"] = timed(lambda: database.insert(documents[0]), runs)
    times["edit one"] = timed(lambda: database.update({"why": "x"}, doc_ids=[5]), runs)
    database.close()
    return times


def sqlite(folder: Path, known: list[Strategy], runs: int) -> dict[str, float]:
    path = folder / "library.sqlite"

    def connected() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    database = connected()
    database.execute("CREATE TABLE strategies (id TEXT, revision INT, document TEXT, PRIMARY KEY (id, revision))")
    put = "INSERT OR REPLACE INTO strategies VALUES (?, ?, ?)"

    def import_all() -> None:
        database.execute("BEGIN")
        database.executemany(put, [(each.id, 1, json.dumps(each.to_dict(), ensure_ascii=False)) for each in known])
        database.execute("COMMIT")

    times = {"import all": timed(import_all, 1)}
    read = "SELECT document FROM strategies WHERE id = ?"
    times["open, and read one"] = timed(lambda: connected().execute(read, (known[-1].id,)).fetchone(), runs)
    everything = "SELECT document FROM strategies"
    times["open, and read all"] = timed(
        lambda: [json.loads(text) for (text,) in connected().execute(everything)], min(runs, 3)
    )
    document = json.dumps(known[0].to_dict(), ensure_ascii=False)
    times["add one"] = timed(lambda: database.execute(put, (f"st_{time.monotonic_ns()}", 1, document)), runs)
    times["edit one"] = timed(lambda: database.execute(put, (known[5].id, 1, document)), runs)
    return times


def main() -> None:
    """Measure the three and print the table."""
    parser = argparse.ArgumentParser(description="The library's speed beside stock TinyDB and SQLite.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    known = [strategy(number) for number in range(arguments.count)]
    gc.collect()
    gc.freeze()  # what only the measuring holds is not looked through in what is measured
    with tempfile.TemporaryDirectory() as folder:
        denju = ours(Path(folder), known, arguments.runs)
        size = (Path(folder) / "library" / "library.json").stat().st_size
        tiny, lite = stock(Path(folder), known, arguments.runs), sqlite(Path(folder), known, arguments.runs)
    print(f"{arguments.count:,} strategies, {size / 1e6:.1f} MB, CPU time in ms, median of {arguments.runs}\n")
    print("| | denju | stock TinyDB | SQLite | TinyDB ÷ denju | SQLite ÷ denju |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, took in denju.items():
        cells = [f"{took:,.1f}"]
        cells += [f"{times[name]:,.2f}" if name in times else "" for times in (tiny, lite)]
        cells += [f"{times[name] / took:,.2f}" if name in times else "" for times in (tiny, lite)]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

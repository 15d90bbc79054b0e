"""Kill a batch at random moments and go on: ``python scripts/fault_batch.py [--kills 100] [--rows 300]``.

Each run is killed with SIGKILL at a random moment after its start and continued with ``denju batch resume``, until it
has ended; then another output is begun. Every output must equal that of an undisturbed run, but for ``seconds``.
Ordered and unordered runs, JSON lines and tables take turns.
Prints a table; exit code 1 when one line of any output differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "denju_tui", "batch"]
TEXTS = (
    "部品に傷がありました。ロット {} です。",
    "The parts of order {} arrived late.",
    "見積もり {} をお願いします。",
    "{bad",
)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The records, without what no two runs share."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{**row, "seconds": ""} for row in csv.DictReader(file)]
    return [{**json.loads(line), "seconds": 0} for line in path.read_text("utf-8").splitlines()]


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=300)
    wanted = parser.parse_args()
    draw = random.Random(9)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"DENJU_HOME": name, "DENJU_SLOT": f"{name}/slot"}
        source = folder / "in.jsonl"
        with source.open("w", encoding="utf-8") as file:
            for number in range(wanted.rows):
                text = TEXTS[number % len(TEXTS)]
                row = {"id": f"r{number}", "text": text.replace("{}", str(number))}
                file.write((text if text == "{bad" else json.dumps(row, ensure_ascii=False)) + "\n")
        began = time.monotonic()
        expected = {}
        for suffix in ("jsonl", "csv"):
            whole = folder / f"whole.{suffix}"
            start("run", str(source), str(whole), "--max-tokens", "24").wait()
            expected[suffix] = rows_of(whole)
        longest = (time.monotonic() - began) / 2
        kills = outputs = different = 0
        while kills < wanted.kills:
            suffix, unordered = draw.choice(["jsonl", "csv"]), draw.random() < 0.5
            target = folder / f"out-{outputs}.{suffix}"
            options = ["--max-tokens", "24", *(["--unordered"] if unordered else [])]
            process = start("run", str(source), str(target), *options)
            while True:
                try:
                    process.wait(draw.uniform(0.2, longest) if kills < wanted.kills else None)
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    kills += 1
                    if not target.exists() or not Path(f"{target}.run.json").exists():
                        process = start("run", str(source), str(target), *options)
                    else:
                        process = start("resume", str(target))
            got = rows_of(target)
            if unordered:
                got.sort(key=lambda row: [each["id"] for each in expected[suffix]].index(row["id"]))
            different += got != expected[suffix]
            outputs += 1
            target.unlink()
        print(f"\n| kills of batches of {wanted.rows} rows | |\n| --- | ---: |")
        for title, count in {"kills": kills, "outputs": outputs, "outputs that differ": different}.items():
            print(f"| {title} | {count} |")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()

"""What a batch survives: ``python scripts/fault_batch.py [PART …] [--kills 100] [--rows 60]``.

kills     a run is killed with SIGKILL at a random moment after its start and continued with ``denju batch resume``,
          until it has ended; then another output is begun. Every output must equal that of an undisturbed run, but
          for ``seconds``. Ordered and unordered runs, JSON lines and tables take turns. A kill counts where the run
          wrote a record before it
places    a reader that leaves, a full disk (a tmpfs of its own, in a mount namespace), places that cannot be written,
          outputs of something else and of another run, an input that grows, a line of 1 GB: each must end with its exit
          code and two lines that say what happened and what to do, and lose nothing

Prints a table a part; exit code 1 when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "denju_tui", "batch"]
SHORT = ["--max-tokens", "24"]
TEXTS = (
    "部品に傷がありました。ロット {} です。",
    "The parts of order {} arrived late.",
    "見積もり {} をお願いします。",
    "{bad",
)
MOST_MEMORY = 200e6
"""Bytes that a run may hold while it reads a line of 1 GB."""


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The records, without what no two runs share."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{**row, "seconds": ""} for row in csv.DictReader(file)]
    return [{**json.loads(line), "seconds": 0} for line in path.read_text("utf-8").splitlines()]


def write_rows(path: Path, numbers: range) -> None:
    with path.open("a", encoding="utf-8") as file:
        for number in numbers:
            text = TEXTS[number % len(TEXTS)]
            row = {"id": f"r{number}", "text": text.replace("{}", str(number))}
            file.write((text if text == "{bad" else json.dumps(row, ensure_ascii=False)) + "\n")


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def written(target: Path) -> int:
    """Lines of records; a record with line breaks in its cells has several."""
    return max(0, target.read_bytes().count(b"\n") - (target.suffix == ".csv")) if target.exists() else 0


def kills(folder: Path, wanted: argparse.Namespace) -> bool:
    draw = random.Random(9)
    source = folder / "in.jsonl"
    write_rows(source, range(wanted.rows))
    began, expected = time.monotonic(), {}
    for suffix in ("jsonl", "csv"):
        whole = folder / f"whole.{suffix}"
        start("run", str(source), str(whole), *SHORT).wait()
        expected[suffix] = rows_of(whole)
    longest = (time.monotonic() - began) / 2
    killed = outputs = different = 0
    while killed < wanted.kills:
        suffix, unordered = draw.choice(["jsonl", "csv"]), draw.random() < 0.5
        target = folder / f"out-{outputs}.{suffix}"
        options = [*SHORT, *(["--unordered"] if unordered else [])]
        process, before = start("run", str(source), str(target), *options), 0
        while True:
            try:
                process.wait(draw.uniform(0.2, longest) if killed < wanted.kills else None)
                break
            except subprocess.TimeoutExpired:
                process.kill()
                killed += process.wait() == -signal.SIGKILL and written(target) > before
                before = written(target)
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
    for title, count in {"kills": killed, "outputs": outputs, "outputs that differ": different}.items():
        print(f"| {title} | {count} |")
    return not different


class Places:
    """One row of the table a trial."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.source, self.target = folder, folder / "rows.jsonl", folder / "answers.jsonl"
        self.failures = 0
        write_rows(self.source, range(12))
        self.run("run", self.source, folder / "whole.jsonl", *SHORT)
        self.whole = rows_of(folder / "whole.jsonl")
        print("\n| trial | exit code | told | nothing lost |\n| --- | ---: | --- | --- |")

    def run(self, *arguments: object, **more: Any) -> tuple[int, str]:
        """Exit code, and what was told of an error."""
        command = [*COMMAND, *map(str, arguments)]
        done = subprocess.run(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more)
        return done.returncode, self.told(done.stderr)

    @staticmethod
    def told(stderr: bytes) -> str:
        """The last two lines: what happened, and what to do; the whole of a traceback."""
        text = stderr.decode().strip()
        lines = text.splitlines()
        return text if "Traceback" in text else " ".join(each.strip() for each in lines[-2:])

    def row(self, title: str, got: tuple[int, str], code: int, told: str, kept: bool) -> None:
        """Print a trial; it failed when its code or its words are others, or something was lost."""
        right = got[0] == code and told in got[1] and "Traceback" not in got[1] and kept
        self.failures += not right
        words = got[1].replace(f"{self.folder}/", "").replace("|", "\\|")
        print(f"| {title} | {got[0]} | {words} | {'yes' if kept else 'NO'}{'' if right else ' (WRONG)'} |")

    def reader_leaves(self) -> None:
        command = [*COMMAND, "run", str(self.source), "-", *SHORT]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout and process.stderr
            first = {**json.loads(process.stdout.readline()), "seconds": 0}
            process.stdout.close()
            told = process.stderr.read()
        self.row(
            "the reader of the pipe leaves", (process.returncode, self.told(told)), 141, "", first == self.whole[0]
        )

    def disk_is_full(self) -> None:
        disk, copy = self.folder / "disk", self.folder / "copy.jsonl"
        disk.mkdir()
        out = f"'{disk}/answers.jsonl'"
        # Half of the answers, in pages, beside what describes the run and its next version.
        size = ((self.folder / "whole.jsonl").stat().st_size // 2 // 4096 + 2) * 4096
        batch = " ".join(f"'{each}'" for each in COMMAND)
        script = (
            f"mount -t tmpfs -o size={size} denju '{disk}' && "
            f"{batch} run '{self.source}' {out} {' '.join(SHORT)}; code=$?; cp {out} '{copy}'; "
            f"mount -o remount,size=8m '{disk}'; {batch} resume {out} 2>/dev/null; cp {out} '{self.target}'; exit $code"
        )
        done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script], stderr=subprocess.PIPE)
        before, after = rows_of(copy), rows_of(self.target)
        kept = 0 < len(before) < len(after) and before == self.whole[: len(before)] and after == self.whole
        self.row("the disk gets full", (done.returncode, self.told(done.stderr)), 1, "no space left", kept)

    def output_is_closed(self) -> None:
        place = self.folder / "none" / "answers.jsonl"
        self.row("no folder for the output", self.run("run", self.source, place), 1, "no such file", True)
        self.row("a folder as the output", self.run("run", self.source, self.folder), 2, "a folder", True)
        self.row("a device as the output", self.run("run", self.source, "/dev/full"), 2, "Not a regular file", True)
        with open("/dev/full", "wb") as full:
            self.row("a full stdout", self.run("run", self.source, "-", stdout=full), 1, "no space left", True)

    def output_exists(self) -> None:
        notes = self.folder / "notes.txt"
        notes.write_text("My notes.\n")
        got = self.run("run", self.source, notes)
        self.row("an output of something else", got, 2, "not an answer", notes.read_text() == "My notes.\n")
        other, target = self.folder / "other.jsonl", self.folder / "whole.jsonl"
        before = target.read_bytes()
        write_rows(other, range(3))
        got = self.run("run", other, target, *SHORT)
        self.row("an output of another run", got, 2, "the input was", target.read_bytes() == before)

    def input_grows(self) -> None:
        source, target = self.folder / "grows.jsonl", self.folder / "grown.jsonl"
        source.write_bytes(self.source.read_bytes())
        command = [*COMMAND, "run", str(source), str(target), *SHORT]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            assert process.stderr
            while process.poll() is None and not (target.exists() and target.stat().st_size):
                time.sleep(0.01)
            write_rows(source, range(12, 14))
            told = process.stderr.read().decode()
        kept = rows_of(target) == self.whole
        words = " ".join(line for line in told.splitlines() if "bytes" in line)
        self.row("the input grows meanwhile", (process.returncode, words), 5, "bytes", kept)
        got = self.run("resume", target)
        self.row("… and the run is continued", got, 2, "has grown by", rows_of(target) == self.whole)
        got = self.run("resume", target, "--despite-changes")
        self.row("… with --despite-changes", got, 5, "", rows_of(target)[:-2] == self.whole)

    def line_of_a_gigabyte(self) -> None:
        source, target = self.folder / "long.jsonl", self.folder / "long-answers.jsonl"
        write_rows(source, range(1))
        with source.open("ab") as file:
            for _ in range(1024):
                file.write(b"x" * 2**20)
            file.write(b"\n")
        write_rows(source, range(1, 2))
        code, told = self.run("run", source, target, *SHORT)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        records = rows_of(target)
        kept = [records[0], records[2]] == self.whole[:2] and most < MOST_MEMORY
        message = records[1]["error"]["message"]
        title = f"a line of 1 GB ({most / 1e6:.0f} MB of memory at most)"
        self.row(title, (code, f"{message} {told}"), 5, "longer than 4 MB", kept)
        source.unlink()


def places(folder: Path, _wanted: argparse.Namespace) -> bool:
    trials = Places(folder)
    trials.reader_leaves()
    trials.disk_is_full()
    trials.output_is_closed()
    trials.output_exists()
    trials.input_grows()
    trials.line_of_a_gigabyte()
    return not trials.failures


PARTS: dict[str, Callable[[Path, argparse.Namespace], bool]] = {"kills": kills, "places": places}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=60)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"DENJU_HOME": f"{name}/home", "DENJU_SLOT": f"{name}/slot"}
        held = [PARTS[part](Path(name), wanted) for part in wanted.parts or PARTS]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()

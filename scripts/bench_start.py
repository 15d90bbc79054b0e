"""How long a person waits for a command: CPU of --version and --help, and one whole `ask`, each as a whole process.

Prints medians of several runs as a table. The first `ask` seeds the library and is not counted.

    python scripts/bench_start.py [--runs 7]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MESSAGES = {
    "ja": "部品に傷がありました。検査はどうなっているのですか。",
    "en": "The parts arrived two days late and our line has stopped.",
}


@dataclass(frozen=True)
class Run:
    """One finished process, times in seconds."""

    wall: float
    cpu: float
    first_byte: float
    """From the start of the process to the first byte on stdout."""


def run(arguments: list[str], home: Path) -> Run:
    environ = {**os.environ, "DENJU_HOME": str(home), "DENJU_SLOT": str(home / "slot")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("denju")), *arguments]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 1)
        first_byte = time.monotonic() - started
        assert first, f"{arguments} printed nothing"
        process.stdout.read()
    wall = time.monotonic() - started
    assert process.returncode == 0, f"{arguments} ended with {process.returncode}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, first_byte)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, median of {runs}\n")
    print("| command | CPU ms | wall ms | first byte ms |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, arguments in {
            "denju --version": ["--version"],
            "denju --help": ["--help"],
            "denju ask (Japanese)": ["ask", MESSAGES["ja"]],
            "denju ask (English)": ["ask", MESSAGES["en"]],
        }.items():
            run(arguments, home)
            done = [run(arguments, home) for _ in range(runs)]
            cells = [statistics.median(getattr(each, part) for each in done) for part in ("cpu", "wall", "first_byte")]
            print(f"| {name} | " + " | ".join(f"{1000 * cell:.0f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()

"""Odd files as import: each ends in one clear line and an exit code, and the library stays as it was, byte by byte.

python scripts/fault_import.py [--sample]      the whole list, or the quick ones that the tests run

Every file is given to ``denju import`` as a process of its own, and its CPU time and memory are held to a limit.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS = 1.0
MEGABYTES = 100
GOOD = b'{"title": "a", "situation": "b"}\n'
TABLE = b"title,situation\n"

ODD: dict[str, bytes] = {
    "cut in a line.jsonl": GOOD + b'{"title": "a", "situ',
    "brackets, 20 MB.jsonl": b"[]," * (20_000_000 // 3),
    "brackets, 20 MB.csv": b"[]," * (20_000_000 // 3),
    "lines of brackets, 20 MB.jsonl": b"[]\n" * (20_000_000 // 3),
    "empty lines, 20 MB.jsonl": b"\n" * 20_000_000,
    "empty lines, 20 MB.csv": TABLE + b"\n" * 20_000_000,
    "rows of commas, 20 MB.csv": TABLE + b",,\n" * (20_000_000 // 3) + b"x,y,z\n",
    "one long cell, 20 MB.csv": TABLE + b'"' + b"x" * 20_000_000,
    "one long line, 20 MB.jsonl": b'{"title": "' + b"x" * 20_000_000,
    "deep.jsonl": b'{"title": "a", "situation": "b", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep objects.jsonl": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep cell.csv": b'title,situation,extra\na,b,"' + b"[" * 10_000 + b'"\n',
    "a name twice.jsonl": b'{"title": "a", "title": "c", "situation": "b"}',
    "NaN.jsonl": b'{"title": "a", "situation": "b", "x": NaN}',
    "infinity.jsonl": b'{"title": "a", "situation": "b", "x": -1e999}',
    "a long number.jsonl": b'{"title": "a", "situation": "b", "x": ' + b"9" * 100_000 + b"}",
    "a lone surrogate alone.jsonl": b'{"title": "\\ud800", "situation": "b"}',
    "UTF-16.jsonl": GOOD.decode().encode("utf-16"),
    "UTF-32.csv": TABLE.decode().encode("utf-32"),
    "half of UTF-16.csv": b"\xff\xfet\0i",
    "NUL.jsonl": b"\0" * 1000,
    "NUL in a cell.csv": TABLE + b"a\0,b\n",
    "broken UTF-8.jsonl": b'{"title": "\xc3(", "situation": "b"}',
    "noise.csv": bytes(range(128, 256)) * 1000,
    "noise.jsonl": bytes(range(256)) * 100,
    "a picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 50,
    "an archive.csv": b"PK\x03\x04\x14\0\x06\0\x08\0" + bytes(range(256)) * 50,
    "null.jsonl": b"null",
    "a list.jsonl": b"[" + GOOD.strip() + b"]",
    "another library's header.jsonl": b'{"denju": "library", "schema": 99, "count": 0}\n',
    "cut off.jsonl": b'{"denju": "library", "schema": 1, "count": 5}\n' + GOOD,
    "a library itself.jsonl": b'{"denju": {"1": {"schema": 1}},\n"strategies": {}}',
    "no quote at the end.csv": TABLE + b'"a,b\n',
    "two columns of one name.csv": b"title,situation,Title\na,b,c\n",
    "an escape in the wrong place.jsonl": b'{"title": "a", "situation": 5, "x\x1b[31m": 1}',
    "a bidi override in an id twice.jsonl": '{"id": "a\u202eb", "title": "a", "situation": "b"}\n'.encode() * 2,
    "a policy in an import.md": b"# title\n",
}
"""What must be refused, by the name of the file."""
_QUICK = 2_000_000
"""Bytes; larger files are left out of the sample, and of the others two of three."""


@dataclass(frozen=True)
class Result:
    """One import that ended."""

    name: str
    code: int
    told: str
    seconds: float
    """CPU time above that of an import that does nothing."""
    megabytes: float
    """Largest resident memory."""
    wrong: str
    """What should not be; empty where all is well."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", action="store_true")
    quick = parser.parse_args().sample
    with tempfile.TemporaryDirectory() as folder:
        results = list(run(Path(folder), quick=quick))
    for each in results:
        line = each.told.splitlines()[0][:90] if each.told else ""
        print(f"{each.name:38} {each.code:4} {each.seconds:6.2f} s {each.megabytes:6.0f} MB  {each.wrong or line}")
    wrong = [each for each in results if each.wrong]
    print(
        f"{len(results)} files, {len(wrong)} wrong; limits: {SECONDS:g} s of CPU above an empty import, {MEGABYTES} MB"
    )
    sys.exit(1 if wrong else 0)


def run(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Import every odd file into a library of two strategies."""
    home = folder / "home"
    environ = {**os.environ, "DENJU_HOME": str(home), "DENJU_PERSON_LANGUAGE": "en"}
    (folder / "good.jsonl").write_bytes(GOOD)
    _imported([str(folder / "good.jsonl")], environ)
    library = home / "library" / "library.json"
    before = _digest(library)
    empty, _, _ = _imported([str(folder / "good.jsonl")], environ)
    for name, arguments, stdin in _cases(folder, quick=quick):
        seconds, megabytes, done = _imported(arguments, environ, stdin)
        told = done.stderr.decode("utf-8", "replace")
        wrong = [
            text
            for text, is_so in (
                (f"exit code {done.returncode}", done.returncode not in (1, 2)),
                ("more than two lines", len(told.splitlines()) > 2 or not told),
                ("a crash", "Traceback" in told or "unexpected error" in told),
                ("something on stdout", bool(done.stdout)),
                ("a control character", any(char in told for char in "\x1b\x07\x9b\u202e")),
                ("the library changed", _digest(library) != before),
                (f"{seconds - empty:.2f} s", seconds - empty > SECONDS),
                (f"{megabytes:.0f} MB", megabytes > MEGABYTES),
            )
            if is_so
        ]
        yield Result(name, done.returncode, told, max(seconds - empty, 0.0), megabytes, ", ".join(wrong))


def _cases(folder: Path, *, quick: bool) -> Iterator[tuple[str, list[str], bytes | None]]:
    """Name, arguments and standard input of each import."""
    quick_ones = [name for name, data in ODD.items() if len(data) < _QUICK][::3]
    for name, data in ODD.items():
        if not quick or name in quick_ones:
            (folder / name).write_bytes(data)
            yield name, [str(folder / name)], None
            (folder / name).unlink()
    fifo = folder / "fifo.csv"
    os.mkfifo(fifo)
    yield "a FIFO", [str(fifo)], None
    yield "a folder", [str(folder)], None
    yield "/dev/zero", ["/dev/zero"], None
    yield "nothing there", [str(folder / "none.jsonl")], None
    yield "a name with NUL-like bytes", [f"{folder}/\udcff.csv"], None
    if not quick:
        sparse = folder / "sparse.jsonl"
        with sparse.open("wb") as file:
            file.truncate(2**30)
        yield "1 GB, sparse", [str(sparse)], None
        yield "/dev/zero as stdin", ["-"], b"\0" * 4_000_000
        yield "brackets without end as stdin", ["-"], b"[],\n" * 15_000_000


def _imported(
    arguments: list[str], environ: dict[str, str], stdin: bytes | None = None
) -> tuple[float, float, subprocess.CompletedProcess[bytes]]:
    """CPU seconds, megabytes and end of one ``denju import``."""
    # Not ru_maxrss, which a process takes over from the one that started it.
    script = (
        "import sys, time; from pathlib import Path; from denju_tui.__main__ import main;"
        "code = main(['import', *sys.argv[2:]]);"
        "peak = Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0];"
        "Path(sys.argv[1]).write_text(f'{time.process_time()} {peak}'); sys.exit(code)"
    )
    with tempfile.NamedTemporaryFile() as measured:
        done = subprocess.run(
            [sys.executable, "-c", script, measured.name, *arguments], env=environ, check=False, capture_output=True,
            input=stdin or b"", timeout=60,
        )  # fmt: skip
        seconds, kilobytes = Path(measured.name).read_text().split()
    return float(seconds), float(kilobytes) / 1024, done


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()

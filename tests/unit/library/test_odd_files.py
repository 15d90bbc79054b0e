"""Bombs and oddities, as a library and as an import: one clear line, little time, little memory, nothing changed."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from denju.errors import DenjuError
from denju.library import jsonl, parcel
from denju.library.store import Library
from denju.text import one_line
from denju.values import Strategy

MEGABYTE = 2**20
HEAD = b'{"denju": {"1": {"schema": 2, "generation": 1, "digest": "sha256:%b"}},\n"strategies": {\n' % (b"0" * 64)
"""A header as denju writes it, but for the digest."""

GOOD = json.dumps(Strategy(title="Late", situation="A delivery is late", id="st_1").to_dict()).encode()


def _library(*documents: bytes) -> bytes:
    rows = (b'"%d": %b' % (number, document) for number, document in enumerate(documents, 1))
    return HEAD + b",\n".join(rows) + b"\n}}\n"


def _extra(value: bytes) -> bytes:
    return GOOD[:-1] + b', "more": ' + value + b"}"


def _many(data: bytes, megabytes: int = 20) -> bytes:
    return data * (megabytes * MEGABYTE // len(data))


BOMBS: dict[str, Callable[[], bytes]] = {
    "20 MB of lists": lambda: b"[" + _many(b"[],") + b"[]]",
    "20 MB of lists in a field": lambda: _library(_extra(b"[" + _many(b"[],") + b"[]]")),
    "20 MB of objects in a field": lambda: _library(_extra(b"[" + _many(b"{},") + b"{}]")),
    "20 MB of zeros in a field": lambda: _library(_extra(b"[" + _many(b"0,") + b"0]")),
    "20 MB of texts in a field": lambda: _library(_extra(b"[" + _many(b'"",') + b'""]')),
    "a text of 20 MB": lambda: _library(_extra(b'"' + _many(b"x") + b'"')),
    "a text of 20 MB without an end": lambda: _library(_extra(b'"' + _many(b"x"))),
    "20 MB of backslashes": lambda: _library(_extra(b'"' + _many(b"\\\\"))),
    "a number of 20 MB": lambda: _library(_extra(_many(b"9"))),
    "a number of 5,000 digits": lambda: _library(_extra(b"9" * 5000)),
    "10,000 levels of lists": lambda: _library(_extra(b"[" * 10_000 + b"]" * 10_000)),
    "10,000 levels of objects": lambda: _library(_extra(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)),
    "20 MB of levels": lambda: HEAD + _many(b"["),
    "20 MB of tables": lambda: HEAD[:-2] + _many(b'}, "a": {'),
    "20 MB of blanks": lambda: _many(b" "),
    "20 MB of NUL": lambda: _many(b"\0"),
    "20 MB of blanks in the middle": lambda: HEAD + _many(b" "),
    "a name of 20 MB": lambda: b'{"' + _many(b"x") + b'": 1}',
    "a field twice": lambda: _library(_extra(b'{"a": 1, "a": 2}')),
    "NaN": lambda: _library(_extra(b"NaN")),
    "minus infinity": lambda: _library(_extra(b"-Infinity")),
    "1e999": lambda: _library(_extra(b"1e999")),
    "UTF-16": lambda: _library(GOOD).decode().encode("utf-16"),
    "UTF-16 without a mark": lambda: _library(GOOD).decode().encode("utf-16-le"),
    "UTF-32": lambda: _library(GOOD).decode().encode("utf-32"),
    "CP932": lambda: _library(_extra('"部品"'.encode("cp932"))),
    "NUL in a text": lambda: _library(GOOD.replace(b"Late", b"La\0te")),
    "a raw newline in a text": lambda: _library(GOOD.replace(b"Late", b"La\nte")),
    "YAML": lambda: b"denju:\n  - title: Late\n",
    "a comment": lambda: b"// hello\n" + _library(GOOD),
    "one quote": lambda: b'"',
    "a pickle": lambda: b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
    "something after the end": lambda: _library(GOOD) + b"x",
}
"""What is neither a library nor something to import."""
HARMLESS: dict[str, Callable[[], bytes]] = {
    "lone surrogates": lambda: _library(_extra(rb'"\ud800\udc00\ud800"')),
    "escape sequences": lambda: _library(GOOD.replace(b"Late", rb"La\u001b]52;c;x\u0007te\u202e")),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + _library(GOOD),
}
"""What looks odd, but can be read once it is cleaned."""


def bounded(work: Callable[[], object]) -> str:
    """What ``work`` said in a process that gets 100 MB more than it has, if that took below 1 s of CPU."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        with contextlib.suppress(BaseException):
            said = "no error"
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 100 * MEGABYTE,) * 2)
            begun = time.process_time()
            try:
                work()
            except DenjuError as error:
                said = f"refused: {error.what}" if error.hint else "no hint"
            except BaseException as error:
                said = f"{type(error).__name__}: {error}"
            seconds = time.process_time() - begun
            os.write(writer, (said if seconds < 1 else f"took {seconds:.1f} s: {said}").encode()[:2000])
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_one_clear_line(memory: Path, name: str) -> None:
    path = memory / "library.json"
    data = BOMBS[name]()
    path.write_bytes(data)
    del data
    status = path.stat()
    works = [lambda: Library(path).all(), lambda: Library(path).add([Strategy(title="New", situation="x")])]
    if name != "20 MB of blanks":  # an import of nothing is not wrong
        works.append(lambda: jsonl.load(parcel.read(path)))
    for work in works:
        said = bounded(work)
        assert said.startswith("refused: "), said
        assert said == one_line(said), "nothing raw, and on one line"
        assert len(said) < 500
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (status.st_ino, status.st_mtime_ns, status.st_size)
    assert sorted(each.name for each in memory.iterdir()) == ["library.json", "library.lock"]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_can_be_cleaned_is_read_and_said(memory: Path, name: str) -> None:
    path = memory / "library.json"
    path.write_bytes(HARMLESS[name]())
    library = Library(path)
    (read,) = library.all()
    assert one_line(json.dumps(read.to_dict(), ensure_ascii=False)) == json.dumps(read.to_dict(), ensure_ascii=False)
    assert library.notice is not None


def test_a_gigabyte_of_nothing_is_not_read(memory: Path) -> None:
    path = memory / "library.json"
    for size, reason in ((2**30, "512 MB"), (2**28, "the file is empty")):
        with path.open("wb") as file:
            file.truncate(size)
        assert reason in bounded(lambda: Library(path).all())


def test_blanks_that_are_no_hole_are_read_in_pieces(memory: Path) -> None:
    path = memory / "library.json"
    path.write_bytes(b" \n\0\t" * 2**25)
    assert "the file is empty" in bounded(lambda: Library(path).all())


def test_what_is_no_file_is_refused_at_once(memory: Path) -> None:
    os.mkfifo(memory / "fifo")
    for path in (memory / "fifo", Path("/dev/zero"), Path("/dev/null"), memory):
        assert bounded(lambda path=path: Library(path).all()).startswith("refused: ")

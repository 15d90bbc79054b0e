"""Killed, interrupted, crowded, out of space: what was acknowledged is there, and memory equals the disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from denju.errors import DenjuError
from denju.library import backups
from denju.library.store import Library
from denju.values import Strategy
from fault_library import WRITERS, Acknowledged, count, interrupted, killed, together

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1", extra={"count": 0})


@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_writer_loses_nothing_that_it_acknowledged(memory: Path, name: str) -> None:
    path = memory / "library" / "library.json"
    found = killed(WRITERS[name], path, 30, random.Random(1))
    assert found.kills == 30
    assert found.acknowledged
    assert (found.lost, found.unreadable, found.torn) == (0, 0, 0)
    Library(path).add([replace(SEED, id="last")])
    assert not list(path.parent.rglob(".*")), "temp files are swept"


def test_an_acknowledged_approval_that_is_not_there_counts_as_lost(memory: Path) -> None:
    def approving_nothing(_: Library) -> Iterator[Acknowledged]:
        while True:
            yield "st_first", 1, "approved"

    found = killed(approving_nothing, memory / "library" / "library.json", 3, random.Random(1))
    assert found.lost == found.acknowledged > 0


def test_four_writers_lose_nothing_of_one_another(memory: Path) -> None:
    assert together(memory / "library" / "library.json", 4, 50) == (0, 0)


def test_a_small_writer_gets_its_turn_beside_a_busy_one(memory: Path) -> None:
    path = memory / "library.json"
    Library(path).add([SEED])
    busy = os.fork()
    if busy == 0:
        with contextlib.suppress(BaseException):
            count(Library(path), 10_000)
        os._exit(1)

    def wrote(more_than: int) -> int:
        while (counted := Library(path).get("st_1").extra["count"]) <= more_than:
            assert os.waitid(os.P_PID, busy, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None, "it is no longer busy"
        return int(counted)

    try:
        begun = wrote(0)
        for _ in range(5):
            Library(path).add([replace(SEED, id="")])
        wrote(wrote(begun))
    finally:
        os.kill(busy, signal.SIGKILL)
        os.waitpid(busy, 0)
    assert len(Library(path).all()) == 6


# An interrupt between open and with leaves a file to the garbage collector, which says so; the lock goes with it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_moment_leaves_memory_equal_to_the_disk(memory: Path) -> None:
    found = interrupted(memory / "library" / "library.json", 50, random.Random(3))
    assert found.interrupts == 50
    assert found.acknowledged
    assert (found.unreadable, found.astray) == (0, 0)


class Faults:
    """Lets file operations through until the one that is to fail; then that one, or all from there on, fail."""

    OPERATIONS = ((os, "open"), (os, "fstat"), (os, "stat"), (os, "pread"), (os, "fsync"), (os, "replace"),
                  (os, "fchmod"), (os, "link"), (os, "unlink"), (tempfile, "mkstemp"), (fcntl, "flock"))  # fmt: skip

    def __init__(self, at: int, code: int, *, lasting: bool) -> None:
        self.at, self.code, self.lasting = at, code, lasting
        self.count = 0
        self.failed = ""

    def __call__(self, name: str) -> None:
        self.count += 1
        if self.count == self.at or (self.lasting and self.count > self.at):
            self.failed = self.failed or name
            raise OSError(self.code, os.strerror(self.code))

    @contextlib.contextmanager
    def injected(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for module, name in self.OPERATIONS:
                patch.setattr(module, name, self._wrapped(name, getattr(module, name)))
            opened = os.fdopen
            patch.setattr(os, "fdopen", lambda *given: _FaultyFile(opened(*given), self))
            yield

    def _wrapped(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*given: Any, **named: Any) -> Any:
            self(name)
            return operation(*given, **named)

        return faulty


class _FaultyFile:
    """A file whose writes may fail half-way."""

    def __init__(self, file: Any, fault: Faults) -> None:
        self.file, self.fault = file, fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: bytes) -> int:
        try:
            self.fault("write")
        except OSError:
            self.file.write(data[: len(data) // 2])
            raise
        return int(self.file.write(data))


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_any_file_operation_may_fail_and_memory_equals_the_disk(memory: Path, code: int, lasting: bool) -> None:
    library = Library(memory / "library" / "library.json")
    library.add([SEED])
    library.add([replace(SEED, id="st_2")])  # so that the folder of the backups is there
    failed: list[str] = []
    for at in range(1, 200):
        fault = Faults(at, code, lasting=lasting)
        before = library.all()
        acknowledged = None
        for each in backups.kept(library.path):
            each.path.unlink()  # so that every change makes one
        with fault.injected():
            try:
                (acknowledged,) = library.add([replace(SEED, id="")])
            except DenjuError as error:
                assert error.hint
        after = library.all()
        assert after == Library(library.path).all()
        assert after[: len(before)] == before
        assert acknowledged is None or acknowledged in after
        if not fault.failed:
            break
        failed.append(fault.failed)
        for each in library.path.parent.rglob(".*.tmp"):
            each.unlink()  # it stays where unlink fails too; sweeping it would shift the count of operations
    else:
        pytest.fail("it never got through")
    assert {"open", "mkstemp", "write", "fsync", "replace", "flock", "link"} <= set(failed)
    assert failed.count("fsync") == 4, "the file's, the backup's and both folders'"
    assert not list(library.path.parent.glob(".*"))


class _ShortWrites(io.RawIOBase):
    """A file that takes half of what it is given, at the write numbered ``at`` or from there on, as the system may."""

    taken = 0
    """Writes so far, of all files."""
    shortened = 0

    def __init__(self, descriptor: int, at: int, *, lasting: bool) -> None:
        self._descriptor, self._at, self._lasting = descriptor, at, lasting

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        _ShortWrites.taken += 1
        if len(data) > 1 and (self.taken == self._at or (self._lasting and self.taken > self._at)):
            _ShortWrites.shortened += 1
            data = data[: len(data) // 2]
        return os.write(self._descriptor, data)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from there on"])
def test_a_write_that_takes_less_than_it_is_given_is_gone_on_with(
    memory: Path, monkeypatch: pytest.MonkeyPatch, lasting: bool
) -> None:
    library = Library(memory / "library" / "library.json")
    library.add([replace(SEED, id=f"st_{number}") for number in range(300)])  # more than one piece
    for at in range(1, 50):
        monkeypatch.setattr(_ShortWrites, "taken", 0)
        monkeypatch.setattr(_ShortWrites, "shortened", 0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fdopen", lambda descriptor, mode, at=at: io.BufferedWriter(
                _ShortWrites(descriptor, at, lasting=lasting)
            ))  # fmt: skip
            (added,) = library.add([replace(SEED, id="")])
        assert added in library.all()
        assert library.all() == Library(library.path).all()
        assert library.notice is None, "every byte is there"
        if not _ShortWrites.shortened:
            break
    else:
        pytest.fail("it never got through")
    assert at > 2, "several writes were cut short"

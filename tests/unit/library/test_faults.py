"""Killed, interrupted, out of space: what was acknowledged is there, and memory equals the disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from denju.errors import Conflict, DenjuError
from denju.library.store import Library
from denju.values import Strategy
from fault_library import WRITERS, killed

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1", extra={"count": 0})


@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, name: str) -> None:
    kills = 30 if name == "add" else 5
    found = killed(WRITERS[name], tmp_path / "library.json", kills, random.Random(1))
    assert found.kills == kills
    assert found.acknowledged >= kills
    assert (found.lost, found.unreadable, found.torn) == (0, 0, 0)
    Library(tmp_path / "library.json").add([replace(SEED, id="last")])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["library.json", "library.lock"], "temp files are swept"


def test_two_writers_of_a_hundred_increments_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    Library(path).add([SEED])
    children = [_forked(lambda: _increment(Library(path), 100)) for _ in range(2)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    newest = Library(path).get("st_1")
    assert (newest.extra, newest.revision) == ({"count": 200}, 201)


def _increment(library: Library, times: int) -> None:
    while times:
        newest = library.get("st_1")
        with contextlib.suppress(Conflict):
            library.revise(replace(newest, extra={"count": newest.extra["count"] + 1}), base_revision=newest.revision)
            times -= 1


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    return child


def test_a_small_writer_gets_its_turn_beside_a_busy_one(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    Library(path).add([SEED])
    busy = _forked(lambda: _increment(Library(path), 10_000))
    try:
        for _ in range(5):
            Library(path).add([replace(SEED, id="")])
    finally:
        os.kill(busy, signal.SIGKILL)
        os.waitpid(busy, 0)
    assert len(Library(path).all()) == 6


# An interrupt between open and with leaves a file to the garbage collector, which says so; the lock goes with it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_moment_leaves_memory_equal_to_the_disk(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.json")
    library.add([SEED])
    chance = random.Random(3)
    interrupted = acknowledged = 0
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(80):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.004))
                library.add([replace(SEED, id="")])
                acknowledged += 1
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            assert library.all() == Library(library.path).all()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted
    assert 1 + acknowledged <= len(library.all()) <= 81
    assert library.notice is None


class Faults:
    """Lets file operations through until the one that is to fail; then that one, or all from there on, fail."""

    OPERATIONS = ((os, "open"), (os, "fstat"), (os, "stat"), (os, "pread"), (os, "fsync"), (os, "replace"),
                  (os, "fchmod"), (os, "unlink"), (tempfile, "mkstemp"), (fcntl, "flock"))  # fmt: skip

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
def test_any_file_operation_may_fail_and_memory_equals_the_disk(tmp_path: Path, code: int, lasting: bool) -> None:
    library = Library(tmp_path / "library.json")
    library.add([SEED])
    failed: list[str] = []
    for at in range(1, 200):
        fault = Faults(at, code, lasting=lasting)
        before = library.all()
        acknowledged = None
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
        for each in tmp_path.glob(".*.tmp"):
            each.unlink()  # it stays where unlink fails too; sweeping it would shift the count of operations
    else:
        pytest.fail("it never got through")
    assert {"open", "mkstemp", "write", "fsync", "replace", "flock"} <= set(failed)
    assert failed.count("fsync") == 2, "the file's and the folder's"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["library.json", "library.lock"]

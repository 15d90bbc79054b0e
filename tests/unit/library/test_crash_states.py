"""A power cut at any moment: every state of the disk that it may leave holds all that was acknowledged.

What is recorded and enumerated is in ``disk_model``. That the enumeration can fail is shown by leaving out each fsync
of the recorded run, one at a time: every one of them must be missed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from denju.errors import LibraryDamaged
from denju.library import backups
from denju.library.repair import repair
from denju.library.store import Library
from denju.values import Strategy
from disk_model import Recorder, Tree

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1")
WHERE = "home/library/library.json"

State = tuple[tuple[str, int, str], ...]


class Run:
    """Changes under a recorder, one after another; what a power cut may leave is looked at along the way."""

    def __init__(self, root: Path, leave_out: int = 0) -> None:
        self.disk = Recorder(root, leave_out=leave_out)
        self.disk.at_every_step = self._look
        self.path = root / WHERE
        self.violations: list[str] = []
        self.states = 0
        self._trees: list[Tree] = []

    def change(self, name: str, work: Callable[[Library], object]) -> None:
        """Do ``work``: until it is acknowledged the library is as before or as after it, then as after it."""
        before = _state(self.path)
        self._trees.clear()
        with self.disk.recording():
            work(Library(self.path))
        after = _state(self.path)
        during, self._trees = self._trees, []
        for tree in _distinct(during):
            self._hold(f"during {name}", tree, lambda path: _state(path) in (before, after))
        for tree in self.disk.states():
            self._hold(f"after {name}", tree, lambda path: _state(path) == after)
        self.disk.settle()

    def repair(self) -> None:
        """An editor damaged the library and did no fsync: where it is repaired, the damaged bytes stand aside."""
        damaged = self.path.read_bytes().replace(b'"title"', b'"title', 1)
        self.disk.edit(self.path, damaged)
        self._trees.clear()
        with self.disk.recording():
            repair(self.path)
        after = _state(self.path)
        during, self._trees = self._trees, []
        for tree in _distinct([*during, *self.disk.states()]):
            self._hold("repair", tree, lambda path: _state(path) != after or damaged in _asides(path))
        for tree in self.disk.states():
            self._hold("after repair", tree, lambda path: _state(path) == after)

    def edit_then_change(self) -> None:
        """An editor wrote the library and did no fsync; the change that follows keeps what it wrote."""
        edited = self.path.read_bytes().replace(b"Scratched", b"Scraped")
        self.disk.edit(self.path, edited)
        with self.disk.recording():
            Library(self.path).add([replace(SEED, id="st_after_edit")])
        after = _state(self.path)
        for tree in self.disk.states():
            self._hold("after an edit", tree, lambda path: _state(path) == after)
            self._hold("backup of an edit", tree, lambda path: edited in map(_bytes, backups.kept(path)))
        self.disk.settle()

    def _look(self) -> None:
        self._trees += self.disk.states()

    def _hold(self, name: str, tree: Tree, is_good: Callable[[Path], bool]) -> None:
        self.states += 1
        with tempfile.TemporaryDirectory(dir=self.disk.root.parent) as folder:
            for each, data in sorted(tree.items()):
                path = Path(folder) / each
                if each.endswith("/"):
                    path.mkdir()
                else:
                    path.write_bytes(data)
            if not is_good(Path(folder) / WHERE):
                self.violations.append(f"{name}: { ({each: len(data) for each, data in tree.items()}) }")


def _asides(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in path.parent.glob("library.damaged-*.json")]


def _bytes(backup: backups.Backup) -> bytes:
    return backup.path.read_bytes()


def _state(path: Path) -> State | str:
    library = Library(path)
    try:
        return tuple((each.id, each.revision, each.status) for each in library.all())
    except LibraryDamaged as error:
        return error.what.removeprefix(str(path))


def _distinct(trees: list[Tree]) -> list[Tree]:
    return list({tuple(sorted(tree.items())): tree for tree in trees}.values())


def _run(root: Path, leave_out: int = 0) -> Run:
    root.mkdir()
    run = Run(root, leave_out)
    run.change("the first change", lambda library: library.add([SEED]))
    run.edit_then_change()
    run.change("an approval", lambda library: library.review("st_1", revision=1, verdict="approved", by="sato", why=""))
    run.change("an import", lambda library: library.merge([replace(SEED, id=f"im_{number}") for number in range(5)]))
    run.change("a deletion", lambda library: library.delete("im_1", by="sato"))
    run.repair()
    return run


def test_every_state_that_a_power_cut_may_leave_holds_what_was_acknowledged(memory: Path) -> None:
    run = _run(memory / "root")
    assert run.violations == []
    assert run.states > 30


def test_every_fsync_is_missed_when_it_is_left_out(memory: Path) -> None:
    count = _run(memory / "whole").disk.fsyncs
    assert count > 10
    unmissed = [number for number in range(1, count + 1) if not _run(memory / f"without-{number}", number).violations]
    assert unmissed == []

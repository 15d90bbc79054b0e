"""Backups: made before a change, few enough, and given up when a full disk would keep a deletion from happening."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from denju.errors import StorageError
from denju.library import backups
from denju.library.place import PRIVATE
from denju.library.store import Library
from denju.values import Strategy

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1")
MORNING = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture
def library(memory: Path) -> Library:
    library = Library(memory / "library" / "library.json")
    library.add([SEED])
    return library


def test_the_first_change_of_an_hour_keeps_what_was_there(library: Library) -> None:
    assert backups.kept(library.path) == []
    before = library.path.read_bytes()
    library.add([replace(SEED, id="st_2")])
    library.add([replace(SEED, id="st_3")])
    (kept,) = backups.kept(library.path)
    assert kept.path.read_bytes() == before
    assert [each.id for each in Library(kept.path).all()] == ["st_1"]
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.path.parent.stat().st_mode & 0o777 == 0o700


def test_an_editor_that_writes_in_place_does_not_reach_the_backup(library: Library) -> None:
    library.add([replace(SEED, id="st_2")])
    (kept,) = backups.kept(library.path)
    before = kept.path.read_bytes()
    with library.path.open("r+b") as file:
        file.write(b"spoiled")
    assert kept.path.read_bytes() == before


def test_a_backup_whose_change_was_never_made_is_made_anew(library: Library) -> None:
    backups.keep(library.path, PRIVATE, now=datetime.now(UTC) - timedelta(minutes=5))  # and then it was killed
    library.add([replace(SEED, id="st_2")])
    (kept,) = backups.kept(library.path)
    assert not os.path.samestat(kept.path.stat(), library.path.stat())
    assert [each.id for each in Library(kept.path).all()] == ["st_1"]


def test_the_newest_six_and_one_a_day_for_fourteen_days_stay(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for hour in range(24 * 16):
        backups.keep(library.path, PRIVATE, now=MORNING + timedelta(hours=hour))
        library.path.write_bytes(library.path.read_bytes() + b"\n")  # a change gives it another inode
        os.replace(library.path, library.path.with_suffix(".x"))
        library.path.write_bytes(library.path.with_suffix(".x").read_bytes())
    taken = [each.taken for each in backups.kept(library.path)]
    assert len(taken) == backups.NEWEST + backups.DAYS - 1
    assert taken[:6] == [taken[0] - timedelta(hours=hour) for hour in range(6)]
    assert len({each.date() for each in taken}) == backups.DAYS
    assert backups.kept(library.path)[-1].taken.hour == 23, "the last one of its day"


def test_where_there_are_no_links_it_is_a_copy(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    before = library.path.read_bytes()
    monkeypatch.setattr(os, "link", no_links)
    library.add([replace(SEED, id="st_2")])
    (kept,) = backups.kept(library.path)
    assert kept.path.read_bytes() == before


def test_two_libraries_in_one_folder_have_backups_of_their_own(library: Library) -> None:
    others = [Library(library.path.with_name(name)) for name in ("library-sales.json", "library.db", "library")]
    for each in others:
        each.add([replace(SEED, id=each.path.name)])
    for each in (library, *others):
        each.add([replace(SEED, id="later")])
    for each in others:
        (kept,) = backups.kept(each.path)
        assert [old.id for old in Library(kept.path).all()] == [each.path.name]
        assert backups.give_up_oldest(each.path)
    (kept,) = backups.kept(library.path)
    assert kept.path.name.startswith("library-2")
    assert [old.id for old in Library(kept.path).all()] == ["st_1"]


def test_a_file_named_after_no_day_is_no_backup(library: Library) -> None:
    library.add([replace(SEED, id="st_2")])
    for stamp in ("20260230T000000Z", "20261301T000000Z", "00000101T000000Z", "20260101T256161Z"):
        (backups.folder_of(library.path) / f"library-{stamp}.json").write_bytes(b"{}")
    assert len(backups.kept(library.path)) == 1
    library.add([replace(SEED, id="st_3")])
    assert len(library.all()) == 3
    assert len([*backups.folder_of(library.path).iterdir()]) == 5


def test_two_backups_of_one_second_are_one(library: Library) -> None:
    first = library.path.with_name("first.json")
    backups.link_or_copy(library.path, first, PRIVATE)
    before = first.read_bytes()
    library.add([replace(SEED, id="st_later")])
    backups.link_or_copy(library.path, first, PRIVATE)
    assert first.read_bytes() == before, "the older state stays"


def test_a_backup_that_cannot_be_made_stops_the_change_and_says_so(library: Library) -> None:
    (library.path.parent / "backups").write_text("a file where the folder should be")
    with pytest.raises(StorageError) as caught:
        library.add([replace(SEED, id="st_2")])
    assert caught.value.hint
    assert [each.id for each in Library(library.path).all()] == ["st_1"]


class FullDisk:
    """A disk that holds so many bytes in the library's folder, and not one more."""

    def __init__(self, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.size = folder, size
        opened = os.fdopen
        monkeypatch.setattr(os, "fdopen", lambda *given: self._limited(opened(*given)))

    def _limited(self, file: Any) -> Any:
        write = file.write

        def limited(data: bytes) -> int:
            if self._used() + len(data) > self.size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return int(write(data))

        class Limited:
            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> Any:
                return limited if name == "write" else getattr(file, name)

        return Limited()

    def _used(self) -> int:
        inodes = {each.stat().st_ino: each.stat().st_size for each in self.folder.rglob("*") if each.is_file()}
        return sum(inodes.values())


def test_on_a_full_disk_it_is_read_and_deleting_works(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([replace(SEED, id=f"st_{number}") for number in range(2, 12)])
    for hour in range(3):
        backups.keep(library.path, PRIVATE, now=MORNING + timedelta(hours=hour))
        library.add([replace(SEED, id=f"more_{hour}")])
    disk = FullDisk(library.path.parent, 0, monkeypatch)
    disk.size = disk._used()
    count = len(backups.kept(library.path))
    with pytest.raises(StorageError, match="no space left"):
        library.add([replace(SEED, id="one too many")])
    assert len(backups.kept(library.path)) == count, "a change that grows gives up no backup"
    assert len(library.all()) == 14
    library.delete("st_2", by="sato")
    assert len(Library(library.path).all()) == 13
    assert 0 < len(backups.kept(library.path)) < count


def test_a_full_disk_without_a_backup_says_so(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([replace(SEED, id="st_2")])
    for each in backups.kept(library.path):
        each.path.unlink()
    FullDisk(library.path.parent, 0, monkeypatch)
    with pytest.raises(StorageError, match="no space left"):
        library.delete("st_2", by="sato")
    assert len(library.all()) == 2

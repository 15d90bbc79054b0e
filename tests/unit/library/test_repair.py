"""Damage: told, set aside whole, and what is whole in it saved; or a backup taken."""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from denju.errors import Conflict, LibraryDamaged, LibraryError, LibraryNewer, NotFound, StorageError
from denju.library import backups, form, migrations
from denju.library.place import PRIVATE
from denju.library.repair import check, repair
from denju.library.store import Library
from denju.values import Strategy
from fault_library import undetected

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch")


@pytest.fixture
def library(memory: Path) -> Library:
    library = Library(memory / "library" / "library.json")
    library.add([replace(SEED, id=f"st_{number}") for number in range(1, 6)])
    library.review("st_2", revision=1, verdict="approved", by="sato", why="ok")
    return library


def _damage(library: Library, old: bytes, new: bytes) -> bytes:
    library.path.write_bytes(library.path.read_bytes().replace(old, new, 1))
    return library.path.read_bytes()


def test_a_whole_library_has_nothing_to_repair(library: Library) -> None:
    report = check(library.path)
    assert (report.damage, report.by_hand, report.whole, report.lost) == (None, False, 5, ())
    assert report.backup is not None
    assert report.backup_holds == 5
    before = library.path.read_bytes()
    with pytest.raises(NotFound, match="not damaged"):
        repair(library.path)
    assert library.path.read_bytes() == before


def test_a_library_that_is_not_there_is_no_damage(memory: Path) -> None:
    assert check(memory / "library.json").damage is None


def test_a_broken_document_is_lost_alone_and_the_file_is_set_aside(library: Library) -> None:
    damaged = _damage(library, b'"3": {"schema": 1, "id": "st_3"', b'"3": {"schema": 1, "id: "st_3"')
    report = check(library.path)
    assert report.damage is not None
    assert "line 5" in report.damage
    assert (report.whole, [(each.line, each.number) for each in report.lost]) == (4, [(5, "3")])
    assert library.path.read_bytes() == damaged, "looking changes nothing"
    repaired = repair(library.path)
    assert repaired.saved == 4
    assert repaired.aside.read_bytes() == damaged
    assert repaired.aside.name.startswith("library.damaged-")
    assert [each.id for each in library.all()] == ["st_1", "st_2", "st_4", "st_5"]
    assert library.get("st_2").reviews[0].by == "sato"
    assert library.notice is None
    assert library.generation == 3


def test_a_second_damage_in_the_same_second_is_set_aside_too(library: Library) -> None:
    asides = set()
    for number in (b"3", b"4", b"5"):
        _damage(library, b'"%b": {"schema"' % number, b'"%b": {"schema' % number)
        asides.add(repair(library.path).aside)
    assert len(asides) == 3
    assert all(each.exists() for each in asides)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_that_was_cut_off_gives_what_came_before(library: Library, share: float) -> None:
    data = library.path.read_bytes()
    library.path.write_bytes(data[: int(len(data) * share)])
    saved = repair(library.path).saved
    assert [each.id for each in library.all()] == [f"st_{number}" for number in range(1, saved + 1)]
    assert saved >= int(5 * share) - 1


def test_what_stands_twice_or_is_not_utf_8_is_not_saved(library: Library) -> None:
    _damage(library, b'"4": {', b'"3": {')
    _damage(library, b'"id": "st_5"', b'"id": "st_1"')
    _damage(library, b'"title": "Scratched', b'"title": "\xffScratched')
    reasons = {each.number: each.reason for each in repair(library.path).lost}
    assert set(reasons) == {"1", "3"}
    assert [each.id for each in library.all()] == ["st_2", "st_3", "st_1"]


def test_a_repair_does_not_give_a_deleted_id_again(library: Library) -> None:
    library.delete("st_4", by="sato", why="a customer's name")
    _damage(library, b'"3": {"schema"', b'"3": {"schema')
    assert [(each.number, each.line) for each in repair(library.path).lost] == [("3", 5)]
    with pytest.raises(Conflict, match="st_4 is taken"):
        library.add([replace(SEED, id="st_4")])
    [record] = json.loads(library.path.read_bytes())["deleted"].values()
    assert (record["deleted"], record["by"], record["why"]) == ("st_4", "sato", "a customer's name")


def test_a_broken_record_of_a_deletion_is_told_and_lost_alone(library: Library) -> None:
    library.delete("st_4", by="sato")
    library.delete("st_5", by="sato")
    damaged = _damage(library, b'{"deleted": "st_4", "last": 1,', b'{"deleted": "st_4",')
    with pytest.raises(LibraryDamaged, match="line 8: last: expected a number"):
        library.all()
    report = check(library.path)
    assert (report.whole, [(each.line, each.number) for each in report.lost]) == (3, [(8, "1")])
    assert repair(library.path).aside.read_bytes() == damaged
    assert [each.id for each in library.all()] == ["st_1", "st_2", "st_3"]
    with pytest.raises(Conflict, match="st_5 is taken"):
        library.add([replace(SEED, id="st_5")])
    library.add([replace(SEED, id="st_4")])


def test_what_was_all_deleted_is_repaired_too(library: Library) -> None:
    for number in range(1, 6):
        library.delete(f"st_{number}", by="sato")
    _damage(library, b'"strategies"', b'"strategies')
    assert (repair(library.path).saved, library.all()) == (0, ())
    with pytest.raises(Conflict, match="st_1 is taken"):
        library.add([replace(SEED, id="st_1")])


def test_a_missing_library_with_backups_is_no_healthy_one(library: Library) -> None:
    library.path.unlink()
    report = check(library.path)
    assert report.damage is not None
    assert report.backup is not None
    repaired = repair(library.path, backup=report.backup.path)
    assert (repaired.aside, repaired.saved) == (None, report.backup_holds)
    assert len(library.all()) == report.backup_holds
    assert check(library.path).damage is None


def test_backups_that_cannot_be_read_are_told_before_a_new_library_is_begun(memory: Path) -> None:
    (memory / "backups").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="backups: not a directory"):
        check(memory / "library.json")


def test_a_backup_takes_the_place_of_the_damage(library: Library) -> None:
    damaged = _damage(library, b"{", b"[")
    report = check(library.path)
    assert report.backup is not None
    repaired = repair(library.path, backup=report.backup.path)
    assert (repaired.saved, repaired.lost) == (5, ())
    assert repaired.aside.read_bytes() == damaged
    assert {each.status for each in library.all()} == {"draft"}
    assert library.notice is None


def test_a_damaged_backup_is_not_offered_and_not_taken(library: Library) -> None:
    (good,) = backups.kept(library.path)
    bad = good.path.with_name("library-29991231T000000Z.json")
    bad.write_bytes(good.path.read_bytes()[:-50])
    empty = good.path.with_name("library-29991231T000001Z.json")
    Library(empty).begin([])
    assert check(library.path).backup == good
    before = library.path.read_bytes()
    for each in (bad, empty, good.path.with_name("missing.json")):
        with pytest.raises((LibraryDamaged, NotFound)):
            repair(library.path, backup=each)
    assert library.path.read_bytes() == before


def test_where_nothing_can_be_saved_nothing_is_changed(library: Library) -> None:
    library.path.write_bytes(b"\0" * 5000)
    with pytest.raises(LibraryError, match="nothing in it can be saved"):
        repair(library.path)
    assert library.path.read_bytes() == b"\0" * 5000
    assert not list(library.path.parent.glob("*damaged*"))


@pytest.mark.parametrize(("hole", "told"), [(False, True), (True, True), (True, False)])
def test_a_block_of_zeros_at_the_beginning_hides_nothing_behind_it(
    library: Library, hole: bool, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not told:
        monkeypatch.delattr(os, "SEEK_DATA")  # as where the system does not tell its holes
    data = library.path.read_bytes()
    zeros = 2**20
    library.path.write_bytes(b"" if hole else b"\0" * zeros)
    with library.path.open("r+b") as file:
        file.seek(zeros)
        file.write(data)
    damaged = library.path.read_bytes()
    assert check(library.path).whole == 5
    repaired = repair(library.path)
    assert repaired.saved == 5
    assert repaired.aside is not None
    assert repaired.aside.read_bytes() == damaged


def test_a_newer_library_is_not_damage(library: Library) -> None:
    _damage(library, b'"schema": 2', b'"schema": 9')
    with pytest.raises(LibraryNewer):
        check(library.path)
    with pytest.raises(LibraryNewer):
        repair(library.path)


def test_a_disk_that_does_not_let_it_be_set_aside_changes_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = _damage(library, b'"3": {"schema"', b'"3": {"schema')

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    with pytest.raises(StorageError, match="no space left"):
        repair(library.path)
    assert library.path.read_bytes() == damaged


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"id": "st_3", ', b"", "id: missing"),
        (b'"title": "Scratched part", "situation": "A', b'"situation": "A', "title: missing"),
        (b'"revision": 1, "status": "draft", "scope"', b'"revision": 1, "status": "new", "scope"', "status: expected"),
        (b'"extra": {}}', b'"extra": {}', "not JSON"),
        (b'{"schema": 1, "id": "st_3"', b'{"schema": 1}, {"id": "st_3"', "not JSON"),
    ],
)
def test_a_forged_digest_does_not_hide_a_document_that_is_none(
    library: Library, old: bytes, new: bytes, reason: str
) -> None:
    lines = library.path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(old, new)
    _forge(library.path, lines)
    with pytest.raises(LibraryDamaged, match=f"document 3: {reason}"):
        Library(library.path).all()
    report = check(library.path)
    assert report.damage is not None
    assert (report.whole, [each.number for each in report.lost]) == (4, ["3"])


@pytest.mark.parametrize("line", [b'"3": 5,', b'"3": [{"a": {}}],', b'"x": {},', b'"3" {},'])
def test_a_forged_digest_does_not_hide_a_line_that_is_no_document(library: Library, line: bytes) -> None:
    lines = library.path.read_bytes().split(b"\n")
    lines[4] = line
    _forge(library.path, lines)
    with pytest.raises(LibraryDamaged, match="line 5: not a document"):
        Library(library.path).all()
    assert check(library.path).whole == 4


def _forge(path: Path, lines: list[bytes]) -> None:
    """Write ``lines`` with the digest that is right for them."""
    digests = [hashlib.sha256(line).digest() for line in lines[1:-1]]
    digest = migrations.digest_of_lines(migrations.SCHEMA, 2, digests)
    header = {form.HEADER: {"1": {"schema": migrations.SCHEMA, "generation": 2, "digest": digest}}}
    lines[0] = json.dumps(header)[:-1].encode() + b","
    path.write_bytes(b"\n".join(lines))


def test_flipped_bits_and_truncations_of_a_hundred_are_told(memory: Path) -> None:
    path = memory / "hundred" / "library.json"
    assert undetected(path, 60, random.Random(1), step=1499) == (0, 0)


def test_a_repair_keeps_the_backups(library: Library) -> None:
    backups.keep(library.path, PRIVATE)
    before = backups.kept(library.path)
    _damage(library, b'"3": {"schema"', b'"3": {"schema')
    repair(library.path)
    assert backups.kept(library.path) == before

"""Odd and damaged files: one clear line, and not a byte changed."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from pathlib import Path

import pytest
from tinydb import where
from tinydb.table import Table

from denju.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryNewer, StorageError
from denju.library import storage
from denju.library.lock import locked
from denju.library.store import Library
from denju.values import Strategy

GOOD = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1")
OTHER = Strategy(title="Late", situation="A delivery is late", id="st_2")


def written(folder: Path) -> Path:
    """A library of two strategies, as denju writes it."""
    path = folder / "written.json"
    Library(path).add([GOOD, OTHER])
    return path


def _line(data: bytes, number: int, change: bytes) -> bytes:
    lines = data.split(b"\n")
    lines[number - 1] = change
    return b"\n".join(lines)


ODD = {
    "empty": (lambda _: b"", LibraryDamaged, "empty"),
    "null bytes": (lambda _: b"\0" * 4096, LibraryDamaged, "empty"),
    "null": (lambda _: b"null", LibraryDamaged, "not a denju library"),
    "a list": (lambda _: b"[]", LibraryDamaged, "not a denju library"),
    "foreign": (lambda _: b'{"_default": {"1": {"a": 1}}}', LibraryDamaged, "not a denju library"),
    "text": (lambda _: b"hello", LibraryDamaged, "not a denju library"),
    "utf-16": (lambda data: data.decode().encode("utf-16"), LibraryDamaged, "UTF-16"),
    "not utf-8": (lambda data: data.replace(b"Late", b"\xff\xfe"), LibraryDamaged, "line 4: not UTF-8"),
    "newer": (lambda data: data.replace(b'"schema": 2', b'"schema": 3', 1), LibraryNewer, "newer"),
    "newer, other form": (lambda _: b'{"denju": {"1": {"schema": 9}}, "more": 1}', LibraryNewer, "newer"),
    "bad schema": (lambda data: data.replace(b'"schema": 2', b'"schema": "x"', 1), LibraryDamaged, "not a denju"),
    "bad generation": (lambda data: data.replace(b'n": 1', b'n": -1', 1), LibraryDamaged, "generation"),
    "cut off": (lambda data: data[: len(data) * 2 // 3], LibraryDamaged, "line 4"),
    "a broken line": (lambda data: _line(data, 3, b'"1": {"id": "st_1", "title"},'), LibraryDamaged, "line 3"),
    "a field twice": (lambda data: data.replace(b'"why": ""', b'"why": "", "why": ""', 1), LibraryDamaged, "line 3"),
    "a number twice": (lambda data: data.replace(b'"2": {', b'"1": {'), LibraryDamaged, "line 4"),
    "a revision twice": (lambda data: data.replace(b"st_2", b"st_1"), LibraryDamaged, "line 4"),
    "no title": (lambda data: data.replace(b'"title": "Late"', b'"title": ""'), LibraryDamaged, "line 4: title"),
    "no id": (lambda data: data.replace(b'"id": "st_2"', b'"id": ""'), LibraryDamaged, "line 4: id"),
    "not a table": (
        lambda data: re.sub(rb'"strategies".*', b'"strategies": []}', data, flags=re.DOTALL),
        LibraryDamaged,
        "table",
    ),
    "not numbered": (lambda data: data.replace(b'"2": {', b'"x": {'), LibraryDamaged, "number"),
    "NaN": (lambda data: data.replace(b'"extra": {}', b'"extra": {"a": NaN}'), LibraryDamaged, "line 3: NaN"),
    "a huge number": (lambda data: data.replace(b'"extra": {}', b'"extra": {"a": 1e999}'), LibraryDamaged, "too large"),
    "deep": (lambda data: data.replace(b"{}", b"[" * 10_000 + b"]" * 10_000, 1), LibraryDamaged, "deeper than 32"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_one_clear_error_and_stays_as_it_is(tmp_path: Path, name: str) -> None:
    change, kind, reason = ODD[name]
    good = written(tmp_path).read_bytes()
    path = tmp_path / "library.json"
    path.write_bytes(change(good))
    before = path.read_bytes()
    assert before != good
    library = Library(path)
    for use in (library.all, lambda: library.add([GOOD]), lambda: library.begin([GOOD])):
        with pytest.raises(kind, match=reason) as caught:
            use()
        assert str(path) in caught.value.what
        assert "\n" not in caught.value.what
        assert caught.value.hint
    assert path.read_bytes() == before


def test_what_is_not_a_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    target = written(tmp_path)
    for name, make in {
        "folder": Path.mkdir,
        "fifo": os.mkfifo,
        "link": lambda path: path.symlink_to(target),
        "dangling": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    }.items():
        path = tmp_path / name
        make(path)
        for use in (Library(path).all, lambda path=path: Library(path).add([GOOD])):
            with pytest.raises(LibraryError, match=r"not a regular file|symbolic link"):
                use()
    with pytest.raises(LibraryError, match="not a regular file"):
        Library(Path("/dev/zero")).all()
    assert len(Library(target).all()) == 2


def test_a_huge_sparse_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(LibraryError, match="512 MB"):
        Library(path).all()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.chmod(0)
    with pytest.raises(LibraryError, match="permission denied"):
        Library(path).all()


def test_a_read_only_file_is_read_and_not_replaced(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.chmod(0o400)
    library = Library(path)
    with pytest.raises(LibraryError, match="read-only"):
        library.add([Strategy(title="New", situation="x")])
    assert len(library.all()) == 2


def test_a_file_edited_by_hand_is_validated_said_and_taken_over(tmp_path: Path) -> None:
    path = written(tmp_path)
    library = Library(path)
    assert library.notice is None
    path.write_bytes(path.read_bytes().replace(b'"Late"', b'"Very late"'))
    assert library.get("st_2").title == "Very late"
    assert library.notice is not None
    assert "edited by hand" in library.notice
    library.add([Strategy(title="New", situation="x")])
    assert library.notice is None
    assert Library(path).notice is None
    assert [each.title for each in Library(path).all()] == ["Scratched part", "Very late", "New"]


def test_a_file_that_an_editor_laid_out_anew_is_taken_over(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(json.loads(path.read_bytes()), indent=2).encode())
    library = Library(path)
    assert len(library.all()) == 2
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    assert len(path.read_bytes().splitlines()) == 5


def test_tables_of_others_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().rstrip()[:-1] + b', "notes": {"1": {"a": "\xe5\x82\xb7"}}}')
    library = Library(path)
    library.add([Strategy(title="New", situation="x")])
    assert json.loads(path.read_bytes())["notes"] == {"1": {"a": "傷"}}
    assert Library(path).notice is None


def test_truncations_and_flipped_bits_all_over_the_file_are_told(tmp_path: Path) -> None:
    good = written(tmp_path).read_bytes()
    path = tmp_path / "library.json"

    def unnoticed(data: bytes) -> bool:
        path.write_bytes(data)
        library = Library(path)
        try:
            return library.notice is None
        except LibraryError:
            return False

    assert unnoticed(good), "the check itself must be able to fail"
    assert not [size for size in range(0, len(good), 7) if unnoticed(good[:size])]
    for bit in range(0, len(good) * 8, 61):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not unnoticed(bytes(flipped)), f"bit {bit}"


def test_a_writer_waits_for_its_turn_and_says_when_it_does_not_come(tmp_path: Path) -> None:
    lock = tmp_path / "library.lock"
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(lock):
            taken.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    with pytest.raises(LibraryBusy, match="another denju"), locked(lock, seconds=0.02):
        pass
    done.set()
    with locked(lock):
        assert lock.exists()
    holder.join()
    assert lock.exists()


def test_a_lock_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "library.lock").mkdir()
    with pytest.raises(StorageError), locked(tmp_path / "library.lock"):
        pass


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    path = written(tmp_path)
    copy = path.parent / "backups" / ".written-20261101T080000Z.json.ab_0.tmp"
    copy.parent.mkdir()
    left = [path.with_name(f".{name}.abc.tmp") for name in ("written.json", "written.damaged-20261101T080000Z-2.json")]
    left += [copy, copy.with_name(".written-form1-20261101T080000Z.json.abc.tmp")]
    for each in left:
        each.write_bytes(b"half")
    Library(path).add([Strategy(title="New", situation="x")])
    assert not any(each.exists() for each in left)


def test_a_library_that_would_get_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(written(tmp_path))
    before = library.path.read_bytes()
    monkeypatch.setattr(storage, "MAX_BYTES", len(before) + 10)
    with pytest.raises(LibraryError, match="would grow past"):
        library.add([Strategy(title="New", situation="x")])
    assert library.path.read_bytes() == before
    assert len(library.all()) == 2


def test_tinydb_itself_reads_but_cannot_write_without_a_transaction(tmp_path: Path) -> None:
    table = Table(storage.LibraryStorage(written(tmp_path)), "strategies")
    assert [each["id"] for each in table.search(where("title") == "Late")] == ["st_2"]
    with pytest.raises(RuntimeError, match="transaction"):
        table.insert({"id": "st_3"})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"st_1"', b'"st_1", "id": "st_1"', "stands twice"),
        (b'"strategies": {\n', b'"strategies": {\n"1": {},', "line 3"),
        (b'"strategies"', b'"denju"', "stands twice"),
        (b'"2": {', b'"2": [{', "line 4"),
        (b'"2": {', b'"9999999999999999999": {', "expected a number"),
        (b'"2"', rb'"\ud"', "a name"),
        (b"\n}}", b"\n},}", "expected a name"),
        (b"\n}}", b"\n}} []", "after the end"),
        (b"},\n", b"}\n", "expected a comma"),
        (b'"title": "Late"', b'"title": "' + b"x" * 2**20 + b'"', "longer than 1 MB"),
        (b'"Late"', b'"\x00"', "line 4: not JSON"),
    ],
)
def test_a_slip_of_the_hand_is_told_with_its_line(tmp_path: Path, old: bytes, new: bytes, reason: str) -> None:
    path = written(tmp_path)
    changed = path.read_bytes().replace(old, new)
    path.write_bytes(changed)
    with pytest.raises(LibraryDamaged, match=reason):
        Library(path).all()
    assert path.read_bytes() == changed


def test_what_a_killed_writer_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path)
    left = path.with_name(f".{path.name}.x1.tmp")
    names = (".notes.tmp", ".written-sales.json.x1.tmp", ".written.json.old.json.x1.tmp", ".writtenXjson.x1.tmp")
    foreign = [path.with_name(name) for name in names]
    for each in (left, *foreign):
        each.write_bytes(b"half")
    Library(path).delete("st_1", by="sato")
    assert not left.exists()
    assert all(each.exists() for each in foreign), "another library's writer may be at work on its own"

"""Where a library lies: one person's or a group's, and not on a network."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from accounts import FIRST, GROUP, SECOND, STRANGER, Desk, accounts
from denju.errors import LibraryError, SettingsError, StorageError, UsageError
from denju.library import place
from denju.library.place import PRIVATE, check_local, rights_of, share
from denju.library.repair import repair
from denju.library.store import Library
from denju.values import Strategy
from denju.workbench import Workbench

SEED = Strategy(title="Scratched part", situation="A delivered part has a scratch", id="st_1")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with accounts() as desk:
        yield desk


def test_two_accounts_work_on_one_library_and_a_stranger_does_not(desk: Desk) -> None:
    path = desk.folder / "library.json"
    assert desk.as_user(FIRST, lambda: share(desk.folder, GROUP)) == ""
    assert desk.as_user(FIRST, lambda: Library(path).add([SEED])) == ""
    for number, name in enumerate([SECOND, FIRST, SECOND], 2):
        work = lambda number=number: Library(path).add([replace(SEED, id=f"st_{number}")])  # noqa: E731
        assert desk.as_user(name, work) == ""
        assert path.stat().st_uid == pwd.getpwnam(name).pw_uid
        desk.expect_shared()
    approve = lambda: Library(path).review("st_1", revision=1, verdict="approved", by=SECOND, why="")  # noqa: E731
    assert desk.as_user(SECOND, approve) == ""
    assert "PermissionError" in desk.as_user(STRANGER, lambda: path.read_bytes())
    assert "LibraryError" in desk.as_user(STRANGER, lambda: Library(path).all())

    path.write_bytes(path.read_bytes().replace(b'"2": {"schema"', b'"2": {"schema'))
    assert desk.as_user(FIRST, lambda: repair(path)) == ""
    desk.expect_shared()
    assert [each.id for each in Library(path).all()] == ["st_1", "st_3", "st_4"]


def test_the_work_of_another_user_that_is_killed_is_not_taken_for_done(desk: Desk) -> None:
    with pytest.raises(AssertionError, match=f"the process of {FIRST} ended"):
        desk.as_user(FIRST, lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_a_library_of_ones_own_can_be_shared_later(desk: Desk) -> None:
    path = desk.folder / "library.json"

    def begin() -> None:
        Library(path).add([SEED])
        Library(path).add([replace(SEED, id="st_2")])
        share(desk.folder, GROUP)

    assert desk.as_user(FIRST, begin) == ""
    desk.expect_shared()
    assert desk.as_user(SECOND, lambda: Library(path).add([replace(SEED, id="st_3")])) == ""
    assert "StorageError" in desk.as_user(SECOND, lambda: share(desk.folder, GROUP)), "it is not theirs to share"


def test_who_is_not_in_the_group_in_this_login_shares_nothing(desk: Desk) -> None:
    place = desk.home(STRANGER) / "desk"
    assert f"UsageError: You are not in {GROUP} in this login." in desk.as_user(STRANGER, lambda: share(place, GROUP))
    assert not place.exists()


def test_where_one_may_not_make_the_place_an_administrator_does(desk: Desk) -> None:
    root = desk.folder.with_name("srv")
    root.mkdir(mode=0o755)
    place = root / "our desk"
    cure = f"sudo install -d -o YOU -g {GROUP} -m 2770 '{place}'"

    def begin() -> None:
        with pytest.raises(StorageError) as caught:
            share(place, GROUP)
        assert caught.value.hint == f"An administrator makes the place: {cure}"

    assert desk.as_user(FIRST, begin) == ""
    subprocess.run(shlex.split(cure.removeprefix("sudo ").replace("YOU", FIRST)), check=True)
    assert desk.as_user(FIRST, lambda: share(place, GROUP)) == ""
    assert desk.as_user(SECOND, lambda: Library(place / "library.json").add([SEED])) == ""


def test_what_belongs_to_another_user_is_not_ours_to_share(desk: Desk) -> None:
    place = desk.home(FIRST)
    place.chmod(0o755)
    said = desk.as_user(SECOND, lambda: share(place, GROUP))
    assert f"StorageError: {place}: belongs to another user." in said
    assert list(place.iterdir()) == []


def test_a_folder_with_other_things_in_it_is_not_given_away(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    key = tmp_path / ".ssh" / "id"
    key.write_text("secret")
    key.chmod(0o600)
    before = [(each, each.stat().st_mode) for each in (tmp_path, *sorted(tmp_path.rglob("*")))]
    with pytest.raises(UsageError, match="holds other things"):
        share(tmp_path, grp.getgrgid(os.getgid()).gr_name)
    assert [(each, each.stat().st_mode) for each in (tmp_path, *sorted(tmp_path.rglob("*")))] == before


def test_a_group_and_a_folder_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no group"):
        share(tmp_path / "desk", "no-such-group")
    with pytest.raises(UsageError, match="no such folder"):
        share(tmp_path / "missing" / "desk", grp.getgrgid(os.getgid()).gr_name)


def test_a_folder_that_the_group_cannot_go_through_is_said(desk: Desk) -> None:
    def begin() -> None:
        assert share(desk.folder, GROUP).closed is None
        assert share(desk.home(FIRST) / "desk", GROUP).closed == desk.home(FIRST)

    assert desk.as_user(FIRST, begin) == ""
    closed = {"library.path": str(desk.home(FIRST) / "desk" / "library.json")}
    assert "closed to you" in desk.as_user(SECOND, lambda: Workbench(overrides=closed).library)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("x")
    with pytest.raises(StorageError):
        share(tmp_path / "desk", grp.getgrgid(os.getgid()).gr_name)


def test_one_persons_library_is_private(tmp_path: Path) -> None:
    assert rights_of(tmp_path) == PRIVATE
    assert rights_of(tmp_path / "missing") == PRIVATE


def test_on_a_network_it_is_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "library" / "library.json"
    Library(path).add([SEED])
    before = path.read_bytes()
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    line = f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw,noatime shared:1 - {{}} server:/export rw\n"
    monkeypatch.setattr(place, "_MOUNTS", mounts)
    for kind in ("nfs4", "cifs", "fuse.sshfs"):
        mounts.write_text("22 1 0:5 / /proc rw - proc proc rw\n" + line.format(kind))
        with pytest.raises(LibraryError, match=f"network file system .{kind}"):
            Library(path).add([replace(SEED, id="st_2")])
        assert [each.id for each in Library(path).all()] == ["st_1"]
    assert path.read_bytes() == before
    mounts.write_text(line.format("ext4"))
    check_local(tmp_path)
    mounts.unlink()
    check_local(tmp_path)


def test_the_setting_names_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Library(tmp_path / "desk" / "library.json").add([SEED])
    monkeypatch.setenv("DENJU_LIBRARY_PATH", str(tmp_path / "desk" / "library.json"))
    with Workbench() as workbench:
        assert [each.id for each in workbench.library.all()] == ["st_1"]
        assert not workbench.paths.library.exists()
    for wrong in ("library.json", str(tmp_path / "missing" / "library.json")):
        monkeypatch.setenv("DENJU_LIBRARY_PATH", wrong)
        with Workbench() as workbench, pytest.raises(SettingsError, match="its folder is not there"):
            workbench.library  # noqa: B018
    monkeypatch.setenv("DENJU_LIBRARY_PATH", "~no-such-user/library.json")
    with Workbench() as workbench, pytest.raises(SettingsError, match="no such home folder"):
        workbench.library  # noqa: B018

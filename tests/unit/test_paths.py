"""Folders and files: where they are, who may read them, and that a write is whole or not at all."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from denju.errors import SettingsError, StorageError
from denju.paths import Paths, folder, replaced


def test_denju_home_moves_everything(tmp_path: Path) -> None:
    paths = Paths.from_environment({"DENJU_HOME": str(tmp_path), "XDG_DATA_HOME": "/elsewhere"})
    assert paths.library == tmp_path / "library" / "library.json"
    assert paths.settings == tmp_path / "settings.toml"


def test_the_base_directories_are_respected() -> None:
    paths = Paths.from_environment({"HOME": "/home/a", "XDG_DATA_HOME": "/data"})
    assert paths.history == Path("/data/denju/history/answers.jsonl")
    assert paths.settings == Path("/home/a/.config/denju/settings.toml")


def test_a_home_folder_that_is_not_there_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="DENJU_HOME: ~no-such-user/data: there is no such home folder"):
        Paths.from_environment({"DENJU_HOME": "~no-such-user/data"})
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(SettingsError) as caught:
        Paths.from_environment({})
    assert caught.value.hint == "Set DENJU_HOME to a whole path."


def test_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o700
    assert made.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(StorageError, match=r"not a (folder|directory)"):
        folder(tmp_path / "a" / "b")


def test_a_write_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = folder(tmp_path / "alone") / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replaced(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_write_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with replaced(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600

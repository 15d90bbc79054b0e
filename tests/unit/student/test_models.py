"""Copies of model files: checked, hashed, read-only, whole or not there."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from denju.errors import ModelFileError, NotFound, StorageError
from denju.student.models import ModelFile, ModelStore


def test_a_copy_is_read_only_and_named_after_its_hash(tmp_path: Path, tiny: ModelFile) -> None:
    told: list[tuple[int, int]] = []
    store = ModelStore(tmp_path / "models")
    model = store.use(tiny.path, lambda done, total: told.append((done, total)))
    data = tiny.path.read_bytes()
    assert model.path.read_bytes() == data
    assert model.path.name == f"{hashlib.sha256(data).hexdigest()}.gguf"
    assert model.path.stat().st_mode & 0o777 == 0o400
    assert told[-1] == (len(data), len(data))
    assert (model.copied, model.practice, model.name) == (True, False, "tiny")
    assert store.use(tiny.path) == model
    assert store.find(model.sha256) == store.find(model.sha256[:8].upper()) == model
    assert list((tmp_path / "models").iterdir()) == [model.path]


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    for name in ("", "abcdef", "../x", "\x1b[31m"):
        with pytest.raises(NotFound):
            ModelStore(tmp_path).find(name)


def test_what_is_no_model_is_not_copied(tmp_path: Path, tiny: ModelFile) -> None:
    os.mkfifo(tmp_path / "fifo")
    short = tmp_path / "short.gguf"
    short.write_bytes(tiny.path.read_bytes()[:-100])
    store = ModelStore(tmp_path / "models")
    for wrong in (tmp_path / "fifo", tmp_path, Path("/dev/zero"), tmp_path / "missing", short):
        with pytest.raises(ModelFileError):
            store.use(wrong)
    assert not (tmp_path / "models").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, tiny: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = ModelStore(tmp_path / "models")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="no space left") as caught:
        store.use(tiny.path)
    assert "Free some space" in caught.value.hint
    assert list((tmp_path / "models").iterdir()) == []


def test_leftovers_of_a_killed_copy_go(tmp_path: Path, tiny: ModelFile) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / ".incoming-dead").write_bytes(b"half")
    model = ModelStore(models).use(tiny.path)
    assert list(models.iterdir()) == [model.path]


def test_the_practice_model_is_in_the_package(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    model = store.find("practice")
    assert store.list() == (model,)
    assert (model.practice, model.copied, model.name) == (True, False, "practice")
    assert model.header.template == "practice"
    assert model.header.size < 9_000_000

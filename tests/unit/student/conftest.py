"""A tiny real model, a slot of the test's own, and a student that leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile
from gguf_files import write


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A llama model with random weights and a context of 512 tokens."""
    return ModelFile(write(tmp_path_factory.mktemp("models") / "tiny.gguf"), "0" * 64)


@pytest.fixture(autouse=True)
def slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "student.slot"
    monkeypatch.setenv("DENJU_SLOT", str(path))
    return path


@pytest.fixture
def student(tiny: ModelFile) -> Iterator[CtransformersStudent]:
    made = CtransformersStudent(model=tiny, threads=1)
    yield made
    made.close()

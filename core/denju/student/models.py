"""Model files: the practice student inside the package, and those that a person copied in.

A copy is read-only and named after its sha256, so an answer's record always tells which weights wrote it, and a file
that is mapped into memory never changes under the student.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from denju.errors import NotFound, StorageError
from denju.paths import folder, fsync_folder, storage_error
from denju.student.gguf import ModelHeader, open_model, read_header

PRACTICE = "practice"
"""Name of the model inside the package."""

_BLOCK = 1 << 20
_INCOMING = ".incoming-"

CopyProgress = Callable[[int, int], None]
"""Told how many bytes are copied, and of how many."""


@dataclass(frozen=True)
class ModelFile:
    """A model that a student can be made of."""

    path: Path
    sha256: str
    practice: bool = False
    copied: bool = False
    """One of our own read-only copies, which nobody changes."""

    @property
    def name(self) -> str:
        """``practice``, or the name in the file, or else the start of its hash."""
        return PRACTICE if self.practice else self.header.name or self.sha256[:12]

    @cached_property
    def header(self) -> ModelHeader:
        """What the file says of itself, read when first asked for.

        Raises:
            ModelFileError: it cannot be read or run.
        """
        return read_header(self.path)


class ModelStore:
    """The models of one person."""

    def __init__(self, models: Path) -> None:
        """``models`` is the folder of the copies; it is made when the first comes."""
        self._folder = models

    def list(self) -> tuple[ModelFile, ...]:
        """The practice model, then the copies."""
        return (practice_model(), *self._copies())

    def find(self, name: str) -> ModelFile:
        """The model that ``practice``, a sha256, or the start of just one means.

        Raises:
            NotFound: none, or more than one.
        """
        if name == PRACTICE:
            return practice_model()
        found = [each for each in self._copies() if name and each.sha256.startswith(name.lower())]
        if not found:
            raise NotFound(f"{name[:70]!r}: no model's sha256 begins like this.", "denju models list shows them.")
        if len(found) > 1:
            raise NotFound(
                f"{name[:70]!r}: more than one model's sha256 begins like this.", "denju models list shows them."
            )
        return found[0]

    def use(self, path: Path, progress: CopyProgress = lambda _done, _total: None) -> ModelFile:
        """Check the file and copy it in.

        Raises:
            ModelFileError: it is not a model that the student can run.
            StorageError: the copy could not be written.
        """
        header = read_header(path)
        target_folder = folder(self._folder)
        try:
            self._remove_leftovers()
            free = shutil.disk_usage(target_folder).free
            if free < header.size:
                raise StorageError(
                    f"{target_folder}: the copy needs {header.size / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free.",
                    "Free some space on the disk, then try again.",
                )
            with self._incoming() as copy:
                sha256 = _copy(path, copy, progress)
                # The source may have changed since it was looked at: what counts is the copy.
                read_header(copy)
                target = target_folder / f"{sha256}.gguf"
                os.replace(copy, target)
            fsync_folder(target_folder)
        except OSError as error:
            raise storage_error(error, target_folder) from error
        return ModelFile(target, sha256, copied=True)

    def _copies(self) -> Iterator[ModelFile]:
        for path in sorted(self._folder.glob("*.gguf")):
            if re.fullmatch("[0-9a-f]{64}", path.stem):
                yield ModelFile(path, path.stem, copied=True)

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A temporary file beside the copies; locked, so that nobody takes it for a leftover."""
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=_INCOMING)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            os.close(descriptor)

    def _remove_leftovers(self) -> None:
        """Remove what a copy that was killed left behind: it may be gigabytes."""
        for path in self._folder.glob(_INCOMING + "*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def practice_model() -> ModelFile:
    """The small model inside the package.

    Raises:
        NotFound: this installation has none.
    """
    path = Path(str(files("denju.data") / "practice.gguf"))
    try:
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotFound("The practice model is not in this installation.", "Install denju again.") from error
    return ModelFile(path, sha256, practice=True)


def _copy(path: Path, target: Path, progress: CopyProgress) -> str:
    """Copy all bytes to the disk, read-only; returns their sha256."""
    digest, done = hashlib.sha256(), 0
    with open_model(path) as source, target.open("wb") as copy:
        total = os.fstat(source.fileno()).st_size
        while block := source.read(_BLOCK):
            digest.update(block)
            copy.write(block)
            done += len(block)
            progress(done, max(done, total))
        copy.flush()
        os.fchmod(copy.fileno(), 0o400)
        os.fsync(copy.fileno())
    return digest.hexdigest()

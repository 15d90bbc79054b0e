"""Every folder (0700) and file (0600) of denju, in one place.

``DENJU_HOME`` moves everything below one folder; else the XDG base directories are used
(https://specifications.freedesktop.org/basedir-spec/).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from denju.errors import SettingsError, StorageError


@dataclass(frozen=True, slots=True)
class Paths:
    """Where things live. Nothing is created until ``folder`` is asked for."""

    data: Path
    """Library, history, models: what must not be lost."""
    config: Path
    """The settings file."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Paths:
        """From ``DENJU_HOME``, else ``XDG_DATA_HOME`` and ``XDG_CONFIG_HOME``, else below the home folder.

        Raises:
            SettingsError: there is no such home folder.
        """
        env = os.environ if environ is None else environ
        if home := env.get("DENJU_HOME"):
            root = whole(home, "DENJU_HOME")
            return cls(data=root, config=root)
        home_folder = whole(env.get("HOME") or "~", "DENJU_HOME")
        data = env.get("XDG_DATA_HOME") or str(home_folder / ".local" / "share")
        config = env.get("XDG_CONFIG_HOME") or str(home_folder / ".config")
        return cls(data=Path(data) / "denju", config=Path(config) / "denju")

    @property
    def library(self) -> Path:
        return self.data / "library" / "library.json"

    @property
    def history(self) -> Path:
        return self.data / "history" / "answers.jsonl"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def outbox(self) -> Path:
        """Requests to the teacher, one file each, and what was hidden in them."""
        return self.data / "outbox"

    @property
    def ledger(self) -> Path:
        """The record of what left this machine."""
        return self.data / "ledger"

    @property
    def runs(self) -> Path:
        """Runs of learning, a folder each."""
        return self.data / "learning"

    @property
    def terms(self) -> Path:
        """The firm's own words to hide, one a line."""
        return self.config / "terms.txt"

    @property
    def keys(self) -> Path:
        """The teacher's keys, for the owner's eyes only."""
        return self.config / "keys.json"

    @property
    def drafts(self) -> Path:
        """What was typed in the app and not sent yet, and other state that may be lost without harm."""
        return self.data / "state"

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"


def whole(name: str, setting: str) -> Path:
    """The path ``name``, which ``setting`` gives, with the home folder in place of ``~`` or ``~user``.

    Raises:
        SettingsError: there is no such home folder.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        what = f"{setting}: {name}: there is no such home folder."
        raise SettingsError(what, f"Set {setting} to a whole path.") from error


def folder(path: Path) -> Path:
    """``path``, made with mode 0700 where it is missing (its missing parents too).

    Raises:
        StorageError: it cannot be made, or is not a folder.
    """
    try:
        missing = [each for each in (path, *path.parents) if not each.exists()]
        for each in reversed(missing):
            with contextlib.suppress(FileExistsError):
                each.mkdir(mode=0o700)
                fsync_folder(each.parent)
        if not path.is_dir():
            raise NotADirectoryError(20, "not a folder", str(path))
    except OSError as error:
        raise storage_error(error, path) from error
    return path


@contextlib.contextmanager
def replaced(path: Path, mode: int = 0o600, group: int | None = None) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` as a whole when the block ends well.

    ``group`` is the number of the group that it is to belong to; ``None`` leaves the one it gets.

    Temp file → flush → fsync → replace → fsync of the folder. After an error ``path`` is as it was, and no temp
    file stays behind.
    """
    target = folder(path.parent) / path.name
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            if group is not None:
                os.fchown(file.fileno(), -1, group)
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
        fsync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def fsync_folder(path: Path) -> None:
    """Make names created, replaced or removed in ``path`` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(error: OSError, path: Path) -> StorageError:
    """``error`` as one of ours, with what to do about it."""
    hints = {
        28: "Free some space on the disk, then try again.",
        122: "Your quota on this disk is used up: remove something, then try again.",
        30: "The disk is mounted read-only; DENJU_HOME can point to another folder.",
        13: "Check who owns the folder and its rights; DENJU_HOME can point to another one.",
        1: "Check who owns the folder and its rights; DENJU_HOME can point to another one.",
    }
    hint = hints.get(error.errno or 0, "Check the disk and the path, then try again.")
    return StorageError(f"{path}: {(error.strerror or str(error)).lower()}", hint)

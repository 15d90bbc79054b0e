"""A person's own editor on a text; what was typed is kept until it was taken."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from denju.errors import Conflict, DenjuError, Interrupted, UsageError
from denju.paths import folder, storage_error
from denju_tui.drafts import Place

MAX_BYTES = 2**20
_COMMON = ("sensible-editor", "nano", "vi")
_NAME_ONE = "Name one: export EDITOR=nano; or give a file, or - for standard input."


@contextlib.contextmanager
def held(texts: Path, name: str) -> Iterator[Path]:
    """Where the text ``name`` is edited: a file in ``texts`` that no app and no other command has meanwhile."""
    place = Place(texts, name, ".yaml")
    try:
        yield place.file
    finally:
        place.free()


def edited(path: Path, text: str, notes: str) -> bytes:
    """What the editor leaves in ``path``; it opens on ``text``, or on what an earlier, refused try left there.

    ``notes`` are lines for the person, put in front as comments.

    Raises:
        UsageError: there is no editor, or no terminal to open it on.
        Interrupted: the editor was left with an error, or without a text; ``path`` keeps what was typed.
        StorageError: ``path`` cannot be written or read.
    """
    command = _editor()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("There is no terminal to open an editor on.", "Give a file, or - for standard input.")
    try:
        folder(path.parent)
        fresh = not path.exists()
        comment = "".join(f"# {line}\n" for line in notes.splitlines())
        if fresh:
            with open(path, "w", encoding="utf-8", opener=_private) as file:
                file.write(comment + text)
        try:
            done = subprocess.run([*command, str(path)], check=False)  # noqa: S603 – the person's own editor
        except (FileNotFoundError, PermissionError) as error:
            if fresh:
                path.unlink()
            raise UsageError(f"{command[0]}: there is no such editor.", _NAME_ONE) from error
        if done.returncode != 0:
            raise Interrupted(
                f"{command[0]} ended with {done.returncode}; nothing was changed.", f"The text is in {path}"
            )
        data = _bytes_of(path)
    except OSError as error:
        raise storage_error(error, path) from error
    if fresh and data == (comment + text).encode():
        path.unlink(missing_ok=True)
        raise Interrupted("The text was left as it was; nothing was changed.")
    if not any(line.strip() and not line.startswith(b"#") for line in data.splitlines()):
        path.unlink(missing_ok=True)
        raise Interrupted("The text was empty; nothing was changed.", "Run the command again to start over.")
    return data


def written(path: Path, text: str, notes: str) -> bytes:
    """As ``edited``, for what is taken at once: what an earlier try left may be half a text, and only looked at.

    Raises:
        UsageError, Interrupted, StorageError: as ``edited``; or nothing was changed in what an earlier try left.
    """
    try:
        before = _bytes_of(path) if path.exists() else None
    except OSError as error:
        raise storage_error(error, path) from error
    data = edited(path, text, notes)
    if data == before:
        raise Interrupted(
            "The text was left as it was; nothing was changed.",
            f"It is kept in {path}: give that file to take it as it is.",
        )
    return data


def behind(error: Conflict) -> Conflict:
    """``error`` about a text that is based on an old revision, saying too what to change in the text."""
    return Conflict(error.what, f"{error.hint} The line revision: of the text has to name it.")


def kept(error: DenjuError, path: Path, again: str) -> DenjuError:
    """``error``, saying too where the text is and how to go on, when there is one."""
    if not path.exists():
        return error
    hint = behind(error).hint if isinstance(error, Conflict) else error.hint
    refused = UsageError(error.what, f"{hint} The text is kept in {path}: {again} opens it again.".strip())
    refused.exit_code = error.exit_code  # type: ignore[misc]  # that of what was wrong
    return refused


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if named := os.environ.get(name, "").strip():
            try:
                return shlex.split(named)
            except ValueError as error:
                raise UsageError(f"{name}: {error}", f"Set {name} to a command, such as: export {name}=nano") from error
    for name in _COMMON:
        if found := shutil.which(name):
            return [found]
    raise UsageError("There is no editor.", _NAME_ONE)


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

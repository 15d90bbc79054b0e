"""Looking at a library and mending it: the damaged file is set aside whole, what is whole in it is saved.

A document counts as whole when it reads as a strategy by itself; where a bit was changed inside a text nobody can
tell, which is why the damaged file stays, for a person to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from denju.errors import LibraryDamaged, LibraryError, NotFound
from denju.library import backups
from denju.library.backups import Backup, link_or_copy
from denju.library.by_hand import Lost, generation_of, salvaged
from denju.library.deletions import last_revisions
from denju.library.form import STRATEGIES, Content
from denju.library.line import BACK
from denju.library.place import Rights
from denju.library.storage import LibraryStorage
from denju.paths import storage_error


@dataclass(frozen=True, slots=True)
class Report:
    """What a look at a library found."""

    damage: str | None
    """What is wrong, in one line; None when nothing is."""
    by_hand: bool
    """Whole, but not written by denju: an editor changed it, or the disk did, in the middle of a text."""
    whole: int
    """Documents, a revision each, that are whole or could be saved."""
    lost: tuple[Lost, ...] = ()
    """What could not be saved."""
    backup: Backup | None = None
    """The newest backup that is whole."""
    backup_holds: int = 0
    """Documents in it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did."""

    aside: Path | None
    """The file that was in its place, as it was; ``None`` where it was missing."""
    saved: int
    """Documents in the library now."""
    lost: tuple[Lost, ...]


def check(path: Path) -> Report:
    """Look at every document of the library ``path``; nothing is changed.

    Raises:
        LibraryError: there is a file, but it is no damaged library: newer, foreign, a link, not to be read.
        StorageError: the backups cannot be read.
    """
    backup, holds = _newest_whole(path)
    try:
        content = LibraryStorage(path).content()
        for line in content.tables[STRATEGIES].values():
            line.check()
        last_revisions(content.tables)
    except LibraryDamaged as error:
        kept, lost = salvaged(LibraryStorage(path).data())
        return Report(error.what, False, len(kept[STRATEGIES]), tuple(lost), backup, holds)
    if gone := missing(path):
        return Report(gone.what, False, 0, (), backup, holds)
    return Report(None, content.by_hand, len(content.tables[STRATEGIES]), (), backup, holds)


def missing(path: Path) -> LibraryDamaged | None:
    """The error for a library ``path`` that is missing though a whole backup of it is there; ``None`` where it is not.

    No new one may take its place: in time the backups of that one would push out those of the lost one.

    Raises:
        StorageError: the backups cannot be read.
    """
    if path.exists() or _newest_whole(path)[0] is None:
        return None
    return LibraryDamaged(f"{path}: is missing, and there are backups of it.", BACK)


def repair(path: Path, *, backup: Path | None = None) -> Repaired:
    """Set the damaged library aside, as ``library.damaged-TIME.json``, and put in its place what could be saved.

    What was deleted stays deleted: its records are saved like the strategies.

    With ``backup``, one of ``denju.library.backups.kept``, the library becomes that one instead.

    Raises:
        NotFound: it is not damaged, so there is nothing to repair; or there is no such backup.
        LibraryError: nothing can be saved, or the library is no damaged one; nothing has changed.
        StorageError: the disk said no.
    """
    storage = LibraryStorage(path)
    with storage.exclusive() as rights:
        if check(path).damage is None and backup is None:
            raise NotFound(f"{path}: not damaged.", "Nothing was changed.")
        data = storage.data()
        lost: list[Lost] = []
        if backup is None:
            tables, lost = salvaged(data)
            if not any(tables.values()):
                what = f"{path}: nothing in it can be saved."
                raise LibraryError(what, "Take a backup; denju library check names the newest.")
            generation = generation_of(data)
        else:
            content = _content_of(backup)
            tables, generation = content.tables, max(content.generation, generation_of(data))
        aside = _set_aside(path, rights) if path.exists() else None
        # Above every generation that anyone may have seen, so that the change is seen everywhere.
        storage.put(tables, generation + 1, rights)
    return Repaired(aside, len(tables[STRATEGIES]), tuple(lost))


def _newest_whole(path: Path) -> tuple[Backup | None, int]:
    try:
        there = backups.kept(path)
    except OSError as error:
        raise storage_error(error, backups.folder_of(path)) from error
    for each in there:
        try:
            content = _content_of(each.path)
        except (LibraryError, NotFound):
            continue
        return each, len(content.tables[STRATEGIES])
    return None, 0


def _content_of(backup: Path) -> Content:
    content = LibraryStorage(backup).content()
    if not content.tables[STRATEGIES]:
        raise NotFound(f"{backup}: there is no such backup, or it is empty.", "denju library check names the newest.")
    return content


def _set_aside(path: Path, rights: Rights) -> Path:
    """Give the file a second name before the first one goes to another; both are on the disk when this returns."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}.json")
    more = count(2)
    while aside.exists():
        aside = path.with_name(f"{path.stem}.damaged-{stamp}-{next(more)}.json")
    try:
        link_or_copy(path, aside, rights)
    except OSError as error:
        raise storage_error(error, aside) from error
    return aside

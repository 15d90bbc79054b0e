"""``backups/``: what the library was before a change, at most one copy an hour.

Kept are the newest six, the newest of each of the last fourteen days that have one, and for good the last file of an
older form. A backup is a hard link that the following replace leaves behind, so it costs no time and, until then, no
space; where the file system has no links it is a copy. Its name is the library's with the time in it, so that several
libraries may lie in one folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from denju.library.place import Rights, make_folder
from denju.paths import fsync_folder, replaced

PAUSE = timedelta(hours=1)
NEWEST = 6
DAYS = 14

_STAMP = "%Y%m%dT%H%M%SZ"
_NO_LINKS = (errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Backup:
    """One earlier state of the library."""

    path: Path
    taken: datetime
    """UTC."""
    form: int | None
    """Number of the older form that it is the last file of."""


def folder_of(library: Path) -> Path:
    """Where the backups of ``library`` lie."""
    return library.parent / "backups"


def names_of(library: Path) -> re.Pattern[str]:
    """What its backups are called; the groups are the number of an older form, and the time."""
    return re.compile(rf"{re.escape(library.stem)}(?:-form(\d+))?-(\d{{8}}T\d{{6}}Z){re.escape(library.suffix)}")


def kept(library: Path) -> list[Backup]:
    """Every backup, newest first.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        names = [each.name for each in folder_of(library).iterdir()]
    except FileNotFoundError:
        return []
    called = names_of(library)
    made = []
    for name in names:
        if match := called.fullmatch(name):
            with contextlib.suppress(ValueError):  # of no day: none of ours
                taken = datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
                made.append(Backup(folder_of(library) / name, taken, int(match[1]) if match[1] else None))
    return sorted(made, key=lambda each: each.taken, reverse=True)


def keep(library: Path, rights: Rights, *, for_good: int | None = None, now: datetime | None = None) -> None:
    """Keep what ``library`` is now, before it is replaced; the lock must be held.

    ``for_good`` is the number of the older form that it still has: that one is always kept. Else nothing is done when
    the newest backup is less than an hour old. A full disk keeps no backup, and stops no change.

    Raises:
        OSError: the system said no.
    """
    now = now or datetime.now(UTC)
    there = kept(library)
    if there and os.path.samestat(there[0].path.stat(), library.stat()):
        # Its change was never made: an editor that writes in place would spoil it together with the library.
        there.pop(0).path.unlink()
    if for_good is None and any(each.form is None and abs(now - each.taken) < PAUSE for each in there):
        return
    form = "" if for_good is None else f"-form{for_good}"
    try:
        make_folder(folder_of(library), rights)
        name = f"{library.stem}{form}-{now.strftime(_STAMP)}{library.suffix}"
        link_or_copy(library, folder_of(library) / name, rights)
    except OSError as error:
        if error.errno not in _FULL or for_good is not None:
            raise
    for each in _superfluous(kept(library)):
        each.path.unlink()


def give_up_oldest(library: Path) -> bool:
    """Remove the oldest backup, to make space; False when there is none.

    Raises:
        OSError: it cannot be removed.
    """
    there = kept(library)
    if there:
        there[-1].path.unlink()
    return bool(there)


def link_or_copy(source: Path, target: Path, rights: Rights) -> None:
    """Give ``source`` the second name ``target``, or copy it where there are no links; on the disk when it returns.

    Raises:
        OSError: the system said no.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with source.open("rb") as data, replaced(target, rights.file, rights.group) as file:
            shutil.copyfileobj(data, file)
        return
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # an editor that wrote it may not have
    finally:
        os.close(descriptor)
    fsync_folder(target.parent)


def _superfluous(newest_first: list[Backup]) -> list[Backup]:
    ordinary = [each for each in newest_first if each.form is None]
    last_of_day = {each.taken.date(): each for each in reversed(ordinary)}
    days = set(sorted(last_of_day, reverse=True)[:DAYS])
    wanted = [*ordinary[:NEWEST], *(each for day, each in last_of_day.items() if day in days)]
    return [each for each in ordinary if each not in wanted]

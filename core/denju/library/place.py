"""Where a library lies: whose it is, one person's or a group's, and whether locks hold there.

A shared library is a folder with the set-group-ID bit that its group may write to (2770); all that is written there
then belongs to the group, is readable and writable for it (0660), and stays so through every replace.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from denju.errors import LibraryError, StorageError, UsageError
from denju.paths import fsync_folder, storage_error
from denju.text import one_line

_SHARED = 0o2070
_OWN = re.compile(r"library\.(json|lock|damaged-.+\.json)|backups(/library-.+\.json)?|(backups/)?\.library.+\.tmp")
"""What a library writes, from its folder on."""
_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = (
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
)  # fmt: skip
"""File systems on which another machine may write, where a lock here may not keep that one out."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Whom new folders and files belong to."""

    folder: int
    """Mode of a folder."""
    file: int
    """Mode of a file."""
    group: int | None = None
    """Number of the group that they are given to; ``None`` leaves the one they get."""


PRIVATE = Rights(folder=0o700, file=0o600)


@dataclass(frozen=True, slots=True)
class Shared:
    """A library that was given to a group."""

    library: Path
    closed: Path | None
    """The first folder above it that its mode does not let the group through; ``None`` where all do."""


def rights_of(folder: Path) -> Rights:
    """What is made in ``folder`` gets these; one that is not there yet is private."""
    try:
        status = folder.stat()
    except OSError:
        return PRIVATE
    if status.st_mode & _SHARED != _SHARED:
        return PRIVATE
    return Rights(folder=0o2770, file=0o660, group=status.st_gid)


def give(descriptor: int, rights: Rights) -> None:
    """Give what is open as ``descriptor`` these rights where it is ours and has others.

    Raises:
        OSError: the system said no.
    """
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        return
    if rights.group is not None and status.st_gid != rights.group:
        os.fchown(descriptor, -1, rights.group)
    wanted = rights.folder if stat.S_ISDIR(status.st_mode) else rights.file
    if stat.S_IMODE(status.st_mode) != wanted:
        os.fchmod(descriptor, wanted)


def make_folder(path: Path, rights: Rights) -> None:
    """Make the folder ``path`` in one that is there, with these rights; its name is on the disk with the next fsync.

    Raises:
        OSError: the system said no.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            give(descriptor, rights)
        finally:
            os.close(descriptor)


def share(folder: Path, group: str) -> Shared:
    """Make ``folder`` the place of a library that the members of ``group`` work on.

    A library that is there already is handed to the group too. Each member then sets ``library.path`` to it; keys,
    drafts and history stay with each.

    Raises:
        UsageError: there is no such group, we are not in it, there is no folder that ``folder`` could be made in, or
            there are other things in it, which are nobody's business; nothing has changed.
        StorageError: it is not ours to share, or we may not make it.
    """
    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError:
        what = f"There is no group {group!r} on this machine."
        raise UsageError(what, f"An administrator can make it: groupadd {group}; usermod -aG {group} NAME.") from None
    if os.geteuid() != 0 and number not in {os.getegid(), *os.getgroups()}:
        what = f"You are not in {group} in this login."
        hint = f"Log out and in again; an administrator adds who is no member yet: usermod -aG {group} NAME."
        raise UsageError(what, hint)
    folder = folder.absolute()
    rights = Rights(folder=0o2770, file=0o660, group=number)
    library = folder / "library.json"
    lock = library.with_suffix(".lock")
    try:
        if not folder.parent.is_dir():
            what = f"{folder.parent}: there is no such folder."
            raise UsageError(what, "Make it first, so that the group can reach it.")
        if folder.exists():
            _expect_ours(folder, folder.stat())
        _expect_own(folder)
        make_folder(folder, rights)
        make_folder(folder / "backups", rights)
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        for each in (folder, *sorted(folder.rglob("*"))):
            _hand_over(each, rights)
        fsync_folder(folder)
        fsync_folder(folder.parent)
    except OSError as error:
        raise _not_made(error, folder, group) from error
    return Shared(library, next((each for each in reversed(folder.parents) if not _may_pass(each, number)), None))


def _not_made(error: OSError, folder: Path, group: str) -> StorageError:
    told = storage_error(error, folder)
    if error.errno not in (errno.EACCES, errno.EPERM):
        return told
    place = shlex.quote(str(folder))
    return StorageError(
        told.what, f"An administrator makes the place: sudo install -d -o YOU -g {group} -m 2770 {place}"
    )


def _expect_ours(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise StorageError(
            f"{path}: belongs to another user.",
            "Who owns it can share it; where that is done: denju config set library.path FILE.",
        )


def _expect_own(folder: Path) -> None:
    for each in sorted(folder.rglob("*")):
        if not _OWN.fullmatch(str(each.relative_to(folder))):
            raise UsageError(
                f"{folder}: holds other things too ({one_line(each.name)}), which the group would get with it.",
                "Name a folder that is not there yet, and import what you have into it (denju export, denju import).",
            )


def _may_pass(folder: Path, group: int) -> bool:
    """Whether the mode of ``folder`` lets the members of ``group`` through; one further right may do so as well."""
    status = folder.stat()
    return bool(status.st_mode & stat.S_IXOTH or (status.st_gid == group and status.st_mode & stat.S_IXGRP))


def _hand_over(path: Path, rights: Rights) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        _expect_ours(path, os.fstat(descriptor))
        give(descriptor, rights)
    finally:
        os.close(descriptor)


def check_local(folder: Path) -> None:
    """See to it that a lock in ``folder`` keeps every writer out.

    Raises:
        LibraryError: it lies on a network file system, which may be read from but not written to.
    """
    kind = _file_system(folder)
    if kind in _NETWORK:
        what = f"{folder}: on a network file system ({kind}), where a lock may not keep another machine from writing."
        raise LibraryError(
            what, "Reading works. To change it, keep it on a local disk: denju config set library.path FILE."
        )


def _file_system(folder: Path) -> str:
    """The kind of the file system that holds ``folder``; empty where the system does not tell."""
    with contextlib.suppress(OSError):
        device = folder.stat().st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        for line in _MOUNTS.read_text("utf-8", "replace").splitlines():
            mount, _, described = line.partition(" - ")
            if mount.split()[2] == number:
                return described.split()[0]
    return ""

"""Cut the power under a library, on file systems of its own, and look at what is left.

    sudo PYTHONPATH=core python scripts/power_cut_library.py [--cuts 100] [--systems ext4 xfs]

Every round makes changes on a loop device and reports each acknowledged one; then the file system is shut down by
force at a random moment, which throws away all that was not written yet, mounted again and looked at. The controls
leave an fsync out (of the file, of the folder, all) and must lose work; the script exits 1 where they do not, or
where the library itself loses something. Needs root, loop devices, mkfs.ext4 and mkfs.xfs.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denju.errors import LibraryError
from denju.library.store import Library
from fault_library import SEED, adding, seconds_a_change

SHUTDOWN = 0x8004587D
"""``_IOR('X', 125, u32)``: the same number for ext4 and xfs."""
WITHOUT_LOG = 2
"""Throw the journal's unwritten end away too, as a cut of the power does."""
SIZE = "320M"
"""The least that mkfs.xfs takes is 300 MB."""

LEFT_OUT = ("nothing", "the file's", "the folder's", "all")
"""Which fsync is not done."""


@dataclass
class Found:
    """What was left after all cuts of one kind."""

    cuts: int = 0
    acknowledged: int = 0
    bad: int = 0
    """Cuts after which the library was unreadable, or an acknowledged change missing."""


def cut(system: str, left_out: str, cuts: int, chance: random.Random) -> Found:
    """Cut the power ``cuts`` times while a library is changed on a file system of the kind ``system``."""
    found = Found()
    with tempfile.TemporaryDirectory() as folder:
        image, mount = Path(folder) / "image", Path(folder) / "mount"
        mount.mkdir()
        subprocess.run(["truncate", "-s", SIZE, image], check=True)
        force = "-F" if system == "ext4" else "-f"
        subprocess.run([f"mkfs.{system}", "-q", force, image], check=True)
        path = mount / "home" / "library" / "library.json"
        with _mounted(image, mount):
            Library(path).begin([SEED])
            seconds = seconds_a_change(path)
            os.sync()
        known: set[str] = set()
        for _ in range(cuts):
            with _mounted(image, mount):
                known.update(_write_until_cut(path, mount, left_out, chance.uniform(0.02, max(0.15, 6 * seconds))))
            found.cuts += 1
            with _mounted(image, mount):
                try:
                    library = Library(path)
                    present = {each.id for each in library.all()}
                    found.bad += bool(known - present) or library.notice is not None
                except LibraryError:
                    found.bad += 1
                    present = set()
                found.acknowledged += len(known)
                # The next round begins with a small library, whole and on the disk.
                for each in (path, *path.parent.glob("backups/*")):
                    each.unlink(missing_ok=True)
                Library(path).begin([SEED])
                os.sync()
                known = set()
    return found


def _write_until_cut(path: Path, mount: Path, left_out: str, seconds: float) -> list[str]:
    """The ids that a writing process acknowledged before the file system was shut down."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _leave_out(left_out)
            os.write(writer, b"ready\n")
            for name, *_ in adding(Library(path)):
                os.write(writer, f"{name}\n".encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb", buffering=0) as pipe:
        while pipe.read(1) != b"\n":
            pass  # it is about to write
        time.sleep(seconds)
        mounted = os.open(mount, os.O_RDONLY)
        # Only what was acknowledged before the cut counts: it takes some milliseconds, and the process outlives it,
        # unlike one whose power is cut; xfs may tell it of a folder's fsync that all is well on the way down.
        os.set_blocking(reader, False)
        lines = (pipe.read() or b"").decode().splitlines()
        try:
            fcntl.ioctl(mounted, SHUTDOWN, WITHOUT_LOG.to_bytes(4, sys.byteorder))
        finally:
            os.close(mounted)
            os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return lines


def _leave_out(which: str) -> None:
    real = os.fsync

    def fsync(fd: Any) -> None:
        is_folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        if which == "all" or which == ("the folder's" if is_folder else "the file's"):
            return
        real(fd)

    os.fsync = fsync


@contextlib.contextmanager
def _mounted(image: Path, mount: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", mount], check=True)


def main() -> int:
    """Cut the power under the library and under its controls; 1 when one of them is not as it must be."""
    parser = argparse.ArgumentParser(description="Cut the power under a library.")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--systems", nargs="+", default=["ext4", "xfs"])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| file system | fsync left out | cuts | acknowledged | cuts that lost something |")
    print("| --- | --- | ---: | ---: | ---: |")
    good = True
    for system in arguments.systems:
        for left_out in LEFT_OUT:
            found = cut(system, left_out, arguments.cuts, random.Random(arguments.seed))
            print(f"| {system} | {left_out} | {found.cuts} | {found.acknowledged:,} | {found.bad} |", flush=True)
            if left_out == "nothing":
                good = good and not found.bad and found.acknowledged > 0
            else:
                # ext4 writes a replaced file's content with its new name, whether asked to or not.
                good = good and (found.bad > 0 or (system == "ext4" and left_out == "the file's"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

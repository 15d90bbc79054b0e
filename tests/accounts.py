"""Two accounts of this machine in one group and a stranger, for what several people share."""

from __future__ import annotations

import contextlib
import grp
import importlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

GROUP = f"denju-test-{os.getpid()}"
FIRST, SECOND, STRANGER = (f"{GROUP}-{letter}" for letter in "abc")


@dataclass(frozen=True)
class Desk:
    """A shared folder, and who may work in it."""

    folder: Path
    group: int

    def home(self, name: str) -> Path:
        """The user's own folder, which is ``DENJU_HOME`` for what is done as that user."""
        return self.folder.with_name(name)

    def as_user(self, name: str, work: Callable[[], object]) -> str:
        """Do ``work`` as another user, in a process of its own; returns what went wrong there, or nothing."""
        reader, writer = os.pipe()
        if not (child := os.fork()):
            status = 1
            with contextlib.suppress(BaseException):
                user = pwd.getpwnam(name)
                os.environ.update(LOGNAME=name, USER=name, HOME=str(self.home(name)), DENJU_HOME=str(self.home(name)))
                os.umask(0o077)
                os.initgroups(name, user.pw_gid)
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                try:
                    work()
                except BaseException:
                    os.write(writer, traceback.format_exc().encode())
                status = 0
            os._exit(status)
        os.close(writer)
        with open(reader) as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        assert status == 0, f"the process of {name} ended before its work"
        return said

    def expect_shared(self) -> None:
        """Every file of the library belongs to the group, which alone may read and write it."""
        for each in (self.folder, *self.folder.rglob("*")):
            status = each.stat()
            wanted = 0o2770 if each.is_dir() else 0o660
            assert (oct(status.st_mode & 0o7777), status.st_gid) == (oct(wanted), self.group), each


@contextlib.contextmanager
def accounts() -> Iterator[Desk]:
    """Made by root, as in continuous integration; elsewhere the test is skipped."""
    if os.geteuid() != 0:
        assert os.environ.get("CI") != "true", "continuous integration must run this test as root"
        pytest.skip("making accounts needs root")
    if int(Path("/proc/self/uid_map").read_text().split()[2]) < 1_000:
        pytest.skip("this namespace knows no other users")
    for name in ("_strptime", "encodings.utf_8_sig"):  # loaded late; the accounts may not be able to read this Python
        importlib.import_module(name)
    _remove_left_ones()
    made = Path(tempfile.mkdtemp(prefix="denju-desk-"))  # below /tmp, where every user may go
    try:
        made.chmod(0o777)
        subprocess.run(["groupadd", "-f", GROUP], check=True)
        desk = Desk(made / "desk", grp.getgrnam(GROUP).gr_gid)
        for name in (FIRST, SECOND, STRANGER):
            groups = [] if name == STRANGER else ["-G", GROUP]
            subprocess.run(["useradd", "-M", "-s", "/usr/sbin/nologin", *groups, name], check=True)
            desk.home(name).mkdir(mode=0o700)
            shutil.chown(desk.home(name), name)
        yield desk
    finally:
        for name in (FIRST, SECOND, STRANGER):
            subprocess.run(["userdel", name], check=False)
        subprocess.run(["groupdel", GROUP], check=False)
        shutil.rmtree(made)


def _remove_left_ones() -> None:
    """Those of a run that was killed; the number in the name is its process."""
    users = [("userdel", each.pw_name, r"denju-test-(\d+)-[abc]") for each in pwd.getpwall()]
    groups = [("groupdel", each.gr_name, r"denju-test-(\d+)") for each in grp.getgrall()]
    for command, name, pattern in users + groups:
        if (made := re.fullmatch(pattern, name)) and not Path("/proc", made[1]).exists():
            subprocess.run([command, name], check=False)

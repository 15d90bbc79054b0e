"""What a power cut may leave of a folder: file operations recorded, and every state of the disk they allow.

The model is harsher than the file systems in use. What was written since a file's last fsync may be there, half
there, or not at all; a name made, replaced or removed since the folder's last fsync may be so or still be as before,
each one by itself. Operations are done for real too, so that what is recorded is what the code does.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

Tree = dict[str, bytes]
"""What a power cut left: content by path below the recorded folder; a folder ends with / and holds nothing."""


@dataclass(eq=False)
class _Inode:
    """A file, or a folder where ``is_folder``."""

    written: bytes = b""
    durable: bytes = b""
    is_folder: bool = False


_Names = dict[str, _Inode]


@dataclass
class _Change:
    """One change of the names in a folder, not on the disk for sure."""

    folder: str
    set: _Names = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def applied(self, names: _Names) -> _Names:
        return {name: each for name, each in names.items() if name not in self.removed} | self.set


class Recorder:
    """Records what is done to files below ``root``; at any moment ``states`` are what a power cut may leave.

    Lock files are not recorded: what they are after a power cut makes no difference.
    """

    def __init__(self, root: Path, *, leave_out: int = 0) -> None:
        """``leave_out`` is the number of the fsync, from 1, that is not done."""
        self.root = root
        self.fsyncs = 0
        self.at_every_step: Callable[[], None] = lambda: None
        self._leave_out = leave_out
        self._names: _Names = {".": _Inode(is_folder=True)}
        self._durable: _Names = dict(self._names)
        self._pending: list[_Change] = []
        self._opened: dict[int, _Inode] = {}

    def states(self) -> list[Tree]:
        """Every state of the disk that a power cut at this moment may leave, none twice."""
        found: dict[tuple[tuple[str, bytes], ...], Tree] = {}
        for kept in itertools.product((False, True), repeat=len(self._pending)):
            names = self._durable
            for change in itertools.compress(self._pending, kept):
                names = change.applied(names)
            names = {name: each for name, each in names.items() if _is_reachable(name, names)}
            files = {each for each in names.values() if not each.is_folder}
            for contents in itertools.product(*(_contents(each) for each in files)):
                content = dict(zip(files, contents, strict=True))
                tree = {
                    name + "/" * each.is_folder: content.get(each, b"") for name, each in names.items() if name != "."
                }
                found[tuple(sorted(tree.items()))] = tree
        return list(found.values())

    def edit(self, path: Path, data: bytes) -> None:
        """What an editor does that writes in place, without an fsync."""
        path.write_bytes(data)
        self._names[self._name(path)].written = data

    def settle(self) -> None:
        """Time goes by, and the system writes down everything."""
        for change in self._pending:
            self._durable = change.applied(self._durable)
        self._pending.clear()
        for each in self._names.values():
            each.durable = each.written

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record until the block ends."""
        with pytest.MonkeyPatch.context() as patch:
            for name, recorded in {
                "open": self._open, "fdopen": self._fdopen, "fsync": self._fsync, "mkdir": self._mkdir,
                "replace": self._replace, "link": self._link, "unlink": self._unlink,
            }.items():  # fmt: skip
                patch.setattr(os, name, _with_real(recorded, getattr(os, name)))
            yield

    def _name(self, path: Any) -> str:
        return os.path.relpath(path, self.root)

    def _is_ours(self, path: Any) -> bool:
        name = os.fspath(path)
        return isinstance(name, str) and (name + os.sep).startswith(f"{self.root}{os.sep}") and ".lock" not in name

    def _changed(self, path: Any, inode: _Inode | None, *removed: Any) -> None:
        change = _Change(
            folder=str(Path(self._name(path)).parent),
            set={self._name(path): inode} if inode else {},
            removed=tuple(map(self._name, removed)),
        )
        self._names = change.applied(self._names)
        self._pending.append(change)
        self.at_every_step()

    def _open(self, real: Callable[..., int], path: Any, flags: int, *given: Any, **named: Any) -> int:
        descriptor = real(path, flags, *given, **named)
        if self._is_ours(path):
            if self._name(path) not in self._names:
                self._changed(path, _Inode())
            self._opened[descriptor] = self._names[self._name(path)]
        else:
            self._opened.pop(descriptor, None)
        return descriptor

    def _fdopen(self, real: Callable[..., Any], descriptor: int, *given: Any) -> Any:
        return _RecordedFile(real(descriptor, *given), self._opened[descriptor], self)

    def _fsync(self, real: Callable[..., None], descriptor: int) -> None:
        self.fsyncs += 1
        if self.fsyncs == self._leave_out:
            return
        real(descriptor)
        inode = self._opened[descriptor]
        inode.durable = inode.written
        here = {name for name, each in self._names.items() if each is inode}
        for change in [each for each in self._pending if each.folder in here]:
            self._durable = change.applied(self._durable)
            self._pending.remove(change)
        self.at_every_step()

    def _mkdir(self, real: Callable[..., None], path: Any, *given: Any, **named: Any) -> None:
        real(path, *given, **named)
        if self._is_ours(path):
            self._changed(path, _Inode(is_folder=True))

    def _replace(self, real: Callable[..., None], source: Any, target: Any) -> None:
        real(source, target)
        self._changed(target, self._names[self._name(source)], source)

    def _link(self, real: Callable[..., None], source: Any, target: Any, **named: Any) -> None:
        real(source, target, **named)
        self._changed(target, self._names[self._name(source)])

    def _unlink(self, real: Callable[..., None], path: Any) -> None:
        real(path)
        self._changed(path, None, path)


class _RecordedFile:
    def __init__(self, file: Any, inode: _Inode, recorder: Recorder) -> None:
        self._file, self._inode, self._recorder = file, inode, recorder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: bytes) -> int:
        count = int(self._file.write(data))
        self._inode.written += data
        self._recorder.at_every_step()
        return count


def _with_real(recorded: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **named: recorded(real, *given, **named)


def _contents(inode: _Inode) -> tuple[bytes, ...]:
    """What a file may hold after a power cut."""
    return tuple(dict.fromkeys((inode.durable, inode.written[: len(inode.written) // 2], inode.written))
                 if inode.durable != inode.written else (inode.durable,))  # fmt: skip


def _is_reachable(name: str, names: _Names) -> bool:
    return all(str(each) in names for each in Path(name).parents)

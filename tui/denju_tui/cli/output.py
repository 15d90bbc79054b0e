"""Data, on stdout: the only module that writes there.

Always UTF-8, whatever the locale. What comes from outside is cleaned of all that a terminal would act on; in JSON
such characters are escaped, so that nothing is lost.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

TYPE_CHECKING = False  # the version is answered without importing typing
if TYPE_CHECKING:
    from typing import IO, Any, TextIO


def prepare() -> None:
    """Make stdout and stderr speak UTF-8, and put an empty file in place of a closed stream."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def finish() -> None:
    """Send what is still held back.

    Raises:
        BrokenPipeError: the reader of a pipe left.
        StorageError: the disk behind stdout is full.
    """
    with _told():
        sys.stdout.flush()


def abandon() -> None:
    """Drop what nobody takes any more, so that the interpreter does not try it again on its way out."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(text: str) -> None:
    """``text`` as it is: for what is clean already."""
    with _told():
        sys.stdout.write(text)


def stream(text: str) -> None:
    """The next piece of clean text, at once."""
    write(text)
    finish()


def line(text: str = "") -> None:
    """One line or several, cleaned."""
    from denju.text import clean

    write(clean(text) + "\n")


def json_line(value: Any) -> None:
    """``value`` as JSON on one line; characters that a terminal would act on are written as ``\\uXXXX``."""
    import json

    from denju.text import escaped

    write(escaped(json.dumps(value, ensure_ascii=False)) + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, firm: int = 1) -> None:
    """Rows as aligned columns on a terminal, a line each, else as tab-separated lines without headings.

    On a terminal the first ``firm`` columns are shown in full, and the others are cut where it is too narrow.
    """
    from denju.text import one_line

    if not sys.stdout.isatty():
        for row in rows:
            write("\t".join(one_line(cell) for cell in row) + "\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for index, heading in enumerate(headings):
        drawn.add_column(Text(heading, no_wrap=True), no_wrap=index < firm)
    for row in rows:
        drawn.add_row(*(Text(one_line(cell), no_wrap=True, overflow="ellipsis") for cell in row))
    with _told():
        Console(file=sys.stdout, highlight=False, markup=False, emoji=False).print(drawn)


@contextlib.contextmanager
def binary(target: str, *, force: bool) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all (0600), or stdout for ``-``; one that is there stays without ``force``.

    The file that a link leads to is written, never the link.

    Raises:
        UsageError: the file is there, and ``force`` was not given; or it is no file, but a pipe or a device.
        StorageError: it cannot be written.
    """
    if target == "-":
        finish()
        with _told():
            yield sys.stdout.buffer
        return
    from pathlib import Path

    from denju.errors import UsageError
    from denju.paths import replaced, storage_error

    path = Path(target)
    try:
        if path.is_dir():
            raise UsageError(f"{target}: a folder", "Name a file to write to.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{target}: not a regular file.", "Name a file, or - for standard output.")
        if os.path.lexists(path) and not force:
            raise UsageError(f"{target}: is there already", "Name another file, or replace it with --force.")
        with replaced(Path(os.path.realpath(path))) as file:
            yield file
    except OSError as error:
        raise storage_error(error, path) from error


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the system says of stdout, as an error of ours; that a reader left is none."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from pathlib import Path

        from denju.paths import storage_error

        raise storage_error(error, Path("standard output")) from error

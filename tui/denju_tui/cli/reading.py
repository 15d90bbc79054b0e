"""What a person hands in: text and JSON from a file or standard input, bounded before it is read."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import Any

from denju.errors import NotFound, UsageError

MAX_MESSAGE = 4 * 2**20
"""Largest message or conversation, in bytes; a student's context takes far less."""
MAX_FACTS = 2**20
"""Largest file of facts, in bytes."""


def text_of(source: str) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises:
        NotFound, UsageError, StorageError: it is not there, is no regular file, too large, or not UTF-8.
    """
    return _decoded(_bytes_of(source, MAX_MESSAGE), source)


def json_of(source: str) -> Any:
    """The JSON value of a file, or of standard input for ``-``.

    Raises:
        NotFound, UsageError, StorageError: as ``text_of``, or it is not JSON.
    """
    import json

    try:
        return json.loads(text_of(source))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{_name(source)}: not JSON.", "Check the file with: python3 -m json.tool FILE") from error


def facts_of(value: str) -> list[str]:
    """``value`` itself, or the lines of the regular file that it names.

    Raises:
        UsageError, StorageError: the file is too large, not UTF-8, or cannot be read.
    """
    if not os.path.isfile(value):  # noqa: PTH113 – Path.is_file raises on a text too long for a name
        return value.splitlines()
    return _decoded(_bytes_of(value, MAX_FACTS), value).splitlines()


def is_path_of_nothing(value: str) -> bool:
    """Whether ``value`` looks like the path of a file, and there is none."""
    named = value.lower().endswith((".txt", ".json", ".md"))
    return (named or ("/" in value and not re.search(r"[\s:：]", value))) and not os.path.isfile(value)  # noqa: PTH113


def start_of(source: str, most: int) -> bytes:
    """The first ``most`` bytes of a file, or of standard input for ``-``.

    Raises:
        NotFound, UsageError, StorageError: it is not there, is no regular file, or cannot be read.
    """
    return sys.stdin.buffer.read(most) if source == "-" else _file(source, most)


def _bytes_of(source: str, most: int) -> bytes:
    data = start_of(source, most + 1)
    if len(data) > most:
        raise UsageError(f"{_name(source)}: larger than {most // 2**20} MB.", "Give the message alone.")
    return data


def _file(source: str, most: int) -> bytes:
    from pathlib import Path

    from denju.paths import storage_error

    try:
        # Opening a FIFO would wait for a writer for ever.
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"{source}: not a regular file.", "Give a file, or - for standard input.")
        with open(descriptor, "rb") as file:
            return file.read(most)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{source}: there is no such file.", "Check the path.") from error
    except ValueError as error:  # a NUL in the name
        raise UsageError("Not the name of a file.", "Check the path.") from error
    except OSError as error:
        raise storage_error(error, Path(source)) from error


def _decoded(data: bytes, source: str) -> str:
    from denju.encodings import UTF_16_MARKS

    # Nothing else is guessed: half a message in UTF-8 would be a whole one in CP932, of other characters.
    try:
        return data.decode("utf-16" if data.startswith(UTF_16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{_name(source)}: not UTF-8 (byte {error.start + 1:,}).",
            "Convert it: iconv -f CP932 -t UTF-8 FILE (from Western Windows: -f CP1252).",
        ) from error


def _name(source: str) -> str:
    return "standard input" if source == "-" else source

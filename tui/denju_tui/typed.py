"""What a person types for the name of a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from denju.errors import UsageError


def typed_path(name: str, folder: Path | None = None) -> Path:
    """The path that ``name`` means, from ``folder`` where it is not whole; whether anything is there is not asked.

    Raises:
        UsageError: no file can be called that. ``-`` means none either: standard output is the app's own screen.
    """
    try:
        path = Path(name).expanduser()
        path = folder / path if folder is not None else path
        os.lstat(path)
    except (RuntimeError, ValueError) as error:  # ~ of nobody; a NUL
        raise UsageError(f"{name}: no file can have this name.", "Type another name.") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UsageError(f"{name}: the name is too long.", "Type a shorter name.") from error
    if str(path) == "-" or path.name == "-":
        raise UsageError(f"{name}: no file can have this name.", "Type another name.")
    return path

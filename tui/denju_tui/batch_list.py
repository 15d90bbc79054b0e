"""Where the last batches wrote their answers, so that any of them is found again. It may be lost without harm."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from denju.errors import DenjuError
from denju.paths import replaced

MOST = 50


def known(folder: Path) -> list[Path]:
    """The files, the newest first; none where the list cannot be read."""
    try:
        data = json.loads((folder / "batches.json").read_text("utf-8"))
        return [Path(each) for each in data if isinstance(each, str)][:MOST]
    except (OSError, ValueError, TypeError):
        return []


def remember(folder: Path, target: Path) -> None:
    """Put ``target``, an absolute path, at the head of the list."""
    found = [target, *(each for each in known(folder) if each != target)][:MOST]
    with contextlib.suppress(OSError, DenjuError), replaced(folder / "batches.json") as file:
        file.write(json.dumps([str(each) for each in found]).encode())

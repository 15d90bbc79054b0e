"""What was typed and not sent, kept over a lost connection. It may be lost without harm, so no error stops anybody."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from denju.errors import DenjuError
from denju.paths import replaced
from denju.text import clean


@dataclass(frozen=True, slots=True)
class Draft:
    """The text fields of the Ask pane."""

    message: str = ""
    facts: str = ""


def load(folder: Path) -> Draft:
    """The draft as it was left; an empty one where there is none or it cannot be read."""
    try:
        data = json.loads((folder / "draft.json").read_text("utf-8"))
        return Draft(message=clean(str(data["message"])), facts=clean(str(data["facts"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Draft()


def save(folder: Path, draft: Draft) -> bool:
    """Keep ``draft``; whether that went well."""
    try:
        with replaced(folder / "draft.json") as file:
            file.write(json.dumps(asdict(draft), ensure_ascii=False).encode("utf-8", "replace"))
    except (OSError, DenjuError):
        return False
    return True

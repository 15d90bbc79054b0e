"""What a person can do about an error, where the engine names an option of the command line for it."""

from __future__ import annotations

from denju.errors import DenjuError
from denju_tui.locale import Texts

_HERE = {
    "Give --card FILE, --tickets FILE or --history.": "coach.give_any",
    "Let another model learn (denju models use FILE), or say --practice-anyway.": "coach.give_practice",
    "Name the column of the message with --text; the first line must hold the columns' names.": "stack.give_text",
    "Name another one with --id.": "stack.give_id",
}
"""The field of the screen that does the same."""


def hint_of(error: DenjuError, t: Texts) -> str:
    """What to do next, in the words of the screen."""
    return t(_HERE[error.hint]) if error.hint in _HERE else t.said(error.hint)

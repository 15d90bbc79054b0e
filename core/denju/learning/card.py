"""The domain card: what the firm does, in a few lines by a person, from which the teacher plays its customers.

::

    language = "en"
    firm = "Turned and milled parts for machine builders, 40 people"
    products = ["shafts", "housings"]
    policies = ["Nobody promises a refund"]
    customers = "Buyers and production planners, often in a hurry"
    topics = ["Delivered parts are scratched", "Delivery is late"]
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from denju.errors import NotFound, UsageError
from denju.paths import storage_error
from denju.text import clean, language_of

MAX_CARD = 100_000
"""Bytes."""
MAX_TOPICS = 40
_EXAMPLE = 'See docs/learning.md; the least is: firm = "What we make, and for whom"'


@dataclass(frozen=True, slots=True)
class Card:
    """What leaves as the card, but for ``topics``, which are told one at a time."""

    firm: str
    language: str
    customers: str = ""
    products: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    """What customers write about, one kind of request each; the teacher names them where there are none."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def told(self) -> dict[str, Any]:
        """What the teacher sees of it."""
        return {name: value for name, value in self.to_dict().items() if value and name not in ("topics", "language")}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Card:
        """Read the form of the file; texts are cleaned.

        Raises:
            UsageError: a field is missing, unknown, or not of its type.
        """
        if unknown := data.keys() - {each.name for each in fields(cls)}:
            raise UsageError(f"The card has no field {min(unknown)[:40]!r}.", _EXAMPLE)
        firm, topics = _text(data, "firm"), _list(data, "topics")
        if not firm:
            raise UsageError("The card does not say what the firm does.", _EXAMPLE)
        if len(topics) > MAX_TOPICS:
            raise UsageError(f"{len(topics)} topics; at most {MAX_TOPICS}.", "Make a run for each part.")
        language = data.get("language") or language_of(firm)
        if language not in ("ja", "en"):
            raise UsageError(f"The card's language is {str(language)[:20]!r}.", 'Say language = "ja" or "en".')
        return cls(firm, language, _text(data, "customers"), _list(data, "products"), _list(data, "policies"), topics)


def load(path: Path) -> Card:
    """The card of a TOML file.

    Raises:
        NotFound, UsageError, StorageError: there is none, it is none, or it cannot be read.
    """
    try:
        if not path.is_file():
            raise NotFound(f"{path}: there is no such file.", "Check the path.")
        with path.open("rb") as file:
            data = file.read(MAX_CARD + 1)
    except OSError as error:
        raise storage_error(error, path) from error
    if len(data) > MAX_CARD:
        raise UsageError(f"{path}: larger than {MAX_CARD:,} bytes.", "A card is a few lines.")
    try:
        return Card.from_dict(tomllib.loads(data.decode("utf-8-sig")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not TOML ({clean(str(error))[:200]}).", _EXAMPLE) from error


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise UsageError(f"The card's {name} is no text.", _EXAMPLE)
    return clean(value).strip()


def _list(data: dict[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name, [])
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"The card's {name} is no list of texts.", _EXAMPLE)
    return tuple(text for each in value if (text := clean(each).strip()))

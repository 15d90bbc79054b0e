"""The acts of the practice student's desk: what a step asks for, how a reply carries it out, how that is heard.

``acts.toml`` names them; ``acts_ja.toml`` and ``acts_en.toml`` hold wordings and recognisers for each language.
The generator writes with them and the evaluation listens with them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Act:
    """One act in one language."""

    name: str
    steps: tuple[str, ...]
    """Wordings of the instruction, as they stand in a strategy."""
    steps_held_out: tuple[str, ...]
    """More of them, for evaluation only."""
    replies: tuple[str, ...]
    """Sentences of a reply; ``{order}``, ``{product}``, ``{quantity}`` and ``{value}`` are slots."""
    heard: tuple[re.Pattern[str], ...]
    """A sentence carries the act out if one of these is found in it."""
    fact: str | None
    """Label of the fact that the act states, such as ``delivery date``."""

    def first_heard(self, text: str) -> int | None:
        """Where the act is first carried out in ``text``, in characters; None if nowhere."""
        starts = [found.start() for pattern in self.heard if (found := pattern.search(text))]
        return min(starts, default=None)


@functools.cache
def load(language: str) -> dict[str, Act]:
    """All acts of ``language`` by name, in the order of ``acts.toml``."""
    names = tomllib.loads((HERE / "acts.toml").read_text("utf-8"))["acts"]
    worded = tomllib.loads((HERE / f"acts_{language}.toml").read_text("utf-8"))
    return {
        name: Act(
            name=name,
            steps=tuple(worded[name]["steps"]),
            steps_held_out=tuple(worded[name]["steps_held_out"]),
            replies=tuple(worded[name]["replies"]),
            heard=tuple(_compiled(pattern, worded.get("patterns", {})) for pattern in worded[name]["heard"]),
            fact=about["fact"][LANGUAGES.index(language)] if "fact" in about else None,
        )
        for name, about in names.items()
    }


def _compiled(pattern: str, pieces: dict[str, str]) -> re.Pattern[str]:
    """``pattern`` with the named pieces of its file put in, in the order of the file."""
    for name, piece in pieces.items():
        pattern = pattern.replace(name, piece)
    return re.compile(pattern, re.IGNORECASE)


def heard(text: str, language: str) -> set[str]:
    """Names of all acts that ``text`` carries out."""
    return {name for name, act in load(language).items() if act.first_heard(text) is not None}


def acts_in(text: str, language: str) -> list[str]:
    """Names of the acts that ``text`` carries out, in order of appearance; one said twice stands twice.

    A reply is read line by line, because a recogniser may look from the start of a sentence to its end.
    """
    found: list[str] = []
    for line in text.splitlines():
        starts = [(start, name) for name, act in load(language).items() if (start := act.first_heard(line)) is not None]
        found += [name for _, name in sorted(starts)]
    return found

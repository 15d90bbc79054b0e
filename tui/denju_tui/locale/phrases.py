"""The engine's errors in another language than English.

The engine writes English and knows no other language. Here its sentence itself is the key, with a place wherever it
names something: ``There is no strategy {id}.`` finds its id in the sentence and sets it into the other language's.
A sentence that has no entry stays as it is. A test holds every key against the engine's source.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from itertools import islice
from pathlib import Path

_PLACE = re.compile(r"\{(\w+)\}")
_COLONS = 4
"""Of a sentence behind which a reason may begin: what stands in front of one is a path, a line, a field."""
_KEPT = 512
"""Sentences whose words are remembered: a list says the same of many rows, at each drawing."""


class Phrases:
    """What the engine says, as ``errors.ja.toml`` words it."""

    def __init__(self, path: Path) -> None:
        sections: list[dict[str, str]] = [*tomllib.loads(path.read_text("utf-8")).values()]
        entries = [(english, other, section) for section in sections for english, other in section.items()]
        self.keys = tuple(english for english, _, _ in entries)
        self._plain = {english: other for english, other, _ in entries if not _PLACE.search(english)}
        # The more of a sentence a key fixes, the sooner it is tried.
        with_places = [each for each in entries if _PLACE.search(each[0])]
        with_places.sort(key=lambda each: -len(_PLACE.sub("", each[0])))
        self._patterns = [(_pattern(english), other, section) for english, other, section in with_places]

        self._known = lru_cache(_KEPT)(self._say)

    def __call__(self, sentence: str) -> str:
        """``sentence`` in the other language; so too what stands in a place or behind a colon, where it is an entry.

        A word in a place is looked for in the sentence's own section first: elsewhere it may mean something else.
        """
        return self._known(sentence)

    def _say(self, sentence: str) -> str:
        if (other := self._whole(sentence)) is not None:
            return other
        for colon in islice(re.finditer(": ", sentence), _COLONS):
            if (reason := self._whole(sentence[colon.end() :])) is not None:
                return sentence[: colon.end()] + reason
        return sentence

    def _whole(self, sentence: str) -> str | None:
        if sentence in self._plain:
            return self._plain[sentence]
        for pattern, other, section in self._patterns:
            if found := pattern.fullmatch(sentence):
                places = found.groupdict().items()
                said = {name: section.get(part) or self._several(part) or self(part) for name, part in places}
                return other.format_map(said)
        return None

    def _several(self, listed: str) -> str | None:
        """Reasons with a semicolon between them, where each is an entry; what a reason names may hold one too."""
        for semicolon in re.finditer("; ", listed):
            first, rest = listed[: semicolon.start()], listed[semicolon.end() :]
            if (one := self._whole(first)) and (others := self._several(rest) or self._whole(rest)):
                return f"{one}；{others}"
        return None


def _pattern(key: str) -> re.Pattern[str]:
    parts = _PLACE.split(key)
    seen: set[str] = set()
    text = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            text += re.escape(part)
        elif part in seen:
            text += f"(?P={part})"
        else:
            seen.add(part)
            text += f"(?P<{part}>.*?)"
    return re.compile(text, re.DOTALL)

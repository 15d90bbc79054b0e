"""One width, one dash, no invisible characters: a text as the rules read it, and the way back to its own characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_VARIANTS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Which form of a character is meant: 辻 with one dot or two."""
_INVISIBLE = re.compile(f"[\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff{_VARIANTS}]")
_BELONGS = re.compile(f"[ﾞﾟ{_VARIANTS}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` in NFKC, and for each of its characters where it starts and ends in the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that ``start`` up to ``end`` of the folded text came from."""
        return self.starts[start], self.ends[end - 1]

    def without(self, rule: re.Pattern[str]) -> Folded:
        """The same, less what ``rule`` finds."""
        gone = {place for found in rule.finditer(self.text) for place in range(*found.span())}
        kept = [place for place in range(len(self.text)) if place not in gone]
        return Folded(
            "".join(self.text[place] for place in kept),
            tuple(self.starts[place] for place in kept),
            tuple(self.ends[place] for place in kept),
        )


def folded(text: str, *, caseless: bool = False) -> Folded:
    """``text`` with full-width forms as plain ones, every dash as ``-``, and nothing invisible."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text[start:end])).translate(_DASHES)
        if caseless:
            plain = plain.casefold()
        parts.append(plain)
        starts.extend([start] * len(plain))
        ends.extend([end] * len(plain))
    return Folded("".join(parts), tuple(starts), tuple(ends))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with the marks that belong to it; half-width kana carry theirs as a character behind."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not (unicodedata.combining(text[place]) or _BELONGS.match(text[place])):
            yield start, place
            start = place

"""Which encoding a text is in where nothing says so: UTF-8, or what spreadsheets save in Japan and in the West."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

UTF_8, JAPANESE, WESTERN = "utf-8-sig", "cp932", "cp1252"
_ALL = (UTF_8, JAPANESE, WESTERN)
_SHOWS_JAPANESE = re.compile(
    "[\u3041-\u3096\u30a1-\u30fa]"  # kana
    "|(?<![A-Za-z])[\uff66-\uff9f]{2}|(?<![A-Za-z])[\u4e00-\u9fff]{2,}(?![A-Za-z])"
)
"""What Western text read as CP932 does not show: there ’t and é become single characters, glued to Latin letters."""


@dataclass(slots=True)
class Guess:
    """The encoding of a file, from those of its pieces that are not ASCII."""

    fit: set[str] = field(default_factory=lambda: set(_ALL))
    """Encodings that every piece fits."""
    settled: bool = False
    """A piece can hardly be Western: it is UTF-8, or shows Japanese."""
    japanese: bool = False

    def look(self, piece: bytes) -> None:
        """Take the next piece into account: a whole line, so that no character is cut."""
        found = {encoding: text for encoding in _ALL if (text := _decoded(piece, encoding)) is not None}
        self.fit &= found.keys()
        if UTF_8 in found:
            self.settled = True
        elif _SHOWS_JAPANESE.search(found.get(JAPANESE, "")):
            self.settled = self.japanese = True

    @property
    def encoding(self) -> str:
        """Of the whole file; where none fits it is UTF-8, and the lines that are not are wrong."""
        if UTF_8 in self.fit:
            return UTF_8
        if WESTERN in self.fit and not self.settled:
            return WESTERN
        return JAPANESE if JAPANESE in self.fit and (self.japanese or not self.settled) else UTF_8


def _decoded(piece: bytes, encoding: str) -> str | None:
    try:
        return piece.decode(encoding)
    except UnicodeDecodeError:
        return None

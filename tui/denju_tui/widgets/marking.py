"""Where the matched terms stand in the customer's own words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_SHORTEST_STEM = 3
"""Letters that a Latin word must share with a term that is its stem."""


def found(text: str, terms: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Parts ``(start, end)`` of ``text`` where a term stands, in order, joined where they touch.

    Width and case do not count. A Latin term is a stem and marks the whole word that begins with it.
    """
    folded, origins = _folded(text)
    marked = [False] * len(text)
    for term in {_fold(term) for term in terms} - {""}:
        latin = _is_latin(term[0])
        start = folded.find(term)
        while start >= 0:
            end = start + len(term)
            if latin and len(term) >= _SHORTEST_STEM:
                while end < len(folded) and _is_latin(folded[end]):
                    end += 1
            if not latin or _is_word(folded, start, end):
                for first, last in origins[start:end]:
                    marked[first:last] = [True] * (last - first)
            start = folded.find(term, start + 1)
    return _joined(marked)


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` without differences of width and case, and for each of its characters where it came from."""
    characters: list[str] = []
    origins: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        # A half-width ﾌﾞ is two characters that fold into one.
        if end < len(text) and unicodedata.combining(_fold(text[end])[:1] or " "):
            continue
        for each in _fold(text[start:end]):
            characters.append(each)
            origins.append((start, end))
        start = end
    return "".join(characters), origins


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before and _is_latin(before)) and not (after and _is_latin(after))


def _joined(marked: list[bool]) -> tuple[tuple[int, int], ...]:
    parts: list[tuple[int, int]] = []
    for index, mark in enumerate(marked):
        if mark and parts and parts[-1][1] == index:
            parts[-1] = (parts[-1][0], index + 1)
        elif mark:
            parts.append((index, index + 1))
    return tuple(parts)

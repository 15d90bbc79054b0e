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
    for term in {"".join(_fold(character) for character in term) for term in terms} - {""}:
        latin = term[0].isascii()
        start = folded.find(term)
        while start >= 0:
            end = start + len(term)
            if not latin or start == 0 or not _is_latin(folded[start - 1]):
                if latin and len(term) >= _SHORTEST_STEM:
                    while end < len(folded) and _is_latin(folded[end]):
                        end += 1
                if not latin or end == len(folded) or not _is_latin(folded[end]):
                    for index in range(start, end):
                        marked[origins[index]] = True
            start = folded.find(term, start + 1)
    return _joined(marked)


def _folded(text: str) -> tuple[str, list[int]]:
    """``text`` without differences of width and case, and for each of its characters where it came from."""
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for each in _fold(character):
            characters.append(each)
            origins.append(index)
    return "".join(characters), origins


def _fold(character: str) -> str:
    return unicodedata.normalize("NFKC", character).casefold()


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _joined(marked: list[bool]) -> tuple[tuple[int, int], ...]:
    parts: list[tuple[int, int]] = []
    for index, mark in enumerate(marked):
        if mark and parts and parts[-1][1] == index:
            parts[-1] = (parts[-1][0], index + 1)
        elif mark:
            parts.append((index, index + 1))
    return tuple(parts)

"""What two versions of a strategy differ in: old on the left, new on the right, the changed words marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, Protocol

from denju_tui.locale import Texts
from denju_tui.widgets.beside import Beside
from denju_tui.widgets.ink import ADDED, HEADING, MUTED, REMOVED
from denju_tui.widgets.sheet import Mark, Paragraph

_PIECES = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
"""A Latin word is changed as a whole, Japanese a character at a time."""
_ALIKE = 0.4
"""Below this share of common pieces, two items are marked as wholes: confetti helps nobody."""


class Difference(Protocol):
    """One field with its value on both sides; a missing value is ``None``."""

    @property
    def field(self) -> str: ...

    @property
    def before(self) -> Any: ...

    @property
    def after(self) -> Any: ...


def compared(differences: Iterable[Difference], t: Texts) -> list[Paragraph]:
    """A heading a field; below it what both sides share in one colour, what went with ``-``, what came with ``+``."""
    paragraphs: list[Paragraph] = []
    for each in differences:
        name = each.field
        shown = name if name.startswith("extra.") else t(f"strategy.{name.removeprefix('check.')}")
        paragraphs.append(Paragraph(shown, HEADING, gap=True))
        paragraphs += _pairs(_items(each.before), _items(each.after))
    return paragraphs


def _pairs(before: Sequence[str], after: Sequence[str]) -> list[Paragraph]:
    pairs: list[Paragraph] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = list(before[start:end]), list(after[new_start:new_end])
        if tag == "equal":
            pairs += [_same(text) for text in old]
            continue
        for index in range(max(len(old), len(new))):
            pairs.append(_changed(old[index] if index < len(old) else None, new[index] if index < len(new) else None))
    return pairs


def _same(text: str) -> Beside:
    """Stands on both sides; in one column once."""
    return Beside(text, MUTED, lead="   ", right=Paragraph(text, MUTED, lead="   "), once=True)


def _changed(old: str | None, new: str | None) -> Beside:
    left, right = Paragraph(""), Paragraph("")
    gone, came = _marks(old, new) if old is not None and new is not None else ((), ())
    if old is not None:
        left = Paragraph(old, "" if gone else REMOVED, lead=" - ", lead_style=REMOVED, marks=gone)
    if new is not None:
        right = Paragraph(new, "" if came else ADDED, lead=" + ", lead_style=ADDED, marks=came)
    return Beside(left.text, left.style, left.lead, left.lead_style, left.marks, right=right)


def _marks(old: str, new: str) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """What went in ``old`` and what came in ``new``; nothing where they have too little in common."""
    pieces, others = _PIECES.findall(old), _PIECES.findall(new)
    old_words, new_words = ([piece for piece in found if not piece.isspace()] for found in (pieces, others))
    if SequenceMatcher(None, old_words, new_words, autojunk=False).ratio() < _ALIKE:
        return (), ()
    matcher = SequenceMatcher(None, pieces, others, autojunk=False)
    gone: list[Mark] = []
    came: list[Mark] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            _mark(gone, pieces, start, end, REMOVED)
            _mark(came, others, new_start, new_end, ADDED)
    return tuple(gone), tuple(came)


def _mark(marks: list[Mark], pieces: Sequence[str], start: int, end: int, style: str) -> None:
    first = sum(map(len, pieces[:start]))
    length = sum(map(len, pieces[start:end]))
    if length:
        marks.append((first, first + length, f"{style} underline"))


def _items(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, list):
        return [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in value]
    return [json.dumps(value, ensure_ascii=False)]

"""What was found in a text, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "secret", "term", "email", "url", "ip", "iban", "card", "my_number", "bank_account", "phone", "address",
    "postal_code", "company", "name", "number",
]  # fmt: skip
"""Weightiest first: where finds overlap, the one that stands first here names the whole."""

LABELS: dict[str, tuple[str, str]] = {
    "secret": ("秘密", "SECRET"),
    "term": ("用語", "TERM"),
    "email": ("メール", "EMAIL"),
    "url": ("URL", "URL"),
    "ip": ("IP", "IP"),
    "iban": ("IBAN", "IBAN"),
    "card": ("カード", "CARD"),
    "my_number": ("マイナンバー", "MY_NUMBER"),
    "bank_account": ("口座", "ACCOUNT"),
    "phone": ("電話", "PHONE"),
    "address": ("住所", "ADDRESS"),
    "postal_code": ("郵便番号", "POSTCODE"),
    "company": ("会社", "COMPANY"),
    "name": ("氏名", "NAME"),
    "number": ("番号", "NUMBER"),
}
"""The word of a kind in a placeholder, in Japanese and in English; the order is that of ``Kind``."""
_ORDER = {kind: place for place, kind in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Span:
    """One find: ``text`` is what stands from ``start`` up to ``end`` (in characters)."""

    start: int
    end: int
    kind: Kind
    text: str
    certain: bool
    """The form proves it (a check digit, an @, the firm's own list); else it is a guess from what stands around."""


def joined(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """``spans`` in the order of the text, those that overlap as one that covers them all."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            heavy = min(last, span, key=lambda each: _ORDER[each.kind])
            end = max(last.end, span.end)
            span = Span(last.start, end, heavy.kind, text[last.start : end], heavy.certain)
        merged.append(span)
    return tuple(merged)

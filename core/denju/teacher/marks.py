"""What is odd about a draft: above all, a reply pasted where a strategy was asked for.

A mark is a hint for the person who reads the draft. It stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from denju.text import language_of
from denju.values import Strategy

LEAST_CUES = 5
"""Cues that are wanted in each language."""
LONGEST_STEP = {"ja": 60, "en": 140}
"""Characters of a step; more is a paragraph."""
_SENTENCE = {"ja": 16, "en": 0}
"""Characters below which a polite or personal wording is no sentence that could be sent."""

MarkKind = Literal["formula", "reply", "long", "cues", "language"]
"""A greeting or closing; a sentence that could be sent as it stands; a long step; few cues; another language."""

_FORMULAS = {
    "ja": re.compile(
        "お世話になって(?:おり|い)ます|平素[はよ]|拝啓|敬具|お問い?合わせ(?:いただき|くださり).{0,8}ありがとう"
        "|誠にありがとうございます|申し訳(?:ござい|あり)ません|よろしくお願い(?:いた|致|申)し|お詫び申し上げます"
    ),
    "en": re.compile(
        r"^(?:dear|hello|hi|good (?:morning|afternoon))\b|\bthank you for (?:your|contacting|reaching)\b"
        r"|\bwe (?:sincerely )?apologi[sz]e\b|\b(?:kind|best|warm) regards\b|\b(?:yours )?sincerely,"
        r"|\bdo(?: not|n['’]t) hesitate to\b",
        re.IGNORECASE,
    ),
}
_REPLIES = {
    "ja": re.compile(
        "(?:(?:いた|致)します|(?:いた|致)しました|申し上げます|ございます|おります|でしょうか|ますか|くださいませ?|(?:私|弊社).{2,}(?:です|ます|ました))"
        "[。．！!？?]?[」』]?$"
    ),
    "en": re.compile(
        r"\b(?:I|I['’](?:m|ll|ve|d)|[Yy]ou(?:r|['’](?:re|ll|ve))?|me|my)\b(?<![Tt]hank you)"
        r"|^(?:We|Our|We['’](?:re|ll|ve))\b"
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One odd thing."""

    kind: MarkKind
    field: str
    """``steps``, ``decide``, ``cues`` or ``situation``."""
    index: int | None = None
    """Which of the field's items, from 0."""
    language: str | None = None
    """Of the cues that are few."""


def marks(strategy: Strategy, language: str, languages: Sequence[str]) -> tuple[Mark, ...]:
    """What is odd about ``strategy``, asked for in ``language`` with cues in each of ``languages``."""
    return (*_wording(strategy), *_completeness(strategy, language, languages))


def _wording(strategy: Strategy) -> Iterator[Mark]:
    for field in ("steps", "decide"):
        for index, text in enumerate(getattr(strategy, field)):
            own = language_of(text, strategy.language)
            if _FORMULAS[own].search(text):
                yield Mark("formula", field, index)
            elif len(text) >= _SENTENCE[own] and _REPLIES[own].search(text):
                yield Mark("reply", field, index)
            elif field == "steps" and len(text) > LONGEST_STEP[own]:
                yield Mark("long", field, index)


def _completeness(strategy: Strategy, language: str, languages: Sequence[str]) -> Iterator[Mark]:
    if strategy.language != language:
        yield Mark("language", "situation")
    for each in languages:
        if sum(language_of(cue, each) == each for cue in strategy.cues) < LEAST_CUES:
            yield Mark("cues", "cues", language=each)

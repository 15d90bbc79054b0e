"""Names of people and firms, guessed from what stands around them, and from short lists of frequent ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from denju.privacy.codes import Find
from denju.privacy.companies import companies
from denju.privacy.names_ja import japanese_people
from denju.privacy.names_latin import latin_people

_EVERYWHERE = re.compile("[ぁ-ん]{2}|[a-zß-öø-ÿ'’-]+")
"""So short a run of hiragana stands inside other words too; a word without a capital may be any word."""


def names(text: str) -> Iterator[Find]:
    """People and firms in folded ``text``; each is a guess."""
    for start, end in companies(text):
        yield start, end, "company", False
    people = [(start, end) for start, end in (*japanese_people(text), *latin_people(text)) if text[start:end].strip()]
    for start, end in people:
        yield start, end, "name", False
    for each in {text[start:end] for start, end in people}:  # the same name once more, without its さん
        if len(each) >= 2 and not _EVERYWHERE.fullmatch(each):
            rule = rf"(?<![A-Za-z]){re.escape(each)}(?![A-Za-z])" if each.isascii() else re.escape(each)
            for found in re.finditer(rule, text):
                yield *found.span(), "name", False

"""Words of one matter: "buy" asks for what "purchase" says, 値段 for 価格, "how much" for a price.

From ``related_words.txt``, a line each, by hand. They only widen a query: what a strategy holds stays what it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from denju.retrieval.terms import normal, stem

_ASCII = re.compile(r"[ -~]+")


def related(term: str) -> Sequence[str]:
    """The terms of the same matter as this one."""
    return _table().get(term, ())


@cache
def source() -> str:
    """The file; what it says is part of what a calibration was made with."""
    return files("denju.data").joinpath("related_words.txt").read_text("utf-8")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in source().splitlines():
        if line.startswith("#"):
            continue
        group = [_key(word) for word in line.split()]
        for term in group:
            table.setdefault(term, {}).update(dict.fromkeys(group))
    return {term: tuple(other for other in others if other != term) for term, others in table.items()}


def _key(word: str) -> str:
    """The term that a word of the file is in a text: a stem, two words in a row, a Japanese bigram or run."""
    if _ASCII.fullmatch(word):
        words = [stem(each) for each in word.split("_")]
        return words[0] if len(words) == 1 else "~" + " ".join(words)
    word = normal(word)
    return "~" + word if len(word) == 2 else word.rstrip("ー") if len(word) > 3 else word

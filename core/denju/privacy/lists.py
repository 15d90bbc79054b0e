"""Short lists of frequent names, and of words that only look like one (``name_lists.toml`` beside this file)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

LISTS = {
    name: words.split()
    for name, words in tomllib.loads(Path(__file__).with_name("name_lists.toml").read_text("utf-8")).items()
}


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of ``words``, the longest first."""
    return "|".join(sorted(set(words), key=lambda word: (-len(word), word)))

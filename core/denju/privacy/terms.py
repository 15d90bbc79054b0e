"""The firm's own words (people, customers, products), a plain text file with one a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from denju.errors import SettingsError
from denju.paths import storage_error
from denju.privacy.folding import folded

MAX_TERMS = 20_000
MAX_FILE = 2_000_000
"""Longest file of terms, in bytes."""
_MERE_SPACE = re.compile(r"(?<![0-9a-z])[^\S\n]+|[^\S\n]+(?![0-9a-z])")
"""What stands between no two Latin words: 徳永 玲 is 徳永玲."""


class Terms:
    """Words to hide wherever they stand: any width, any case, with or without spaces inside, beside any script."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        kept = {form for line in lines if (form := folded(line.strip(), caseless=True).text.strip())}
        self._rule = re.compile("|".join(_rule(each) for each in sorted(kept, key=lambda word: (-len(word), word))))
        self._empty = not kept

    @classmethod
    def load(cls, path: Path) -> Terms:
        """Read the file; a missing one is an empty list. Empty lines and lines that begin with ``#`` are left out.

        Raises:
            SettingsError: it is too long, or not UTF-8.
            StorageError: it cannot be read.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            lines = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise SettingsError(f"{path}: not UTF-8 text", "Save the list of terms as UTF-8, one a line.") from None
        if len(data) > MAX_FILE or len(lines) > MAX_TERMS:
            raise SettingsError(f"{path}: more than {MAX_TERMS:,} terms", "Keep to the terms that must not leave.")
        return cls(line for line in lines if not line.lstrip().startswith("#"))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where terms stand in ``text``."""
        if self._empty:
            return
        plain = folded(text, caseless=True).without(_MERE_SPACE)
        for found in self._rule.finditer(plain.text):
            yield plain.original(*found.span())


def _rule(term: str) -> str:
    """Spaces may be left out or added where the term has one; a Latin word does not match inside a longer one."""
    rule = r"\s*".join(re.escape(part) for part in term.split())
    before = "(?<![0-9a-z])" if re.match("[0-9a-z]", term) else ""
    after = "(?![0-9a-z])" if re.search("[0-9a-z]$", term) else ""
    return before + rule + after

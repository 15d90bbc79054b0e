"""Placeholders instead of what was found, and the way back, which never leaves this machine."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from denju.privacy.spans import LABELS, Span, joined
from denju.text import language_of

_LITERAL = ("原文", "TEXT")
_WORDS = {word for pair in (*LABELS.values(), _LITERAL) for word in pair}
_PLACEHOLDER = re.compile(
    rf"[\[［]\s?({'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})[ _]?([0-9０-９]{{1,6}})\s?[\]］]",
    re.IGNORECASE,
)
"""As it is written here, and as a model may write it back: other brackets, digits, case."""
_SECRETS = f"［{LABELS['secret'][0]}］", f"[{LABELS['secret'][1]}]"


class Vault:
    """Which placeholder stands for what, over one whole request. Its ``repr`` shows no values."""

    def __init__(self, language: str = "") -> None:
        """``language``: ``ja`` or ``en`` for the placeholders; empty takes that of the first text that is masked."""
        self.language = language
        self._values: dict[str, str] = {}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def placeholder(self, kind: str, value: str) -> str:
        """The placeholder of ``value``: always the same one. A secret is not kept, and has no way back."""
        ja = self.language == "ja"
        word = (LABELS.get(kind) or _LITERAL)[0 if ja else 1]
        if kind == "secret":
            return _SECRETS[0 if ja else 1]
        if (kind, value) not in self._placeholders:
            self._counts[word] += 1
            made = f"［{word}{self._counts[word]}］" if ja else f"[{word}_{self._counts[word]}]"
            self._placeholders[kind, value] = made
            self._values[_key(word, str(self._counts[word]))] = value
        return self._placeholders[kind, value]

    def value(self, word: str, number: str) -> str | None:
        """What a placeholder stands for; ``None`` where this vault made no such placeholder."""
        return self._values.get(_key(word, number))

    def to_dict(self) -> dict[str, Any]:
        """To keep beside the request, on this machine."""
        return {"language": self.language, "placeholders": [[*key, made] for key, made in self._placeholders.items()]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Vault:
        vault = cls(str(data.get("language", "")))
        for kind, value, _ in data.get("placeholders", ()):
            vault.placeholder(kind, value)
        return vault

    def __repr__(self) -> str:
        return f"Vault({len(self._placeholders)} values)"


def mask(text: str, spans: Iterable[Span], vault: Vault) -> str:
    """``text`` with a placeholder in place of every span.

    What already looks like a placeholder gets one of its own, so that ``unmask`` gives back exactly ``text`` (but
    for secrets).
    """
    vault.language = vault.language or language_of(text)
    hidden = joined(text, spans)
    places = [(span.start, span.end, str(span.kind)) for span in hidden if span.end > span.start]
    places += [
        (*found.span(), "literal")
        for found in _PLACEHOLDER.finditer(text)
        if not any(span.start < found.end() and found.start() < span.end for span in hidden)
    ]
    pieces: list[str] = []
    done = 0
    for start, end, kind in sorted(places):
        pieces += [text[done:start], vault.placeholder(kind, text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])


def unmask(text: str, vault: Vault) -> str:
    """``text`` with what the placeholders stand for; one that the vault does not know stays as it is."""
    return _PLACEHOLDER.sub(lambda found: vault.value(found[1], found[2]) or found[0], text)


def without_placeholders(text: str) -> str:
    """``text`` without the placeholders, which nobody wrote: their language says nothing of a person's."""
    for secret in _SECRETS:
        text = text.replace(secret, " ")
    return _PLACEHOLDER.sub(" ", text)


def _key(word: str, number: str) -> str:
    return unicodedata.normalize("NFKC", f"{word}{int(number)}").upper()

"""The interface's texts in English and Japanese: one TOML file a language, a section a command or screen.

``texts("ja")("ask.waiting", places=2)`` → ``モデルの順番を待っています（前に 2 件）``
``texts("en")("batch.some_failed", failed=1)`` of ``{failed} {failed:row|rows} failed.`` → ``1 row failed.``
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from denju_tui.locale.phrases import Phrases

LANGUAGES = ("en", "ja")
_FORMS = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


class Texts:
    """The texts of one language, by ``section.name``."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with ``{name}`` filled from ``values``, and ``{name:row|rows}`` with the form for it.

        Raises:
            KeyError: no such text, or a value is missing; tests look up every key that the source names.
        """

        def form(found: re.Match[str]) -> str:
            name, one, other = found.groups()
            return one if str(values[name]) == "1" else other

        return _FORMS.sub(form, self._texts[key]).format_map(values)

    def said(self, sentence: str) -> str:
        """A sentence of the engine, what happened or what to do about it, in this language where it is known."""
        return sentence if self.language == "en" else _phrases(self.language)(sentence)

    def names(self) -> frozenset[str]:
        """Every key that there is a text for."""
        return frozenset(self._texts)

    def raw(self, key: str) -> str:
        """The text with its ``{name}`` places as they stand in the file."""
        return self._texts[key]


@cache
def _phrases(language: str) -> Phrases:
    return Phrases(Path(__file__).with_name(f"errors.{language}.toml"))


@cache
def texts(language: str) -> Texts:
    """The texts of ``en`` or ``ja``."""
    with Path(__file__).with_name(f"{language}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return Texts(
        language, {f"{section}.{name}": text for section in sections for name, text in sections[section].items()}
    )


def interface_language(setting: str = "auto", environ: Mapping[str, str] | None = None) -> str:
    """``en`` or ``ja``: the setting ``person.language``, and with ``auto`` what the locale says."""
    if setting in LANGUAGES:
        return setting
    env = os.environ if environ is None else environ
    # The first of these that is set decides, as it does in the C library.
    locale = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "ja" if locale.startswith("ja") else "en"

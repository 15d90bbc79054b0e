"""The texts of both languages, and the help of every command."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

import denju_tui
from denju.review.findings import CHECKS, Severity
from denju_tui.locale import LANGUAGES, interface_language, texts
from generate_command_help import TARGET, document

SOURCES = [path.read_text("utf-8") for path in Path(denju_tui.__file__).parent.rglob("*.py")]


def places(text: str) -> list[str]:
    """What is filled in; ``{count:row|rows}`` is a word beside ``{count}``, and Japanese needs none."""
    parts = [(name, form or "") for _, name, form, _ in string.Formatter().parse(text) if name is not None]
    filled = sorted(name for name, form in parts if "|" not in form)
    assert {name for name, _ in parts} == set(filled), text
    return filled


def test_both_languages_say_the_same_things() -> None:
    english, japanese = (texts(language) for language in LANGUAGES)
    assert english.names() == japanese.names()
    for key in english.names():
        assert places(english.raw(key)) == places(japanese.raw(key)), key
        assert english.raw(key).strip() and japanese.raw(key).strip(), key


def test_every_text_that_the_source_names_is_there() -> None:
    named = {key for source in SOURCES for key in re.findall(r"""\bt\(\s*["']([a-z_.]+)["']""", source)}
    assert len(named) > 40
    assert named <= texts("en").names()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja"}, "ja"),
        ({"LC_ALL": "", "LANG": "ja"}, "ja"),
    ],
)
def test_the_language_of_the_locale(environ: dict[str, str], language: str) -> None:
    assert interface_language("auto", environ) == language
    assert interface_language("en", environ) == "en" and interface_language("ja", environ) == "ja"


def test_the_written_help_is_that_of_the_commands() -> None:
    assert TARGET.read_text("utf-8") == document(), "run: python scripts/generate_command_help.py"


def test_there_is_a_text_for_all_that_a_check_can_say() -> None:
    named = {f"review.{check}_{said}" for check, says in CHECKS.items() for said in says}
    named |= {f"review.{severity}" for severity in get_args(Severity)}
    assert named <= texts("en").names()

"""Cleaning of text from outside, and the language of a text."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denju.text import clean, escaped, language_of, one_line
from hostile import HOSTILE, RAW


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]52;c;aGVsbG8=\x07after", "after"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x9b31mred", "red"),
        ("a\x00b\x07c\x7fd", "abcd"),
        ("safe\u202eevil\u2066x", "safeevilx"),
        ("half \ud800 pair", "half  pair"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("葛\U000e0100城市", "葛\U000e0100城市"),
        ("カ\u3099", "ガ"),
        ("tab\there", "tab\there"),
        ("\ufeffstart", "start"),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(
    st.text(st.characters())
    | st.text(alphabet="\x1b[]0;mP^_\\\x07\x9baé\u200f\u202e\u2028\ufeff\ud800\U000e0041カ\u3099\r\n")
)
def test_nothing_that_a_terminal_acts_on_is_left(raw: str) -> None:
    cleaned = clean(raw)
    assert not RAW.search(cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


def test_twenty_thousand_generated_texts_come_out_clean() -> None:
    dice = random.Random(20_000)
    pieces = [*HOSTILE, *"abc 傷。\n\t", "\u3099", "\U000e0100"]
    for _ in range(20_000):
        raw = "".join(
            dice.choice((dice.choice(pieces), chr(dice.randrange(0x2100)))) for _ in range(dice.randrange(1, 9))
        )
        cleaned = clean(raw)
        assert not RAW.search(cleaned), ascii(raw)
        assert clean(cleaned) == cleaned, ascii(raw)


def test_what_would_be_cleaned_away_can_be_seen_instead() -> None:
    assert escaped("傷\n\x1b]0;second\x07\u202e\x9b") == "傷\n\\u001b]0;second\\u0007\\u202e\\u009b"
    text = json.dumps("a\U000e0041\ufeff\ud800", ensure_ascii=False)
    assert escaped(text) == '"a\\udb40\\udc41\\ufeff\\ud800"' and json.loads(escaped(text)) == json.loads(text)
    for raw in HOSTILE:
        assert clean(escaped(raw)).count("\\u") >= len(re.findall("[\x1b\u202e]", raw)), ascii(raw)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("部品に傷がありました。", "ja"),
        ("The parts are late.", "en"),
        ("Order ABC-123: 納期はいつですか", "ja"),
        ("We call this 'kizu' (傷) in the factory, and it must not happen.", "en"),
        ("123", "xx"),
        ("", "xx"),
    ],
)
def test_language_of(text: str, language: str) -> None:
    assert language_of(text, default="xx") == language


def test_one_line() -> None:
    assert one_line(" a\n b\x07\tc ") == "a b c"

"""Matched terms in the customer's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from denju_tui.widgets.marking import found


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("部品に傷がありました", ["部品", "傷"], ["部品", "傷"]),
        ("ﾌﾞﾋﾝに傷", ["ブヒン"], ["ﾌﾞﾋﾝ"]),
        ("Our LINE has Stopped.", ["line", "stop"], ["LINE", "Stopped"]),
        ("an article", ["art", "a"], ["article"]),
        ("part of a party at depart", ["at"], ["at"]),
        ("検査検査", ["検査"], ["検査検査"]),
        ("nothing", ["", "zzz"], []),
    ],
)
def test_words_are_found(text, terms, marked):
    assert [text[start:end] for start, end in found(text, terms)] == marked


@given(st.text(max_size=60), st.lists(st.text(max_size=4), max_size=4))
def test_any_text_and_terms(text, terms):
    parts = found(text, terms)
    assert all(0 <= start < end <= len(text) for start, end in parts)
    assert list(parts) == sorted(parts)

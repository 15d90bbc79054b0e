"""Any text at all: terms never raise, stay within bounds, and are the same the second time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from denju.retrieval.query import body
from denju.retrieval.terms import MAX_CHARACTERS, MAX_WORD, normal, terms

ALPHABET = st.one_of(
    st.characters(),
    st.characters(categories=["Cs"]),
    st.sampled_from("部品傷納期がありましたのーンｶﾞＡ１abcXYZ0123'’.-_ \n。、>|@ส한ع🎉\u0301\u200d"),
)
TEXTS = st.text(ALPHABET, max_size=80)


@given(TEXTS)
def test_terms_never_raise_and_stay_within_the_text(text: str) -> None:
    folded = normal(text)
    found = terms(folded)
    assert len(found) <= 8 * len(folded)
    for term in found:
        assert term.key
        assert "\n" not in term.key
        assert len(term.key) <= 2 * MAX_WORD + 2
        assert 0 < term.weight <= 1
        assert 0 <= term.start < term.end <= len(folded)


@given(TEXTS)
def test_what_was_normalised_stays_as_it_is(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(TEXTS)
def test_a_text_with_letters_or_digits_has_terms(text: str) -> None:
    folded = normal(text)
    if any(char.isascii() and char.isalnum() for char in folded):
        assert terms(folded)


@given(TEXTS)
def test_the_matter_of_a_message_does_not_grow_beyond_what_nfkc_makes_of_it(text: str) -> None:
    kept = body(text)
    assert len(kept) <= len(text) * 18 + 1  # NFKC makes at most 18 characters of one


def test_a_megabyte_is_cut() -> None:
    for text in ("a" * 1_000_000, "部品" * 500_000, "ﷺ" * 1_000_000):
        assert len(normal(text)) <= MAX_CHARACTERS

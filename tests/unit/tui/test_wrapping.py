"""Lines of Japanese and English."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from denju_tui.widgets.wrapping import cut, pad, wrap

TEXTS = st.text(alphabet=st.sampled_from("ab XYZ部品に傷、。「」（）ー1234 \n"), max_size=80)


def lines(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width)]


def test_latin_words_stay_whole():
    assert lines("The parts arrived late", 10) == ["The parts", "arrived", "late"]


def test_japanese_fills_the_line_beside_latin():
    assert lines("ABC社の部品に傷", 9) == ["ABC社の部", "品に傷"]


def test_punctuation_never_begins_and_brackets_never_end_a_line():
    assert lines("部品に傷。検査", 8) == ["部品に", "傷。検査"]
    assert lines("部品（傷）検査", 6) == ["部品", "（傷）", "検査"]


def test_words_longer_than_a_line_are_broken():
    assert lines("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_newlines_and_empty_lines_stay():
    assert lines("a\n\nb\n", 10) == ["a", "", "b", ""]


@given(TEXTS, st.integers(2, 30))
def test_nothing_but_spaces_and_newlines_is_lost(text, width):
    assert "".join("".join(lines(text, width)).split()) == "".join(text.split())


@given(TEXTS, st.integers(3, 30))
def test_no_line_is_wider_than_asked(text, width):
    assert all(cell_len(line.rstrip(" ")) <= width for line in lines(text, width))


@given(TEXTS, st.integers(2, 30))
def test_cut_and_padded_texts_have_their_width(text, width):
    flat = text.replace("\n", "")
    assert cell_len(cut(flat, width)) <= width
    assert cell_len(pad(flat, width)) == width

"""Text to terms, script by script."""

from __future__ import annotations

import pytest

from denju.retrieval.terms import FULL, FUNCTION, STOP, grams, is_spelled, normal, terms


def keys(text: str) -> set[str]:
    return {term.key for term in terms(normal(text))}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("scratches", "SCRATCHES"),
        ("customer's", "customer’s"),
        ("ｻｰﾊﾞｰ", "サーバー"),
        ("Ｍ８ ボルト", "m8 ボルト"),
        ("サ―バー", "サーバー"),
        ("don't", "DON’T"),
    ],
)
def test_one_term_for_what_is_the_same(text: str, same: str) -> None:
    assert keys(text) == keys(same)


def test_forms_of_a_word_share_its_stem() -> None:
    assert "scratch" in keys("scratches") & keys("scratched") & keys("scratching")


@pytest.mark.parametrize("whole", ["M8", "0.5mm", "ABC-123", "φ12.08", "HRC40", "SUS304"])
def test_numbers_with_units_and_part_numbers_stay_whole(whole: str) -> None:
    assert normal(whole) in keys(f"ネジ {whole} を10個")
    assert normal(whole) in keys(f"ネジ{whole}を10個")


def test_a_long_vowel_at_the_end_makes_no_difference() -> None:
    assert "サーバ" in keys("サーバー") & keys("サーバ")


def test_japanese_gives_runs_single_kanji_and_bigrams() -> None:
    assert {"部品", "部", "品", "~部品", "傷"} <= keys("部品に傷がありました")


def test_endings_and_stop_words_count_less_and_mean_nothing() -> None:
    found = {term.key: term for term in terms(normal("検査しました it was"))}
    assert found["検査"].weight == FULL
    assert found["~まし"].weight == FUNCTION
    assert not found["~まし"].meaning
    assert found["was"].weight == STOP
    assert not found["was"].meaning


@pytest.mark.parametrize("text", ["привет", "สวัสดี", "안녕하세요", "مرحبا", "नमस्ते", "Ελλάδα", "ញុំ", "漢"])
def test_no_script_is_lost(text: str) -> None:
    assert keys(text)


def test_a_term_spans_the_text_it_stands_for() -> None:
    text = normal("The parts are SCRATCHED. 部品に傷")
    shown = {term.key: text[term.start : term.end] for term in terms(text)}
    assert shown["scratch"] == "scratched"
    assert shown["~are scratch"] == "scratched"
    assert shown["~に傷"] == "傷"


def test_spelled_words_have_grams() -> None:
    assert [word for word in ("part", "as", "was", "m8", "部品", "~part a", "привет") if is_spelled(word)] == [
        "part",
        "привет",
    ]
    assert grams("part") == ["_par", "part", "art_"]

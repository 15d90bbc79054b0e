"""Text to terms: one way for Japanese, English and both in one line.

===========  =========================================  ==============================================
script       terms                                      example
===========  =========================================  ==============================================
Latin        Snowball stem, the pair with the word      the scratches → scratch, ~the scratch
             before
with digits  whole, and its lettered parts              ABC-123 → abc-123, abc; 0.5mm → 0.5mm
Japanese     script runs, single kanji, bigrams         納期遅れ → 納期遅, 納, 期, 遅, ~納期, ~期遅, ~遅れ
no spaces    bigrams (Thai, Lao, Khmer, Burmese)        สวัสดี → ~สว, ~วั …
others       the word                                   привет → привет
===========  =========================================  ==============================================

A word with little meaning (Lucene's English stop words, Japanese particles and endings) counts less. Keys that begin
with ``~`` are internal: a person is shown the text that a term spans. The character 4-grams of spelled words
(``grams``) are no terms of a text: they are kept once for each word of a library, and lead a query to words alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from denju.retrieval.words import FUNCTION_KANA, STOP_WORDS

VERSION = 4
"""Raised by every change of what ``terms`` returns or ``query.body`` leaves, so that a stored index is rebuilt."""
MAX_CHARACTERS = 20_000
"""What stands behind is not read: nobody asks in more, and a query stays quick."""
MAX_WORD = 64
"""Longest word, in characters; longer ones are cut (encoded files, keys)."""

FULL = 1.0
STOP = 0.7
"""Weight of stop words, in scripts that part words."""
FUNCTION = 0.5
"""Weight of Japanese bigrams that touch an ending or a particle."""
PAIR = 0.3
"""Weight of two words in a row."""


_KANJI = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆ヶ"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff"
_HIRAGANA = "\u3041-\u309f"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_JAPANESE = _KANJI + _KATAKANA + _HIRAGANA
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0962-\u0d63"
_LETTER = rf"(?:(?![{_JAPANESE}{_UNSPACED}_])\w|[{_MARKS}])"
_PIECES = re.compile(
    rf"(?P<japanese>[{_JAPANESE}]+)|(?P<unspaced>[{_UNSPACED}]+)|(?P<word>{_LETTER}(?:{_LETTER}|['.\-](?={_LETTER}))*)"
)
_RUNS = re.compile(rf"(?P<kanji>[{_KANJI}]+)|(?P<katakana>[{_KATAKANA}]+)|(?P<hiragana>[{_HIRAGANA}]+)")
_SPELLED = re.compile(rf"(?:(?!\d){_LETTER}){{3,{MAX_WORD}}}")
_JOINTS = re.compile(r"[.\-]")
_DIGIT = re.compile(r"\d")
_SUFFIX = re.compile(r"'(?:s|m|re|ve|ll|d)$")
_LONG_VOWEL = re.compile(rf"(?<=[{_KATAKANA}])[-‐‑–—―−─](?=[{_KATAKANA}])")
_APOSTROPHES = str.maketrans("’‘ʼ`´′", "''''''")


class Term(NamedTuple):
    """One term and the text that it stands for."""

    key: str
    weight: float
    """1 for a whole word, less for what says less."""
    start: int
    end: int
    """The normalised text from ``start`` to ``end`` is what a person is shown."""
    meaning: bool = True
    """False for function words: they count a little, and explain nothing."""


_term = Term._make
"""Quicker than the class, for what is made most."""


def normal(text: str) -> str:
    """``text`` in one width and case (NFKC, casefold), apostrophes and long vowels in one form, not too long."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_APOSTROPHES)
    return _LONG_VOWEL.sub("ー", folded)[:MAX_CHARACTERS]


def terms(text: str, *, pairs: bool = True) -> list[Term]:
    """The terms of a normalised text, in its order, repeated as often as they stand there; ``pairs`` of words too."""
    found: list[Term] = []
    before = ""
    for piece in _PIECES.finditer(text):
        start = piece.start()
        if piece.lastgroup == "japanese":
            found += _japanese(piece.group(), start)
        elif piece.lastgroup == "unspaced":
            found += _bigrams(piece.group(), start)
        else:
            for word in _words(piece.group()[:MAX_WORD]):
                at, end = start + word.start, start + word.end
                found.append(_term((word.stem, FULL if word.meaning else STOP, at, end, word.meaning)))
                if before and pairs:
                    found.append(_term((f"~{before} {word.stem}", PAIR, at, end, word.meaning)))
                before = word.stem
    return found


def is_pair(key: str) -> bool:
    """Whether a term is two words in a row."""
    return " " in key


@lru_cache(maxsize=5_000)
def is_spelled(key: str) -> bool:
    """Whether a term is a word of three letters or more, of a script that parts words, that carries meaning."""
    return _SPELLED.fullmatch(key) is not None and key not in STOP_WORDS


def grams(word: str) -> list[str]:
    """The character 4-grams of a spelled word, its ends marked; each once."""
    padded = f"_{word}_"
    return list(dict.fromkeys(padded[index : index + 4] for index in range(len(padded) - 3)))


def stem(word: str) -> str:
    """Snowball's English stem of a word in lower-case ASCII letters; others stay as they are."""
    return _stemmer()(word) if word.isascii() and word.isalpha() else word


class _Word(NamedTuple):
    """A word of a piece without spaces, with its span in it."""

    stem: str
    meaning: bool
    start: int
    end: int


@lru_cache(maxsize=5_000)
def _words(piece: str) -> tuple[_Word, ...]:
    """The words of a piece: whole where it holds a digit, else cut at joints. Most are read many times."""
    return tuple(_word(word, at, end) for word, at, end in _parts(piece))


def _parts(piece: str) -> Iterator[tuple[str, int, int]]:
    if _DIGIT.search(piece):
        yield piece, 0, len(piece)
    at = 0
    for part in _JOINTS.split(piece):
        end = at + len(part)
        if part.endswith("n't") and part != "n't":
            yield part.removesuffix("n't"), at, end
            yield "not", at, end
        elif not _DIGIT.search(part) and (word := _SUFFIX.sub("", part).replace("'", "")):
            yield word, at, end
        at = end + 1


def _word(word: str, start: int, end: int) -> _Word:
    return _Word(stem(word), word not in STOP_WORDS, start, end)


def _japanese(piece: str, start: int) -> Iterator[Term]:
    """Runs and single kanji; bigrams across scripts, those at a particle or an ending for less."""
    meaning = [True] * len(piece)
    for run in _RUNS.finditer(piece):
        text, at = run.group(), run.start()
        if run.lastgroup == "kanji":
            for index, char in enumerate(text, start + at):
                yield Term(char, FULL, index, index + 1)
            if len(text) > 1:
                yield Term(text[:MAX_WORD], FULL, start + at, start + run.end())
        elif run.lastgroup == "katakana":
            word = text.rstrip("ー") if len(text) > 3 else text
            if word:
                yield Term(word[:MAX_WORD], FULL, start + at, start + run.end())
        else:
            for function in FUNCTION_KANA.finditer(text):
                meaning[at + function.start() : at + function.end()] = [False] * len(function.group())
            yield from _hiragana(text, meaning[at : run.end()], start + at)
    for index in range(len(piece) - 1):
        first, second = meaning[index], meaning[index + 1]
        weight = FULL if first and second else FUNCTION
        left, right = index + (not first and second), index + 1 + (second or not first)
        yield Term("~" + piece[index : index + 2], weight, start + left, start + right, first or second)


def _hiragana(run: str, meaning: list[bool], start: int) -> Iterator[Term]:
    """What a hiragana run says between its particles and endings."""
    at = 0
    while at < len(run):
        end = at
        while end < len(run) and meaning[end] == meaning[at]:
            end += 1
        if meaning[at] and end - at > 1:
            yield Term(run[at:end][:MAX_WORD], FULL, start + at, start + end)
        at = end


def _bigrams(run: str, start: int) -> Iterator[Term]:
    for index in range(max(len(run) - 1, 1)):
        yield Term("~" + run[index : index + 2], FULL, start + index, start + min(index + 2, len(run)))


@cache
def _stemmer() -> Callable[[str], str]:
    from Stemmer import Stemmer

    word: Callable[[str], str] = Stemmer("english").stemWord
    return word

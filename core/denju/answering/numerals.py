"""Numbers written in kanji or in English words, or partly so, as digits.

五百個 and 5百個 become 500個, 10万円 becomes 100000円, three days 3 days, and 5 million yen 5000000 yen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_ONES = {"零": 0} | {character: value for value, character in enumerate("〇一二三四五六七八九")}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10_000, "億": 100_000_000}
_KANJI = "".join((*_ONES, *_TENS, *_MYRIADS))
_NOT_BEHIND = rf"(?<![{_KANJI}\d.,数何幾第])"
_IN_KANJI = re.compile(
    # Neither 〇月〇日, which is a blank to fill in, nor 万が一.
    rf"{_NOT_BEHIND}(?P<number>[一二三四五六七八九十百千][{_KANJI}]*)(?=\s?(?P<unit>"
    # Units, but not where another word begins with them: 二本松, 三分の一, 二分する, 四六時中, 第二本社, 四日市,
    # 百名山.
    "営業日|日(?![曜本市町月坊])|個|円|[かヶカケ箇]月|月(?![曜雨光面])|年|本(?![社部店人件日来当松木立化柱])|枚|台|時(?![中代期])|週"
    "|分(?![のさしす割化類率室野岐析五])|割(?![るれっ])|%|パーセント|箱(?!根)|セット|ケース|キロ|グラム|ミリ|センチ|メートル"
    "|ドル|ユーロ|名(?![前称刺義物山所作品言声])))"
)
_MIXED = re.compile(
    rf"(?<![A-Za-z\d.,/数何幾第-])\d[\d,]*(?:\.\d+)?(?:[百千万億](?![代葉歳])(?:\d[\d,]*|[{_KANJI}]+)?)+"
)
"""5千, 10万, 1億2,000万; but not 2千代田."""
_PART = re.compile(r"\d[\d,]*(?:\.\d+)?|.")
_ABOUT = re.compile("一二|二三|三四|四五|五六|六七|七八|八九")
"""二三日 is two or three days."""
_MINUTES = re.compile(r"\s?分(?:間|後|前|以内|おき|ごと|ほど|程度)")
_TERM = re.compile(r"\s?(?:週間|[かヶカケ箇]月|営業日)\s?(?:以内|後(?!ろ))")
"""一週間以内 is a promise, 一週間 may be a way to speak."""
_ONES_EN = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_TIMES_EN = {"hundred": 100, "dozen": 12, "thousand": 1_000, "million": 1_000_000}
_ANY_EN = "|".join((*_ONES_EN, *_TIMES_EN))
_IN_WORDS = re.compile(
    # Two or three days is no promise, as 二三日 is none.
    rf"(?i)(?<![A-Za-z\d-])(?<!\bor )(?P<number>(?:{'|'.join(_ONES_EN)})(?:(?:-| and | )(?:{_ANY_EN})){{0,9}})"
    r"(?=[ -](?:(?:(?:working|business) )?days?|weeks?|months?|years?|hours?|minutes?|pieces?|pcs|units?|parts?|sets?"
    r"|items?|boxes|yen|dollars?|euros?|per ?cent|people|persons?)(?![A-Za-z]))"
)
_TIMES_OF_DIGITS = re.compile(rf"(?i)(?<![A-Za-z\d.,/-])\d[\d,]*(?:\.\d+)?(?: (?:{'|'.join(_TIMES_EN)})\b)+")
_DAY = re.compile(rf"\s?月\s?[\d{_KANJI}]{{1,3}}\s?日")


@dataclass(frozen=True, slots=True)
class Numerals:
    """A text with its numbers in digits, which still knows how they were written."""

    text: str
    _places: tuple[tuple[int, int, str], ...]

    def written(self, start: int, end: int) -> str:
        """What stood in the place of ``text[start:end]``."""
        said, at = "", start
        for begin, stop, original in self._places:
            if start <= begin and stop <= end:
                said += self.text[at:begin] + original
                at = stop
        return said + self.text[at:end]


def in_digits(text: str) -> Numerals:
    """``text``, of half width, with its numbers in digits.

    Those without digits only before a unit that counts something, for 一度, 三者 and 十分 are words; so is a lone 一
    but in a day (一月一日) and in a term (一週間以内), and a lone "one" but behind "within".
    """
    matches = [(each, _value) for each in _IN_KANJI.finditer(text) if _counts(each)]
    matches += [(each, _value) for each in _MIXED.finditer(text)]
    matches += [(each, _value_en) for each in _IN_WORDS.finditer(text) if _counts_en(each)]
    matches += [(each, _value_en) for each in _TIMES_OF_DIGITS.finditer(text)]
    made, places, at, length = [], [], 0, 0
    for match, value in sorted(matches, key=lambda each: each[0].start()):
        digits = value(match[0])
        made += [text[at : match.start()], digits]
        length += match.start() - at
        places.append((length, length + len(digits), match[0]))
        length += len(digits)
        at = match.end()
    return Numerals("".join(made) + text[at:], tuple(places))


def _counts(match: re.Match[str]) -> bool:
    number, text = match["number"], match.string
    if number == "一":
        behind = text[max(0, match.start() - 2) : match.start()].rstrip()[-1:]
        of_a_day = _DAY.match(text, match.end()) is not None or (behind == "月" and match["unit"] == "日")
        return of_a_day or _TERM.match(text, match.end()) is not None
    if number == "十" and match["unit"] == "分":
        return _MINUTES.match(text, match.end()) is not None  # else it is "enough"
    return not _ABOUT.search(number) or (len(number) > 2 and all(each in _ONES for each in number))


def _counts_en(match: re.Match[str]) -> bool:
    behind = match.string[max(0, match.start() - 7) : match.start()]
    return match["number"].lower() != "one" or behind.lower() == "within "


def _value_en(number: str) -> str:
    """In digits, without separators."""
    total = section = Decimal(0)
    for word in re.split(r"[- ]", number.lower()):
        times = _TIMES_EN.get(word)
        if times is None:
            section += 0 if word == "and" else Decimal(_ONES_EN.get(word) or word.replace(",", ""))
        elif times < 1_000:
            section *= times
        else:
            total, section = (total + section) * times, Decimal(0)
    return f"{(total + section).normalize():f}"


def _value(number: str) -> str:
    """In digits, without separators."""
    total = section = Decimal(0)
    current: Decimal | None = None
    for part in _PART.findall(number):
        if part in _ONES:
            current = (current or 0) * 10 + Decimal(_ONES[part])
        elif part in _TENS:
            section += (1 if current is None else current) * _TENS[part]
            current = None
        elif part in _MYRIADS:
            total += (section + (current or 0) or 1) * _MYRIADS[part]
            section, current = Decimal(0), None
        else:
            current = Decimal(part.replace(",", ""))
    return f"{(total + section + (current or 0)).normalize():f}"

"""Names and numbers of an answer that nobody gave: what a customer may not take for real.

A code counts as a whole (AB-12 does not stand in AB-123, and 770-WG16 not in 770 and WG16), a day as month and day
whichever way it is written, a number together with its unit, in digits or in kanji; numbers in English words (three
days) are not looked at. A name is what an address, a title or "the person in
charge" announces, and any capitalised word inside an English sentence; ordinary words are left alone.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from denju.answering.numerals import Numerals, in_digits

_LIST_MARK = re.compile(r"(?m)^\s*(?:\d{1,2}[.)、](?!\d)|[-*・])\s*")
_TO_CONFIRM = re.compile(r"\[(?:要確認|to confirm):[^\]]*\]")

# Numbers

_JOINED = r"(?:[-./:,_]{1,3}[A-Za-z0-9]+)*"
_CODE = re.compile(rf"[A-Za-z0-9]*\d[A-Za-z0-9]*{_JOINED}|[A-Za-z]+[-./:_](?=[-A-Za-z0-9./:_]*\d)[A-Za-z0-9]+{_JOINED}")
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MONTH = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
_YEAR = r"(?:,? (?P<year>\d{4})(?![-\dA-Za-z]))?"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DAYS = (
    re.compile(r"(?:(?P<year>(?<!\d)\d{4}) ?年 ?)?(?P<month>(?<!\d)\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?日"),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b\.?{_YEAR}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\b\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w/.-])(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?![\w/-])"),
    re.compile(r"(?<![\w/.-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\w/-])"),
)
_GLUED = re.compile(
    r"[ .]?\d[-A-Za-z\d]*(?:[日時]\d[-A-Za-z\d]*)*(?:[日時](?:午[前後])?)?(?![:\d]| ?(?:am|pm|a\.m|p\.m))"
    r"| ?\((?![^()\n]{1,8}\))\w?|午(?![前後])\w?"
    rf"| {{1,2}}(?:{'|'.join(month.capitalize() for month in _MONTHS if month != 'may')})\b"
)
"""What follows a day and would not, were it copied whole: 2月3日8月, 15 December 19, 21 July July."""
_OF_MONTH = re.compile(rf"\b(?:{'|'.join(each.capitalize() for each in _MONTHS)}) \d{{3,}}")
_WITHOUT_MONTH = re.compile(r"\d{4} ?年 ?\d{1,2} ?日")
_WEEKDAY_AHEAD = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)day(?:,| |morning|afternoon|evening|the|on)*$", re.IGNORECASE
)
_WEEKDAY_BEHIND = re.compile(r" ?\(([月火水木金土日])\)")
_HALF = re.compile(r"(?: ?\([^()\n]{1,3}\))? ?(午前|午後)")
_TIMES = re.compile(
    r"(?P<morning>午前|(?<![A-Za-z])[aA]\.?[mM])|(?P<afternoon>午後|(?<![A-Za-z])[pP]\.?[mM])|(?P<hour>\d{1,2}) ?[時:]"
)
_TIME_WITHIN = 14
"""Characters behind a day in which its time stands."""
_UNITS = (
    r"個|本|枚|台|セット|箱|点|pieces?\b|pcs\b|units?\b|parts?\b|sets?\b|items?\b|boxes\b",
    r"円|yen\b|JPY\b|ドル|dollars?\b|USD\b|ユーロ|euros?\b|EUR\b",
    r"%|パーセント|percent\b|割",
    r"月(?!曜)|か月|months?\b",
    r"週|weeks?\b",
    r"日(?!曜)|days?\b",
    r"時|hours?\b|o'clock\b|[ap]\.?m\b",
    r"分|minutes?\b",
    r"年|years?\b",
    r"mm\b|ミリ|cm\b|m\b|メートル|inch(?:es)?\b",
    r"kg\b|g\b|キロ|グラム",
)
_UNIT = re.compile(r"\s?(?:" + "|".join(f"(?P<u{n}>{unit})" for n, unit in enumerate(_UNITS)) + ")")
_CURRENCY = re.compile(r"(?:[¥$€£]|\b(?:EUR|USD|JPY)) ?$")
_MONEY = 1
"""Place of the currencies in ``_UNITS``."""

# Names

_PART_JA = r"[\u4e00-\u9fff々ァ-ヶーA-Za-z\ufffd]"
_KANJI = re.compile(r"[\u4e00-\u9fff々]")
_ADDRESS_JA = re.compile(r"(?m)^\s*([^\s、。,！!？?][^、。,！!？?\n]{0,19}?)(?:様|さま|さん)(?=[、,。\s]|$)")
_SENTENCE_JA = re.compile(r"[\u4e00-\u9fffァ-ヶー](?:[にをは]|が(?![丘関原浜谷崎島峰台]))[\u4e00-\u9fffァ-ヶー]")
"""Part of a sentence where a name should stand, said by the customer or not; but 自由が丘 is a place."""
_IN_PIECES = re.compile(r"[ぁ-ん]{4}|[\[(「]|は|[おご]$")
"""What hardly any name has: a stretch of hiragana, a bracket that opens, a particle, half a word at its end."""
_NAME_JA = re.compile(rf"({_PART_JA}{{1,12}}?)(?:様|さま|さん|氏)(?![子方々式])")
_CHARGE_JA = (
    re.compile(
        r"(?:担当(?:者|営業)?|窓口|責任者)は、?([^、。\n]{1,20}?)(?:が務め|となり|と申し|が担当|でござい|です(?!が)|でして)"
    ),
    re.compile(r"(?:^|[、。\n])([^、。\n]{1,20}?)が(?:担当|対応|ご?案内|お?伺|お答え)(?:いた|し|させ)"),
    re.compile(rf"(?:担当(?:者|営業)?|[部課係室])の({_PART_JA}{{1,8}}?)(?=まで|より|から|が|と申|でござ|です)"),
)
_NOBODY_JA = re.compile(
    r"^(?:皆|貴|仕|有|同|何|他社|弊社|当社|取引先)$|(?:客|者|各位|どちら|どなた|担当|御社|貴社|ども)$"
)
"""Whom 様 stands behind without a name."""
_ORDINARY_JA = re.compile(
    r"^(?:私|私ども|私達|こちら|当方|明日|本日|今日|後日|至急|現在|次回|改めて|別途|確認中|未定|不在|社内|窓口|営業|技術|製造|品質|"
    r"経理|総務|購買|物流|開発|設計|生産|専門|責任|上席|上長|上司|直接|速やか|早急|本件|誰|本部|一部|全部|内部|外部)$"
    r"|^(?:部署|部門|社員|係員|職員|部長|課長|係長|室長|本人|当人|双方|先方|窓口側)$"
    r"|(?:^|..)[部員課係方人長室署門元先側名]$|(?:者|たち|スタッフ|チーム|グループ|センター|マネージャー|エンジニア)$"
)
"""Who else is in charge without a name."""
_BROKEN = re.compile(r"\w?[\ufffd\ue000-\uf8ff]+")
_TITLE = r"(?:Mr|Ms|Mrs|Miss|Dr|Prof)\b\.?"
_ADDRESS_EN = re.compile(r"(?m)^\s*(?:Dear|Hello|Hi) ([^,:;!?\n]{1,60})(?=[,:;!\n]|$)")
_TITLED = re.compile(rf"\b({_TITLE}) +([^\W\d_][\w'’\-\ufffd]*(?: [A-Z\d][\w'’\-\ufffd]*)*)")
_UNNAMED = re.compile(r"\b((?:Mr|Ms|Mrs|Miss|Dr)\.?)(?=[,;:!?]|\.?\s*$)", re.MULTILINE)
"""A title before nobody."""
_SENTENCE_EN = re.compile(r"\bI [a-z]")
"""Part of a sentence where a name should stand."""
_NOBODY_EN = frozenset(["we", "i", "you", "our", "your", "it", "this", "they", "please", "thank"])
"""Words that begin a sentence where a name should stand."""
_CAPITALISED = re.compile(r"(?<=[a-z0-9,] )([A-Z\ufffd][a-z\ufffd][\w'’\-\ufffd]*(?: [A-Z][\w'’\-\ufffd]*)*)")
_WORD = re.compile(r"(?:[^\W_]|\ufffd)[\w'’\-\ufffd]*")
_ORDINARY_EN = frozenset(
    re.findall(
        r"\w+",
        """mr ms mrs miss dr prof sir madam sirs customer customers client clients valued esteemed dear all team partner
        partners supplier suppliers buyer buyers reader readers user users guest guests folks guys colleague colleagues
        friend friends everyone both there again and or the of our your my to we you i jan feb mar
        apr jun jul aug sep oct nov dec monday tuesday wednesday thursday
        friday saturday sunday january february march april may june july august september october november december
        spring summer autumn winter english japanese japan regards sincerely faithfully wishes sales quality engineering
        accounting production logistics purchasing management manager department service support desk office company
        internet""",
    )
)
_LABELS = frozenset(["first", "last", "given", "family", "name", "surname"])
"""Words of a form that stand between the parts of a name."""
_NEAR = 3
"""Words of a name stand so many words from each other at most."""


def unsupported(answer: str, given: str) -> tuple[str, ...]:
    """Names and numbers of ``answer`` that stand nowhere in ``given`` (the whole prompt's text), each once.

    Numbers that number a list and ［要確認：…］ do not count.
    """
    said = _TO_CONFIRM.sub("", _LIST_MARK.sub("", _folded(answer)))
    folded = _folded(given)
    source = _THOUSANDS.sub("", folded)
    numbers = _numbers(in_digits(said), _THOUSANDS.sub("", in_digits(folded).text))
    found = [*numbers, *_names_ja(said, source), *_names_en(said, source)]
    broken = [
        each for each in _BROKEN.findall(said) if each not in source and not any(each in other for other in found)
    ]
    return tuple(dict.fromkeys(found + broken))


def _folded(text: str) -> str:
    """One form for full and half width."""
    return unicodedata.normalize("NFKC", text)


# Numbers


def _numbers(numerals: Numerals, source: str) -> Iterator[str]:
    said, known = numerals.text, [*_days(source)]
    for day in _days(said):
        end = day.start + len(day.text)
        more = _GLUED.match(numerals.text, end) or (_HALF.match(numerals.text, end) if day.half else None)
        text = day.text + (more[0] if more else "]" if _closes_nothing(said, end) else "")
        glued = text != day.text and not day.half and text not in source
        if glued or not any(day.is_named_by(each) for each in known):
            yield numerals.written(day.start, day.start + len(text))
        said = said[: day.start] + " " * len(text) + said[day.start + len(text) :]
    broken = [*_OF_MONTH.finditer(said), *_WITHOUT_MONTH.finditer(said)]
    yield from (numerals.written(*each.span()) for each in broken if each[0].lower() not in source.lower())
    for code in _CODE.finditer(said):
        if any(each.isdigit() for each in code[0]) and not _stands(code, said, source):
            text = numerals.written(*code.span())
            unit = _UNIT.match(said, code.end()) if text != code[0] else None
            yield text + unit[0] if unit else text  # 三 alone tells nobody which


def _closes_nothing(text: str, place: int) -> bool:
    """Whether a bracket closes at ``place`` that was not opened in its line."""
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return text[place : place + 1] == "]" and before.count("[") <= before.count("]")


@dataclass(frozen=True)
class _Day:
    """A day as a text names it."""

    text: str
    start: int
    dates: frozenset[tuple[int, int]]
    """Month and day; two of them where it is not clear which is which."""
    year: str | None
    weekday: str | None
    half: str | None
    """午前 or 午後, where that stands right behind it."""
    halves: frozenset[str]
    """Those that a time near behind it may mean."""

    def is_named_by(self, other: _Day) -> bool:
        """Whether ``other`` is the same day, and says whatever else is said of it here."""
        return bool(
            self.dates & other.dates
            and self.year in (None, other.year)
            and self.weekday in (None, other.weekday)
            and (self.half is None or self.half in other.halves)
        )


def _days(text: str) -> Iterator[_Day]:
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            day, month = int(match["day"]), match["month"].lower()
            number = (
                int(month)
                if month.isdigit()
                else next(n for n, each in enumerate(_MONTHS, 1) if each.startswith(month[:3]))
            )
            dates = {(number, day), (day, number)} if pattern is _DAYS[-1] else {(number, day)}
            ahead = _WEEKDAY_AHEAD.search(text[max(0, match.start() - 30) : match.start()])
            behind = _WEEKDAY_BEHIND.match(text[match.end() : match.end() + 8])
            weekday = ahead[1].lower() if ahead else behind[1] if behind else None
            half = _HALF.match(text, match.end())
            behind_it = text[match.end() : match.end() + _TIME_WITHIN].split("\n", 1)[0]
            yield _Day(
                text=match[0].rstrip(" ."),
                start=match.start(),
                dates=frozenset(dates),
                year=match.groupdict().get("year"),
                weekday=weekday,
                half=half[1] if half else None,
                halves=frozenset(map(_half, _TIMES.finditer(behind_it))),
            )


def _half(time: re.Match[str]) -> str:
    return "午前" if time["morning"] or (time["hour"] and int(time["hour"]) < 12) else "午後"


def _stands(code: re.Match[str], said: str, source: str) -> bool:
    """Whether the source has this number or code by itself, with a unit of the same kind if both have one."""
    groups = re.findall(r"[A-Za-z]+|\d+(?:\.\d+)?", code[0])
    pattern = r"(?<![A-Za-z0-9])" + r"[-\s./:,_]{0,2}".join(map(re.escape, groups)) + r"(?![A-Za-z0-9]|\.\d)"
    found = [*re.finditer(pattern, source, re.IGNORECASE)] or [
        # A unit may be written to the number without a space: 30mm, M8x20.
        *re.finditer(r"(?<![A-Za-z0-9])" + re.escape(code[0]) + r"(?=[a-z]{1,2}\b)", source)
    ]
    unit = _unit(said, code.start(), code.end())
    return any(
        unit is None or (other := _unit(source, each.start(), each.end())) is None or other == unit for each in found
    )


def _unit(text: str, start: int, end: int) -> int | None:
    """Which of ``_UNITS`` stands before or after the number between ``start`` and ``end``."""
    if _CURRENCY.search(text[max(0, start - 4) : start]):
        return _MONEY
    match = _UNIT.match(text, end)
    return int((match.lastgroup or "u0")[1:]) if match else None


# Names


def _names_ja(said: str, source: str) -> Iterator[str]:
    for match in _ADDRESS_JA.finditer(said):
        text = match[1].strip()
        alone = said[match.start() : match.end() + 2].strip() == f"{match[0].strip()}、"
        if alone and _SENTENCE_JA.search(text):
            yield text
        elif alone and _IN_PIECES.search(text):
            # Half a sentence of the customer's: as a whole nobody said it.
            if not re.search(r"皆$", text) and not _NOBODY_JA.search(text) and _squeezed(text) not in _squeezed(source):
                yield text
        elif len(text) <= 8 or not re.search(r"[ぁ-ん]", text):
            yield from (part for part in re.split(r"[\s　]|(?<!お)の", text) if _strange(part, source))
    for pattern in _CHARGE_JA:
        for name in pattern.findall(said):
            part = re.split(r"[\s　]|の", name)[-1]
            if not re.search(r"[ぁ-ん]{3}", part) and not _ORDINARY_JA.search(part) and _strange(part, source):
                yield part
    yield from (name for name in _NAME_JA.findall(said) if _strange(name, source))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _strange(name: str, source: str) -> bool:
    if not name or _NOBODY_JA.search(name):
        return False
    if len(name) == 1 and _KANJI.match(name):
        # 森 is somebody, but not where 森田 stands.
        return re.search(rf"(?<!{_KANJI.pattern}){re.escape(name)}(?!{_KANJI.pattern})", source) is None
    return not _named(name, source)


def _names_en(said: str, source: str) -> Iterator[str]:
    yield from _UNNAMED.findall(said)
    titled = [*_TITLED.finditer(source)]
    for match in _TITLED.finditer(said):
        first = match[2].split()[0]
        known = {each[1].rstrip(".") for each in titled if each[2].split()[0] == first}
        if first[0].isupper() and first.lower() in _NOBODY_EN and not known:
            yield f"{match[1]} {first}"
            continue
        # A name in small letters is broken, and one that has another title is somebody else.
        yield from _strange_words(match[2], source, capitals=False)
        if known and match[1].rstrip(".") not in known:
            yield match[0]
    for text in _ADDRESS_EN.findall(said):
        if _SENTENCE_EN.search(text):
            yield text.strip()
        else:
            yield from _strange_words(text, source, capitals=False)
    for text in _CAPITALISED.findall(said):
        yield from _strange_words(text, source)


def _strange_words(text: str, source: str, *, capitals: bool = True) -> Iterator[str]:
    """Words of a name that nobody named, or all of them if only their being together is new."""
    words = [word for word in _WORD.findall(text) if word.lower().rstrip(".") not in _ORDINARY_EN]
    if capitals and not any(word[0].isupper() or "\ufffd" in word for word in words):
        return
    strange = [word for word in words if not re.search(r"\d", word) and not _named(word, source)]
    yield from strange
    if not strange and len(words) > 1 and not _together(words, source):
        yield " ".join(words)


def _named(name: str, text: str) -> bool:
    """Whether ``text`` names ``name``: in Latin letters as a whole word, for Ken is nobody in Kenham GmbH."""
    whole = rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" if name.isascii() else re.escape(name)
    return re.search(whole, text, re.IGNORECASE) is not None


def _together(words: list[str], text: str) -> bool:
    """Whether the words of a name stand near each other, in whatever order: Tanaka, Aya is Aya Tanaka.

    A line's end parts them by as much as two words do.
    """
    known: dict[str, list[int]] = {}
    at = 0
    for line in text.splitlines():
        for word in _WORD.findall(line):
            if word.lower() not in _LABELS:
                known.setdefault(word.lower(), []).append(at)
                at += 1
        at += _NEAR - 1
    places = [known.get(word.lower(), []) for word in words]
    return all(
        any(0 < abs(one - other) <= _NEAR for one in first for other in second)
        for first, second in itertools.pairwise(places)
    )

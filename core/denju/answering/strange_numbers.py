"""Numbers of an answer that stand nowhere in what was given.

A code counts as a whole (AB-12 does not stand in AB-123, and 770-WG16 not in 770 and WG16), a day as month and day
and a time as hour and minute whichever way they are written, a number together with its unit, in digits, in kanji or in
words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from denju.answering.days import HALF, MONTH_NAMES, MONTHS, Day, Time, days, ends_of_ranges, times, weekday_behind
from denju.answering.numerals import Numerals

_JOINED = r"(?:[-./:,_]{1,3}[A-Za-z0-9]+)*"
_CODE = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?:\+(?=\d[-\d]{{8}}))?[A-Za-z0-9]*\d[A-Za-z0-9]*{_JOINED}"
    rf"|[A-Za-z]+[-./:_](?=[-A-Za-z0-9./:_]*\d)[A-Za-z0-9]+{_JOINED})"
)
_GROUP = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_JOINTS = r"[-\s./:,_~〜–]"
"""How else the parts of a code may be joined."""
_JOINTS_OF_PHONE = _JOINTS.replace("]", "()]")
_PHONE = re.compile(r"[0+]|\d{3}-\d{3}-\d{4}$")
_ALONE = r"(?<![A-Za-z0-9])(?<!\d\.)"
"""Nothing ahead that belongs to it: 0.5% is not 5%."""
_CODE_AHEAD = re.compile(r"[A-Za-z0-9][-_/]$")
_CODE_BEHIND = re.compile(r"[-_][A-Za-z0-9]")
_GLUED = re.compile(
    r"[ .]?\d[-A-Za-z\d]*(?:[日時]\d[-A-Za-z\d]*)*(?:[日時](?:午[前後])?)?(?![:\d]| ?(?:am|pm|a\.m|p\.m))"
    r"(?: ?\([月火水木金土日](?:曜日?)?\))?"
    r"| ?\((?![^()\n]{1,12}\))\w?|午(?![前後])\w?"
    r"|\.-\d[-A-Za-z\d]*|,(?:,|[-a-z])[-,\w]*| {2,}[a-z]\S*| (?:Thank|Please|We|You|Could|As)\b"
    rf"| {{1,2}}(?:{'|'.join(month.capitalize() for month in MONTHS if month != 'may')}|May(?=[.,;\n]))\b"
)
"""What follows a day and would not, were it copied whole: 2月3日8月, 15 December 19, 21 July July, June 19.-66,
28 July,ack."""
_OF_MONTH = re.compile(rf"\b(?:{MONTH_NAMES}) \d{{3,}}")
_MONTH_ALONE = re.compile(
    rf"\b(?:{'|'.join(each[:3].capitalize() for each in MONTHS if each != 'may')}) "
    r"(?!(?:to|and|or|at|by|is|in|on|of|has|was|had|can|for|via|per|due) )[a-z]{1,3} \d{1,2}\b"
    rf"|\b[A-Z][a-z]+day, \d{{1,2}} (?!(?i:{'|'.join(MONTHS)}))[A-Z][a-z]+"
)
"""A month without its day, or a day without its month: Apr ex 19, Friday, 14 Fletcher."""
_TORN_DAY = re.compile(
    r"\b\d{1,2} \. {3,}|\b\d{1,2} {2}\d{1,2}\b|\b\d{1,2} [a-z]{0,4}(?:ember|uary|tober|ugust|pril)\b"
    r"|\b(?!(?:(?:num|mem|cham|tim|lum|am|um)ber|(?:re)?search|arch)\b)[a-z]+(?:mber|arch|uary|tober|ugust) \d{1,2}\b"
)
"""Days that were not copied whole, where whole days are blanked: 23 . 23 October, 22  22, 24 ember, shipmentmber 20."""
_DAY_OF_NOBODY = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]+)")
"""A name in place of a month: 28 Bishop."""
_LABELLED = re.compile(r"(?i)(?:tel|fax)[-_]")
"""A label that was taken for a part of the number behind it."""
_WITHOUT_MONTH = re.compile(r"\d{4} ?年 ?\d{1,2} ?日")
_PART_OF_DAY = re.compile(
    r"\s?(?:(?P<day>日)(?!以内|後|間|ほど|程|おき|ごと|毎|前|分|目|で(?!す|ご|あ))|(?P<month>月)|(?P<year>年)(?!間|以内|後|分))"
)
"""What makes a number a part of a day, and no count of days."""
_YEN, _DOLLAR, _EURO, _POUND = r"円|yen|JPY", r"(?:米|US)?ドル|dollars?|USD", r"ユーロ|euros?|EUR", r"ポンド|GBP"
_HOUR = r"時(?!間)|o['’]clock|[ap]\.?m"
_UNITS = (
    r"個|本|枚|台|セット|箱|点|ケース|pieces?|pcs|units?|parts?|sets?|items?|boxes",
    _YEN, _DOLLAR, _EURO, _POUND,
    r"%|パーセント|per ?cent",
    r"割",
    r"月(?!曜)",
    r"[かヶカケヵ箇]月|months?",
    r"週|weeks?",
    r"(?:営業)?日(?!曜)|(?:(?:working|business) )?days?",
    _HOUR,
    r"時間|hours?",
    r"分|minutes?",
    r"年|years?",
    r"名|人|people|persons?",
    r"mm|ミリ", r"cm|センチ", r"km|キロメートル", r"m|メートル", r"inch(?:es)?|インチ",
    r"kg|キロ(?!メートル)", r"g|グラム",
)  # fmt: skip
_UNIT = re.compile(
    r"(?:[^\S\n]{1,3}|[\s-])?(?:" + "|".join(f"(?P<u{n}>(?:{unit})(?![A-Za-z]))" for n, unit in enumerate(_UNITS)) + ")"
)
_GLUED_UNIT = re.compile(r"[a-z]{1,2}(?![A-Za-z])")
_EACH = re.compile(r"1 ?(?:個|本|枚|台|セット|箱|点|ケース)(?: ?\d|あたり|当たり|当り|につき|ごと|毎|ずつ)")
"""1個450円 says what one costs, and counts nothing."""
_TO = re.compile(r" ?[-~〜–] ?\d[\d.,]*")
"""The other end of a range, behind which the unit of both stands."""
_CURRENCY = re.compile(r"(?:(?P<yen>¥|\bJPY)|(?P<dollar>\$|\bUSD)|(?P<euro>€|\bEUR)|(?P<pound>£|\bGBP)) ?$")
_CURRENCIES = {"yen": _YEN, "dollar": _DOLLAR, "euro": _EURO, "pound": _POUND}


def strange_numbers(numerals: Numerals, given: str, marked: str) -> Iterator[str]:
    """Numbers, codes, days and times of an answer that ``given``, with its numbers in digits, does not have.

    A number without a unit may also be a list's mark, as "question 2" is; ``marked`` is ``given`` with those.
    """
    source, said = _Source(_THOUSANDS.sub("", given), _THOUSANDS.sub("", marked)), numerals.text
    clock = [*times(said)]
    ended = {time.start: time for time in clock if _ends(time, said, source)}
    for day in days(said):
        more = HALF.match(numerals.text, day.end) if day.half else None
        time = ended.get(day.end) or ended.get(day.end + 1)
        if time is None or not source.has_together(day, time, weekday_behind(said, time.end)):
            more = _GLUED.match(numerals.text, day.end) or more
        text = day.text + (more[0] if more else "]" if closes_nothing(said, day.end) else "")
        glued = text != day.text and not day.half and text not in source.text
        if glued or not any(day.is_named_by(each) for each in source.days):
            yield numerals.written(day.start, day.start + len(text))
        said = _blanked(said, [(day.start, day.start + len(text))])
    broken = [each for rule in (_OF_MONTH, _MONTH_ALONE, _WITHOUT_MONTH, _TORN_DAY) for each in rule.finditer(said)]
    yield from (numerals.written(*each.span()) for each in broken if each[0].lower() not in source.text.lower())
    whole = _blanked(said, [each.span() for each in broken])
    torn = (each for each in _DAY_OF_NOBODY.finditer(whole) if source.has_day_alone(each[1]) and each[2] in source.text)
    yield from (numerals.written(*each.span()) for each in torn)
    clock = [time for time in clock if said[time.digits] != " "]
    yield from (numerals.written(time.start, time.end) for time in clock if not source.has_time(time, said))
    said = _blanked(said, [(time.start, time.end) for time in clock])
    for code in _CODE.finditer(said):
        if any(each.isdigit() for each in code[0]) and not source.has(code, said):
            text = numerals.written(*code.span())
            unit = _UNIT.match(said, code.end()) if text != code[0] else None
            yield text + unit[0] if unit else text  # 三 alone tells nobody which


def _ends(time: Time, said: str, source: _Source) -> bool:
    """Whether ``time`` was given, and nothing hangs on behind it."""
    return source.has_time(time, said) and not (_GLUED.match(said, time.end) or HALF.match(said, time.end))


def closes_nothing(text: str, place: int) -> bool:
    """Whether a bracket closes at ``place`` that was not opened in its line."""
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return text[place : place + 1] == "]" and before.count("[") <= before.count("]")


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with spaces in place of ``spans``, of the same length."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


class _Source:
    """What was given, as numbers are looked up in it."""

    def __init__(self, text: str, marked: str) -> None:
        self.text = text
        self.marked = marked
        """With the marks of its lists."""
        self.days: list[Day] = [*days(text), *ends_of_ranges(text)]
        self.times: list[Time] = [*times(text)]
        self.before = {each.end + gap: each for each in self.days for gap in (0, 1)}
        """Days by the places right behind them."""
        spans = [(day.start, day.end) for day in self.days] + [(time.start, time.end) for time in self.times]
        self.counted = _blanked(text, spans)
        """Without days and times: 12月3日 is no three days, and 14時 no fourteen hours."""

    def has_time(self, time: Time, said: str) -> bool:
        if any(time.is_named_by(each) for each in self.times):
            return True
        hour = re.match(r"\d+", said[time.digits : time.end])
        return time.minute is None and hour is not None and self._counts(hour[0], _UNITS.index(_HOUR))

    def has_together(self, day: Day, time: Time, weekday: int | None) -> bool:
        """Whether ``time`` does not stand behind other days only, and ``day`` is a ``weekday``, if one is named."""
        named = [each for each in self.days if day.is_named_by(each)]
        if weekday is not None and weekday not in {each.weekday for each in named}:
            return False
        days_of = [self.before.get(each.start) for each in self.times if time.is_named_by(each)]
        return not days_of or any(each is None or each in named for each in days_of)

    def has(self, code: re.Match[str], said: str) -> bool:
        """Whether the number or code stands here by itself, with a unit of the same kind if both have one."""
        if code[0] == "1" and _EACH.match(said, code.start()):
            return True
        if _LABELLED.match(code[0]):
            return code[0] in self.text
        number = re.match(r"\d[\d,.]*", code[0])
        behind = _UNIT.match(said, code.start() + len(number[0])) if number else None
        text = number[0] if number and behind and behind.end() == code.end() else code[0]  # 30mm, 30-day
        end = code.start() + len(text)
        unit = _unit(said, code.start(), end)
        part = _PART_OF_DAY.match(said, end) if text.isdigit() else None
        if part and part["day"] and (weekday := weekday_behind(said, part.end())) is not None:
            return self._has_weekday(text, weekday)
        if unit is None:
            where = (self.text, self.marked) if text.isdigit() else (self.text,)
            return any(not _is_cut(each, *place) for each in where for place in _places(text, each))
        return self._counts(text, unit) or (part is not None and self._has_part_of_day(text, part))

    def has_day_alone(self, number: str) -> bool:
        """Whether ``number`` stands here as the day of a month, and as nothing else."""
        is_day = any(int(number) == day for each in self.days for _, day in each.dates)
        return is_day and next(_places(number, self.counted), None) is None

    def _counts(self, number: str, unit: int) -> bool:
        """Whether ``number`` stands here with this unit, or without any and not as a part of a code."""
        return any(
            other == unit or (other is None and not self._inside(place))
            for place in _places(number, self.counted)
            for other in [_unit(self.counted, *place)]
        )

    def _inside(self, place: tuple[int, int]) -> bool:
        start, end = place
        ahead = _CODE_AHEAD.search(self.counted[max(0, start - 2) : start])
        return ahead is not None or _CODE_BEHIND.match(self.counted, end) is not None

    def _has_weekday(self, number: str, weekday: int) -> bool:
        """Whether a day of the month stands here as that weekday, with its month or without."""
        if any(day.weekday == weekday and int(number) in {date[1] for date in day.dates} for day in self.days):
            return True
        bare = (_PART_OF_DAY.match(self.text, end) for _, end in _places(number, self.text))
        return any(day and day["day"] and weekday_behind(self.text, day.end()) == weekday for day in bare)

    def _has_part_of_day(self, number: str, part: re.Match[str]) -> bool:
        if part["year"]:
            return any(day.year == number for day in self.days)
        at = 0 if part["month"] else 1
        return any(date[at] == int(number) for day in self.days for date in day.dates)


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether the number there is a part of a longer one; a short one may be the end of a range."""
    cut = re.match(r"[-_]\d", text[end : end + 2]) or re.search(r"\d[-_]$", text[max(0, start - 2) : start])
    return end - start > 3 and text[start:end].isdigit() and cut is not None


def _places(code: str, source: str) -> Iterator[tuple[int, int]]:
    """Where ``source`` has this number or code by itself, however its parts are joined."""
    code = _THOUSANDS.sub("", code)
    pattern, at = "", 0
    for group in _GROUP.finditer(code):
        if at:
            pattern += _joined(
                code[at : group.start()], code[at - 1], group[0][0], phone=_PHONE.match(code) is not None
            )
        pattern, at = pattern + re.escape(group[0]), group.end()
    yield from (each.span() for each in re.finditer(rf"{_ALONE}{pattern}(?![A-Za-z0-9]|\.\d)", source, re.IGNORECASE))
    # A unit may be written to the number without a space: 30mm, 5days, M8x20.
    for each in re.finditer(rf"{_ALONE}{re.escape(code)}(?=[A-Za-z])", source):
        if _GLUED_UNIT.match(source, each.end()) or _UNIT.match(source, each.end()):
            yield each.span()


def _joined(joint: str, before: str, behind: str, *, phone: bool) -> str:
    """Pattern of what may stand between two parts of a code for the ``joint`` that stands between them."""
    if not (before.isdigit() and behind.isdigit()):
        return f"{_JOINTS}{{0,2}}"
    # A time or a ratio, and 1000 is neither.
    if joint == ":":
        return " ?[:時] ?"
    # 300-207 is not 300207, but every phone number is written in more ways than one.
    return f"{_JOINTS_OF_PHONE}{{0,2}}" if phone else f"{_JOINTS}{{1,2}}"


def _unit(text: str, start: int, end: int) -> int | None:
    """Which of ``_UNITS`` stands before or after the number between ``start`` and ``end``."""
    if before := _CURRENCY.search(text[max(0, start - 4) : start]):
        return _UNITS.index(_CURRENCIES[before.lastgroup or ""])
    to = _TO.match(text, end)
    match = _UNIT.match(text, end) or (_UNIT.match(text, to.end()) if to else None)
    return int((match.lastgroup or "u0")[1:]) if match else None

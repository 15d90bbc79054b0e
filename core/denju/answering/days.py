"""Days and times of day that a text names, whichever way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
MONTH_NAMES = "|".join(month.capitalize() for month in MONTHS)
"""As a pattern, whole and as English writes them."""
_MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
_YEAR = r"(?:,? (?P<year>\d{4})(?![-\dA-Za-z]))?"
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
    re.compile(r"(?<![\w/.-])(?P<year>\d{4})(?P<joint>[-/.])(?P<month>\d{1,2})(?P=joint)(?P<day>\d{1,2})(?![\w/-])"),
    re.compile(r"(?<![\w/.-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\w/-])"),
)
_TO = r" ?(?:[-~〜–]|から|より|to|and) ?"
_RANGES = (
    re.compile(
        rf"(?<!\d)(?P<month>\d{{1,2}}) ?月 ?\d{{1,2}} ?日(?: ?\([^()\n]{{1,3}}\))?{_TO}(?P<text>(?P<day>\d{{1,2}}) ?日)"
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\b\.? \d{{1,2}}(?:st|nd|rd|th)?{_TO}(?P<text>(?P<day>\d{{1,2}})(?:st|nd|rd|th)?)\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<text>(?P<day>\d{{1,2}})(?:st|nd|rd|th)?){_TO}\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b",
        re.IGNORECASE,
    ),
)
_WEEKDAYS = ("月mon", "火tue", "水wed", "木thu", "金fri", "土sat", "日sun")
_WEEKDAY = r"(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_WEEKDAY_SHORT = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_WEEKDAY_AHEAD = re.compile(
    rf"\b({_WEEKDAY}(?=(?:,| |morning|afternoon|evening|the|on)*$)|{_WEEKDAY_SHORT}(?=[.,]?,? $))"
    r"|([月火水木金土日])曜日?[の、,]? ?$"
)
_WEEKDAY_BEHIND = re.compile(
    r" ?\(([月火水木金土日])(?:曜日?)?[),・/]| ?([月火水木金土日])曜"
    rf"|(?:\.(?=,| ?\())?[ ,]{{0,2}}\(?({_WEEKDAY})\b|\.? ?\(({_WEEKDAY_SHORT})\b"
)
"""A full stop between is one of a shortened month: 3 Dec. (Monday), but not 3 December. Monday is a holiday."""
_WEEKDAY_WITHIN = 30
"""Characters before or behind a day in which its weekday stands."""
HALF = re.compile(r"(?: ?\([^()\n]{1,3}\))? ?(午前|午後)")
_HALVES = re.compile(
    r"(?P<morning>午前|(?<![A-Za-z])[aA]\.?[mM])|(?P<afternoon>午後|(?<![A-Za-z])[pP]\.?[mM])|(?P<hour>\d{1,2}) ?[時:]"
)
_TIME_WITHIN = 14
"""Characters behind a day in which its time stands."""
_TIME = re.compile(
    r"(?<![A-Za-z0-9_:.])(?<![A-Za-z]-)(?:(?P<ahead>午前|午後) ?)?(?P<hour>\d{1,2})(?:"
    r" ?時(?!間)(?:(?P<half>半)| ?(?P<minute>\d{1,2}) ?分)?"
    r"|:(?P<minutes>\d{2})(?![\d:])(?: ?(?P<behind>[aApP])\.?[mM](?![A-Za-z]))?"
    r"| ?(?P<alone>[aApP])\.?[mM](?![A-Za-z])| o['’]clock)"
)


@dataclass(frozen=True)
class Day:
    """A day as a text names it."""

    text: str
    start: int
    dates: frozenset[tuple[int, int]]
    """Month and day; two of them where it is not clear which is which."""
    year: str | None
    weekday: int | None
    """From 0, which is Monday."""
    half: str | None
    """午前 or 午後, where that stands right behind it."""
    halves: frozenset[str]
    """Those that a time near behind it may mean."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def is_named_by(self, other: Day) -> bool:
        """Whether ``other`` is the same day, and says whatever else is said of it here."""
        return bool(
            self.dates & other.dates
            and self.year in (None, other.year)
            and self.weekday in (None, other.weekday)
            and (self.half is None or self.half in other.halves)
        )


@dataclass(frozen=True)
class Time:
    """A time of day as a text names it."""

    start: int
    end: int
    digits: int
    """Where its hour stands, behind 午前 or 午後."""
    hours: frozenset[int]
    """Of 24; two of them where the text does not say which half of the day it is."""
    minute: int | None
    """None where the text names the hour alone."""

    def is_named_by(self, other: Time) -> bool:
        return bool(self.hours & other.hours) and (self.minute or 0) == (other.minute or 0)


def days(text: str) -> Iterator[Day]:
    """The days of ``text``, of half width and with its numbers in digits."""
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            day, number = int(match["day"]), _month(match["month"])
            dates = {(number, day), (day, number)} if pattern is _DAYS[-1] else {(number, day)}
            weekday = _WEEKDAY_AHEAD.search(text[max(0, match.start() - _WEEKDAY_WITHIN) : match.start()])
            said = match[0].rstrip(" .")
            end = match.start() + len(said)
            weekday = weekday or _WEEKDAY_BEHIND.match(text[end : end + _WEEKDAY_WITHIN])
            half = HALF.match(text, match.end())
            behind_it = text[match.end() : match.end() + _TIME_WITHIN].split("\n", 1)[0]
            yield Day(
                text=said,
                start=match.start(),
                dates=frozenset(dates),
                year=match.groupdict().get("year"),
                weekday=_weekday(weekday) if weekday else None,
                half=half[1] if half else None,
                halves=frozenset(map(_half, _HALVES.finditer(behind_it))),
            )


def ends_of_ranges(text: str) -> Iterator[Day]:
    """The days of ``text`` whose month is said with the other end only: the 5th of 12月3日〜5日 and of 5 to 8 March."""
    for pattern in _RANGES:
        for match in pattern.finditer(text):
            yield Day(
                text=match["text"],
                start=match.start("text"),
                dates=frozenset({(_month(match["month"]), int(match["day"]))}),
                year=None,
                weekday=None,
                half=None,
                halves=frozenset(),
            )


def _month(name: str) -> int:
    """Its number, from 1."""
    if name.isdigit():
        return int(name)
    return next(number for number, each in enumerate(MONTHS, 1) if each.startswith(name[:3].lower()))


def weekday_behind(text: str, place: int) -> int | None:
    """The weekday that stands right behind a day which ends at ``place``; 0 is Monday."""
    found = _WEEKDAY_BEHIND.match(text, place)
    return _weekday(found) if found else None


def _weekday(match: re.Match[str]) -> int:
    name = match[match.lastindex or 0][:3].lower()
    return next(number for number, names in enumerate(_WEEKDAYS) if name in names)


def _half(time: re.Match[str]) -> str:
    return "午前" if time["morning"] or (time["hour"] and int(time["hour"]) < 12) else "午後"


def times(text: str) -> Iterator[Time]:
    """The times of day of ``text``, of half width and with its numbers in digits."""
    for match in _TIME.finditer(text):
        hour = int(match["hour"])
        written = match["minute"] or match["minutes"]
        minute = 30 if match["half"] else int(written) if written else None
        if hour > 24 or (minute or 0) > 59:
            continue
        half = match["ahead"] or (match["behind"] or match["alone"] or "").lower()
        if half in ("午前", "a"):
            hours = {hour % 12}
        elif half in ("午後", "p"):
            hours = {hour % 12 + 12}
        else:
            hours = {hour % 24} | ({hour % 12, hour % 12 + 12} if hour <= 12 else set())
        yield Time(match.start(), match.end(), match.start("hour"), frozenset(hours), minute)

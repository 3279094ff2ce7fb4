"""The public calendar of mainland China: statutory holidays and the make-up working days (调休) of the State Council.

The table is kept by the library `chinesecalendar`, which adds a year when its list is announced, usually in November, and
refuses years it does not have. So do we: there the weekday alone decides, and `known` says so, to be shown wherever it shows.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

import chinese_calendar


class PublicDay(NamedTuple):
    """What the public calendar says of a day. Names are empty on ordinary days; `known` is false without a list for the year."""

    kind: Literal["working", "weekend", "holiday"]
    name_zh: str = ""
    name_en: str = ""
    known: bool = True


_LISTED = frozenset(day.year for day in chinese_calendar.holidays)
FIRST_LISTED, LAST_LISTED = min(_LISTED), max(_LISTED)


def is_listed(year: int) -> bool:
    """Whether the State Council's list of that year is in the library."""
    return year in _LISTED


# The holidays that move, by year: the first day of the Spring Festival, Qingming, Dragon Boat, Mid-Autumn, as (month, day).
_MOVING = {
    2020: ((1, 25), (4, 4), (6, 25), (10, 1)),
    2021: ((2, 12), (4, 4), (6, 14), (9, 21)),
    2022: ((2, 1), (4, 5), (6, 3), (9, 10)),
    2023: ((1, 22), (4, 5), (6, 22), (9, 29)),
    2024: ((2, 10), (4, 4), (6, 10), (9, 17)),
    2025: ((1, 29), (4, 4), (5, 31), (10, 6)),
    2026: ((2, 17), (4, 5), (6, 19), (9, 25)),
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
}


def is_statutory(day: date) -> bool:
    """Whether the day itself is a statutory holiday (法定节假日), not one of the days off around it: work on it is paid 300 %, on
    the others 200 %.

    全国年节及纪念日放假办法 article 2, as revised for 2025: New Year 1 day, Spring Festival 4 (its eve since 2025), Qingming 1,
    Labour Day 2 (1 until 2024), Dragon Boat 1, Mid-Autumn 1, National Day 3; 劳动法 article 44. From 2020 to 2030.
    """
    moving = _MOVING.get(day.year)
    if (day.month, day.day) in {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3), *(moving or ())}:
        return True
    if (day.month, day.day) == (5, 2):
        return day.year >= 2025
    if moving is None:
        return False
    return (-1 if day.year >= 2025 else 0) <= (day - date(day.year, *moving[0])).days <= 2


def public_day(day: date) -> PublicDay:
    """The public calendar's word on a day."""
    usual: Literal["working", "weekend"] = "weekend" if day.weekday() >= 5 else "working"
    if not is_listed(day.year):
        return PublicDay(usual, known=False)
    if day in chinese_calendar.holidays:
        return PublicDay("holiday", *_names(chinese_calendar.holidays[day]))
    if day in chinese_calendar.workdays:
        return PublicDay("working", *_names(chinese_calendar.workdays[day]))
    return PublicDay(usual)


def _names(english: str) -> tuple[str, str]:
    """(Chinese, English) of a holiday as the library keeps it."""
    found = next((one for one in chinese_calendar.Holiday if one.value == english), None)
    return (found.chinese if found is not None else english, english)

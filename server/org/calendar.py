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

"""A calendar or a list that is open for one field of a form."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from contract.forms import minute_of_day
from mobile.core.views_hq import Both, FieldCard, FieldChoice
from mobile.viewmodels.request_words import minute_words

SEARCH_FROM = 9  # more than fit on one page
CLOCK_LETTERS = 5  # 09:00
HALF_HOUR_MIN = 30


class Option(NamedTuple):
    """A line of the list."""

    value: str
    words: Both
    sub: str = ""


class Day(NamedTuple):
    """A day of the month that is shown; None pads the first week."""

    day: str
    number: str
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True)
class Picking:
    """`month` as YYYY-MM; `sought` narrows the list. `is_asked`: the core finds what fits, and `more` would fit too."""

    key: str
    what: Literal["day", "list", "photo"]
    options: tuple[Option, ...] = ()
    month: str = ""
    today: str = ""
    chosen: str = ""
    sought: str = ""
    is_open: bool = False
    is_clock: bool = False
    is_asked: bool = False
    more: int = 0

    @property
    def may_search(self) -> bool:
        return self.is_open or len(self.options) >= SEARCH_FROM

    @property
    def typed(self) -> str:
        """What may be taken as it was typed: a time only where it is one, a store's number that the list does not have."""
        if any(one.value == self.sought.strip() for one in self.options):
            return ""
        typed = self.sought.strip().replace("：", ":") if self.is_open or self.is_clock else ""
        return typed if not self.is_clock or minute_of_day(typed) is not None else ""

    @property
    def found(self) -> tuple[Option, ...]:
        if self.is_asked:
            return self.options
        sought = self.sought.strip().casefold()
        return tuple(one for one in self.options if sought in one.words.zh.casefold() or sought in one.words.en.casefold())

    def month_by(self, by: int) -> str:
        months = int(self.month[:4]) * 12 + int(self.month[5:]) - 1 + by
        return f"{months // 12:04}-{months % 12 + 1:02}"

    @property
    def days(self) -> tuple[Day | None, ...]:
        """Weeks begin on Monday."""
        if self.what != "day":
            return ()
        year, month = int(self.month[:4]), int(self.month[5:])
        weeks = calendar.Calendar().monthdayscalendar(year, month)
        return tuple(None if n == 0 else self._day(date(year, month, n)) for week in weeks for n in week)

    def _day(self, day: date) -> Day:
        text = day.isoformat()
        return Day(text, str(day.day), text == self.today, text == self.chosen)


def is_clock(field: FieldCard) -> bool:
    """A text that is a time of day, as 09:00: five letters under a key that says so."""
    return field.kind == "text" and field.key.endswith("time") and field.least == field.most == CLOCK_LETTERS


def is_asked(field: FieldCard) -> bool:
    """A store that HQ did not list in the form: there are too many for a list, the core finds them."""
    return field.kind == "store" and field.is_open


def picks_from_list(field: FieldCard) -> bool:
    """Whether a field is answered from a list; one of a few lies open, a store that nobody listed is typed."""
    return is_clock(field) or bool(field.choices) or field.is_open


def options_of(field: FieldCard) -> tuple[Option, ...]:
    if is_clock(field):
        times = [minute_words(minute) for minute in range(0, 1_441, HALF_HOUR_MIN)]
        return tuple(Option(words, Both(words, words)) for words in times)
    return options_from(field.choices)


def options_from(choices: tuple[FieldChoice, ...]) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.words, choice.sub) for choice in choices)

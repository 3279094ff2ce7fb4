"""How much working time a stretch of leave takes: reckoned alike by the phone that asks and by the server that grants.

Amounts are whole minutes of working time. Which days are working days is the caller's to say: the server asks the company's
calendar, a phone knows weekends only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contract.forms import minute_of_day

DAY_MIN, NOON_MIN = 1_440, 720
LONGEST_DAYS = 730
_EPOCH = date(2000, 1, 1)
_WHOLE = "whole"


class StretchWrong(ValueError):
    """A form that asks for no stretch of leave: a refusal code, the field of the form, facts."""

    def __init__(self, code: str, field: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


@dataclass(frozen=True)
class Stretch:
    """From a day to a day, both included. `from_min` begins the first day later, `to_min` ends the last day sooner
    (minutes after midnight)."""

    from_day: date
    to_day: date
    from_min: int | None = None
    to_min: int | None = None

    @property
    def starts(self) -> int:
        """Minutes of the calendar since 2000-01-01, where it begins."""
        return minute_of(self.from_day) + (self.from_min or 0)

    @property
    def ends(self) -> int:
        """The same, where it ends; what begins there does not touch it."""
        return minute_of(self.to_day) + (self.to_min if self.to_min is not None else DAY_MIN)


def minute_of(day: date) -> int:
    """Where a day begins, in minutes of the calendar since 2000-01-01."""
    return (day - _EPOCH).days * DAY_MIN


def judge_stretch(stretch: Stretch) -> str | None:
    """The refusal code of a stretch that cannot be; None when it can."""
    if stretch.to_day < stretch.from_day or stretch.ends <= stretch.starts:
        return "leave.ends_before_start"
    if (stretch.to_day - stretch.from_day).days >= LONGEST_DAYS:
        return "leave.too_long"
    return None


def part_of_day(part: str) -> tuple[int | None, int | None]:
    """(from_min, to_min) of `whole`, `first_half` or `second_half` of one day."""
    return {"first_half": (None, NOON_MIN), "second_half": (NOON_MIN, None)}.get(part, (None, None))


def minutes_by_day(stretch: Stretch, day_min: int, is_working: Callable[[date], bool]) -> dict[date, int]:
    """How much working time each day of the stretch takes: none on days off, half a day's for a half, hours as they are
    but never more than a day's."""
    found: dict[date, int] = {}
    for n in range((stretch.to_day - stretch.from_day).days + 1):
        day = stretch.from_day + timedelta(days=n)
        if not is_working(day):
            continue
        begins = stretch.from_min or 0 if day == stretch.from_day else 0
        ends = stretch.to_min if day == stretch.to_day and stretch.to_min is not None else DAY_MIN
        if (begins, ends) == (0, DAY_MIN):
            found[day] = day_min
        elif (begins, ends) in ((0, NOON_MIN), (NOON_MIN, DAY_MIN)):
            found[day] = day_min // 2
        else:
            found[day] = min(day_min, ends - begins)
    return found


def overlap(one: Stretch, other: Stretch) -> bool:
    """Whether two stretches share a minute."""
    return one.starts < other.ends and other.starts < one.ends


def without_what_was_called_off(stretch: Stretch, called_off_from: date | None) -> Stretch | None:
    """What still takes place; None: nothing of it."""
    if called_off_from is None or called_off_from > stretch.to_day:
        return stretch
    if called_off_from <= stretch.from_day:
        return None
    return Stretch(stretch.from_day, called_off_from - timedelta(days=1), stretch.from_min, None)


def stretch_asked(form: Mapping[str, Any]) -> Stretch:
    """The stretch a form asks for. Raises StretchWrong with the field that is wrong.

    `from_day` and `to_day` (both included); for one day `part` (whole, first_half, second_half) or hours: `from_time` and
    `to_time`, as 10:00.
    """
    from_day, to_day = _day(form, "from_day"), _day(form, "to_day")
    from_min, to_min = _time(form, "from_time"), _time(form, "to_time")
    part = form.get("part") or _WHOLE
    if part != _WHOLE or from_min is not None or to_min is not None:
        if to_day != from_day:
            raise StretchWrong("leave.part_of_several_days", "to_day")
        if from_min is None and to_min is None:
            from_min, to_min = part_of_day(part)
    stretch = Stretch(from_day, to_day, from_min, to_min)
    if (code := judge_stretch(stretch)) is not None:
        raise StretchWrong(code, "to_day")
    return stretch


def _day(form: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(str(form.get(key)))
    except ValueError:
        raise StretchWrong("wire.invalid", key) from None


def _time(form: Mapping[str, Any], key: str) -> int | None:
    if not form.get(key):
        return None
    minute = minute_of_day(form[key])
    if minute is None:
        raise StretchWrong("leave.no_such_time", key, time=str(form[key])[:20])
    return minute

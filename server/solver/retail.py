"""The retail family of public rostering problems (multi-activity, multi-day shift scheduling): file format, rules, and the
problem as the solver reads it.

The file is plain text; blank lines and lines that begin with `#` mean nothing. Its sections:

    SECTION_HORIZON   one number, the days of the horizon. It runs from 06:00 of day 1 to 06:00 of day `days + 1`, in periods
                      of 15 minutes.
    SECTION_TASKS     one number, how many activities (tills, shop floor, warehouse ...) there are; they are called 1 .. n.
                      Everybody may do each: there are no skills.
    SECTION_STAFF     a line a person, `ID,MinTotalMinutes,MaxTotalMinutes`: what that person must and may work over the whole
                      horizon.
    SECTION_COVER     a line an activity and period, `Day,HH:MM-HH:MM,TaskID,Min,Max`: people wanted. Day and time are of the
                      calendar, so `2,00:15-00:30` lies in the first night of the horizon. Less than Min is a shortfall, more
                      than Max is surplus. Lines that are absent want nobody.

Rules of a person's roster, all hard (published with the instances, "Multi-activity, Multi-day Shift Scheduling Instances
1..225"):

    a shift lasts 6 to 10 hours and starts at 00:00, 06:00 to 10:00, 14:00 to 18:00 or 20:00 to 23:45, on the quarter hour;
    it consists of blocks of one activity each, one hour or longer, without gaps; it lies wholly inside the horizon;
    one shift at most starts on a calendar day (midnight to midnight), and the day on which a shift starts is the day that is
    worked;
    at most five working days follow each other (the day before the horizon counts as a day off); 14 hours at least lie between
    two shifts;
    the total of minutes lies within the person's minimum and maximum.

Cover: the minimum is hard in the publication. Here a missing person in a period is a *shortfall* of one, to be driven to 0
before all else, so that a roster exists at any moment. The objective is the surplus: for each activity and period the square
of how many people are beyond Max. The square follows the publishers' verifying program; the sentence of the publication that
says so could not be had, so a value given for this objective is comparable with a bound of the same objective and with nothing
else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

PERIOD_MIN = 15
"""Minutes of a period: everything below counts in periods."""
DAY = 96
FIRST = 24
"""Periods between midnight and the moment the horizon begins, 06:00."""
SHORTEST, LONGEST = 24, 40
BLOCK = 4
REST = 56
RUN = 5
STARTS = frozenset([0, *range(24, 41), *range(56, 73), *range(80, 96)])
"""Periods of a calendar day at which a shift may start."""
MOST_PEOPLE, MOST_DAYS, MOST_ACTIVITIES, MOST_WANTED = 1000, 62, 100, 100_000
"""Beyond these a file is refused: memory and time of the exact pricer grow with the square of the days."""


class Unreadable(ValueError):
    """The file is not of this family; the message names the line and what is wrong with it."""


@dataclass(frozen=True)
class Person:
    """Who can be planned: `least` and `most` are periods over the horizon (minutes that are no whole period are rounded to the
    strict side)."""

    name: str
    least: int
    most: int


@dataclass(frozen=True)
class Shift:
    """One shift: it begins in period `start` of the horizon and does `activities[i]` (0-based) in its i-th period."""

    start: int
    activities: tuple[int, ...]

    @property
    def end(self) -> int:
        """The first period that is no longer worked."""
        return self.start + len(self.activities)


Roster = tuple[tuple[Shift, ...], ...]
"""A roster: for each person of the problem, in the problem's order, that person's shifts in order of time."""


@dataclass(frozen=True)
class Retail:
    """One instance: `wanted[period][activity]` is (min, max) people."""

    days: int
    activities: int
    people: tuple[Person, ...]
    wanted: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def periods(self) -> int:
        """Periods of the horizon."""
        return self.days * DAY

    @cached_property
    def starts(self) -> tuple[tuple[int, int], ...]:
        """Where a shift may start: (period, calendar day counted from 0), in order of time; only where the shortest shift
        still ends inside the horizon."""
        moments = (divmod(period + FIRST, DAY) for period in range(self.periods - SHORTEST + 1))
        return tuple((day * DAY + slot - FIRST, day) for day, slot in moments if slot in STARTS)


def read(text: str) -> Retail:
    """The instance that `text` is; raises `Unreadable`."""
    sections = _sections(text)
    days = _single(sections, "HORIZON", MOST_DAYS)
    activities = _single(sections, "TASKS", MOST_ACTIVITIES)
    people = tuple(_person(at, fields, days) for at, fields in _rows(sections, "STAFF", 3))
    if not 0 < len(people) <= MOST_PEOPLE:
        raise Unreadable(f"{len(people)} people, can be 1 to {MOST_PEOPLE}")
    if len({person.name for person in people}) < len(people):
        raise Unreadable("two people have one name")
    wanted = [[(0, 0)] * activities for _ in range(days * DAY)]
    for at, (day, times, task, least, most) in _rows(sections, "COVER", 5):
        period = _period(at, _whole(at, day, 1, days + 1), times)
        if not 0 <= period < days * DAY:
            raise Unreadable(f"line {at}: outside the horizon")
        low = _whole(at, least, 0, MOST_WANTED)
        wanted[period][_whole(at, task, 1, activities) - 1] = (low, _whole(at, most, low, MOST_WANTED))
    return Retail(days, activities, people, tuple(map(tuple, wanted)))


Lines = list[tuple[int, str]]


def _sections(text: str) -> dict[str, Lines]:
    found: dict[str, Lines] = {}
    lines: Lines | None = None
    for at, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("SECTION_"):
            lines = found.setdefault(line.removeprefix("SECTION_"), [])
        elif lines is None:
            raise Unreadable(f"line {at}: before any section")
        else:
            lines.append((at, line))
    for name in ("HORIZON", "TASKS", "STAFF", "COVER"):
        if name not in found:
            raise Unreadable(f"no SECTION_{name}")
    return found


def _single(sections: dict[str, Lines], name: str, most: int) -> int:
    if len(sections[name]) != 1:
        raise Unreadable(f"SECTION_{name} needs one number")
    at, text = sections[name][0]
    return _whole(at, text, 1, most)


def _rows(sections: dict[str, Lines], name: str, width: int) -> Iterator[tuple[int, list[str]]]:
    for at, line in sections[name]:
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != width:
            raise Unreadable(f"line {at}: {len(fields)} fields, expected {width}")
        yield at, fields


def _whole(at: int, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not low <= int(text) <= high:
        raise Unreadable(f"line {at}: {text!r} is not a number from {low} to {high}")
    return int(text)


def _person(at: int, fields: list[str], days: int) -> Person:
    least, most = _whole(at, fields[1], 0, 10**6), _whole(at, fields[2], 0, 10**6)
    return Person(fields[0], -(-least // PERIOD_MIN), min(most // PERIOD_MIN, LONGEST * (days + 1)))


def _period(at: int, day: int, times: str) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):(00|15|30|45)-([0-2][0-9]):(00|15|30|45)", times)
    if match is None:
        raise Unreadable(f"line {at}: {times!r} is not a quarter of an hour")
    hour, minute, to_hour, to_minute = map(int, match.groups())
    if (to_hour * 60 + to_minute - hour * 60 - minute) % 1440 != PERIOD_MIN:
        raise Unreadable(f"line {at}: {times!r} is not a quarter of an hour")
    return (day - 1) * DAY + hour * 4 + minute // PERIOD_MIN - FIRST

"""Which instants the local times of a store are, and which minutes of which day.

A wall time that no clock shows (the gap when summer time begins) is the first moment after the gap; one that it shows twice is
the first of the two: as duties have it (server/shifts/rules/clock.py).
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 1_440
_MONDAY = 1  # of date.toordinal(): day 1 was a Monday


@functools.lru_cache(maxsize=20_000)
def ordinal(day: str) -> int:
    """The number of a day given as YYYY-MM-DD. Raises ValueError where there is no such day."""
    return date.fromisoformat(day).toordinal()


@functools.lru_cache(maxsize=20_000)
def day_of(number: int) -> str:
    """The day of a number."""
    return date.fromordinal(number).isoformat()


def weekday(number: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (number - _MONDAY) % 7


def monday_of(number: int) -> int:
    """The number of the Monday that begins a day's week."""
    return number - weekday(number)


@functools.lru_cache(maxsize=20_000)
def at_minute(day: str, minute: int, zone: str) -> int:
    """Epoch milliseconds of a minute after the midnight that begins a day by the clock of a zone; more than 1,440 is
    the next day.

    Raises ValueError where there is no such day, KeyError where there is no such zone.
    """
    clock = ZoneInfo(zone)
    wall = datetime.combine(date.fromisoformat(day), time()) + timedelta(minutes=minute)
    found = wall.replace(tzinfo=clock).astimezone(UTC)
    shown = found.astimezone(clock).replace(tzinfo=None)
    if shown != wall:  # in the gap: what the clock jumps to is as far after it as the wall time lies inside
        gap_ends = found - (_offset(found, clock) - _offset(found - timedelta(days=1), clock))
        found = _first_after(gap_ends, found, clock)
    return (found - _EPOCH) // _MINUTE * 60_000


def _offset(moment: datetime, clock: ZoneInfo) -> timedelta:
    return moment.astimezone(clock).utcoffset() or timedelta()


def _first_after(before: datetime, after: datetime, clock: ZoneInfo) -> datetime:
    """The first minute at which the clock already goes as it does at `after`."""
    while after - before > _MINUTE:
        middle = before + (after - before) // _MINUTE // 2 * _MINUTE
        if _offset(middle, clock) == _offset(after, clock):
            after = middle
        else:
            before = middle
    return before if _offset(before, clock) == _offset(after, clock) else after

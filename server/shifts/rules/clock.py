"""Which instants the minutes of a business date are.

Minutes count from the local midnight with which the date begins. A wall time that no clock shows (the gap when summer time
begins) is the first moment after the gap; one that it shows twice is the first of the two. What lies between two instants is
what elapsed: 22:00 to 06:00 is seven hours in the night when the clock goes forward and nine when it goes back.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@functools.lru_cache(maxsize=20_000)
def at_minute(day: date, zone: str, minute: int) -> int:
    """Epoch milliseconds of a minute of a business date; more than 1,440 is the day after."""
    # arithmetic on an aware time moves the hands of its clock, which is what is wanted here
    wall = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    found = wall.astimezone(UTC)
    if found.astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):
        found = _after_gap(wall, ZoneInfo(zone))
    return (found - _EPOCH) // _MINUTE * 60_000


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after a gap: the transition lies between what the two offsets make of the wall time."""
    before, after = (wall.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    old = before.astimezone(zone).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) / 2 // _MINUTE * _MINUTE
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after

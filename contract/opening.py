"""When stores are open: by weekday, from a day on, and on single days otherwise (holidays, stocktaking, a long evening).

Hours are stretches of minutes from the midnight that begins the day; what closes after midnight closes beyond 1,440: a bar that
is open from 18:00 to 02:00 says 1080 to 1560, and a store that never closes 0 to 1440 on every day. A day without stretches is
closed. A store nobody said anything of counts as always open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from contract.limits import Day, Id, Short
from contract.wire import Wire, operation

A_DAY_MIN = 1_440
_STRETCH = "(\\d{1,2})[:\uff1a](\\d{2})\\s*[-\u2013\u2014~\u81f3\u5230]\\s*(\\d{1,2})[:\uff1a](\\d{2})"
Minute = Annotated[int, Meta(ge=0, le=2_879)]
Stretches = Annotated[list[tuple[Minute, Minute]], Meta(max_length=6)]  # opens, before midnight; closes
Week = Annotated[list[Stretches], Meta(max_length=7)]


@operation("stores.set_opening_hours/1")
class SetOpeningHours(Wire, frozen=True, kw_only=True):
    """The hours of a store from a day on, seven days from Monday; an empty list: from then on nobody says when it is open."""

    store_id: Id
    from_day: Day
    week: Week


@operation("stores.set_opening_day/1")
class SetOpeningDay(Wire, frozen=True, kw_only=True):
    """On one day other hours than the weekday has: none at all is closed, null is as usual again. `note` says why."""

    store_id: Id
    day: Day
    hours: Stretches | None = None
    note: Short = ""


class WeekFrom(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The hours that count from a day on (a week of seven, or none: nobody says)."""

    from_day: str
    week: list[list[tuple[int, int]]] = []


class OneDay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The hours of one day, instead of its weekday's."""

    day: str
    hours: list[tuple[int, int]] = []
    note: str = ""


class Opening(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """All that is said of when a store is open, the earliest first."""

    store_id: str
    weeks: list[WeekFrom] = []
    days: list[OneDay] = []


def are_hours(stretches: Sequence[tuple[int, int]]) -> bool:
    """Whether these can be the hours of a day: each closes after it opens and within a day of it, and none begins before the one
    before it has closed."""
    if any(not (opens < A_DAY_MIN and opens < closes <= opens + A_DAY_MIN) for opens, closes in stretches):
        return False
    return all(closes <= opens for (_, closes), (opens, _) in pairwise(stretches))


def said_hours(stretches: Sequence[tuple[int, int]]) -> str:
    """As people write hours: 09:00-12:30, 14:00-02:00. Nothing when closed."""
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in stretches)


def meant_hours(text: str) -> list[tuple[int, int]] | None:
    """The stretches that were typed: `9:00-22:00`, `09:00–12:30, 14:00–2:00`; empty is closed; 0:00-24:00 is all day. An end at
    or before the beginning is of the next day. None when nobody can tell."""
    found: list[tuple[int, int]] = []
    for part in filter(None, (one.strip() for one in re.split("[,;\uff0c\uff1b\u3001]", text))):
        match = re.fullmatch(_STRETCH, part)
        if match is None:
            return None
        hours, minutes, to_hours, to_minutes = (int(one) for one in match.groups())
        opens, closes = hours * 60 + minutes, to_hours * 60 + to_minutes
        if hours > 23 or max(minutes, to_minutes) > 59 or closes > A_DAY_MIN:
            return None
        found.append((opens, closes if closes > opens else closes + A_DAY_MIN))
    found.sort()
    return found if are_hours(found) else None


def _clock(minutes: int) -> str:
    if minutes == A_DAY_MIN:
        return "24:00"
    return f"{minutes % A_DAY_MIN // 60:02}:{minutes % 60:02}"

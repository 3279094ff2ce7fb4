"""Working time as clocks count it: windows by weekday in a zone, the company's holidays and make-up days, pauses.

Pure, the same for the server that keeps targets and the device that shows how long is left. Moments are epoch milliseconds in and
out; minutes are whole minutes of working time. Days are days of the zone, so a night on which clocks change has the minutes that
really pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta

from contract.limits import Day, Id, Label, Zone
from contract.wire import Wire, operation

DayKind = Literal["workday", "weekend", "holiday"]


class WorkWindow(Wire, frozen=True, kw_only=True):
    """Working time of a weekday, in minutes after its midnight; `until_min` past 1440 runs into the next day (a night desk)."""

    from_min: Annotated[int, Meta(ge=0, le=1_439)]
    until_min: Annotated[int, Meta(ge=1, le=2_880)]


class WorkHours(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """When somebody works: windows of the seven weekdays, Monday first. `follows_calendar`: holidays are free, and a make-up day
    works like `make_up_as` (a weekday, 0 Monday). `special`: single days otherwise (an empty list: closed)."""

    zone: Zone = "Asia/Shanghai"
    week: Annotated[list[Annotated[list[WorkWindow], Meta(max_length=6)]], Meta(min_length=7, max_length=7)]
    follows_calendar: bool = True
    make_up_as: Annotated[int, Meta(ge=0, le=6)] = 0
    special: Annotated[dict[Day, Annotated[list[WorkWindow], Meta(max_length=6)]], Meta(max_length=400)] = {}


@operation("feedback.set_hours/1")
class SetWorkHours(Wire, frozen=True, kw_only=True):
    """Working hours that desks use, by name. Clocks that run are counted by the hours of now."""

    hours_id: Id
    name: Label
    hours: WorkHours


# -- counting --------------------------------------------------------------------------------------------------------------

MINUTE_MS = 60_000
_DAY_MIN = 1_440
_LONGEST_DAYS = 4_000  # how far ahead a moment is looked for: about eleven years
_SATURDAY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

Pause = tuple[int, int | None]  # from, until (epoch ms, not included); None: it goes on
Calendar = Mapping[str, DayKind]  # days that are not what their weekday says, by ISO date


def windows_of(hours: WorkHours, calendar: Calendar, day: date) -> list[WorkWindow]:
    """The windows that begin on this day. A day in `special` is as said there, whatever the calendar says; then, for hours that
    follow the calendar, a holiday (and a weekday that was made free) has none and a Saturday or Sunday that is worked is like
    `make_up_as`; else the weekday's. A night that began the day before runs on into it."""
    text = day.isoformat()
    if text in hours.special:
        return hours.special[text]
    weekday = day.weekday()
    said = calendar.get(text) if hours.follows_calendar else None
    if said == "holiday" or (said == "weekend" and weekday < _SATURDAY):
        return []
    if said == "workday" and weekday >= _SATURDAY:
        return hours.week[hours.make_up_as]
    return hours.week[weekday]


def worked_ms(hours: WorkHours, calendar: Calendar, from_ms: int, until_ms: int, pauses: Iterable[Pause] = ()) -> int:
    """Milliseconds of working time from a moment up to another (not included), without the pauses. Exactly additive over any
    split; 0 where `until_ms` is not after `from_ms`."""
    stops = _merged(pauses)
    return sum(until - since for since, until in _pieces(hours, calendar, from_ms, until_ms, stops))


def worked_minutes(hours: WorkHours, calendar: Calendar, from_ms: int, until_ms: int, pauses: Iterable[Pause] = ()) -> int:
    """Whole minutes of working time from a moment up to another, without the pauses (which may overlap, in any order)."""
    return worked_ms(hours, calendar, from_ms, until_ms, pauses) // MINUTE_MS


def moment_after(
    hours: WorkHours, calendar: Calendar, from_ms: int, minutes: int, pauses: Iterable[Pause] = ()
) -> int | None:  # fmt: skip
    """The first moment by which so many minutes were worked since `from_ms`; `from_ms` itself for none. None where it does not
    come within eleven years: a desk that never works, or a pause that goes on."""
    missing = minutes * MINUTE_MS
    if missing <= 0:
        return from_ms
    if not any(hours.week) and not any(hours.special.values()):
        return None
    for since, until in _pieces(hours, calendar, from_ms, from_ms + _LONGEST_DAYS * _DAY_MIN * MINUTE_MS, _merged(pauses)):
        if until - since >= missing:
            return since + missing
        missing -= until - since
    return None


def is_working(hours: WorkHours, calendar: Calendar, at_ms: int) -> bool:
    """Whether this moment is working time."""
    return worked_ms(hours, calendar, at_ms, at_ms + 1) == 1


def _pieces(
    hours: WorkHours, calendar: Calendar, from_ms: int, until_ms: int, stops: list[tuple[int, int | None]]
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Stretches of working time in order, each moment once, cut to the two moments and without the stops (merged, in order)."""
    done = from_ms  # windows of several days and lists may overlap: what lies before this was counted
    for since, until in _stretches(hours, calendar, from_ms, until_ms):
        since, until = max(since, done), min(until, until_ms)
        if until <= since:
            continue
        done = until
        for stop, go in stops:
            if stop >= until:
                break
            if go is not None and go <= since:
                continue
            if stop > since:
                yield since, stop
            since = until if go is None else min(go, until)
        if since < until:
            yield since, until


def _stretches(hours: WorkHours, calendar: Calendar, from_ms: int, until_ms: int) -> Iterator[tuple[int, int]]:
    """The windows as moments, in the order they begin; a window may run two days, so it begins with that of two days before."""
    zone = ZoneInfo(hours.zone)
    try:
        day = _local(from_ms, zone).date() - timedelta(days=2)
        last = _local(until_ms, zone).date()
    except OverflowError:
        return
    while day <= last:
        ends: list[tuple[int, int]] = []
        for one in windows_of(hours, calendar, day):
            ends.append((_edge(day, one.from_min, zone), _edge(day, one.until_min, zone)))
        yield from sorted(ends)
        day += timedelta(days=1)


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + at_ms * _MS).astimezone(zone)


def _edge(day: date, minute: int, zone: ZoneInfo) -> int:
    """The moment at which the clock on the wall first shows so many minutes after this day's midnight; where clocks jump over
    it, the moment they jump."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        after = first.astimezone(zone).utcoffset()
        low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) // 2
            middle -= (middle - _EPOCH) % timedelta(minutes=1)
            low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
        first = high
    return (first - _EPOCH) // _MS


def _merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses in order, none touching another."""
    joined: list[Pause] = []
    for since, until in sorted(pauses, key=lambda one: one[0]):
        if until is not None and until <= since:
            continue
        before = joined[-1] if joined else None
        if before is not None and (before[1] is None or before[1] >= since):
            both = None if before[1] is None or until is None else max(before[1], until)
            joined[-1] = (before[0], both)
        else:
            joined.append((since, until))
    return joined

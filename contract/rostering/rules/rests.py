"""Rules on rest: between two days, within a week, days and nights in a row, free weekends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from contract.rostering.local_time import MINUTES_A_DAY, day_of, monday_of, ordinal, weekday
from contract.rostering.rules.line import MINUTE_MS, Broken, DayWork, Facts, Line, is_night, week_names, weekends_worked

Params = Mapping[str, int]
_LONG_AGO = -(1 << 50)


def rests_between(line: Line, days: list[DayWork]) -> Iterator[tuple[DayWork, str, int]]:
    """Each day with the shift before it ("" where that lies in the past) and the minutes that elapse from its end to the day's
    first start, none where they overlap. The shift before is the one of all earlier dates that ends last."""
    ended, last_ms = "", line.worker.past.last_end_ms
    for day in days:
        first, last = day.ends()
        if last_ms is not None:
            yield day, ended, max(0, first.starts_ms - last_ms) // MINUTE_MS
        if last_ms is None or last.ends_ms > last_ms:
            ended, last_ms = last.id, last.ends_ms


def rest_between(line: Line, params: Params) -> Iterator[Broken]:
    """From the last end of all earlier business dates to the first start of a date. Split shifts of one date need none."""
    for day, ended, rest in rests_between(line, line.days_with(bool(params["on_call"]))):
        if rest < params["min"]:
            first, _ = day.ends()
            facts: Facts = {"rest_min": rest, "least_min": params["min"]}
            shifts = [ended, first.id] if ended else [first.id]
            yield Broken(day.day, day.day, shifts, params["min"] - rest, facts)


def weekly_rest(line: Line, params: Params) -> Iterator[Broken]:
    """In each week from Monday to Sunday there is an uninterrupted rest of so long, at least half of it in the week: it begins
    between half of `min` before the week and half of `min` before its end. Of a stretch that began earlier what is left counts.
    A stretch begins by the clock at which work ended and lasts as it elapses."""
    days = line.days_with(bool(params["on_call"]))
    gaps = list(_gaps(line, days))
    by_week: dict[int, list[DayWork]] = {}
    for day in days:
        by_week.setdefault(monday_of(day.number), []).append(day)
    since = line.worker.past.days_since_rest
    for monday, worked in by_week.items():
        begins = monday * MINUTES_A_DAY - params["min"] // 2
        ends = begins + 7 * MINUTES_A_DAY
        if monday < line.begins < monday + 7 and since < line.begins - monday:
            continue  # the week's rest lies before the first day there is a fact of
        longest = 0
        for starts, lasts in gaps:
            if starts < ends:
                longest = max(longest, lasts if starts >= begins else lasts - (begins - starts))
        if longest < params["min"]:
            facts: Facts = {"rest_min": longest, "least_min": params["min"], **week_names(monday)}
            ids = [shift for day in worked for shift in day.ids]
            yield Broken(day_of(monday), worked[-1].day, ids, params["min"] - longest, facts)


def _gaps(line: Line, days: list[DayWork]) -> Iterator[tuple[int, int]]:
    """The stretches without work: the minute of the calendar, by the clock, at which each begins, and how long it lasts."""
    shifts = sorted((shift for day in days for shift in day.shifts), key=lambda shift: shift.starts_ms)
    if not shifts:
        return
    past = line.worker.past.last_end_ms
    first = shifts[0]
    at = ordinal(first.day) * MINUTES_A_DAY + first.starts_min
    before = at - _LONG_AGO if past is None else (first.starts_ms - past) // MINUTE_MS
    yield at - before, before
    last = first
    for shift in shifts[1:]:
        if shift.starts_ms > last.ends_ms:
            yield ordinal(last.day) * MINUTES_A_DAY + last.ends_min, (shift.starts_ms - last.ends_ms) // MINUTE_MS
        if shift.ends_ms > last.ends_ms:
            last = shift
    yield ordinal(last.day) * MINUTES_A_DAY + last.ends_min, -_LONG_AGO


def consecutive_days_max(line: Line, params: Params) -> Iterator[Broken]:
    """Each business date that is one too many of those worked one after the other."""
    yield from _in_a_row(line, line.days, line.worker.past.days_in_row, params["max"])


def nights_in_row_max(line: Line, params: Params) -> Iterator[Broken]:
    """Each business date whose night shift is one too many of those one after the other."""
    nights = [day for day in line.days if any(is_night(shift, params) for shift in day.shifts)]
    yield from _in_a_row(line, nights, line.worker.past.nights_in_row, params["max"])


def _in_a_row(line: Line, days: list[DayWork], before: int, most: int) -> Iterator[Broken]:
    run, yesterday = before, line.begins - 1
    for day in days:
        run = run + 1 if day.number == yesterday + 1 else 1
        yesterday = day.number
        if run > most:
            yield Broken(day.day, day.day, day.ids, run - most, {"days": run, "most": most})


def weekends(line: Line, params: Params) -> Iterator[Broken]:
    """Of any so many weekends in a row at least so many are free. Those before the first day there is a fact of, and those
    after the last shift, count as free."""
    worked = weekends_worked(line)
    for saturday in sorted(worked):
        window = [saturday - 7 * back for back in range(params["weeks"])]
        free = sum(1 for weekend in window if weekend not in worked)
        if free < params["free"]:
            shifts = [shift.id for weekend in reversed(window) for shift in worked.get(weekend, ())]
            facts: Facts = {"free": free, "least": params["free"], "weeks": params["weeks"], "from_day": day_of(window[-1]),
                     "to_day": day_of(saturday + 1)}  # fmt: skip
            last = worked[saturday][-1]
            yield Broken(day_of(saturday), last.day, shifts, params["free"] - free, facts)


def clopen(line: Line, params: Params) -> Iterator[Broken]:
    """Closing one day and opening the next: rest between two dates that is less than people need, whatever the law says."""
    for day, ended, rest in rests_between(line, line.days):
        if rest < params["rest"]:
            first, _ = day.ends()
            facts: Facts = {"rest_min": rest, "least_min": params["rest"]}
            shifts = [ended, first.id] if ended else [first.id]
            yield Broken(day.day, day.day, shifts, params["rest"] - rest, facts)


def split_weekend(line: Line, params: Params) -> Iterator[Broken]:
    """Only one of a weekend's two dates is worked. A weekend of which one date is not looked at is left out."""
    dates = {day.number: day for day in line.days}
    ends = ordinal(line.calendar.last_day)
    for number, day in dates.items():
        other = number + 1 if weekday(number) == 5 else number - 1
        if weekday(number) >= 5 and other not in dates and line.begins <= other <= max(ends, line.days[-1].number):
            yield Broken(day.day, day.day, day.ids, 1, {})


def single_day_off(line: Line, params: Params) -> Iterator[Broken]:
    """One free date between two that are worked."""
    for one, two in pairwise(line.days):
        if two.number == one.number + 2:
            yield Broken(two.day, two.day, [one.shifts[-1].id, two.shifts[0].id], 1, {"free_day": day_of(one.number + 1)})


JUDGES = {
    "rest_between": rest_between, "weekly_rest": weekly_rest, "consecutive_days_max": consecutive_days_max,
    "nights_in_row_max": nights_in_row_max, "weekends": weekends, "clopen": clopen, "split_weekend": split_weekend,
    "single_day_off": single_day_off,
}  # fmt: skip

"""What lies before the days that are judged and still counts: the last shift, runs of days, sums of running periods, eight weeks'
counters of fairness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from contract.rostering.rules import Calendar, load_of
from contract.rostering.rules.line import is_night
from contract.rostering.shapes import Past, Placed, Profile, Worker
from server.kernel.db import table_of
from server.kernel.sets import within
from server.shifts.model import Duty
from server.shifts.queries import reader

A_DAY = timedelta(days=1)
NIGHT = {"night_starts": 1_320, "night_ends": 1_800, "least": 180}
_duty = table_of(Duty)


def judged_from(day: date) -> date:
    """From which day on shifts are given to the rules as they are: the Monday four weeks before, or the first of the month,
    whichever is earlier. What is before that is in the counters."""
    return min(day - timedelta(days=day.weekday() + 28), day.replace(day=1))


def cycle_start(day: date, months: int) -> date:
    """The first day of the running cycle of so many months, counted from January of the year 0 (rules.limits_of_hours)."""
    number = (day.year * 12 + day.month - 1) // months * months
    return date(number // 12, number % 12 + 1, 1)


def minutes_before(connection: sa.Connection, people: Sequence[str], from_day: date, to_day: date) -> dict[str, dict[str, int]]:
    """Minutes due of a running cycle before the days that are given as they are, by person and day. Nothing where the cycle
    begins with them."""
    found: dict[str, dict[str, int]] = {}
    until = judged_from(to_day)
    if from_day >= until:
        return found
    d = _duty.c
    asked = sa.select(d.person_id, d.day, d.body).where(
        within(d.person_id, people), d.day >= from_day, d.day < until, d.is_off.is_(sa.false())
    )
    read = reader()
    known: dict[str, int] = {}
    for person, day, body in connection.execute(asked):
        if body not in known:
            windows = [window for window in read("", body).windows if window.kind != "on_call"]
            off = sum(one.minutes for window in windows for one in window.breaks if not one.paid)
            known[body] = max(0, sum((window.ends_ms - window.starts_ms) // 60_000 for window in windows) - off)
        found.setdefault(person, {})[day.isoformat()] = known[body]
    return found


def past_of(
    worker: Worker, earlier: Sequence[Placed], profile: Profile | None, from_day: date, before: Mapping[str, int]
) -> Past:
    """What of somebody's shifts before `from_day` counts. Runs and sums end where the shifts that are given begin; the counters
    of fairness are of the eight weeks up to the day before."""
    first = judged_from(from_day)
    calendar = Calendar((from_day - timedelta(days=56)).isoformat(), (from_day - A_DAY).isoformat())
    load = load_of(worker, earlier, calendar, profile)
    due = sorted((one for one in earlier if not one.on_call), key=lambda one: one.starts_ms)
    given = [one for one in due if one.day >= first.isoformat()]
    old = [one for one in due if one.day < first.isoformat()]
    days = {one.day for one in old}
    nights = {one.day for one in old if is_night(one, NIGHT)}
    at_once = not given or given[0].day == first.isoformat()
    return Past(
        last_end_ms=max((one.ends_ms for one in old), default=None),
        days_in_row=_run(days, first) if at_once else 0,
        nights_in_row=_run(nights, first) if at_once else 0,
        days_since_rest=_run(days, first) if at_once else 0,
        week_min=0,
        month_overtime_min=0,
        period_min=sum(before.values()),
        weekends_8w=load.weekends,
        nights_8w=load.nights,
        early_8w=load.early,
        closings_8w=load.closings,
    )


def _run(days: set[str], until: date) -> int:
    """How many days in a row, up to the day before."""
    count, day = 0, until - A_DAY
    while day.isoformat() in days:
        count, day = count + 1, day - A_DAY
    return count

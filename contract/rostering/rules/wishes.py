"""Soft rules on wishes and contracts: hours somebody was promised, steady starts, and what a good roster gives besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from contract.rostering.local_time import day_of, monday_of, ordinal
from contract.rostering.rules.line import MINUTE_MS, Broken, Facts, Line, overtime_by_day, week_names
from contract.rostering.rules.places import desired as wished
from contract.rostering.shapes import Away

Params = Mapping[str, int]


def contract_min_hours(line: Line, params: Params) -> Iterator[Broken]:
    """A whole week of the days looked at with less than the contract's hours. Weeks with leave are left out; shown on Sunday."""
    promised = line.worker.week_min_min
    if not promised:
        return
    sums = {monday: sum(day.work_min for day in days) for monday, days in line.weeks()}
    leave = [away for away in line.worker.away if away.kind == "leave"]
    monday = monday_of(ordinal(line.calendar.first_day) + 6)
    while monday + 6 <= ordinal(line.calendar.last_day):
        short = promised - sums.get(monday, 0)
        if short > 0 and not _on_leave(line, leave, monday):
            facts: Facts = {"worked_min": promised - short, "least_min": promised, **week_names(monday)}
            yield Broken(day_of(monday), day_of(monday + 6), [], short, facts)
        monday += 7


def _on_leave(line: Line, leave: list[Away], monday: int) -> bool:
    if not leave:
        return False
    starts, ends = line.calendar.week_ms(monday)
    return any(away.starts_ms < ends and away.ends_ms > starts for away in leave)


def start_jitter(line: Line, params: Params) -> Iterator[Broken]:
    """Within a week the first start of a date lies at least so much away from that of the date worked before it."""
    for _, days in line.weeks():
        for one, two in pairwise(days):
            moved = abs(one.ends()[0].starts_min - two.ends()[0].starts_min)
            if moved >= params["from"]:
                yield Broken(two.day, two.day, [one.shifts[0].id, two.shifts[0].id], moved, {"moved_min": moved})


def desired(line: Line, params: Params) -> Iterator[Broken]:
    """The minutes of shifts that lie in a time somebody wished for."""
    yield from wished(line, params)


def home_store(line: Line, params: Params) -> Iterator[Broken]:
    """The minutes worked at one's own store."""
    for shift in line.due:
        if line.worker.home_store and shift.store_id == line.worker.home_store:
            yield Broken(shift.id, shift.day, [shift.id], (shift.ends_ms - shift.starts_ms) // MINUTE_MS, {})


def overtime(line: Line, params: Params) -> Iterator[Broken]:
    """Overtime by day, as it is paid."""
    for day, minutes in overtime_by_day(line, day_min=params["day"], week_min=params["week"]):
        if minutes:
            yield Broken(day.day, day.day, day.ids, minutes, {"overtime_min": minutes})


JUDGES = {"contract_min_hours": contract_min_hours, "start_jitter": start_jitter}
GOAL_JUDGES = {"desired": desired, "home_store": home_store, "overtime": overtime}

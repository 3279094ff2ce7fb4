"""What a second judge of rosters needs to know of a line, found again and again by looking: dates, minutes, nights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from contract.rostering.shapes import Placed, Worker

DAY = timedelta(days=1)


class Book:
    """What a checker needs to know of a line."""

    def __init__(self, worker: Worker, placed: Sequence[Placed], calendar: Any) -> None:
        self.worker = worker
        self.calendar = calendar
        self.all = list(placed)
        self.work = [shift for shift in placed if not shift.on_call]
        self.minutes = {shift.id: set(range(shift.starts_ms // 60_000, shift.ends_ms // 60_000)) for shift in placed}
        self.first_fact = min([parse(calendar.first_day), *(parse(shift.day) for shift in placed)])

    def dates(self, shifts: Sequence[Placed] | None = None) -> list[date]:
        return sorted({parse(shift.day) for shift in (self.work if shifts is None else shifts)})

    def on(self, day: date, shifts: Sequence[Placed] | None = None) -> list[Placed]:
        return [shift for shift in (self.work if shifts is None else shifts) if parse(shift.day) == day]

    def worked(self, day: date) -> int:
        return sum(shift.work_min for shift in self.on(day))

    def mondays(self) -> list[date]:
        return sorted({monday(day) for day in self.dates()})

    def week_past(self, of: date) -> int:
        inside = of < self.first_fact < of + 7 * DAY
        return self.worker.past.week_min if inside else 0


def parse(text: str) -> date:
    return date.fromisoformat(text)


def monday(day: date) -> date:
    while day.weekday() != 0:
        day -= DAY
    return day


def clock(shift: Placed) -> list[datetime]:
    """Every minute a shift shows on its store's clock."""
    midnight = datetime.combine(parse(shift.day), datetime.min.time())
    return [midnight + timedelta(minutes=minute) for minute in range(shift.starts_min, shift.ends_min)]


def night_of(shift: Placed, p: Mapping[str, int]) -> int:
    ends = p["night_ends"] if p["night_ends"] > p["night_starts"] else p["night_ends"] + 1_440
    count = 0
    for moment in clock(shift):
        minute = moment.hour * 60 + moment.minute
        count += p["night_starts"] <= minute < ends or minute < ends - 1_440
    return count

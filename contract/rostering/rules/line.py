"""One person's shifts as the rules look at them: in order, by day and by week, each sum taken once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contract.rostering.local_time import MINUTES_A_DAY, day_of, monday_of, ordinal
from contract.rostering.rules.calendar import Calendar
from contract.rostering.shapes import Fact, Placed, Worker

MINUTE_MS = 60_000
Facts = Mapping[str, Fact]


class Broken(NamedTuple):
    """A rule that is broken: what of the line, on which day, by which shifts, by how much, and the facts of its sentence."""

    about: str
    day: str
    shifts: list[str]
    over: int
    facts: Facts


@dataclass
class DayWork:
    """What is worked on one business date, without being on call: first and last instant, and the minutes."""

    number: int
    day: str
    shifts: list[Placed] = field(default_factory=list)
    work_min: int = 0
    first: Placed | None = None
    last: Placed | None = None

    def take(self, shift: Placed) -> None:
        """Count a shift in; they come by their start."""
        self.shifts.append(shift)
        self.work_min += shift.work_min
        self.first = self.first or shift
        if self.last is None or shift.ends_ms > self.last.ends_ms:
            self.last = shift

    @property
    def ids(self) -> list[str]:
        """Its shifts."""
        return [shift.id for shift in self.shifts]

    def ends(self) -> tuple[Placed, Placed]:
        """The shift that begins first and the one that ends last. Raises LookupError for a day without any."""
        if self.first is None or self.last is None:
            raise LookupError(self.day)
        return self.first, self.last


class Line:
    """A person's shifts in order of their starts, over all stores and employers.

    due: those that are not on call. days: what is worked by business date, in order. begins: the number of the first day there
    is a fact of, which is where `worker.past` ends.
    """

    __slots__ = ("_weeks", "begins", "calendar", "days", "due", "shifts", "worker")

    def __init__(self, worker: Worker, placed: Sequence[Placed], calendar: Calendar) -> None:
        self.worker, self.calendar = worker, calendar
        self._weeks: dict[int, list[DayWork]] | None = None
        self.shifts = sorted(placed, key=_by_start)
        self.due = [shift for shift in self.shifts if not shift.on_call]
        self.days = work_by_day(self.due)
        self.begins = ordinal(min([calendar.first_day, *(shift.day for shift in self.shifts)]))

    def days_with(self, on_call: bool) -> list[DayWork]:
        """The days as they are, or with the stretches on call as if they were work."""
        return work_by_day(self.shifts) if on_call and len(self.due) < len(self.shifts) else self.days

    def past_of_week(self, monday: int) -> int:
        """The minutes worked in a week before the first day there is a fact of: none, where that day is its Monday."""
        return self.worker.past.week_min if monday < self.begins < monday + 7 else 0

    def past_of_months(self, months: int) -> bool:
        """Whether the first day there is a fact of lies inside a stretch of so many calendar months, not at its beginning."""
        begins = day_of(self.begins)
        return begins[8:] != "01" or (int(begins[5:7]) - 1) % months != 0

    def weeks(self) -> Iterable[tuple[int, list[DayWork]]]:
        """Weeks in which something is worked: the number of the Monday, and the days."""
        if self._weeks is None:
            found: dict[int, list[DayWork]] = {}
            for day in self.days:
                found.setdefault(monday_of(day.number), []).append(day)
            self._weeks = found
        return self._weeks.items()


def _by_start(shift: Placed) -> tuple[int, int, str]:
    return shift.starts_ms, shift.ends_ms, shift.id


def work_by_day(shifts: Sequence[Placed]) -> list[DayWork]:
    """Shifts (by their start) gathered by business date, in order of the dates."""
    days: dict[str, DayWork] = {}
    for shift in shifts:
        day = days.get(shift.day)
        if day is None:
            day = days[shift.day] = DayWork(ordinal(shift.day), shift.day)
        day.take(shift)
    return sorted(days.values(), key=_by_number)


def _by_number(day: DayWork) -> int:
    return day.number


def night_minutes(shift: Placed, night_starts: int, night_ends: int) -> int:
    """The minutes by the clock, pauses included, that a shift shares with the nights around it. A night begins on its evening;
    where it ends before it begins (22:00 to 06:00 said as 1,320 and 360) it ends on the next day."""
    if night_ends <= night_starts:
        night_ends += MINUTES_A_DAY
    total = 0
    for evening in (-MINUTES_A_DAY, 0, MINUTES_A_DAY):
        shared = min(shift.ends_min, night_ends + evening) - max(shift.starts_min, night_starts + evening)
        if shared > 0:
            total += shared
    return total


def is_night(shift: Placed, params: Mapping[str, int]) -> bool:
    """Whether a shift lies in the night for at least `least` minutes."""
    return night_minutes(shift, params["night_starts"], params["night_ends"]) >= params["least"]


def weekends_worked(line: Line) -> dict[int, list[Placed]]:
    """The weekends that something worked touches, by the number of their Saturday. By the clock: Saturday 0:00 to Monday 0:00,
    so Friday's night shift takes the Saturday."""
    found: dict[int, list[Placed]] = {}
    for day in line.days:
        saturday = monday_of(day.number) + 5
        for shift in day.shifts:
            for weekend in (saturday - 7, saturday, saturday + 7):
                opens = (weekend - day.number) * MINUTES_A_DAY
                if shift.starts_min < opens + 2 * MINUTES_A_DAY and shift.ends_min > opens:
                    found.setdefault(weekend, []).append(shift)
    return found


def overtime_by_day(line: Line, *, day_min: int, week_min: int) -> list[tuple[DayWork, int]]:
    """The overtime of each day: all of a public holiday; of others what is beyond `day_min`, and of the rest what is beyond
    `week_min` of the week so far, Monday to Sunday. 劳动法 art. 36, 41, 44. The week that runs when the facts begin has
    `past.week_min` behind it."""
    found: list[tuple[DayWork, int]] = []
    kind_of = line.calendar.kind_of
    for monday, days in line.weeks():
        regular = line.past_of_week(monday)
        for day in days:
            if kind_of(day.day) == "holiday":
                found.append((day, day.work_min))
                continue
            normal = min(day.work_min, day_min)
            counted = max(0, min(normal, week_min - regular))
            regular += counted
            found.append((day, day.work_min - counted))
    return found


def week_names(monday: int) -> dict[str, Fact]:
    """The first and last day of a week, as facts."""
    return {"from_day": day_of(monday), "to_day": day_of(monday + 6)}

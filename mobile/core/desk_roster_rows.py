"""What a tablet holds of its store's roster, read in one go: cells, people, rules and what is needed; and a month of it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from contract.opening import Opening
from contract.roster_demand import DemandRow, Need
from contract.rostering.rules import Calendar, judge_line
from contract.rostering.shapes import Placed, Profile, Verdict, Worker
from contract.rosters import ProfileFrom, RosterCellRow, RosterKitRow, RosterWorkerRow
from mobile.core.requests import Reader
from mobile.core.roster_rows import UNKNOWN_RULES, placed_of, week_of
from mobile.core.views_desk_roster import DayView, MonthLine, MonthSquare, RosterMonthView
from mobile.core.views_hq import OnItsWay

KNOWN = ("published", "confirmed")


@dataclass(frozen=True)
class DeskWeeks:
    """What this tablet holds of the store's roster, read in one go. `versions`: its rules, each from its day on."""

    reader: Reader
    store_id: str
    zone: str
    versions: tuple[ProfileFrom, ...]
    cells: tuple[RosterCellRow, ...]
    laid: dict[str, OnItsWay]
    workers: dict[str, RosterWorkerRow]
    kit: RosterKitRow
    names: dict[str, str]
    demand: tuple[DemandRow, ...]
    opening: tuple[Opening, ...] = ()

    def line_of(self, person_id: str) -> list[Placed]:
        """Somebody's shifts everywhere: elsewhere as told, here as they would be."""
        held = self.workers.get(person_id)
        mine = [cell for cell in self.cells if cell.person_id == person_id and cell.state != "removed"]
        here = {cell.day for cell in self.cells}
        told = [one for one in held.elsewhere if one.store_id != self.store_id or one.day not in here] if held else []
        return [*told, *(one for cell in mine for one in placed_of(cell, person_id, "draft"))]

    def worker(self, person_id: str) -> Worker:
        held = self.workers.get(person_id)
        return held.worker if held is not None else Worker(person_id=person_id, name=person_id)

    def profile(self, day: str) -> Profile:
        """The rules of the week that a day lies in; without any, two shifts at once are refused all the same."""
        monday = (date.fromisoformat(day) - timedelta(days=date.fromisoformat(day).weekday())).isoformat()
        began = [one.profile for one in self.versions if one.from_day <= monday]
        return began[-1] if began else UNKNOWN_RULES

    def days(self, first: str, last: str | None = None) -> Calendar:
        """The whole weeks from a day to a day, with when stores are open in them."""
        return week_of(first, last, self.opening)

    def is_here(self, person_id: str, days: Sequence[str]) -> bool:
        """Whether somebody belongs here on one of these days."""
        stays = [one for one in self.worker(person_id).stays if one.store_id == self.store_id]
        return any(one.from_day <= days[-1] and (one.until is None or one.until > days[0]) for one in stays)

    def away_on(self, person_id: str, day: str) -> str:
        """The kind of the first leave, absence or wish that touches a day; leave before all."""
        starts = self.reader.when.midnight_ms(day)
        ends, away = starts + 86_400_000, self.worker(person_id).away
        touching = {one.kind for one in away if one.starts_ms < ends and one.ends_ms > starts}
        return next((kind for kind in ("leave", "unavailable", "undesired", "desired") if kind in touching), "")

    def day(self, day: str) -> DayView:
        """A column: heads, and how they fit what is needed."""
        mine = [cell for cell in self.cells if cell.day == day and cell.person_id and cell.state != "removed"]
        windows = [(w.starts_min, w.ends_min) for cell in mine for w in cell.placed]
        needs = [need for row in self._needed(day) for need in row.slots]
        return DayView(
            day, len({cell.person_id for cell in mine}), sum(_short(need, windows) for need in needs),
            sum(_spare(need, windows) for need in needs),
            sum((need.to_min - need.from_min) * max(need.at_least, need.target or 0) for need in needs),
        )  # fmt: skip

    def _needed(self, day: str) -> list[DemandRow]:
        """What is needed of anybody on a day: what is said of the day itself, else the newest of its weekday."""
        weekday = date.fromisoformat(day).weekday()
        found: dict[str, DemandRow] = {}
        for row in sorted(self.demand, key=lambda one: one.from_day or ""):
            is_of_day = row.day == day
            is_of_week = row.day is None and row.weekday == weekday and (row.from_day or "") <= day
            held = found.get(row.role)
            if is_of_day or (is_of_week and (held is None or held.day is None)):
                found[row.role] = row
        return [row for role, row in found.items() if role == ""]


def month_of(known: DeskWeeks, day: str) -> RosterMonthView:
    """The calendar month a day lies in. Every week is judged by the rules it has."""
    on = date.fromisoformat(day)
    days = [on.replace(day=n).isoformat() for n in range(1, monthrange(on.year, on.month)[1] + 1)]
    squares: dict[tuple[str, str], list[RosterCellRow]] = {}
    for cell in known.cells:
        if days[0] <= cell.day <= days[-1]:
            squares.setdefault((cell.person_id or "", cell.day), []).append(cell)
    people = sorted(known.workers.values(), key=lambda row: row.worker.name)
    there = [row.person_id for row in people if known.is_here(row.person_id, days)]
    verdicts = {person: _judged(known, person, days) for person in there}
    here = {cell.id for some in squares.values() for cell in some}
    shown = [
        one for some in verdicts.values() for one in some
        if days[0] <= one.day <= days[-1] and (not one.shifts or here & {shift.partition("#")[0] for shift in one.shifts})
    ]  # fmt: skip
    return RosterMonthView(
        first=days[0], days=tuple(known.day(day) for day in days),
        lines=tuple(_line(known, person, days, squares, verdicts.get(person, [])) for person in ["", *there]),
        drafts=sum(cell.state not in KNOWN for some in squares.values() for cell in some),
        hard=sum(one.level == "hard" for one in shown), soft=sum(one.level == "soft" for one in shown),
        today=known.reader.when.day(known.reader.now_ms),
    )  # fmt: skip


def _judged(known: DeskWeeks, person_id: str, days: Sequence[str]) -> list[Verdict]:
    """What the rules say of somebody's month: weeks after each other that have the same rules are judged together."""
    line, worker = known.line_of(person_id), known.worker(person_id)
    found: list[Verdict] = []
    for profile, some in groupby(days, key=known.profile):
        part = list(some)
        found += judge_line(worker, line, profile, _days_of(part, days).opened(known.opening))
    return found


def _days_of(part: Sequence[str], days: Sequence[str]) -> Calendar:
    """Whole weeks at the month's ends; between two sets of rules each has its own days."""
    weeks = week_of(part[0], part[-1])
    return Calendar(
        weeks.first_day if part[0] == days[0] else part[0], weeks.last_day if part[-1] == days[-1] else part[-1]
    )  # fmt: skip


def _line(
    known: DeskWeeks, person_id: str, days: Sequence[str], squares: dict[tuple[str, str], list[RosterCellRow]],
    verdicts: Sequence[Verdict],
) -> MonthLine:  # fmt: skip
    levels: dict[str, str] = {}
    for one in verdicts:
        for shift in {i.partition("#")[0] for i in one.shifts}:
            levels[shift] = "hard" if "hard" in (one.level, levels.get(shift)) else one.level
    mine = [
        [cell for cell in squares.get((person_id, day), ()) if cell.state != "removed"] for day in days
    ]
    return MonthLine(
        person_id, known.worker(person_id).name if person_id else "",
        sum(w.work_min for some in mine for cell in some for w in cell.placed),
        tuple(_square(known, person_id, day, some, levels) for day, some in zip(days, mine, strict=True)),
    )  # fmt: skip


def _square(
    known: DeskWeeks, person_id: str, day: str, cells: Sequence[RosterCellRow], levels: dict[str, str]
) -> MonthSquare:
    away = known.away_on(person_id, day) if person_id else ""
    if not cells:
        return MonthSquare(away=away)
    said = {levels.get(cell.id, "") for cell in cells}
    return MonthSquare(
        starts_min=min((w.starts_min for cell in cells for w in cell.placed), default=None), shifts=len(cells),
        level="hard" if "hard" in said else "soft" if "soft" in said else "",
        known=all(cell.state in KNOWN for cell in cells), away=away,
    )  # fmt: skip


def _heads_at(minute: int, windows: Sequence[tuple[int, int]]) -> int:
    return sum(starts <= minute < ends for starts, ends in windows)


def _short(need: Need, windows: Sequence[tuple[int, int]], step: int = 15) -> int:
    """Head-minutes below what is needed at least."""
    return sum(step * max(0, need.at_least - _heads_at(m, windows)) for m in range(need.from_min, need.to_min, step))


def _spare(need: Need, windows: Sequence[tuple[int, int]], step: int = 15) -> int:
    """Head-minutes above the most, or without one above what would be right."""
    most = need.at_most if need.at_most is not None else max(need.at_least, need.target or 0)
    return sum(step * max(0, _heads_at(m, windows) - most) for m in range(need.from_min, need.to_min, step))

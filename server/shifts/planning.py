"""Single days: somebody works something else than the pattern says. A roster is many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

import sqlalchemy as sa

from contract.ids import derived_id
from contract.shifts import PlanDay, PlannedShift, Window
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles, write_inserts
from server.kernel.problems import Problem
from server.org.rules import day_of
from server.people.model import Person
from server.shifts.follow import follow
from server.shifts.model import PlannedDay
from server.shifts.places import load_places, named
from server.shifts.planner import load_catalogue
from server.shifts.rules import judge
from server.shifts.rules.days import Catalogue
from server.stores.model import Store


@dataclass(frozen=True)
class DayPlan:
    """What somebody works on a day. No shifts: off. `shifts` None: as the pattern says."""

    person_id: str
    day: date
    shifts: Sequence[PlannedShift] | None
    note: str | None = None


@handles(PlanDay, needs=Permission.PLAN_SHIFTS)
def plan_day(work: Work, op: PlanDay) -> None:
    """One day of one person, by whoever plans where they are on that day."""
    day = day_of(op.day)
    if day is None:
        raise Problem("shifts.no_such_day", field="day", day=op.day)
    if op.by_pattern and op.shifts:
        raise Problem("shifts.pattern_or_shifts", field="by_pattern")
    work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    plan_days(work, [DayPlan(op.person_id, day, None if op.by_pattern else op.shifts, op.note)])


def plan_days(work: Work, rows: Sequence[DayPlan], *, source: Literal["planned", "roster"] = "planned") -> None:
    """Plan days of people, many at once: a roster is published this way. What is there for such a day is replaced.

    Raises Problem, and then nothing is planned: a day on which somebody is nowhere or where the actor does not plan, a template
    or store that is unknown, windows that overlap. The people must exist.
    """
    if not rows:
        return
    people = sorted({row.person_id for row in rows})
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    places = load_places(work.session, people, first, last)
    catalogue = load_catalogue(work.session)
    _must_know_stores(work, rows)
    units: dict[tuple[str, date], str] = {}
    for row in rows:
        place = places.of(row.person_id, row.day)
        if place is None:
            raise Problem("shifts.not_there_then", field="day", day=row.day.isoformat(), id=row.person_id)
        unit_id = units[row.person_id, row.day] = place.store_id or place.home_id or ""
        _must_plan_at(work, {unit_id, *_stores_of(row.shifts or ())})
        _judge_shifts(catalogue, row)
    _write(work, rows, units, source)
    for days, some in _by_days(rows):
        follow(work, some, min(days), max(days))


def _by_days(rows: Iterable[DayPlan]) -> Iterable[tuple[tuple[date, ...], list[str]]]:
    """People by the days that were planned for them, so that each stretch is computed once for all of them."""
    days: dict[str, set[date]] = {}
    for row in rows:
        days.setdefault(row.person_id, set()).add(row.day)
    ordered = sorted((tuple(sorted(some)), person) for person, some in days.items())
    return [(key, [person for _, person in group]) for key, group in groupby(ordered, key=lambda pair: pair[0])]


def _write(work: Work, rows: Sequence[DayPlan], units: dict[tuple[str, date], str], source: str) -> None:
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    people = sorted({row.person_id for row in rows})
    # a day planned where somebody was before they moved is replaced too: who may plan the day was looked at above
    with work.with_system_reach() as everything:
        asked = named(sa.select(PlannedDay).where(PlannedDay.day.between(first, last)), PlannedDay.person_id, people)
        held = {(found.person_id, found.day): found for found in everything.scalars(asked)}
        for row in rows:
            key = (row.person_id, row.day)
            was = held.get(key)
            if row.shifts is None:
                if was is not None:
                    everything.delete(held.pop(key))
                continue
            shifts = [plain(shift) for shift in row.shifts]
            if was is not None:
                was.unit_id, was.shifts, was.note, was.source = units[key], shifts, row.note, source
                continue
            work.insert(
                PlannedDay,
                {
                    "id": derived_id("planned_day", row.person_id, row.day.isoformat()), "person_id": row.person_id,
                    "unit_id": units[key], "day": row.day, "shifts": shifts, "note": row.note, "source": source,
                },
            )  # fmt: skip
    write_inserts(work.session, work.cache)


def _stores_of(shifts: Iterable[PlannedShift]) -> set[str]:
    """The stores that shifts name."""
    found = {shift.store_id for shift in shifts} | {window.store_id for shift in shifts for window in shift.windows}
    return {store_id for store_id in found if store_id is not None}


def _must_know_stores(work: Work, rows: Iterable[DayPlan]) -> None:
    for store_id in sorted({one for row in rows for one in _stores_of(row.shifts or ())}):
        work.find(Store, store_id, "stores.unknown", field="shifts", id=store_id)


def _must_plan_at(work: Work, units: set[str]) -> None:
    plans = Permission.PLAN_SHIFTS
    if not work.actor.has_everywhere(plans) and not units <= work.actor.stores_for(plans):
        raise Problem("access.out_of_scope", kind="planned_day")


def _judge_shifts(catalogue: Catalogue, row: DayPlan) -> None:
    """Templates are known on that day, other windows suit them, and no two windows of the day overlap."""
    windows: list[Window] = []
    for shift in row.shifts or ():
        template = catalogue.template(shift.template, row.day)
        if template is None:
            raise Problem("shifts.template_unknown", field="shifts", template=shift.template, day=row.day.isoformat())
        mine = shift.windows or list(template.windows)
        wrong = judge.judge_windows(mine)
        if wrong is None and template.kind in ("fixed", "flexible") and len(mine) != 1:
            wrong = judge.Wrong("shifts.one_window", "shifts")
        if wrong is None and template.required_min is not None:
            wrong = judge.judge_core(mine[0], template.required_min, template.core_starts_min, template.core_ends_min)
        if wrong is not None:
            raise Problem(wrong.code, field="shifts")
        windows += mine
    if (wrong := judge.judge_windows(windows)) is not None:
        raise Problem(wrong.code, field="shifts")

"""The month as a grid: who has days there, page by page, and each of their days in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.hours import DayRow, PeriodSum
from server.kernel.db import ScopedSession
from server.people.model import Person
from server.timesheets.model import WorkDay
from server.timesheets.queries import day_row
from server.timesheets.sums import sums_of


class Cell(NamedTuple):
    """One day of one person as the grid shows it. Amounts are minutes."""

    state: str
    worked_min: int
    overtime_min: int
    missing_min: int
    late_min: int
    early_min: int


class GridRow(NamedTuple):
    """One person's days by date, and what they come to."""

    person_id: str
    number: str
    name: str
    cells: dict[date, Cell]
    total: PeriodSum


class GridTotals(NamedTuple):
    """Everybody's days together: people, minutes, and how many days are in a state that somebody looks at."""

    people: int
    worked_min: int
    overtime_min: int
    missing_min: int
    late: int
    absent: int
    unknown: int


def grid(
    session: ScopedSession, here: Sequence[sa.ColumnElement[bool]], from_day: date, to_day: date, *, search: str, offset: int,
    limit: int,
) -> tuple[list[GridRow], int]:  # fmt: skip
    """People with days within reach there, by number, from `offset` on; and how many there are in all."""
    days = [WorkDay.day >= from_day, WorkDay.day <= to_day, *here]
    found = sa.select(Person.id, Person.number, Person.name).where(
        Person.id.in_(sa.select(WorkDay.person_id).where(*days)), *_named(search)
    )
    total = session.execute(sa.select(sa.func.count()).select_from(found.subquery())).scalar_one()
    people = session.execute(found.order_by(Person.number, Person.id).offset(offset).limit(limit)).all()
    ids = [row.id for row in people]
    cells: dict[str, dict[date, Cell]] = {person_id: {} for person_id in ids}
    if ids:
        overtime = WorkDay.overtime_normal_min + WorkDay.overtime_weekend_min + WorkDay.overtime_holiday_min
        asked = sa.select(
            WorkDay.person_id, WorkDay.day, WorkDay.state, WorkDay.worked_min, overtime.label("overtime_min"),
            WorkDay.missing_min, WorkDay.late_min, WorkDay.early_min,
        ).where(WorkDay.person_id.in_(ids), *days)  # fmt: skip
        for row in session.execute(asked):
            cells[row.person_id][row.day] = Cell(*row[2:])
    sums = {one.person_id: one for one in sums_of(session, ids, from_day, to_day, *here)}
    return [GridRow(row.id, row.number, row.name, cells[row.id], sums[row.id]) for row in people], total


def totals(
    session: ScopedSession, here: Sequence[sa.ColumnElement[bool]], from_day: date, to_day: date, search: str
) -> GridTotals:
    """What all days of that view come to."""
    overtime = WorkDay.overtime_normal_min + WorkDay.overtime_weekend_min + WorkDay.overtime_holiday_min
    conditions: list[Any] = [WorkDay.day >= from_day, WorkDay.day <= to_day, *here]
    if search.strip():
        conditions.append(WorkDay.person_id.in_(sa.select(Person.id).where(*_named(search))))
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(WorkDay.person_id)),
            *(sa.func.coalesce(sa.func.sum(one), 0) for one in (WorkDay.worked_min, overtime, WorkDay.missing_min)),
            *(
                sa.func.coalesce(sa.func.sum(sa.case((WorkDay.state == state, 1), else_=0)), 0)
                for state in ("late", "absent", "unknown")
            ),
        ).where(*conditions)
    ).one()
    return GridTotals(*(int(value) for value in row))


def day_of(session: ScopedSession, person_id: str, day: date) -> tuple[Person, DayRow] | None:
    """One derived day within reach, with its person."""
    found = (
        sa.select(WorkDay.id, WorkDay.revision, WorkDay.body, Person)
        .join(Person, Person.id == WorkDay.person_id)
        .where(WorkDay.person_id == person_id, WorkDay.day == day)
    )
    row = session.execute(found).first()
    return None if row is None else (row.Person, day_row(row))


def _named(search: str) -> list[sa.ColumnElement[bool]]:
    """Whoever has each of the words in name or number."""
    return [
        sa.or_(Person.name.icontains(word, autoescape=True), Person.number.icontains(word, autoescape=True))
        for word in search.split()[:6]
    ]

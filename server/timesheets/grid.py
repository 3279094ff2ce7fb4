"""The month as a grid: who has days there, page by page, and each of their days in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.hours import DayRow, DayState, PeriodSum
from server.kernel.db import ScopedSession, table_of
from server.people.model import Person
from server.timesheets.queries import day_row, days_seen
from server.timesheets.rules.parts import together, worst_of
from server.timesheets.sums import sums_of

_person = table_of(Person).c  # whoever may read a day may read the name on it


class Cell(NamedTuple):
    """One day of one person as the grid shows it. Amounts are minutes."""

    state: DayState
    worked_min: int
    overtime_min: int
    missing_min: int
    late_min: int
    early_min: int


class Named(NamedTuple):
    """Whose day it is."""

    id: str
    number: str
    name: str


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
    seen = days_seen(session)
    days = [seen.day >= from_day, seen.day <= to_day, *here]
    found = sa.select(_person.id, _person.number, _person.name).where(
        _person.id.in_(sa.select(seen.person_id).where(*days)), *_named(search)
    )
    total = session.execute(sa.select(sa.func.count()).select_from(found.subquery())).scalar_one()
    people = session.execute(found.order_by(_person.number, _person.id).offset(offset).limit(limit)).all()
    ids = [row.id for row in people]
    cells: dict[str, dict[date, Cell]] = {person_id: {} for person_id in ids}
    if ids:
        overtime = seen.overtime_normal_min + seen.overtime_weekend_min + seen.overtime_holiday_min
        asked = sa.select(
            seen.person_id, seen.day, seen.state, seen.worked_min, overtime.label("overtime_min"),
            seen.missing_min, seen.late_min, seen.early_min,
        ).where(seen.person_id.in_(ids), *days)  # fmt: skip
        for row in session.execute(asked):
            cell, other = Cell(*row[2:]), cells[row.person_id].get(row.day)
            cells[row.person_id][row.day] = cell if other is None else _both(cell, other)
    sums = {one.person_id: one for one in sums_of(session, ids, from_day, to_day, *here)}
    return [GridRow(row.id, row.number, row.name, cells[row.id], sums[row.id]) for row in people], total


def _both(one: Cell, other: Cell) -> Cell:
    """Two parts of a day in one cell, for who looks after both stores: the state is the one that somebody has to look at."""
    return Cell(worst_of([one.state, other.state]), *(a + b for a, b in zip(one[1:], other[1:], strict=True)))


def totals(
    session: ScopedSession, here: Sequence[sa.ColumnElement[bool]], from_day: date, to_day: date, search: str
) -> GridTotals:
    """What all days of that view come to."""
    seen = days_seen(session)
    overtime = seen.overtime_normal_min + seen.overtime_weekend_min + seen.overtime_holiday_min
    conditions: list[Any] = [seen.day >= from_day, seen.day <= to_day, *here]
    if search.strip():
        conditions.append(seen.person_id.in_(sa.select(_person.id).where(*_named(search))))
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(seen.person_id)),
            *(sa.func.coalesce(sa.func.sum(one), 0) for one in (seen.worked_min, overtime, seen.missing_min)),
            *(
                sa.func.coalesce(sa.func.sum(sa.case((seen.state == state, 1), else_=0)), 0)
                for state in ("late", "absent", "unknown")
            ),
        ).where(*conditions)
    ).one()
    return GridTotals(*(int(value) for value in row))


def day_of(session: ScopedSession, person_id: str, day: date) -> tuple[Named, DayRow] | None:
    """One derived day within reach, with its person; what there are of its parts together where it is read in parts."""
    seen = days_seen(session)
    found = (
        sa.select(seen.id, seen.revision, seen.body, _person.id.label("who"), _person.number, _person.name)
        .join(table_of(Person), _person.id == seen.person_id)
        .where(seen.person_id == person_id, seen.day == day)
    )
    rows = session.execute(found).all()
    if not rows:
        return None
    return Named(rows[0].who, rows[0].number, rows[0].name), together([day_row(row) for row in rows])


def beside(session: ScopedSession, person_id: str, day: date) -> tuple[date | None, date | None]:
    """The nearest days before and after that there is something to see of; None where there is none."""
    seen = days_seen(session)
    theirs = seen.person_id == person_id
    before = session.scalar(sa.select(sa.func.max(seen.day)).where(theirs, seen.day < day))
    after = session.scalar(sa.select(sa.func.min(seen.day)).where(theirs, seen.day > day))
    return before, after


def _named(search: str) -> list[sa.ColumnElement[bool]]:
    """Whoever has each of the words in name or number."""
    return [
        sa.or_(_person.name.icontains(word, autoescape=True), _person.number.icontains(word, autoescape=True))
        for word in search.split()[:6]
    ]

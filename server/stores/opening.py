"""When stores are open: what is said, and what can be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from contract.ids import new_id
from contract.opening import OneDay, Opening, SetOpeningDay, SetOpeningHours, WeekFrom, are_hours
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.stores.events import OpeningHoursChanged
from server.stores.model import OpeningDay, OpeningWeek, Store

EVER, NEVER_AFTER = date(1900, 1, 1), date(9000, 1, 1)
NEIGHBOURS = timedelta(days=3)
"""A night shift reaches into the days after its own, and one before opening into the day before."""
_week, _day = table_of(OpeningWeek), table_of(OpeningDay)


@handles(SetOpeningHours, needs=Permission.MANAGE_STORES)
def set_opening_hours(work: Work, op: SetOpeningHours) -> None:
    """The same from-day said again is corrected."""
    work.find(Store, op.store_id, "stores.unknown")
    if len(op.week) not in (0, 7) or not all(are_hours(day) for day in op.week):
        raise Problem("stores.hours_invalid", field="week")
    from_day, week = _a_day(op.from_day, "from_day"), [[list(one) for one in day] for day in op.week]
    asked = sa.select(OpeningWeek).where(OpeningWeek.store_id == op.store_id, OpeningWeek.from_day == from_day)
    known = work.session.scalars(asked).one_or_none()
    if known is None:
        work.add(OpeningWeek(id=new_id(), store_id=op.store_id, from_day=from_day, week=week))
    else:
        known.week = week
    tell(work, OpeningHoursChanged(op.store_id))


@handles(SetOpeningDay, needs=Permission.MANAGE_STORES)
def set_opening_day(work: Work, op: SetOpeningDay) -> None:
    """Nothing said of the day any more where it is as usual again."""
    work.find(Store, op.store_id, "stores.unknown")
    if op.hours is not None and not are_hours(op.hours):
        raise Problem("stores.hours_invalid", field="hours")
    day = _a_day(op.day, "day")
    asked = sa.select(OpeningDay).where(OpeningDay.store_id == op.store_id, OpeningDay.day == day)
    known = work.session.scalars(asked).one_or_none()
    if op.hours is None:
        if known is not None:
            work.session.delete(known)
    elif known is None:
        hours = [list(one) for one in op.hours]
        work.add(OpeningDay(id=new_id(), store_id=op.store_id, day=day, hours=hours, note=op.note.strip()))
    else:
        known.hours, known.note = [list(one) for one in op.hours], op.note.strip()
    tell(work, OpeningHoursChanged(op.store_id))


def _a_day(text: str, field: str) -> date:
    """The day that is meant; a day no calendar has is refused."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("wire.invalid", field=field) from None


def openings(connection: sa.Connection, stores: Sequence[str], first: date, last: date) -> Mapping[str, Opening]:
    """What is said of when these stores are open from a day to a day, and of the days beside them; a store nobody said anything
    of is absent. Reads with the reach of the connection."""
    weeks: dict[str, list[WeekFrom]] = {}
    days: dict[str, list[OneDay]] = {}
    asked = sa.select(_week).where(within(_week.c.store_id, stores), _week.c.from_day <= last + NEIGHBOURS)
    for row in connection.execute(asked.order_by(_week.c.from_day)):
        mine = weeks.setdefault(row.store_id, [])
        if row.from_day <= first - NEIGHBOURS:
            mine.clear()  # a later one counts in all of these days
        mine.append(WeekFrom(from_day=row.from_day.isoformat(), week=[_hours(day) for day in row.week]))
    between = _day.c.day.between(first - NEIGHBOURS, last + NEIGHBOURS)
    for row in connection.execute(sa.select(_day).where(within(_day.c.store_id, stores), between).order_by(_day.c.day)):
        days.setdefault(row.store_id, []).append(OneDay(day=row.day.isoformat(), hours=_hours(row.hours), note=row.note))
    return {
        store: Opening(store_id=store, weeks=weeks.get(store, []), days=days.get(store, []))
        for store in sorted({*weeks, *days})
    }  # fmt: skip


def opening_of(session: ScopedSession, store_id: str, first: date = EVER, last: date = NEVER_AFTER) -> Opening:
    """The same of one store, empty where nobody said anything; without days all of it."""
    return openings(session.connection(), [store_id], first, last).get(store_id) or Opening(store_id=store_id)


def _hours(kept: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    return [(opens, closes) for opens, closes in kept]

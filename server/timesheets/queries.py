"""Questions about derived days: those of people, a page of them, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.hours import DayRow, DaysPage, DaysQuery
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.org.queries import at_home_below, is_below
from server.timesheets.model import WorkDay
from server.timesheets.part_model import SeenDay

read_body = msgspec.json.Decoder(DayRow).decode
MOST_NAMED, MOST_DAYS = 1_000, 62


def days_seen(session: ScopedSession) -> Any:
    """What the reader of a session has of each day, to ask questions of: the day, or where it concerns several stores of which
    they look after one, that store's part. Of a person and date there may be several parts; they come to the day."""
    reader: Actor = session.info["reads_as"]
    reads_all = reader.is_system or reader.device_id is not None or reader.has_everywhere(Permission.READ_HOURS)
    return WorkDay if reads_all or not reader.stores_for(Permission.READ_HOURS) else SeenDay


def day_row(stored: Any) -> DayRow:
    """A stored day as everybody reads it."""
    row = read_body(stored.body)
    return msgspec.structs.replace(row, id=stored.id, revision=stored.revision)


def days_of(session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date) -> list[DayRow]:
    """Whole days within reach by person and date, both ends included; `person_ids` None: of everybody."""
    found = sa.select(WorkDay.id, WorkDay.revision, WorkDay.body).where(WorkDay.day >= from_day, WorkDay.day <= to_day)
    found = found.order_by(WorkDay.person_id, WorkDay.day)
    if person_ids is None:
        return [day_row(row) for row in session.execute(found)]
    rows: list[DayRow] = []
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), MOST_NAMED):
        some = found.where(WorkDay.person_id.in_(wanted[start : start + MOST_NAMED]))
        rows += [day_row(row) for row in session.execute(some)]
    return rows


def days_page(session: ScopedSession, asked: DaysQuery) -> DaysPage:
    """Days within reach by person and date: of a person, at a store, or of a unit. Raises Problem for more than 62 days."""
    from_day, to_day = asked_days(asked)
    day = days_seen(session)
    found = sa.select(day.id, day.revision, day.body).where(
        day.day >= from_day, day.day <= to_day, *matching(session, asked)
    )
    rows, following = page_of(session, found, [day.person_id, day.day, day.id], limit=asked.limit, cursor=asked.cursor)
    return DaysPage(items=[day_row(row) for row in rows], next_cursor=following)


def asked_days(asked: DaysQuery) -> tuple[date, date]:
    """The first and the last day that were asked for."""
    from_day, to_day = _day(asked.from_day, "from_day"), _day(asked.to_day, "to_day")
    if to_day < from_day or (to_day - from_day).days >= MOST_DAYS:
        raise Problem("wire.out_of_range", field="to_day", want=f"{MOST_DAYS} days at most", got=asked.to_day)
    return from_day, to_day


def matching(session: ScopedSession, asked: DaysQuery) -> list[sa.ColumnElement[bool]]:
    """What was asked for besides the days, as conditions. Of a unit: days at its stores, and of people at home there."""
    found: list[sa.ColumnElement[bool]] = []
    day = days_seen(session)
    if asked.person_id is not None:
        found.append(day.person_id == asked.person_id)
    if asked.store_id is not None:
        found.append(day.store_id == asked.store_id)
    if asked.unit_id is not None:
        at_home = day.person_id.in_(at_home_below(session, asked.unit_id))
        found.append(sa.or_(is_below(session, day.store_id, asked.unit_id), at_home))
    return found


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("wire.invalid", field=field) from None

"""Published shifts as planned days: what duties, hours, boards and statements are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.shifts import PlannedShift, Window
from contract.wire import plain
from server.kernel.db import ScopedSession, table_of
from server.kernel.perform import Work
from server.kernel.sets import within
from server.postings.model import Posting
from server.rosters.model import Publication, RosterShift
from server.rosters.rules import days_between
from server.shifts.model import PlannedDay
from server.shifts.places import load_places
from server.shifts.planning import DayPlan, plan_days
from server.shifts.rules.days import Template

_planned, _shift, _posting = table_of(PlannedDay), table_of(RosterShift), table_of(Posting)
_publication = table_of(Publication)
_WINDOWS = list[Window]
PHONE_AHEAD = timedelta(hours=72)  # how long before a posting a phone holds its store (server/sync/scopes.py)


def windows_of(own: Sequence[Any], template: Template | None) -> list[Window]:
    """The windows of a shift: its own, else the template's, as they are now; its store is said elsewhere."""
    said = msgspec.convert(own, _WINDOWS) if own else list(template.windows) if template is not None else []
    return [Window(starts_min=one.starts_min, ends_min=one.ends_min) for one in said]


def stretch_id(placed_id: str) -> str:
    """The id of the stretch of a shift's window."""
    return derived_id("roster_stretch", placed_id)


class Hosted(NamedTuple):
    """A posting to a store, as far as phones are concerned."""

    person_id: str
    starts_on: date
    ends_on: date | None


def hosted_at(session: ScopedSession, store_id: str, now: datetime) -> list[Hosted]:
    """The postings because of which phones hold a store by themselves, now or soon."""
    p = _posting.c
    asked = sa.select(p.person_id, p.starts_on, p.ends_on).where(p.store_id == store_id, p.starts_at <= now + PHONE_AHEAD)
    return [Hosted(*row) for row in session.connection().execute(asked)]


def is_guest(hosted: Sequence[Hosted], person_id: str | None, day: date) -> bool:
    """Whether a shift's person comes from elsewhere: their phone hears of it by their own name."""
    return person_id is not None and not any(
        one.person_id == person_id and one.starts_on <= day and (one.ends_on is None or day < one.ends_on) for one in hosted
    )


def anybody_unplanned(session: ScopedSession, store_id: str, from_day: date, to_day: date) -> bool:
    """Whether nobody has published some of these days yet: without a shift on them people will be off."""
    p = _publication.c
    asked = sa.select(p.from_day, p.to_day).where(p.store_id == store_id, p.from_day <= to_day, p.to_day >= from_day)
    covered = {day for row in session.connection().execute(asked) for day in days_between(row.from_day, row.to_day)}
    return not covered.issuperset(days_between(from_day, to_day))


def write(work: Work, from_day: date, to_day: date, people: Sequence[str]) -> None:
    """Plan these days of these people as rosters have them, at all stores together. Whoever is posted to a store that has
    published the day and has no shift is off; whom no roster plans any more is as their pattern says. Only what differs is
    written. `work` reaches every row."""
    session = work.session
    session.flush()
    connection = session.connection()
    mine: dict[tuple[str, date], list[Any]] = {}
    s = _shift.c
    asked = sa.select(s.person_id, s.day, s.store_id, s.template, s.windows, s.starts_at).where(
        within(s.person_id, people), s.day.between(from_day, to_day)
    )
    for row in connection.execute(asked.order_by(s.starts_at)):
        mine.setdefault((row.person_id, row.day), []).append(row)
    held = _held(connection, people, from_day, to_day)
    places = load_places(session, people, from_day, to_day)
    published = _published(connection, from_day, to_day)
    plans: list[DayPlan] = []
    for person_id in people:
        for day in days_between(from_day, to_day):
            place = places.of(person_id, day)
            if place is None:
                continue
            rows = mine.get((person_id, day))
            was = held.get((person_id, day))
            if rows:
                shifts: list[PlannedShift] | None = [one for row in rows for one in _shifts_of(row)]
            elif place.store_id is not None and (place.store_id, day) in published:
                shifts = []
            elif was is not None and was[1] == "roster":
                shifts = None
            else:
                continue
            if (was is None and shifts is None) or (was is not None and was == (plain(shifts), "roster")):
                continue
            plans.append(DayPlan(person_id, day, shifts))
    plan_days(work, plans, source="roster")


def _shifts_of(row: Any) -> list[PlannedShift]:
    """A published shift as planned ones: a split shift is one for each window."""
    return [
        PlannedShift(template=row.template, store_id=row.store_id, windows=[one])
        for one in msgspec.convert(row.windows, _WINDOWS)
    ]


def _held(connection: sa.Connection, people: Sequence[str], from_day: date, to_day: date) -> dict[tuple[str, date], Any]:
    p = _planned.c
    asked = sa.select(p.person_id, p.day, p.shifts, p.source).where(within(p.person_id, people), p.day.between(from_day, to_day))
    return {(row.person_id, row.day): (row.shifts, row.source) for row in connection.execute(asked)}


def _published(connection: sa.Connection, from_day: date, to_day: date) -> set[tuple[str, date]]:
    """The days of all stores that are published."""
    p = _publication.c
    asked = sa.select(p.store_id, p.from_day, p.to_day).where(p.from_day <= to_day, p.to_day >= from_day)
    return {
        (row.store_id, day)
        for row in connection.execute(asked)
        for day in days_between(max(row.from_day, from_day), min(row.to_day, to_day))
    }

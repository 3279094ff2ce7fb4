"""Duties as rows: computed of templates, patterns and planned days, written where they differ from what is there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.feed import mark
from server.kernel.perform import Act, Work, reading, writing
from server.org.queries import company_day
from server.people.model import Person
from server.shifts.events import DutiesChanged
from server.shifts.model import Duty, PatternAssignment, PlannedDay
from server.shifts.places import load_places, named
from server.shifts.planner import load_planner

# Duties are there from yesterday to two weeks ahead; what changes for an earlier day is computed back to it, at most so far.
AHEAD, BACK, OLDEST = timedelta(days=14), timedelta(days=1), timedelta(days=400)
# Devices hold what is younger than this.
ON_DEVICES = timedelta(days=35)
_duty, _planned, _assignment = table_of(Duty), table_of(PlannedDay), table_of(PatternAssignment)
AT_ONCE = 800
_LOCK = 4_100_410  # any number, the same for everybody who writes duties


def refresh_duties(
    session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date
) -> DutiesChanged | None:
    """Make the duties of these people (None: everybody) what the plans say, from a day to a day, both included.

    Only what differs is written, and devices hear of that only. Answers whose duties changed; None when nobody's did. Two who do
    this at once wait for each other: each computes of what the other has left.
    """
    if to_day < from_day or (person_ids is not None and not person_ids):
        return None
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if not _anything(connection, from_day, to_day):
        return None
    people = load_places(session, None, from_day, to_day).people() if person_ids is None else list(dict.fromkeys(person_ids))
    days = [from_day + timedelta(days=n) for n in range((to_day - from_day).days + 1)]
    changed: set[str] = set()
    seen: set[date] = set()
    for some in _portions(people, AT_ONCE):
        _refresh_some(session, list(some), days, changed, seen)
    return DutiesChanged(frozenset(changed), min(seen), max(seen)) if changed else None


def _portions(some: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (some[first : first + size] for first in range(0, len(some), size))


def _anything(connection: sa.Connection, from_day: date, to_day: date) -> bool:
    """Whether anybody planned anything; a company without shifts pays one look for it."""
    asked = sa.select(
        sa.exists().where(_assignment.c.from_day <= to_day)
        | sa.exists().where(_planned.c.day.between(from_day, to_day))
        | sa.exists().where(_duty.c.day.between(from_day, to_day))
    )
    return bool(connection.execute(asked).scalar_one())


def _refresh_some(
    session: ScopedSession, people: Sequence[str], days: Sequence[date], changed: set[str], seen: set[date]
) -> None:
    planner = load_planner(session, people, days)
    connection = session.connection()
    held = _held(connection, people, days)
    fresh: list[dict[str, object]] = []
    stale: list[str] = []
    youngest = company_day(session.info["now"]) - ON_DEVICES
    for person_id in people:
        for day in days:
            made, was = planner.of(person_id, day), held.get((person_id, day))
            if made is None and was is None:
                continue
            if made is not None and was is not None and (made[0].body, made[1]) == was:
                continue
            row_id = derived_id("duty", person_id, day.isoformat())
            if was is not None:
                stale.append(row_id)
            if made is not None:
                (body, starts_at, ends_at), unit_id, store_id = made
                fresh.append(
                    {
                        "id": row_id, "person_id": person_id, "day": day, "unit_id": unit_id, "store_id": store_id,
                        "starts_at": starts_at, "ends_at": ends_at, "is_off": starts_at is None, "body": body,
                    }
                )  # fmt: skip
            if day >= youngest:
                mark(session, f"person:{person_id}", "duty", row_id, gone=made is None)
            changed.add(person_id)
            seen.add(day)
    for some in _portions(stale, 500):
        connection.execute(sa.delete(_duty).where(_duty.c.id.in_(some)))
    insert_many(connection, _duty, fresh)


def _held(connection: sa.Connection, people: Sequence[str], days: Sequence[date]) -> dict[tuple[str, date], tuple[str, str]]:
    """(body, unit) of the duties that are there, by person and day. Ids are read once each: making one takes longer than
    reading the rest of its row."""
    raw = (sa.type_coerce(column, sa.String) for column in (_duty.c.person_id, _duty.c.unit_id))
    asked = sa.select(*raw, _duty.c.day, _duty.c.body).where(_duty.c.day.between(days[0], days[-1]))
    known: dict[object, str] = {}
    found = {}
    for person, unit, day, body in connection.execute(named(asked, _duty.c.person_id, people)):
        for one in (person, unit):
            if one not in known:
                known[one] = str(uuid.UUID(str(one)))
        found[known[person], day] = (body, known[unit])
    return found


def keep_duties(db: Database, now: datetime, secret: bytes, person_ids: Sequence[str] | None, from_day: date) -> int:
    """Bring the duties of these people (None: everybody) up to date, from a day to two weeks ahead, in small transactions so
    that nobody waits long. Answers whose changed, as a number. Asking again changes nothing."""
    today = company_day(now)
    first, last = max(from_day, today - OLDEST), today + AHEAD
    if person_ids is None:
        with reading(db, Actor.system()) as session:
            if not _anything(session.connection(), first, last):
                return 0
            person_ids = sorted(session.scalars(sa.select(Person.id)))
    changed = 0
    for some in _portions(person_ids, AT_ONCE):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            found = refresh_duties(session, list(some), first, last)
            if found is not None:
                if found.to_day == last:  # a new day has come: an old one goes
                    _off_devices(session, some, today - ON_DEVICES - timedelta(days=1))
                now_ms = to_ms(now)
                act = Act(op_id, None, None, TimeTaken(now_ms, now_ms, now_ms, "exact"), now)
                tell(Work(session, Actor.system(), now, act, secret), found)
                changed += len(found.person_ids or ())
    return changed


def _off_devices(session: ScopedSession, people: Sequence[str], day: date) -> None:
    """A duty that has grown old leaves the devices; it stays here."""
    asked = sa.select(_duty.c.id, _duty.c.person_id).where(_duty.c.day == day, _duty.c.person_id.in_(people))
    for row in session.connection().execute(asked):
        mark(session, f"person:{row.person_id}", "duty", row.id, gone=True)

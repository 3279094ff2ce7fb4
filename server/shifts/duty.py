"""Duties as rows: computed of templates, patterns and planned days, written where they differ from what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, instant, to_ms
from contract.shifts import DutyRow
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
from server.shifts.planner import Planner, load_planner

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
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
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
    between = _duty.c.day.between(days[0], days[-1])
    asked = sa.select(_duty.c.id, _duty.c.person_id, _duty.c.day, _duty.c.body, _duty.c.unit_id)
    held = {
        (row.person_id, row.day): row
        for row in connection.execute(named(asked.where(between), _duty.c.person_id, people))
    }  # fmt: skip
    fresh: list[dict[str, object]] = []
    stale: list[str] = []
    youngest = company_day(session.info["now"]) - ON_DEVICES
    for person_id in people:
        for day in days:
            row = _row_of(planner, person_id, day)
            was = held.get((person_id, day))
            if row is None and was is None:
                continue
            if row is not None and was is not None and was.body == row["body"] and was.unit_id == row["unit_id"]:
                continue
            if was is not None:
                stale.append(was.id)
            if row is not None:
                fresh.append(row)
            if day >= youngest:
                pk = was.id if was is not None else str(row["id"]) if row is not None else ""
                mark(session, f"person:{person_id}", "duty", pk, gone=row is None)
            changed.add(person_id)
            seen.add(day)
    for some in _portions(stale, 500):
        connection.execute(sa.delete(_duty).where(_duty.c.id.in_(some)))
    insert_many(connection, _duty, fresh)


def _row_of(planner: Planner, person_id: str, day: date) -> dict[str, object] | None:
    found = planner.of(person_id, day)
    if found is None:
        return None
    duty, unit_id, store_id = found
    row_id = derived_id("duty", person_id, duty.day)
    body = msgspec.structs.replace(duty, id=row_id, person_id=person_id)
    span = _span(duty)
    return {
        "id": row_id, "person_id": person_id, "day": day, "unit_id": unit_id, "store_id": store_id,
        "starts_at": span[0] if span else None, "ends_at": span[1] if span else None, "is_off": span is None,
        "body": msgspec.json.encode(body).decode(),
    }  # fmt: skip


def _span(duty: DutyRow) -> tuple[datetime, datetime] | None:
    if not duty.windows:
        return None
    return instant(duty.windows[0].starts_ms), instant(max(window.ends_ms for window in duty.windows))


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

"""Computing marked days anew: all people of a step at once, writing only what came out differently.

The marks go away in the transaction that writes the rows, so a crash leaves both or neither. Of two processes that come at
the same time one has a person and the other leaves them for its next step (on SQLite one waits for the other): a row is never
written from facts older than those of the row it replaces.
"""

from __future__ import annotations

import threading
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from contract.hours import DayRow
from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many, update_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.feed import mark
from server.kernel.http import Outpost
from server.kernel.perform import Act, Work, reading, writing
from server.leave.lieu import credit_days
from server.people.model import Person
from server.timesheets.closings import is_any_closed
from server.timesheets.events import DaysChanged
from server.timesheets.gathering import Row, gather
from server.timesheets.marking import is_any_due
from server.timesheets.model import AMOUNTS, ON_DEVICES, DirtyDay, LateChange, WorkDay
from server.timesheets.notices import tell_of_trouble
from server.timesheets.parts import write_parts

log = structlog.get_logger()
PEOPLE_AT_ONCE, MARKS_AT_ONCE = 100, 3_000
TRIED_AGAIN = timedelta(minutes=5)
_dirty, _work_day, _late = table_of(DirtyDay), table_of(WorkDay), table_of(LateChange)
_person = table_of(Person)
_encode = msgspec.json.encode
Key = tuple[str, date]


class Done(NamedTuple):
    """What one step did: people looked at, days computed, rows that came out differently."""

    people: int = 0
    computed: int = 0
    changed: int = 0


def step(db: Database, now: datetime, secret: bytes, only: Sequence[str] | None = None) -> Done:
    """Compute marked days of some people (`only`: of these). Asking again when nothing is marked does nothing."""
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        people = _locked(session, now, only)
        if not people:
            return Done()
        wanted: dict[str, set[date]] = defaultdict(set)
        for person_id, day in _take_marks(session, people, now):
            wanted[person_id].add(day)
        return compute(system_work(session, now, secret), wanted)


def system_work(session: ScopedSession, now: datetime, secret: bytes) -> Work:
    """The circumstances in which the system itself follows up on what became of days."""
    now_ms = to_ms(now)
    op_id: str = session.info["op_id"]
    return Work(session, Actor.system(), now, Act(op_id, None, None, TimeTaken(now_ms, now_ms, now_ms, "exact"), now), secret)


def due_people(now: datetime) -> sa.Select[tuple[str]]:
    """Whose marks are due, the oldest mark first, as many as a step takes."""
    # limits are written out: a plan that does not know how few people these are looks at everybody
    marks, people = sa.literal_column(str(MARKS_AT_ONCE)), sa.literal_column(str(PEOPLE_AT_ONCE))
    due = sa.select(_dirty.c.person_id, _dirty.c.due_at, _dirty.c.id).where(_dirty.c.due_at <= now)
    oldest = due.order_by(_dirty.c.due_at, _dirty.c.id).limit(marks).subquery()
    of_each = sa.select(oldest.c.person_id).group_by(oldest.c.person_id)
    return of_each.order_by(sa.func.min(oldest.c.due_at), sa.func.min(oldest.c.id)).limit(people)


def _locked(session: ScopedSession, now: datetime, only: Sequence[str] | None) -> list[str]:
    """Those whose marks are due (or `only` these) and that nobody else computes just now, ours until this transaction ends.
    Punches do not wait for it: they only see to it that the person stays, and that this lock allows. SQLite has one writer."""
    free = sa.select(_person.c.id).where(_person.c.id.in_(due_people(now) if only is None else only)).order_by(_person.c.id)
    return list(session.connection().execute(free.with_for_update(key_share=True, skip_locked=True)).scalars())


def _take_marks(session: ScopedSession, people: Sequence[str], now: datetime) -> Sequence[Any]:
    """The marks of these people that are due, which are gone with this transaction."""
    # taken after the lock: what was marked until now is seen, and the facts are read after the marks
    due = sa.select(_dirty.c.id).where(_dirty.c.person_id.in_(people), _dirty.c.due_at <= now)
    oldest = due.order_by(_dirty.c.due_at, _dirty.c.id).limit(sa.literal_column(str(MARKS_AT_ONCE)))
    taken = sa.delete(_dirty).where(_dirty.c.id.in_(oldest)).returning(_dirty.c.person_id, _dirty.c.day)
    return session.connection().execute(taken).all()


def compute(work: Work, wanted: Mapping[str, set[date]]) -> Done:
    """Compute these days of these people and write what came out differently. What is closed stays as it was closed."""
    days = [day for some in wanted.values() for day in some]
    if not days:
        return Done()
    session = work.session
    gathered = gather(session, sorted(wanted), min(days), max(days))
    rows: dict[Key, Row] = {}
    for person_id, some in wanted.items():
        for row in gathered.rows(person_id, some, work.now):
            rows[person_id, row.day] = row
    keys = {(person_id, day) for person_id, some in wanted.items() for day in some}
    changed = write_rows(work, keys, rows)
    again = [
        {"person_id": person_id, "day": day, "due_at": row.look_again}
        for (person_id, day), row in rows.items()
        if row.look_again is not None
    ]
    again += [
        {"person_id": person_id, "day": day, "due_at": begins}
        for person_id, day in keys - rows.keys()
        if (begins := gathered.begins_at(person_id, day)) > work.now
    ]
    _look_again(session, again)
    return Done(len(wanted), len(keys), changed)


def _look_again(session: ScopedSession, marks: Sequence[dict[str, Any]]) -> None:
    """Leave marks for later, where the same is not marked already."""
    connection = session.connection()
    people = sorted({one["person_id"] for one in marks})
    known: set[tuple[str, date, datetime]] = set()
    if people:
        found = sa.select(_dirty.c.person_id, _dirty.c.day, _dirty.c.due_at).where(_dirty.c.person_id.in_(people))
        known = {(row.person_id, row.day, row.due_at) for row in connection.execute(found)}
    insert_many(connection, _dirty, [one for one in marks if (one["person_id"], one["day"], one["due_at"]) not in known])


def write_rows(work: Work, keys: set[Key], rows: Mapping[Key, Row]) -> int:
    """Bring the table to what was computed for `keys`: rows that differ get the next revision, days without anything to say
    go. Answers how many days changed."""
    session = work.session
    stored, late_before = _stored(session, keys)
    closed = is_any_closed(session, keys)
    fresh: list[dict[str, Any]] = []
    differing: list[dict[str, Any]] = []
    gone: list[Any] = []
    late: dict[Key, tuple[Any, DayRow | None]] = {}
    for key in sorted(keys):
        row, old = rows.get(key), stored.get(key)
        body = row.body if row is not None else None
        text = _encode(body) if body is not None else b""
        same = (old.body.encode() if old is not None else b"") == text
        if key in closed:
            late[key] = (old, None if same else body or DayRow(person_id=key[0], day=key[1].isoformat(), state="unplanned"))
        elif same:
            continue
        elif row is None:
            gone.append(old)
        elif old is None:
            fresh.append(_values(key, row, text, 1, work.now))
        else:
            differing.append(_values(key, row, text, old.revision + 1, work.now))
    connection = session.connection()
    insert_many(connection, _work_day, fresh)
    update_many(connection, _work_day, "id", differing)
    for start in range(0, len(gone), 500):
        connection.execute(sa.delete(_work_day).where(_work_day.c.id.in_([row.id for row in gone[start : start + 500]])))
    youngest = work.now.date() - ON_DEVICES
    for values in (*fresh, *differing):
        if values["day"] >= youngest:
            mark(session, f"private:{values['person_id']}", "day", values["id"])
    for row in gone:
        if row.day >= youngest:
            mark(session, f"private:{row.person_id}", "day", row.id, gone=True)
    write_parts(session, {key: row.parts for key, row in rows.items() if key not in closed}, stored, gone)
    _credit_lieu(session, stored, [*fresh, *differing], gone, work.now)
    _write_late(session, late, late_before, work.now)
    told = [(values["person_id"], values["day"]) for values in (*fresh, *differing)]
    tell_of_trouble(work, [(rows[key].body, rows[key].parts) for key in told])
    moved: dict[str, list[date]] = defaultdict(list)
    for person_id, day in [*told, *((row.person_id, row.day) for row in gone)]:
        moved[person_id].append(day)
    for person_id, some in moved.items():
        tell(work, DaysChanged(person_id, tuple(sorted(some))))
    return len(told) + len(gone)


def _stored(session: ScopedSession, keys: set[Key]) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """What is in the table for these days, and what is known to have come too late for them."""
    days, people = [day for _, day in keys], sorted({person_id for person_id, _ in keys})
    c, late, none = _work_day.c, _late.c, sa.literal_column("0", sa.Integer)
    found = sa.union_all(
        sa.select(none.label("late"), c.id, c.person_id, c.day, c.body, c.revision, c.worked_min, c.in_lieu_min, c.parts).where(
            c.person_id.in_(people), c.day >= min(days), c.day <= max(days)
        ),
        sa.select(sa.literal_column("1"), late.id, late.person_id, late.day, late.body, none, none, none, none).where(
            late.person_id.in_(people), late.day >= min(days), late.day <= max(days)
        ),
    )
    kept: tuple[dict[Key, Any], dict[Key, Any]] = {}, {}
    for row in session.connection().execute(found).all():
        if (row.person_id, row.day) in keys:
            kept[row.late][row.person_id, row.day] = row
    return kept


def _credit_lieu(
    session: ScopedSession, stored: Mapping[Key, Any], written: Sequence[Mapping[str, Any]], gone: Sequence[Any], now: datetime
) -> None:
    """Time off in lieu follows the days that earn it: only where what a day gives back has changed."""
    earned = {(values["person_id"], values["day"]): int(values["in_lieu_min"]) for values in written}
    earned |= {(row.person_id, row.day): 0 for row in gone}
    changed = {key: minutes for key, minutes in earned.items() if minutes != (stored[key].in_lieu_min if key in stored else 0)}
    if changed:
        credit_days(session, changed, now)


_amounts = attrgetter(*AMOUNTS)


def _values(key: Key, row: Row, text: bytes, revision: int, now: datetime) -> dict[str, Any]:
    body = row.body
    values = dict(zip(AMOUNTS, _amounts(body), strict=True))
    values.update(
        id=derived_id("work_day", key[0], body.day), person_id=key[0], day=key[1], store_id=body.store_id, state=body.state,
        parts=len(row.parts) or 1, revision=revision, computed_at=now, body=msgspec.Raw(text),
    )  # fmt: skip
    return values


def _write_late(
    session: ScopedSession, late: Mapping[Key, tuple[Any, DayRow | None]], before: Mapping[Key, Any], now: datetime
) -> None:
    """What a closed day would have come to now; nothing any more for days that agree, or whose month is open again."""
    connection = session.connection()
    for key, row in before.items():
        said = late[key][1] if key in late else None
        if said is None or _encode(said).decode() != row.body:
            connection.execute(sa.delete(_late).where(_late.c.id == row.id))
    fresh = [
        {
            "id": derived_id("late_change", key[0], key[1].isoformat()), "person_id": key[0], "day": key[1],
            "store_id": body.store_id, "found_at": now, "worked_before": old.worked_min if old is not None else 0,
            "worked_after": body.worked_min, "body": text,
        }
        for key, (old, body) in late.items()
        if body is not None and (text := _encode(body).decode()) != (before[key].body if key in before else None)
    ]  # fmt: skip
    insert_many(connection, _late, fresh)


def catch_up(out: Outpost, *, most: int = 1_000) -> Done:
    """Compute everything that is marked and due, in steps. Answers what was done in all."""
    total = Done()
    for _ in range(most):
        try:
            done = step(out.db, out.clock(), out.settings.secret)
        except Exception:
            log.error("days are computed one person at a time", error=traceback.format_exc())
            done = _one_by_one(out)
        if not done.people:
            break
        total = Done(total.people + done.people, total.computed + done.computed, total.changed + done.changed)
    return total


def _one_by_one(out: Outpost) -> Done:
    """A person whose days cannot be computed holds up nobody else: they are tried again later."""
    now = out.clock()
    with reading(out.db, Actor.system()) as session:
        people = list(session.connection().execute(due_people(now)).scalars())
    total = Done()
    for person_id in people:
        try:
            done = step(out.db, now, out.settings.secret, [person_id])
        except Exception:
            log.error("the days of a person could not be computed", person=person_id, error=traceback.format_exc())
            with writing(out.db, Actor.system(), op_id=new_id(), now=now) as session:
                mine = sa.update(_dirty).where(_dirty.c.person_id == person_id, _dirty.c.due_at <= now)
                session.connection().execute(mine.values(due_at=now + TRIED_AGAIN))
            continue
        total = Done(total.people + done.people, total.computed + done.computed, total.changed + done.changed)
    return total


class Reckoner(threading.Thread):
    """Looks every second. One in each process: the lock on a person lets one of them at their days at a time."""

    def __init__(self, out: Outpost, *, pause_s: float = 1.0) -> None:
        super().__init__(name="reckoner", daemon=True)
        self._out, self._pause_s = out, pause_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._out.db.glance() as connection:
                    due = is_any_due(connection, self._out.clock())
                if due:
                    catch_up(self._out)
            except Exception:
                log.error("the reckoner goes on after a failure", error=traceback.format_exc())
            self._stopped.wait(self._pause_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        self._stopped.set()
        self.join(timeout_s)

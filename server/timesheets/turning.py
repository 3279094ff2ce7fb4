"""What time alone does to days: they begin, and a silent device speaks at last. Both only mark; both are safe to do twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from server.devices.queries import heard_until
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.feed import mark
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import writing
from server.shifts.model import Duty
from server.timesheets.marking import AT_ONCE, mark_days
from server.timesheets.model import ON_DEVICES, DirtyDay, WorkDay
from server.timesheets.queries import read_body

BEGIN_EVERY, LISTEN_EVERY = timedelta(minutes=5), timedelta(seconds=30)
LOOK_BACK, AHEAD, UNKNOWN_FOR = timedelta(days=7), timedelta(hours=14), timedelta(days=62)
_duty, _dirty, _work_day = table_of(Duty), table_of(DirtyDay), table_of(WorkDay)


def begin_days(db: Database, now: datetime) -> int:
    """Mark planned days that have begun and have no row yet. Answers how many. What was marked for later stays as it is."""
    first, last = (now - LOOK_BACK).date(), (now + AHEAD).date()
    known = sa.exists().where(_work_day.c.person_id == _duty.c.person_id, _work_day.c.day == _duty.c.day)
    marked = sa.exists().where(_dirty.c.person_id == _duty.c.person_id, _dirty.c.day == _duty.c.day)
    begun = sa.select(_duty.c.person_id, _duty.c.day, sa.literal(AT_ONCE, _dirty.c.due_at.type)).where(
        _duty.c.day.between(first, last), ~known, ~marked
    )
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        insert = sa.insert(_dirty).from_select(["person_id", "day", "due_at"], begun)
        return session.connection().execute(insert).rowcount


def listen_again(db: Database, now: datetime) -> int:
    """Mark unknown days whose silent device has spoken since, or is known no more. Answers how many."""
    unknown = sa.select(_work_day.c.person_id, _work_day.c.day, _work_day.c.store_id, _work_day.c.body).where(
        _work_day.c.state == "unknown", _work_day.c.day >= (now - UNKNOWN_FOR).date()
    )
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        rows = session.connection().execute(unknown).all()
        if not rows:
            return 0
        stores = sorted({row.store_id for row in rows if row.store_id is not None})
        heard = heard_until(session, person_ids=sorted({row.person_id for row in rows}), store_ids=stores)
        marks = set()
        for row in rows:
            devices = [*heard.phones.get(row.person_id, ()), *heard.tablets.get(row.store_id or "", ())]
            if read_body(row.body).silent_since_ms not in {to_ms(device.until) for device in devices}:
                marks.add((row.person_id, row.day))
        mark_days(session.connection(), marks)
        return len(marks)


def leave_devices(db: Database, now: datetime) -> int:
    """Days that have grown old leave the phones; here they stay. Answers how many. To be done once a day."""
    old = now.date() - ON_DEVICES - timedelta(days=1)
    asked = sa.select(_work_day.c.id, _work_day.c.person_id).where(_work_day.c.day == old).order_by(_work_day.c.id)
    with db.snapshot() as connection:
        rows = connection.execute(asked).all()
    for start in range(0, len(rows), 500):  # few at a time: nobody's punch waits long
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            for row in rows[start : start + 500]:
                mark(session, f"private:{row.person_id}", "day", row.id, gone=True)
    return len(rows)


@does("begin_days", every=lambda server: BEGIN_EVERY)
def begin(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a planned day on which nobody came is seen too."""
    begin_days(server.db, server.clock())


@does("listen_again", every=lambda server: LISTEN_EVERY)
def listen(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that an unknown day is decided soon after the last device that could hold its punch has reported."""
    listen_again(server.db, server.clock())


@does("days_leave_devices", every=lambda server: timedelta(days=1))
def leave(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a phone's first sync does not grow with the years."""
    leave_devices(server.db, server.clock())

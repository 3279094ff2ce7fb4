"""Who may open the manager's desk on a store's tablet, and by which PIN: read from the dated versions of the store's unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, inspect

from contract import wire
from contract.desk import ManagerRow
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import mark
from server.kernel.perform import DeviceFacts
from server.org.model import UnitVersion
from server.people.model import Person
from server.sync.registry import Bodies, projects

_version, _person = table_of(UnitVersion), table_of(Person)


@projects("manager")
def managers(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Every version that names a manager, the ones to come as well: a tablet turns the page by itself, at the store's own
    midnight. The verifier goes to the store's tablets and nowhere else."""
    rows = connection.execute(
        sa.select(
            _version.c.id, _version.c.unit_id, _version.c.manager_id, _version.c.from_day, _version.c.until,
            _person.c.name, _person.c.active, _person.c.pin_verifier,
        )
        .join(_person, _person.c.id == _version.c.manager_id)
        .where(_version.c.id.in_(sa.bindparam("ids", expanding=True))),
        {"ids": ids},
    )  # fmt: skip
    return {
        row.id: wire.encode(
            ManagerRow(
                id=row.manager_id, name=row.name, from_day=row.from_day.isoformat(),
                until=row.until.isoformat() if row.until is not None else None,
                pin=row.pin_verifier if row.active and device.store_id == row.unit_id else None,
            )
        )
        for row in rows
    }  # fmt: skip


@event.listens_for(ScopedSession, "after_flush")
def _pins_of_managers(session: ScopedSession, _context: Any) -> None:
    """A new PIN, or none any more, changes the row of whoever manages a store."""
    for person in session.dirty:
        if not isinstance(person, Person):
            continue
        seen = inspect(person).attrs
        if not any(seen[name].history.has_changes() for name in ("pin_verifier", "name", "active")):
            continue
        found = sa.select(_version.c.id, _version.c.unit_id).where(_version.c.manager_id == person.id)
        for version_id, unit_id in session.connection().execute(found):
            mark(session, f"desk:{unit_id}", "manager", str(version_id))

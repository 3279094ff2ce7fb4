"""Looks as the person they were at reads them on their phone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.archive.model import Look
from server.archive.queries import look_row
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.people.model import Person
from server.sync.registry import Bodies, projects

_look, _person = table_of(Look), table_of(Person)


@projects("look")
def looks(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Looks by id, with the name of who looked."""
    rows = connection.execute(
        sa.select(_look, _person.c.name.label("reader"))
        .join(_person, _person.c.id == _look.c.reader_id)
        .where(_look.c.id.in_(sa.bindparam("ids", expanding=True))),
        {"ids": ids},
    )
    return {row.id: wire.encode(look_row(row, row.reader)) for row in rows}

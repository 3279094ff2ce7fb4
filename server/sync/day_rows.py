"""Derived days as devices read them: a person's own, on their own phone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects
from server.timesheets.model import WorkDay
from server.timesheets.queries import day_row

_IDS = sa.bindparam("ids", expanding=True)
_day = table_of(WorkDay)


@projects("day")
def days(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Days with their working, as they were last computed."""
    rows = connection.execute(sa.select(_day.c.id, _day.c.revision, _day.c.body).where(_day.c.id.in_(_IDS)), {"ids": ids})
    return {row.id: wire.encode(day_row(row)) for row in rows}

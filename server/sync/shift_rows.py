"""What somebody is due as devices read it: on their own phone and on the tablets of the store they work at."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.shifts.model import Duty
from server.shifts.queries import reader
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_duty = table_of(Duty)


@projects("duty")
def duties(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Duties of people. Devices hold those of the last five weeks and of the two to come."""
    rows = connection.execute(sa.select(_duty.c.id, _duty.c.person_id, _duty.c.body).where(_duty.c.id.in_(_IDS)), {"ids": ids})
    read = reader()
    return {row.id: wire.encode(read(row.person_id, row.body)) for row in rows}

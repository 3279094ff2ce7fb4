"""What somebody is due as devices read it: on their own phone and on the tablets of the store they work at."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.shifts import DutyRow
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.shifts.model import Duty
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_duty = table_of(Duty)
_STORED = msgspec.json.Decoder(DutyRow)


@projects("duty")
def duties(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Duties of people. Devices hold those of the last five weeks and of the two to come."""
    rows = connection.execute(sa.select(_duty.c.id, _duty.c.body).where(_duty.c.id.in_(_IDS)), {"ids": ids})
    return {row.id: wire.encode(_STORED.decode(row.body)) for row in rows}

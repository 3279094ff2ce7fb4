"""Cycles, and people's parts in them, as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.perform import DeviceFacts
from server.scoring.cycle_rows import cycles_by_id, parts_by_id
from server.sync.registry import Bodies, projects


@projects("cycle")
def cycles(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Cycles with the days of their stages."""
    return {row.id: wire.encode(row) for row in cycles_by_id(connection, ids)}


@projects("cycle_person")
def parts(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Goals, interviews and plans: on the own phone, and at the desk of the store."""
    return {row.id: wire.encode(row) for row in parts_by_id(connection, ids)}

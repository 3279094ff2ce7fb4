"""Tasks and onboarding lists as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects
from server.training.rows import onboarding_rows, tasks_by_id


@projects("training_task")
def tasks(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Courses people are to take."""
    return {row.id: wire.encode(row) for row in tasks_by_id(connection, ids)}


@projects("onboarding")
def lists(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """What somebody still needs at a store."""
    return {row.id: wire.encode(row) for row in onboarding_rows(connection, ids)}

"""Weekly statements as devices read them: on the person's own phone, and on the store's tablet for whoever opens it by PIN."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.perform import DeviceFacts
from server.statements.queries import rows_of
from server.sync.registry import Bodies, projects


@projects("statement")
def statements(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """A row for each revision: the newest is what is confirmed, those before are what it is compared with."""
    return {revision_id: wire.encode(row) for revision_id, row in rows_of(connection, ids).items()}

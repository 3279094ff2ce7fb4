"""Inbox items as their receiver's phone reads them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.inbox.model import InboxItem
from server.inbox.queries import item_row
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects

_item = table_of(InboxItem)


@projects("item")
def items(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Items by id."""
    rows = connection.execute(sa.select(_item).where(_item.c.id.in_(sa.bindparam("ids", expanding=True))), {"ids": ids})
    return {row.id: wire.encode(item_row(row)) for row in rows}

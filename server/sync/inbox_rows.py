"""Inbox items as their receiver's phone reads them, and how they wish to be told."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.inbox.channel_queries import wish_row
from server.inbox.channels_model import Wish
from server.inbox.model import InboxItem
from server.inbox.queries import item_row
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects

_item, _wish = table_of(InboxItem), table_of(Wish)


@projects("item")
def items(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Items by id."""
    rows = connection.execute(sa.select(_item).where(_item.c.id.in_(sa.bindparam("ids", expanding=True))), {"ids": ids})
    return {row.id: wire.encode(item_row(row)) for row in rows}


@projects("wish")
def wishes(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Wishes by id."""
    rows = connection.execute(sa.select(_wish).where(_wish.c.id.in_(sa.bindparam("ids", expanding=True))), {"ids": ids})
    return {row.id: wire.encode(wish_row(row)) for row in rows}

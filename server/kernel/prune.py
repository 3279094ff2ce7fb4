"""Pruning the change feed: rows that have been gone for long need not be remembered, and devices that slept longer start over.

A device whose cursor lies below the floor is sent its scopes anew (server/sync/pull.py), so nothing is ever missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.feed import SyncChange, SyncFeed, SyncTx
from server.kernel.perform import writing

KEEP = timedelta(days=90)
_feed, _tx, _change = table_of(SyncFeed), table_of(SyncTx), table_of(SyncChange)


def prune(db: Database, now: datetime, keep: timedelta = KEEP) -> int:
    """Raise the floor to the newest transaction older than `keep`; forget tags and gone rows at or below it.

    Rows that are still there keep their place: a scope sent anew is read from them. Answers the floor.
    """
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        # the counter is taken first, as every writer takes it: nobody stamps while the floor moves
        floor = connection.execute(sa.update(_feed).values(pos=_feed.c.pos).returning(_feed.c.floor)).scalar_one()
        last = connection.execute(
            sa.select(_tx.c.pos_end, _tx.c.tag)
            .where(_tx.c.stamped_at < now - keep, _tx.c.pos_end > floor)
            .order_by(_tx.c.pos_end.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            return int(floor)
        connection.execute(sa.update(_feed).values(floor=last.pos_end, floor_tag=last.tag))
        connection.execute(sa.delete(_tx).where(_tx.c.pos_end <= last.pos_end))
        connection.execute(sa.delete(_change).where(_change.c.gone.is_(True), _change.c.pos <= last.pos_end))
        return int(last.pos_end)

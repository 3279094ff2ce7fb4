"""One look for everybody who went through the gate together: what each of them would have asked the database for by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from server.devices.model import Device, DeviceChain
from server.kernel.db import Database, Uuid, table_of
from server.kernel.feed import SyncChange, SyncFeed
from server.kernel.ledger import was_left_behind
from server.kernel.perform import DeviceFacts
from server.sync.pull import HEAD, Look, look_of, rows_for, tag_after
from server.sync.scopes import scopes_of


@dataclass(frozen=True)
class Asking:
    """A device that will look: from which position on, and how large its answer may be. Without a position it holds something
    else in each scope, and what moved is not asked for here."""

    device: DeviceFacts
    pos: int | None
    budget: int


Seen = tuple[set[str], Look]
_change, _feed, _device, _chain = table_of(SyncChange), table_of(SyncFeed), table_of(Device), table_of(DeviceChain)
_asking = (
    sa.func.json_to_recordset(sa.cast(sa.bindparam("asking", type_=sa.Text), postgresql.JSON))
    .table_valued(
        sa.column("device_id", Uuid),
        sa.column("scopes", postgresql.ARRAY(sa.Text)),
        sa.column("since", sa.BigInteger),
        sa.column("most", sa.Integer),
        name="asking",
    )
    .render_derived(with_types=True)
)
_moved = (
    sa.select(_change.c.scope, _change.c.entity, _change.c.pk, _change.c.pos.label("moved_at"), _change.c.gone)
    .where(_change.c.scope == sa.any_(_asking.c.scopes), _change.c.pos > _asking.c.since)
    .order_by(_change.c.pos)
    .limit(_asking.c.most)
    .lateral("moved")
)
_LOOK = (
    sa.select(
        _asking.c.device_id, _feed.c.pos, _feed.c.tag, _feed.c.floor, _feed.c.floor_tag, _feed.c.epoch, _feed.c.reference,
        tag_after(_asking.c.since).scalar_subquery().label("cursor_tag"),
        _device.c.revoked_at, _device.c.forked_at, _chain.c.head_seq, _chain.c.head_hash, _chain.c.backed_seq,
        was_left_behind(_asking.c.device_id).label("left_behind"),
        _moved.c.scope, _moved.c.entity, _moved.c.pk, _moved.c.moved_at, _moved.c.gone,
        HEAD.c.size.label("log_size"), HEAD.c.root.label("log_root"), HEAD.c.of.label("log_epoch"),
    )
    .select_from(_asking)
    .join(_feed, _feed.c.id == 1)
    .join(_device, _device.c.id == _asking.c.device_id)
    .join(_chain, _chain.c.device_id == _device.c.id)
    .outerjoin(_moved, sa.true())
    .outerjoin(HEAD, sa.true())
    .order_by(_asking.c.device_id, _moved.c.moved_at)
)  # fmt: skip


def look_together(db: Database, asking: Sequence[Asking], now: datetime) -> Mapping[str, Seen]:
    """The scopes and the look of each device, by its id, in one statement. Empty where each had better look for itself: one
    alone, on SQLite, and when the cache that the scopes came from is not as new as the feed."""
    if len(asking) < 2 or db.is_sqlite:
        return {}
    cache = db.reference.at(version := db.reference.version)
    with db.glance() as connection:
        want = {one.device.device_id: scopes_of(connection, one.device, now, cache) for one in asking}
        said = [
            {
                "device_id": one.device.device_id,
                "scopes": sorted(want[one.device.device_id]) if one.pos is not None else [],
                "since": one.pos or 0,
                "most": rows_for(one.budget),
            }
            for one in asking
        ]
        rows: dict[str, list[Any]] = {}
        for row in connection.execute(_LOOK, {"asking": msgspec.json.encode(said).decode()}).all():
            rows.setdefault(row.device_id, []).append(row)
    if any(found[0].reference != version for found in rows.values()):
        return {}
    looks = {
        one.device.device_id: look_of(rows[one.device.device_id], one.device, rows_for(one.budget))
        for one in asking
        if one.device.device_id in rows
    }
    return {device_id: (want[device_id], found) for device_id, found in looks.items()}

"""Metrics, schemes and where a store sells, as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.metrics import ChannelRow
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.kernel.sets import within
from server.scoring.library_rows import metrics_by_id
from server.scoring.model_library import ScoreChannel
from server.scoring.schemes import schemes_by_id
from server.sync.registry import Bodies, projects

_channel = table_of(ScoreChannel)


@projects("metric")
def metrics(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Metrics people are measured by; a retired one too, for what was scored by it still names it."""
    return {row.id: wire.encode(row) for row in metrics_by_id(connection, ids)}


@projects("scheme")
def schemes(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Schemes with all their weights."""
    return {row.id: wire.encode(row) for row in schemes_by_id(connection, ids)}


@projects("score_channel")
def channels(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Where stores sell."""
    rows = connection.execute(sa.select(_channel).where(within(_channel.c.id, list(ids))))
    return {row.id: wire.encode(ChannelRow(id=row.id, channel=row.channel)) for row in rows}

"""Metrics as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract.metrics import MetricRow, RubricLevel
from server.kernel.db import table_of
from server.kernel.sets import within
from server.scoring.model_library import Metric

_metric = table_of(Metric)


def metrics_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[MetricRow]:
    """These metrics, drafts left out. Metrics are open to all, so a bare connection may read them."""
    rows = connection.execute(sa.select(_metric).where(within(_metric.c.id, list(ids)), _metric.c.state != "draft"))
    return [
        MetricRow(
            id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, kind=row.kind, direction=row.direction,
            unit=row.unit, target=row.target, source=row.source, rhythm=row.rhythm, means_zh=row.means_zh, means_en=row.means_en,
            gathered=row.gathered, levels=msgspec.convert(row.levels, list[RubricLevel]),
            retired=row.state == "retired",
        )
        for row in rows
    ]  # fmt: skip

"""The same figure across stores, channels and posts: a table with its chart, small groups hidden."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.score_quality import CompareLine, CompareQuery
from server.growth.model import Indicator
from server.kernel.actors import Permission
from server.scoring import comparison
from server.scoring.model_library import Metric
from server.web.shell import Look, page, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv

SECTION = "console.score_compare"
BY = ("store", "channel", "post")
COLUMNS = (
    Column("q_group_name", lambda row: row.name_zh, always=True),
    Column("q_mean", lambda row: Decimal(row.mean) if row.mean is not None else None, always=True, number=True),
    Column("q_interval95", lambda row: f"{row.low} … {row.high}" if row.low is not None else ""),
    Column("q_n", lambda row: row.n, always=True, number=True),
    Column("q_channel", lambda row: row.channel, hidden=True),
)


def _asked() -> CompareQuery:
    names = ("indicator", "by", "from_month", "to_month")
    given = {name: value for name in names if (value := request.args.get(name))}
    try:
        return wire.decode(wire.encode(given), CompareQuery)
    except wire.Malformed:
        return CompareQuery()


@page("/scores/compare", needs=Permission.READ_QUALITY)
def score_compare(look: Look) -> Response:
    wanted = _asked()
    found = comparison.comparison(look.session, look.actor, wanted, look.now)
    lines = [row for row in found.items if contains(request.args.get("q", ""), row.name_zh, row.name_en)]
    rows = table("comparison", COLUMNS, lines, sort="-q_mean" if found.better == "higher" else "q_mean")
    if wants_csv():
        return csv_answer(look, rows)
    return show(
        "score_compare.html", look, found=found, table=rows, section=SECTION, by=BY, indicators=_indicators(look),
        bars=_bars(found.items), whole=Decimal(found.mean) if found.mean is not None else None,
        hidden=sum(row.mean is None for row in found.items),
    )  # fmt: skip


def _indicators(look: Look) -> list[tuple[str, str]]:
    """The composite, core metrics, then every other metric that has an indicator of its code: (code, name)."""
    core = set(look.session.scalars(sa.select(Metric.code).where(Metric.core)))
    metrics = set(look.session.scalars(sa.select(Metric.code).where(Metric.state != "draft")))
    rows = [row for row in look.session.scalars(sa.select(Indicator)) if row.code in metrics and row.code != comparison.COMPOSITE]
    rows.sort(key=lambda row: (row.code not in core, row.code))
    zh = look.language == "zh"
    named = [(row.code, ("★ " if row.code in core else "") + (row.name_zh if zh else row.name_en)) for row in rows]
    return [(comparison.COMPOSITE, look.t("console.quality.composite")), *named]


def _bars(items: list[CompareLine]) -> dict[str, Any]:
    """Where means and intervals lie on a line of a thousand parts."""
    ends = [Decimal(one) for row in items for one in (row.low, row.high, row.mean) if one is not None]
    if not ends:
        return {"at": lambda value: 0}
    low, high = min(ends), max(ends)
    room = (high - low) / 12 or Decimal(1)
    low, wide = low - room, high - low + 2 * room
    return {"at": lambda value: int((Decimal(value) - low) * 1000 / wide), "low": low, "high": low + wide}

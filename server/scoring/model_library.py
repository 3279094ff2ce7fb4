"""The library of metrics, and schemes that weigh them: what is measured and how much it counts. Nothing of anybody stands here.

A scheme's weights are never changed: new ones count from a later day. The database keeps them too, and never lets a set of
weights pass 100.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all
from server.org import model as _org
from server.stores import model as _stores

assert _org and _stores  # their tables are pointed at

HUNDREDTHS_OF_ALL = 10_000
_OPEN = sa.column("until").is_(None)


class Metric(Base):
    """A metric in its newest form. Its code stays. `levels`: contract.metrics.RubricLevel each; `posts`: codes, none: all."""

    __tablename__ = "metric"
    __table_args__ = (
        sa.CheckConstraint("kind in ('points','number','rubric','yes_no','milestones')", name="kind_known"),
        sa.CheckConstraint("direction in ('higher','lower')", name="direction_known"),
        sa.CheckConstraint(
            "source in ('manager','hq','import','attendance','training','tickets','formula')", name="source_known"
        ),
        sa.CheckConstraint("rhythm in ('shift','day','week','month','quarter')", name="rhythm_known"),
        sa.CheckConstraint("gathered in ('mean','sum','last')", name="gathered_known"),
        sa.CheckConstraint("state in ('draft','active','retired')", name="state_known"),
        sa.CheckConstraint("state <> 'active' or (source is not null and rhythm is not null)", name="active_is_whole"),
        sa.CheckConstraint("state <> 'active' or source <> 'formula' or formula <> ''", name="formula_there"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    means_zh: Mapped[str] = mapped_column(sa.String(1000))
    means_en: Mapped[str] = mapped_column(sa.String(1000))
    area: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(10))
    direction: Mapped[str] = mapped_column(sa.String(6))
    unit: Mapped[str] = mapped_column(sa.String(20))
    target: Mapped[str | None] = mapped_column(sa.String(20))
    source: Mapped[str | None] = mapped_column(sa.String(10))
    rhythm: Mapped[str | None] = mapped_column(sa.String(10))
    gathered: Mapped[str] = mapped_column(sa.String(4))
    formula: Mapped[str] = mapped_column(sa.String(500))
    levels: Mapped[list[Any]]
    posts: Mapped[list[Any]]
    core: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    set_at: Mapped[datetime]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))


class Scheme(Base):
    """Who is measured by one set of weights. `until`: the first day nobody is any more. `whose`: post, store and channel in one
    text, so that two schemes that do not end never have the same. `moved_at`: when it or its weights were last said."""

    __tablename__ = "scheme"
    __table_args__ = (
        sa.CheckConstraint("channel in ('offline','online')", name="channel_known"),
        sa.CheckConstraint("channel is null or store_id is null", name="store_has_its_channel"),
        sa.CheckConstraint("(until is null) = (retired_because is null)", name="retired_with_reason"),
        sa.Index(
            "uq_scheme_whose", "whose", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
    )  # fmt: skip
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    post_id: Mapped[str | None] = ref("post.id", index=True)
    store_id: Mapped[str | None] = ref("store.id", index=True)
    channel: Mapped[str | None] = mapped_column(sa.String(10))
    whose: Mapped[str] = mapped_column(sa.String(100))
    until: Mapped[date | None]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))
    moved_at: Mapped[datetime]


class SchemeWeights(Base):
    """A scheme's weights from a day until the next ones'. Who said so is in the log, why is here."""

    __tablename__ = "scheme_weights"
    __table_args__ = (sa.UniqueConstraint("scheme_id", "from_day"),)
    id: Mapped[str] = id_column()
    scheme_id: Mapped[str] = ref("scheme.id")
    from_day: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_at: Mapped[datetime]


class SchemeLine(Base):
    """A metric in a set of weights. `hundredths`: of a hundredth of the whole, 5000 is 50. `place`: from the top, 0 the first."""

    __tablename__ = "scheme_line"
    __table_args__ = (
        sa.UniqueConstraint("weights_id", "metric_id"),
        sa.CheckConstraint(f"hundredths between 1 and {HUNDREDTHS_OF_ALL}", name="weighs_something"),
        sa.CheckConstraint("owner in ('hq','store')", name="owner_known"),
        sa.CheckConstraint("missing in ('spread','zero')", name="missing_known"),
    )
    id: Mapped[str] = id_column()
    weights_id: Mapped[str] = ref("scheme_weights.id")
    metric_id: Mapped[str] = ref("metric.id", index=True)
    place: Mapped[int]
    owner: Mapped[str] = mapped_column(sa.String(5))
    hundredths: Mapped[int]
    target: Mapped[str | None] = mapped_column(sa.String(20))
    missing: Mapped[str] = mapped_column(sa.String(6))


class ScoreChannel(Base):
    """Where a store sells, as somebody said. The id is the store's; without a row it is offline."""

    __tablename__ = "score_channel"
    __table_args__ = (sa.CheckConstraint("channel in ('offline','online')", name="channel_known"),)
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id", unique=True)
    channel: Mapped[str] = mapped_column(sa.String(10))


def manages(actor: Actor) -> bool:
    """Metrics and schemes are the whole company's: the right must count everywhere, and no device has it."""
    return actor.device_id is None and actor.has_everywhere(Permission.MANAGE_SCORING)


open_to_all(Metric, because="what people are measured by must be known to whoever is measured")
open_to_all(Scheme, because="how much a metric counts must be known to whoever is measured by it")
open_to_all(SchemeWeights, because="how much a metric counts must be known to whoever is measured by it")
open_to_all(SchemeLine, because="how much a metric counts must be known to whoever is measured by it")
open_to_all(ScoreChannel, because="whether a store sells online stands on its door")

synced(Metric, "metric", lambda row: [] if row.state == "draft" else ["company"])
synced(Scheme, "scheme", lambda row: ["company"])
synced(ScoreChannel, "score_channel", lambda row: [f"store:{row.store_id}"])

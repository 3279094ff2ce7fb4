"""How many people stores need: curves by weekday or for one day, figures, and the rules that make heads of figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import scoped
from server.kernel.sets import within
from server.rosters.model import desk_of


class DemandCurve(Base):
    """What a store needs of a role ("" is anybody) on a weekday from a day on, or on one day, which comes first. `slots`: the
    contract's Need. `source` figures: reckoned from sales or visitors."""

    __tablename__ = "demand_curve"
    __table_args__ = (
        sa.UniqueConstraint("store_id", "role", "weekday", "from_day"),
        sa.UniqueConstraint("store_id", "role", "day"),
        sa.CheckConstraint("(day is null) <> (weekday is null)", name="weekday_or_day"),
        sa.CheckConstraint("(weekday is null) = (from_day is null)", name="weekday_from_a_day"),
        sa.CheckConstraint("weekday is null or weekday between 0 and 6", name="weekday_known"),
        sa.CheckConstraint("source in ('hand','figures')", name="source_known"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id")
    role: Mapped[str] = mapped_column(sa.String(40))
    weekday: Mapped[int | None]
    from_day: Mapped[date | None]
    day: Mapped[date | None]
    slots: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(sa.String(10))


class DemandRule(Base):
    """How figures become heads, at a store or at all, from a day on."""

    __tablename__ = "demand_rule"
    __table_args__ = (
        sa.CheckConstraint("measure in ('sales','footfall')", name="measure_known"),
        sa.CheckConstraint("per_head > 0", name="per_head_positive"),
        sa.CheckConstraint("at_least >= 0 and (at_most is null or at_most >= at_least)", name="bounds_in_order"),
        sa.Index("ix_demand_rule_store", "store_id"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str | None] = ref("store.id")
    role: Mapped[str] = mapped_column(sa.String(40))
    measure: Mapped[str] = mapped_column(sa.String(10))
    per_head: Mapped[int] = mapped_column(sa.BigInteger)
    at_least: Mapped[int]
    at_most: Mapped[int | None]
    from_day: Mapped[date]


class DemandFigures(Base):
    """Sales or visitors of a store on a day, by stretches of it (the contract's Figure)."""

    __tablename__ = "demand_figures"
    __table_args__ = (
        sa.UniqueConstraint("store_id", "day", "measure"),
        sa.CheckConstraint("measure in ('sales','footfall')", name="measure_known"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    measure: Mapped[str] = mapped_column(sa.String(10))
    figures: Mapped[list[Any]]


desk_of(DemandCurve)
desk_of(DemandFigures)


def _rules_of(actor: Actor) -> sa.ColumnElement[bool] | None:
    if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
        return None
    if not actor.may(Permission.READ_SHIFTS):
        return sa.false()
    return sa.or_(DemandRule.store_id.is_(None), within(DemandRule.store_id, actor.stores_for(Permission.READ_SHIFTS)))


def _rule_covered(actor: Actor, row: DemandRule) -> bool:
    if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
        return True
    if not actor.may(Permission.READ_SHIFTS):
        return False
    return row.store_id is None or row.store_id in actor.stores_for(Permission.READ_SHIFTS)


def _rule_written(actor: Actor, row: DemandRule) -> bool:
    if actor.device_id is not None:
        return False
    plans = Permission.PLAN_SHIFTS
    return actor.has_everywhere(plans) or (row.store_id is not None and row.store_id in actor.stores_for(plans))


scoped(DemandRule, visible=_rules_of, covers=_rule_covered, writes=_rule_written)
synced(DemandCurve, "roster_demand", lambda row: [f"desk:{row.store_id}"])

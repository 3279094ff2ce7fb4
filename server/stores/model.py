"""Partners, their stores, and the fences drawn around them. Places are stored in WGS-84 with what was typed beside it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within


class Partner(Base):
    """A company in whose stores our people work."""

    __tablename__ = "partner"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)


class Store(Base):
    """A store. `fence` is the one in force; earlier ones are in fence_version."""

    __tablename__ = "store"
    __table_args__ = (
        sa.CheckConstraint("lat_e7 between -900000000 and 900000000", name="lat_in_world"),
        sa.CheckConstraint("lng_e7 between -1800000000 and 1800000000", name="lng_in_world"),
        sa.CheckConstraint("day_turns_at_min between 0 and 1439", name="day_turn_in_day"),
    )
    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120), index=True)
    partner_id: Mapped[str] = ref("partner.id", index=True)
    zone: Mapped[str] = mapped_column(sa.String(60))
    day_turns_at_min: Mapped[int]
    city: Mapped[str] = mapped_column(sa.String(120), index=True)
    address: Mapped[str] = mapped_column(sa.String(300))
    lat_e7: Mapped[int] = mapped_column(sa.BigInteger)
    lng_e7: Mapped[int] = mapped_column(sa.BigInteger)
    radius_m: Mapped[int | None]
    points: Mapped[list[Any] | None]
    datum_entered: Mapped[str] = mapped_column(sa.String(10))
    entered: Mapped[dict[str, Any]]
    has_kiosk: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    opened_at: Mapped[datetime]


class FenceVersion(Base):
    """A fence from `valid_from` on. A punch is judged by the fence of its own time."""

    __tablename__ = "fence_version"
    __table_args__ = (
        sa.UniqueConstraint("store_id", "valid_from"),
        sa.CheckConstraint("(radius_m is null) <> (points is null)", name="circle_or_polygon"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id", index=True)
    valid_from: Mapped[datetime]
    lat_e7: Mapped[int] = mapped_column(sa.BigInteger)
    lng_e7: Mapped[int] = mapped_column(sa.BigInteger)
    radius_m: Mapped[int | None]
    points: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    datum_entered: Mapped[str] = mapped_column(sa.String(10))
    entered: Mapped[dict[str, Any]]


class OpeningWeek(Base):
    """The hours of a store from a day on: seven lists of [opens, closes] in minutes of the day, from Monday; an empty list:
    nobody says."""

    __tablename__ = "opening_week"
    __table_args__ = (sa.UniqueConstraint("store_id", "from_day"),)
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id", index=True)
    from_day: Mapped[date]
    week: Mapped[list[Any]]


class OpeningDay(Base):
    """Other hours on one day: lists of [opens, closes]; none at all is closed."""

    __tablename__ = "opening_day"
    __table_args__ = (sa.UniqueConstraint("store_id", "day"),)
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id", index=True)
    day: Mapped[date]
    hours: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(sa.String(120))


def _visible(model: Any, column: str) -> Any:
    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_STORES) or actor.device_id is not None:
            return None
        return within(getattr(model, column), actor.stores_for(Permission.READ_STORES))

    return visible


for _model, _column in ((Store, "id"), (FenceVersion, "store_id"), (OpeningWeek, "store_id"), (OpeningDay, "store_id")):
    scoped(
        _model,
        visible=_visible(_model, _column),
        covers=lambda a, row, c=_column: (
            a.has_everywhere(Permission.READ_STORES)
            or a.device_id is not None
            or getattr(row, c) in a.stores_for(Permission.READ_STORES)
        ),
        writes=lambda a, row: a.has_everywhere(Permission.MANAGE_STORES),
    )
open_to_all(Partner, because="the names of partner companies are on the shop signs; every role meets them in its lists")

synced(Store, "store", lambda row: [f"store:{row.id}"])
is_reference(Store, FenceVersion, OpeningWeek, OpeningDay)

"""Cells of the desk's working copy, what is published of them, and each publication.

Two published shifts of one person never share a minute: their stretches are compared by the database itself, an exclusion
constraint on PostgreSQL and triggers on SQLite.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import by_store, scoped
from server.kernel.sets import within

_STATES = "'draft','published','confirmed','changed','removed'"


class RosterCell(Base):
    """A shift of a store as its desk last had it; open without a person. `version` counts its changes from 1.

    `published` is the contract's PublishedBody of what people were told, as of `published_version`. `made_by` planned it first,
    `changed_by` last. `override`: why a rule was set aside.
    """

    __tablename__ = "roster_cell"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({_STATES})", name="state_known"),
        sa.CheckConstraint("version >= 1", name="version_counts"),
        sa.CheckConstraint("(state = 'draft') = (published_version is null)", name="draft_is_unpublished"),
        sa.CheckConstraint("published_version is null or published_version <= version", name="published_was_there"),
        sa.Index("ix_roster_cell_store_day", "store_id", "day"),
        sa.Index("ix_roster_cell_person_day", "person_id", "day"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    person_id: Mapped[str | None] = ref("person.id")
    template: Mapped[str] = mapped_column(sa.String(40))
    windows: Mapped[list[Any]]
    role: Mapped[str | None] = mapped_column(sa.String(40))
    tasks: Mapped[list[Any]]
    comment: Mapped[str | None] = mapped_column(sa.String(1000))
    locked: Mapped[bool]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    published_version: Mapped[int | None]
    published: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    override: Mapped[str | None] = mapped_column(sa.String(500))
    made_by: Mapped[str | None] = ref("person.id")
    changed_by: Mapped[str | None] = ref("person.id")
    changed_at: Mapped[datetime]


class RosterShift(Base):
    """A published shift: the same id as its cell. `windows` and `placed` are as they were when it was published (contract Window,
    PlacedWindow), whatever becomes of the template. `guest`: its person was not posted to the store when it was published."""

    __tablename__ = "roster_shift"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("confirmed_at is null or person_id is not null", name="somebody_confirms"),
        sa.Index("ix_roster_shift_store_day", "store_id", "day"),
        sa.Index("ix_roster_shift_person_day", "person_id", "day"),
    )
    id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False), sa.ForeignKey("roster_cell.id"), primary_key=True)
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    person_id: Mapped[str | None] = ref("person.id")
    template: Mapped[str] = mapped_column(sa.String(40))
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    windows: Mapped[list[Any]]
    placed: Mapped[list[Any]]
    on_call: Mapped[bool]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    role: Mapped[str | None] = mapped_column(sa.String(40))
    tasks: Mapped[list[Any]]
    note: Mapped[str | None] = mapped_column(sa.String(1000))
    version: Mapped[int]
    guest: Mapped[bool]
    published_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    offered_until: Mapped[datetime | None]


class RosterStretch(Base):
    """A window of a published shift of a person, in epoch milliseconds: what the database compares."""

    __tablename__ = "roster_stretch"
    __table_args__ = (sa.CheckConstraint("ends_ms > starts_ms", name="ends_after_start"),)
    id: Mapped[str] = id_column()
    shift_id: Mapped[str] = ref("roster_shift.id", index=True)
    person_id: Mapped[str] = ref("person.id", index=True)
    starts_ms: Mapped[int] = mapped_column(sa.BigInteger)
    ends_ms: Mapped[int] = mapped_column(sa.BigInteger)


class Publication(Base):
    """One publish of a store's days: by whom, why a rule was set aside, how many shifts were new, changed and cancelled."""

    __tablename__ = "roster_publication"
    __table_args__ = (
        sa.CheckConstraint("to_day >= from_day", name="days_in_order"),
        sa.Index("ix_roster_publication_store_days", "store_id", "from_day", "to_day"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id")
    from_day: Mapped[date]
    to_day: Mapped[date]
    published_by: Mapped[str | None] = ref("person.id")
    published_at: Mapped[datetime]
    override: Mapped[str | None] = mapped_column(sa.String(500))
    note: Mapped[str | None] = mapped_column(sa.String(1000))
    new: Mapped[int]
    changed: Mapped[int]
    cancelled: Mapped[int]


def desk_of(model: Any, reads: Permission = Permission.READ_SHIFTS, writes: Permission = Permission.PLAN_SHIFTS) -> None:
    """Rows of a store that whoever reads shifts there sees, and nobody else: a draft is not news to those it is about."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(reads) or actor.device_id is not None:
            return None
        return within(model.store_id, actor.stores_for(reads))

    def covers(actor: Actor, row: Any) -> bool:
        return actor.has_everywhere(reads) or actor.device_id is not None or row.store_id in actor.stores_for(reads)

    def may_write(actor: Actor, row: Any) -> bool:
        if actor.device_id is not None:
            return False  # a device's hand is looked at by the handler, which writes as the system
        return actor.has_everywhere(writes) or row.store_id in actor.stores_for(writes)

    scoped(model, visible=visible, covers=covers, writes=may_write)


desk_of(RosterCell)
desk_of(Publication)
by_store(RosterShift, Permission.READ_SHIFTS, Permission.PLAN_SHIFTS)


def _stretches_of(actor: Actor) -> sa.ColumnElement[bool] | None:
    return None if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None else sa.false()


scoped(
    RosterStretch,
    visible=_stretches_of,
    covers=lambda actor, row: actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None,
    writes=lambda actor, row: actor.device_id is None and actor.has_everywhere(Permission.PLAN_SHIFTS),
)


def shift_scopes(row: Any) -> list[str]:
    """The store's people, and who comes from elsewhere."""
    guest = [f"person:{row.person_id}"] if row.guest and row.person_id is not None else []
    return [f"store:{row.store_id}", *guest]


synced(RosterCell, "roster_cell", lambda row: [f"desk:{row.store_id}"])
synced(RosterShift, "roster_shift", shift_scopes)

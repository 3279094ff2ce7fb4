"""The organisation: units with dated names, places and managers; posts and headcounts; whose home is where; the calendar.

Everything is effective-dated: a row counts from `from_day` up to, not including, `until` (None: open). Days are business
days. The rows of one unit never share a day, nor do the homes of one person; the database says so too (migrations).
"""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from contract.org import UnitKind
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, ScopedSession, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import scoped
from server.kernel.sets import within

# The unit everything is below. Made with the database (revision 0002), the same in every one.
COMPANY_ID = "00000000-0000-8000-8000-000000000001"
# What was there before there was an Outpost began at the latest on this day: stores, and departments that are merely named.
BEGINNING = date(2020, 1, 1)

_KINDS = ",".join(f"'{kind}'" for kind in get_args(UnitKind))


class OrgUnit(Base):
    """A company, department, region or store, whatever it was called and wherever it stood. A store's unit has its id."""

    __tablename__ = "org_unit"
    __table_args__ = (
        sa.CheckConstraint(f"kind in ({_KINDS})", name="kind_known"),
        sa.Index(
            "uq_org_unit_company",
            "kind",
            unique=True,
            sqlite_where=sa.text("kind = 'company'"),
            postgresql_where=sa.text("kind = 'company'"),
        ),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(20))


class UnitVersion(Base):
    """What a unit was called, below which it stood and who managed it, from a day on. Its last `until` is the day it closed."""

    __tablename__ = "unit_version"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "from_day"),
        sa.CheckConstraint("until is null or until > from_day", name="ends_after_start"),
        sa.CheckConstraint("parent_id is null or parent_id <> unit_id", name="not_below_itself"),
    )
    id: Mapped[str] = id_column()
    unit_id: Mapped[str] = ref("org_unit.id", index=True)
    from_day: Mapped[date]
    until: Mapped[date | None]
    name: Mapped[str] = mapped_column(sa.String(120), index=True)
    parent_id: Mapped[str | None] = ref("org_unit.id", index=True)
    manager_id: Mapped[str | None] = ref("person.id", index=True)


class Post(Base):
    """A post (岗位) that people hold."""

    __tablename__ = "post"
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))


class Headcount(Base):
    """How many may hold a post in a unit, from a day on and until the next such row."""

    __tablename__ = "headcount"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "post_id", "from_day"),
        sa.CheckConstraint("approved >= 0", name="not_negative"),
    )
    id: Mapped[str] = id_column()
    unit_id: Mapped[str] = ref("org_unit.id")
    post_id: Mapped[str] = ref("post.id", index=True)
    from_day: Mapped[date]
    approved: Mapped[int]


class HomeStay(Base):
    """Somebody's home: the unit they belong to, wherever they are posted, and the post they hold there."""

    __tablename__ = "home_stay"
    __table_args__ = (
        sa.CheckConstraint("until is null or until > from_day", name="ends_after_start"),
        sa.Index("ix_home_stay_person_from", "person_id", "from_day"),
        sa.Index("ix_home_stay_unit_until", "unit_id", "until"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    unit_id: Mapped[str] = ref("org_unit.id")
    post_id: Mapped[str | None] = ref("post.id")
    from_day: Mapped[date]
    until: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(500))


class CalendarDay(Base):
    """The company's word on a day, over the public calendar."""

    __tablename__ = "calendar_day"
    __table_args__ = (sa.CheckConstraint("kind in ('holiday','working','weekend')", name="kind_known"),)
    id: Mapped[str] = id_column()
    day: Mapped[date] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(120))


def _arranges(actor: Actor) -> bool:
    # hiring somebody makes their home, opening a store its unit: those rights are enough for what follows from them
    rights = (Permission.MANAGE_ORG, Permission.MANAGE_PEOPLE, Permission.MANAGE_STORES)
    return any(actor.has_everywhere(right) for right in rights)


def _by_unit(model: Any, column: str) -> None:
    """Rows belong to a unit: the right to look at the organisation counts there, or everywhere."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_ORG) or actor.device_id is not None:
            return None
        mine = within(getattr(model, column), actor.stores_for(Permission.READ_ORG))
        own = getattr(model, "person_id", None)
        return mine if own is None or actor.person_id is None else sa.or_(mine, own == actor.person_id)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_ORG) or actor.device_id is not None:
            return True
        if getattr(row, column) in actor.stores_for(Permission.READ_ORG):
            return True
        own = getattr(row, "person_id", None)
        return own is not None and own == actor.person_id

    scoped(model, visible=visible, covers=covers, writes=lambda actor, row: _arranges(actor))


_by_unit(OrgUnit, "id")
for _model in (UnitVersion, Headcount, HomeStay):
    _by_unit(_model, "unit_id")
for _model in (Post, CalendarDay):
    # words of the trade, and the days the company works: everybody reads them, few write them
    scoped(
        _model,
        visible=lambda actor: None,
        covers=lambda actor, row: True,
        writes=lambda actor, row: actor.has_everywhere(Permission.MANAGE_ORG),
    )

is_reference(OrgUnit, UnitVersion, HomeStay, CalendarDay)


@event.listens_for(ScopedSession, "after_flush")
def _forget_the_tree(session: ScopedSession, _context: Any) -> None:
    """What this transaction has read of the units is true until it changes one."""
    if any(isinstance(row, OrgUnit | UnitVersion) for rows in (session.new, session.dirty, session.deleted) for row in rows):
        forget_tree(session)


def forget_tree(session: ScopedSession) -> None:
    """For rows that went in past the session."""
    for kept in ("org units", "org trees"):
        session.info.get("memo", {}).pop(kept, None)
# who manages a store may open the manager's desk on its tablets; units that are no stores have no tablets
synced(UnitVersion, "manager", lambda row: [f"desk:{row.unit_id}"] if row.manager_id is not None else [])

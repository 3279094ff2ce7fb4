"""Kinds of leave with their rules, what was granted, corrections of balances, and the balances themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within
from server.people.model import PersonStore


class LeaveKind(Base):
    """One version of a kind of leave, in force from a day on. Versions are never changed."""

    __tablename__ = "leave_kind"
    __table_args__ = (
        sa.UniqueConstraint("code", "from_day"),
        sa.CheckConstraint("accrual in ('none','yearly','monthly','by_service')", name="accrual_known"),
        sa.CheckConstraint("smallest_min > 0 and day_min > 0", name="amounts_positive"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    paid: Mapped[bool]
    accrual: Mapped[str] = mapped_column(sa.String(12))
    days_a_year: Mapped[int]
    steps: Mapped[list[Any]]
    carry_over_days: Mapped[int]
    smallest_min: Mapped[int]
    day_min: Mapped[int]
    needs_document: Mapped[bool]
    is_sensitive: Mapped[bool]


class Leave(Base):
    """Granted leave. Days are the person's calendar days, both included; `starts_min` and `ends_min` are the same stretch in
    minutes of the calendar since 2000-01-01, shortened when some of it is called off: two of one person never share a minute
    (an exclusion constraint on PostgreSQL, triggers on SQLite)."""

    __tablename__ = "leave"
    __table_args__ = (
        sa.CheckConstraint("to_day >= from_day", name="ends_after_start"),
        sa.CheckConstraint("ends_min >= starts_min", name="minutes_in_order"),
        sa.CheckConstraint("from_min is null or from_min between 0 and 1439", name="from_min_in_day"),
        sa.CheckConstraint("to_min is null or to_min between 1 and 1440", name="to_min_in_day"),
        sa.Index("ix_leave_person_day", "person_id", "from_day"),
        sa.Index("ix_leave_days", "to_day", "from_day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    kind: Mapped[str] = mapped_column(sa.String(40))
    request_id: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False), unique=True)
    from_day: Mapped[date]
    to_day: Mapped[date]
    from_min: Mapped[int | None]
    to_min: Mapped[int | None]
    minutes: Mapped[int]
    starts_min: Mapped[int] = mapped_column(sa.BigInteger)
    ends_min: Mapped[int] = mapped_column(sa.BigInteger)
    granted_at: Mapped[datetime]
    called_off_from: Mapped[date | None]
    called_off_because: Mapped[str | None] = mapped_column(sa.String(500))


class LeaveAdjustment(Base):
    """HR's correction of a balance: a fact beside what the rule gives."""

    __tablename__ = "leave_adjustment"
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    minutes: Mapped[int]
    on: Mapped[date] = mapped_column("on_day")
    reason: Mapped[str] = mapped_column(sa.String(500))
    made_at: Mapped[datetime]


class LieuCredit(Base):
    """Overtime of one business date that is given back as time off, in minutes: earned once, however often the day is computed.
    It follows the day (server/timesheets), until the day's month is closed."""

    __tablename__ = "lieu_credit"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day"),
        sa.CheckConstraint("minutes > 0", name="minutes_earned"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    minutes: Mapped[int]


class LeaveBalance(Base):
    """What somebody has of a kind this year, computed from the facts above: phones show it, nothing is decided by it."""

    __tablename__ = "leave_balance"
    __table_args__ = (sa.UniqueConstraint("person_id", "kind"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    kind: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    accrued: Mapped[int]
    carried: Mapped[int]
    adjusted: Mapped[int]
    taken: Mapped[int]
    asked: Mapped[int]
    as_of: Mapped[date]


def _of_person(model: Any, *, hosts: bool) -> None:
    """Rows of one person: themselves, HQ, and (`hosts`) the managers of the stores they are posted to."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_LEAVE) or actor.device_id is not None:
            return None
        own = model.person_id == actor.person_id if actor.may(Permission.READ_SELF) else sa.false()
        stores = actor.stores_for(Permission.READ_LEAVE) if hosts else frozenset()
        if not stores:
            return own
        return sa.or_(own, model.person_id.in_(sa.select(PersonStore.person_id).where(within(PersonStore.store_id, stores))))

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_LEAVE) or actor.device_id is not None:
            return True
        if row.person_id == actor.person_id and actor.may(Permission.READ_SELF):
            return True
        stores = actor.stores_for(Permission.READ_LEAVE) if hosts else frozenset()
        session = sa.inspect(row).session
        if not stores or session is None:
            return False
        here = sa.select(PersonStore.id).where(PersonStore.person_id == row.person_id, within(PersonStore.store_id, stores))
        return session.execute(here.limit(1)).first() is not None

    scoped(model, visible=visible, covers=covers, writes=lambda actor, row: actor.has_everywhere(Permission.MANAGE_LEAVE))


_of_person(Leave, hosts=True)
_of_person(LeaveAdjustment, hosts=False)
_of_person(LieuCredit, hosts=False)
_of_person(LeaveBalance, hosts=False)
open_to_all(LeaveKind, because="which kinds of leave there are stands in the staff handbook")

synced(Leave, "leave", lambda row: [f"person:{row.person_id}"])
synced(LeaveBalance, "balance", lambda row: [f"private:{row.person_id}"])

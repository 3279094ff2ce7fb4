"""Closed months: whose days are final, what they came to when that was said, and by which two people they were opened again.

Nobody goes back here: a closing is never deleted, a closed stretch never changed. Opening again is a state of the closing, and
closing once more is a closing of its own with the next revision. The database says all of this too (revision 0014).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.scope import by_store

# What is kept of a closed stretch, in minutes: fields of `contract.hours.DayRow`.
CLOSED_AMOUNTS = (
    "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "leave_min", "night_min",
    "missing_min",
)  # fmt: skip


class MonthClosing(Base):
    """One month of a unit and all below it is final. `covers_all`: the whole company, whoever turns up later too.

    state: closed, reopen_asked (somebody wants it open again), reopened (another person agreed; this closing is over).
    `found`: what was still open when it was closed, and overridden: counts by kind.
    """

    __tablename__ = "month_closing"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "month", "revision"),
        sa.CheckConstraint("state in ('closed','reopen_asked','reopened')", name="state_known"),
        sa.CheckConstraint("to_day >= from_day and revision >= 1", name="in_order"),
        sa.CheckConstraint("(asked_by is null) = (state = 'closed')", name="asked_by_somebody"),
        sa.CheckConstraint(
            "(asked_by is null) = (asked_at is null) and (asked_by is null) = (asked_reason is null)", name="asked_with_reason"
        ),
        sa.CheckConstraint("state <> 'reopened' or decided_by is not null", name="opened_by_somebody"),
        sa.CheckConstraint("decided_by is null or decided_by <> asked_by", name="opened_by_two"),
        sa.Index(
            "uq_month_closing_standing",
            "unit_id",
            "month",
            unique=True,
            sqlite_where=sa.text("state <> 'reopened'"),
            postgresql_where=sa.text("state <> 'reopened'"),
        ),
        sa.Index("ix_month_closing_days", "from_day", "to_day"),
    )
    id: Mapped[str] = id_column()
    month: Mapped[str] = mapped_column(sa.String(7))
    unit_id: Mapped[str] = ref("org_unit.id")
    covers_all: Mapped[bool]
    from_day: Mapped[date]
    to_day: Mapped[date]
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    people: Mapped[int]
    found: Mapped[dict[str, Any]]
    closed_by: Mapped[str] = mapped_column(Uuid)
    closed_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(500))
    asked_by: Mapped[str | None] = mapped_column(Uuid)
    asked_at: Mapped[datetime | None]
    asked_reason: Mapped[str | None] = mapped_column(sa.String(500))
    decided_by: Mapped[str | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
    decided_reason: Mapped[str | None] = mapped_column(sa.String(500))


class ClosedStretch(Base):
    """Days of one person that a closing covers, both included, and what they came to when it was closed, in minutes."""

    __tablename__ = "closed_stretch"
    __table_args__ = (
        sa.UniqueConstraint("closing_id", "person_id", "from_day"),
        sa.CheckConstraint("to_day >= from_day", name="in_order"),
        sa.Index("ix_closed_stretch_person", "person_id", "from_day", "to_day"),
    )
    id: Mapped[str] = id_column()
    closing_id: Mapped[str] = ref("month_closing.id")
    unit_id: Mapped[str] = ref("org_unit.id")
    person_id: Mapped[str] = ref("person.id")
    from_day: Mapped[date]
    to_day: Mapped[date]
    days: Mapped[int]
    worked_min: Mapped[int]
    regular_min: Mapped[int]
    overtime_normal_min: Mapped[int]
    overtime_weekend_min: Mapped[int]
    overtime_holiday_min: Mapped[int]
    leave_min: Mapped[int]
    night_min: Mapped[int]
    missing_min: Mapped[int]


by_store(MonthClosing, Permission.READ_STATEMENTS, Permission.CLOSE_MONTH, column="unit_id")
by_store(ClosedStretch, Permission.READ_STATEMENTS, Permission.CLOSE_MONTH, column="unit_id")

"""Overtime that was asked for and granted: facts beside the punches, from which days are made."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.timesheets.model import of_person

STANDS = "withdrawn_at is null and starts_min is not null"


class OvertimeGrant(Base):
    """So many minutes beyond what is due on one business date, through a request that was approved. It counts until it is
    withdrawn, and stays to be seen after that.

    `starts_min`, `ends_min`: the stretch that was asked for, in minutes of the calendar since 2000-01-01, where one was: two of
    one person never share a minute (an exclusion constraint on PostgreSQL, triggers on SQLite). `store_id`: where the person
    was posted that day.
    """

    __tablename__ = "overtime_grant"
    __table_args__ = (
        sa.CheckConstraint("minutes between 1 and 1440", name="minutes_in_day"),
        sa.CheckConstraint("compensation in ('pay','lieu')", name="compensation_known"),
        sa.CheckConstraint("(starts_min is null) = (ends_min is null)", name="stretch_whole"),
        sa.CheckConstraint("starts_min is null or minutes <= ends_min - starts_min", name="minutes_in_stretch"),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_because is null) and (withdrawn_at is null) = (withdrawn_by is null)",
            name="withdrawn_with_reason",
        ),
        sa.Index("ix_overtime_grant_person_day", "person_id", "day"),
        sa.Index("ix_overtime_grant_day", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str | None] = ref("store.id")
    request_id: Mapped[str] = ref("request.id", unique=True)
    day: Mapped[date]
    minutes: Mapped[int]
    compensation: Mapped[str] = mapped_column(sa.String(4))
    starts_min: Mapped[int | None] = mapped_column(sa.BigInteger)
    ends_min: Mapped[int | None] = mapped_column(sa.BigInteger)
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Uuid)
    withdrawn_because: Mapped[str | None] = mapped_column(sa.String(500))


of_person(OvertimeGrant)
synced(OvertimeGrant, "overtime", lambda row: [f"person:{row.person_id}"])

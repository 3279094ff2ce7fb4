"""Postings: who works at which store from when to when. Two postings of one person never overlap; the database says so too."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import by_store


class Posting(Base):
    """Days are the store's business days; `ends_on` is the first day no longer worked, None while open.

    `starts_at` and `ends_at` are the instants those days begin, in the store's zone at the hour its day turns. The
    no-overlap rule is an exclusion constraint on PostgreSQL and a trigger on SQLite (migrations).
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.CheckConstraint("ends_on is null or ends_on > starts_on", name="ends_after_start"),
        sa.Index("ix_posting_person_start", "person_id", "starts_at"),
        sa.Index("ix_posting_store_end", "store_id", "ends_at"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(sa.String(500))


by_store(Posting, Permission.READ_POSTINGS, Permission.MANAGE_POSTINGS)
synced(Posting, "posting", lambda row: [f"person:{row.person_id}"])
is_reference(Posting)

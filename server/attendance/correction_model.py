"""Corrections beside the punches, and appeals against what was decided. Both are facts of their own."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import by_store


class PunchCorrection(Base):
    """That somebody came or left, said by people instead of a device: through a request, by a manager's word, by HQ.

    It counts until it is withdrawn, and stays to be seen after that. `replaces`: the punch that does not count while it
    stands; of one punch only one can stand. Nobody speaks for themselves, but through a request that others approve.
    """

    __tablename__ = "punch_correction"
    __table_args__ = (
        sa.CheckConstraint("kind in ('in','out')", name="kind_known"),
        sa.CheckConstraint("source in ('request','vouch','hq')", name="source_known"),
        sa.CheckConstraint("(source = 'request') = (request_id is not null)", name="request_named"),
        sa.CheckConstraint("made_by <> person_id", name="never_for_oneself"),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_because is null) and (withdrawn_at is null) = (withdrawn_by is null)",
            name="withdrawn_with_reason",
        ),
        sa.Index("ix_punch_correction_person_at", "person_id", "at"),
        sa.Index("ix_punch_correction_store_day", "store_id", "business_date"),
        sa.Index(
            "ux_punch_correction_standing",
            "replaces",
            unique=True,
            sqlite_where=sa.text("withdrawn_at is null and replaces is not null"),
            postgresql_where=sa.text("withdrawn_at is null and replaces is not null"),
        ),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    kind: Mapped[str] = mapped_column(sa.String(3))
    at: Mapped[datetime]
    business_date: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(8))
    replaces: Mapped[str | None] = ref("punch.id")
    request_id: Mapped[str | None] = ref("request.id", unique=True)
    made_by: Mapped[str] = mapped_column(Uuid)
    made_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(1000))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Uuid)
    withdrawn_because: Mapped[str | None] = mapped_column(sa.String(500))


class Appeal(Base):
    """An employee does not agree with the decision on a punch, or with what a day came to; and the answer.

    One can be open per punch and per day. Whoever answers is neither the employee nor who decided before.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        sa.CheckConstraint("(punch_id is null) <> (day is null)", name="about_one_thing"),
        sa.CheckConstraint("state in ('open','upheld','refused')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at is null) and (answered_at is null) = (answer is null)"
            " and (answered_at is null) = (answered_by is null)",
            name="answered_by_somebody",
        ),
        sa.CheckConstraint("answered_by is null or answered_by <> person_id", name="never_ones_own"),
        sa.CheckConstraint("answered_by is null or decided_by is null or answered_by <> decided_by", name="somebody_else"),
        sa.Index("ix_appeal_store_state", "store_id", "state"),
        sa.Index("ix_appeal_person", "person_id", "made_at"),
        sa.Index(
            "ux_appeal_open_punch",
            "punch_id",
            unique=True,
            sqlite_where=sa.text("state = 'open' and punch_id is not null"),
            postgresql_where=sa.text("state = 'open' and punch_id is not null"),
        ),
        sa.Index(
            "ux_appeal_open_day",
            "person_id",
            "day",
            unique=True,
            sqlite_where=sa.text("state = 'open' and day is not null"),
            postgresql_where=sa.text("state = 'open' and day is not null"),
        ),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    punch_id: Mapped[str | None] = ref("punch.id", index=True)
    day: Mapped[date | None]
    store_id: Mapped[str | None] = ref("store.id")
    decided_by: Mapped[str | None] = mapped_column(Uuid)
    text: Mapped[str] = mapped_column(sa.String(1000))
    photo: Mapped[str | None] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(8))
    answer: Mapped[str | None] = mapped_column(sa.String(500))
    answered_by: Mapped[str | None] = mapped_column(Uuid)
    answered_at: Mapped[datetime | None]


by_store(PunchCorrection, Permission.READ_PUNCHES, Permission.VOUCH)
by_store(Appeal, Permission.REVIEW_PUNCHES, Permission.REVIEW_PUNCHES)
synced(PunchCorrection, "correction", lambda row: [f"person:{row.person_id}"])
synced(Appeal, "appeal", lambda row: [f"private:{row.person_id}"])

"""Punches as they were made, with what they are worth, and the decisions people took on them. Two facts, both kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import by_store


class Punch(Base):
    """One "I came" or "I left". Its id was made on the device. What was judged is here; what was sent is in op_log.

    state: counted (green or not yet decided), accepted, corrected, rejected. `decided_*` hold the latest decision, so that
    lists need no join; `punch_review` holds each of them.
    """

    __tablename__ = "punch"
    __table_args__ = (
        sa.CheckConstraint("kind in ('in','out')", name="kind_known"),
        sa.CheckConstraint("verdict in ('green','ask','review')", name="verdict_known"),
        sa.CheckConstraint("grade in ('exact','bounded','unverified')", name="grade_known"),
        sa.CheckConstraint("state in ('counted','accepted','corrected','rejected')", name="state_known"),
        sa.CheckConstraint("taken_low <= taken_high", name="interval_ordered"),
        sa.Index("ix_punch_person_taken", "person_id", "taken_at"),
        sa.Index("ix_punch_store_day", "store_id", "business_date", "taken_at"),
        sa.Index(
            "ix_punch_photo",
            "photo",
            sqlite_where=sa.text("photo is not null"),
            postgresql_where=sa.text("photo is not null"),
        ),
        sa.Index("ix_punch_hardware_day", "hardware", "business_date"),
        sa.Index(
            "ix_punch_person_decided",
            "person_id",
            "decided_taken_at",
            sqlite_where=sa.text("decided_taken_at is not null"),
            postgresql_where=sa.text("decided_taken_at is not null"),
        ),
        sa.Index(
            "ix_punch_open_review",
            "store_id",
            "taken_at",
            sqlite_where=sa.text("state = 'counted' and verdict <> 'green'"),
            postgresql_where=sa.text("state = 'counted' and verdict <> 'green'"),
        ),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    device_id: Mapped[str] = ref("device.id", index=False)
    op_id: Mapped[str] = mapped_column(Uuid, unique=True)
    hardware: Mapped[str] = mapped_column(sa.String(128))
    kind: Mapped[str] = mapped_column(sa.String(3))
    taken_at: Mapped[datetime]
    taken_low: Mapped[datetime]
    taken_high: Mapped[datetime]
    grade: Mapped[str] = mapped_column(sa.String(12))
    wall_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime]
    business_date: Mapped[date]
    by_kiosk: Mapped[bool]
    lat_e7: Mapped[int | None] = mapped_column(sa.BigInteger)
    lng_e7: Mapped[int | None] = mapped_column(sa.BigInteger)
    accuracy_dm: Mapped[int | None] = mapped_column(sa.BigInteger)
    fix_age_ms: Mapped[int | None] = mapped_column(sa.BigInteger)  # None also where it was not kept yet (before 0038)
    place: Mapped[str] = mapped_column(sa.String(12))
    distance_m: Mapped[int | None] = mapped_column(sa.BigInteger)
    p_inside_pm: Mapped[int | None]
    score_db: Mapped[int]
    verdict: Mapped[str] = mapped_column(sa.String(8))
    reasons: Mapped[list[Any]]
    photo: Mapped[str | None] = mapped_column(sa.String(64))
    note: Mapped[str | None] = mapped_column(sa.String(1000))
    state: Mapped[str] = mapped_column(sa.String(10))
    decided_at: Mapped[datetime | None]
    decided_taken_at: Mapped[datetime | None]
    decided_kind: Mapped[str | None] = mapped_column(sa.String(3))
    decision_reason: Mapped[str | None] = mapped_column(sa.String(500))


class PunchReview(Base):
    """A decision on a punch. Later decisions are added; none is ever changed."""

    __tablename__ = "punch_review"
    __table_args__ = (
        sa.CheckConstraint("decision in ('accept','correct','reject')", name="decision_known"),
        sa.CheckConstraint("decision <> 'correct' or corrected_at is not null", name="correction_has_time"),
    )
    id: Mapped[str] = id_column()
    punch_id: Mapped[str] = ref("punch.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    decision: Mapped[str] = mapped_column(sa.String(8))
    corrected_at: Mapped[datetime | None]
    corrected_kind: Mapped[str | None] = mapped_column(sa.String(3))
    reason: Mapped[str] = mapped_column(sa.String(500))
    decided_by: Mapped[str | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime]


class PunchProof(Base):
    """One more proof that was added to a punch, and what it changed."""

    __tablename__ = "punch_proof"
    id: Mapped[str] = id_column()
    punch_id: Mapped[str] = ref("punch.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    device_id: Mapped[str] = ref("device.id")
    kind: Mapped[str] = mapped_column(sa.String(12))
    verdict_before: Mapped[str] = mapped_column(sa.String(8))
    verdict_after: Mapped[str] = mapped_column(sa.String(8))
    score_db: Mapped[int]
    added_at: Mapped[datetime]


by_store(Punch, Permission.READ_PUNCHES, Permission.REVIEW_PUNCHES, own_device=True)
by_store(PunchReview, Permission.READ_PUNCHES, Permission.REVIEW_PUNCHES)
by_store(PunchProof, Permission.READ_PUNCHES, Permission.REVIEW_PUNCHES, own_device=True)
synced(Punch, "punch", lambda row: [f"person:{row.person_id}"])

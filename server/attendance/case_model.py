"""Cases that people look into, countersignatures of phone codes, and the extra proof a store may draw for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import by_store


class CaseFile(Base):
    """Something in the punches that no single punch shows. Found at most once per kind, subject and month.

    `person_id` is the first of its people; all of them are in `case_person`. `facts` are numbers only. While it is open, later
    punches of the month may be added; once it is closed it stays as it was decided on.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject", "period"),
        sa.CheckConstraint("kind in ('pairs','one_phone','same_coordinates','travel','code_relay')", name="kind_known"),
        sa.CheckConstraint("finding is null or finding in ('explained','misused','unclear')", name="finding_known"),
        sa.CheckConstraint("(finding is null) = (closed_at is null)", name="closed_with_finding"),
        sa.CheckConstraint("(finding is null) = (reason is null)", name="closed_with_reason"),
        sa.Index("ix_case_file_found", "found_at", "id"),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.String(80))
    period: Mapped[str] = mapped_column(sa.String(7))
    store_id: Mapped[str] = ref("store.id", index=True)
    person_id: Mapped[str] = ref("person.id", index=True)
    facts: Mapped[dict[str, Any]]
    punch_ids: Mapped[list[Any]]
    found_at: Mapped[datetime]
    finding: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    closed_by: Mapped[str | None] = mapped_column(Uuid)
    closed_at: Mapped[datetime | None]


class CasePerson(Base):
    """Somebody a case is about."""

    __tablename__ = "case_person"
    __table_args__ = (sa.UniqueConstraint("case_id", "person_id"),)
    id: Mapped[str] = id_column()
    case_id: Mapped[str] = ref("case_file.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    person_id: Mapped[str] = ref("person.id", index=True)


class Countersign(Base):
    """A store's tablet saw the code of a phone. It waits until the punch is here, counts for it once, or is refused as proof.

    `short` is what was typed, by its digits; a scanned code names its punch and phone. `why` says why it did not count.
    """

    __tablename__ = "countersign"
    __table_args__ = (
        sa.CheckConstraint("state in ('waiting','counted','refused')", name="state_known"),
        sa.CheckConstraint("(punch_id is null) = (phone_id is null)", name="scanned_names_both"),
        sa.CheckConstraint("punch_id is not null or short is not null", name="says_something"),
        sa.CheckConstraint("(state = 'counted') = (counted_for is not null)", name="counted_for_a_punch"),
        sa.CheckConstraint("(state = 'refused') = (why is not null)", name="refused_with_why"),
        sa.CheckConstraint("seen_low <= seen_high", name="interval_ordered"),
        sa.Index("ix_countersign_punch", "punch_id"),
        sa.Index("ix_countersign_waiting", "state", "store_id", "seen_high"),
    )
    id: Mapped[str] = id_column()
    device_id: Mapped[str] = ref("device.id", index=False)
    store_id: Mapped[str] = ref("store.id", index=False)
    punch_id: Mapped[str | None] = mapped_column(Uuid)
    phone_id: Mapped[str | None] = mapped_column(Uuid)
    person_id: Mapped[str | None] = mapped_column(Uuid)
    minute: Mapped[int | None] = mapped_column(sa.BigInteger)
    short: Mapped[str | None] = mapped_column(sa.String(8))
    is_signed: Mapped[bool]
    seen_low: Mapped[datetime]
    seen_high: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    why: Mapped[str | None] = mapped_column(sa.String(40))
    counted_for: Mapped[str | None] = mapped_column(Uuid, unique=True)


class ExtraRule(Base):
    """The extra proof of one store: drawn for one punch in `one_in` on its tablet. 0: never, as where there is no row."""

    __tablename__ = "extra_rule"
    __table_args__ = (
        sa.CheckConstraint("one_in = 0 or one_in between 2 and 1000", name="rate_in_range"),
        sa.CheckConstraint("photo_days between 1 and 90", name="photo_days_in_range"),
    )
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("store.id"), unique=True)
    one_in: Mapped[int]
    photo_days: Mapped[int]
    changed_at: Mapped[datetime]


by_store(CaseFile, Permission.READ_CASES, Permission.REVIEW_PUNCHES)
by_store(CasePerson, Permission.READ_CASES, Permission.REVIEW_PUNCHES)
by_store(Countersign, Permission.READ_PUNCHES, Permission.REVIEW_PUNCHES, own_device=True)
by_store(ExtraRule, Permission.READ_STORES, Permission.MANAGE_RULES)
synced(ExtraRule, "extra", lambda row: [f"store:{row.store_id}"])
is_reference(ExtraRule)

"""Loans of people for one shift, what needs a manager's approval where, and calendar feeds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import open_to_all, scoped
from server.rosters.market.model import by_the_system, of_shifts, theirs

_APPROVALS = "('never','when_costly','always')"


class ShiftLoan(Base):
    """A person of another store or unit for one shift of one day. While it is accepted, `person_store` says they are a guest."""

    __tablename__ = "shift_loan"
    __table_args__ = (
        sa.CheckConstraint("state in ('asked','lent','accepted','refused','declined','cancelled','expired')", name="state_known"),
        sa.CheckConstraint("ends_at > starts_at", name="instants_in_order"),
        sa.CheckConstraint("store_id <> lender_id", name="two_sides"),
        sa.CheckConstraint("state <> 'accepted' or consented_at is not null", name="nobody_against_their_will"),
        sa.CheckConstraint("state <> 'accepted' or not needs_lender or lent_at is not null", name="lender_was_asked"),
        sa.Index("ix_shift_loan_store_day", "store_id", "day"),
        sa.Index("ix_shift_loan_lender_day", "lender_id", "day"),
        sa.Index(
            "uq_shift_loan_running",
            "shift_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state in ('asked','lent','accepted')"),
            postgresql_where=sa.text("state in ('asked','lent','accepted')"),
        ),
        sa.Index(
            "uq_shift_loan_accepted",
            "shift_id",
            unique=True,
            sqlite_where=sa.text("state = 'accepted'"),
            postgresql_where=sa.text("state = 'accepted'"),
        ),
    )
    id: Mapped[str] = id_column()
    shift_id: Mapped[str] = mapped_column(Uuid)
    version: Mapped[int]
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    brief: Mapped[dict[str, Any]]
    person_id: Mapped[str] = ref("person.id", index=True)
    lender_id: Mapped[str] = ref("org_unit.id")
    needs_lender: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = ref("person.id")
    until_at: Mapped[datetime]
    distance_m: Mapped[int | None]
    travel_min: Mapped[int | None]
    lent_at: Mapped[datetime | None]
    lent_by: Mapped[str | None] = ref("person.id")
    consented_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    costs: Mapped[list[Any]]
    override: Mapped[str | None] = mapped_column(sa.String(500))
    reason: Mapped[str] = mapped_column(sa.String(1000))
    note: Mapped[str] = mapped_column(sa.String(1000))


class ShiftApproval(Base):
    """What needs a manager's approval in a unit and all below it. `id` is the unit's."""

    __tablename__ = "shift_approval"
    __table_args__ = tuple(
        sa.CheckConstraint(f"{column} in {_APPROVALS}", name=f"{column}_known") for column in ("claims", "swaps", "loans")
    )
    id: Mapped[str] = ref("org_unit.id", primary_key=True)
    claims: Mapped[str] = mapped_column(sa.String(12))
    swaps: Mapped[str] = mapped_column(sa.String(12))
    loans: Mapped[str] = mapped_column(sa.String(12))


class CalendarFeed(Base):
    """One person's calendar address, by the hash of its token. One is open at a time."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint("language in ('zh','en')", name="language_known"),
        sa.Index(
            "uq_calendar_feed_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("revoked_at is null"),
            postgresql_where=sa.text("revoked_at is null"),
        ),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    language: Mapped[str] = mapped_column(sa.String(2))
    opened_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CalendarEvent(Base):
    """One event of a person's calendar as it was last told: `sequence` rises whenever `body` changes (RFC 5545 3.8.7.4)."""

    __tablename__ = "calendar_event"
    __table_args__ = (
        sa.CheckConstraint("sequence >= 0", name="sequence_counts"),
        sa.Index("ix_calendar_event_person_day", "person_id", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    sequence: Mapped[int]
    cancelled: Mapped[bool]
    body: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


def _own_only(model: Any) -> None:
    """A row that nobody but its person reads."""
    scoped(
        model,
        visible=lambda actor: None if actor.is_system else model.person_id == (actor.person_id or ""),
        covers=lambda actor, row: actor.is_system or row.person_id == actor.person_id,
        writes=by_the_system,
    )


theirs(ShiftLoan, ("store_id", "lender_id"))
_own_only(CalendarFeed)
_own_only(CalendarEvent)
open_to_all(ShiftApproval, because="whether a manager is asked first is what everybody who swaps a shift must know")

synced(ShiftLoan, "shift_loan", of_shifts("store_id", "lender_id"))
synced(ShiftApproval, "shift_approval", lambda _row: ["company"])
synced(CalendarFeed, "calendar_feed", lambda row: [f"private:{row.person_id}"])
is_reference(ShiftLoan)

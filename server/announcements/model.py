"""Notices, whom they have reached, and how far each is where people work.

A receipt is never taken back: who has read a notice has read it. What was published is changed no more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref, table_of
from server.kernel.feed import is_reference, synced
from server.kernel.scope import scoped
from server.kernel.sets import found_by, just, within

PUBLISH, READ = Permission.PUBLISH_NOTICES, Permission.READ_NOTICES
OUT = ("published", "ended", "withdrawn")  # the states of notices that somebody has got


class Announcement(Base):
    """A notice. `body` is the contract's NoticeBody; `words` what a search finds it by, lower case."""

    __tablename__ = "announcement"
    __table_args__ = (
        sa.CheckConstraint("state in ('draft','planned','published','ended','withdrawn')", name="state_known"),
        sa.CheckConstraint("(state in ('draft','planned')) = (published_at is null)", name="published_has_a_moment"),
        sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_because is not null)", name="withdrawn_with_reason"),
        sa.CheckConstraint("until_at is null or from_at is null or until_at > from_at", name="ends_after_it_begins"),
        sa.Index("ix_announcement_made", "made_at", "id"),
        sa.Index("ix_announcement_state", "state"),
    )
    id: Mapped[str] = id_column()
    state: Mapped[str] = mapped_column(sa.String(10))
    body: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[str] = ref("person.id", index=True)
    made_at: Mapped[datetime]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(sa.String(500))


class Receipt(Base):
    """Somebody got a notice where they worked then (`unit_id`). `read_at` and `confirmed_at` are set once."""

    __tablename__ = "announcement_receipt"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "person_id"),
        sa.CheckConstraint("confirmed_at is null or read_at is not null", name="confirmed_is_read"),
        sa.Index("ix_announcement_receipt_person", "person_id", "notice_id"),
        sa.Index("ix_announcement_receipt_unit", "notice_id", "unit_id"),
    )
    id: Mapped[str] = id_column()
    notice_id: Mapped[str] = ref("announcement.id")
    person_id: Mapped[str] = ref("person.id")
    unit_id: Mapped[str] = mapped_column(Uuid)
    reached_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    over: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # devices need it no more


class Readers(Base):
    """How far a notice is at a store or department: of how many, read, confirmed. It follows from the receipts."""

    __tablename__ = "announcement_readers"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "unit_id"),
        sa.CheckConstraint("reached >= seen and seen >= confirmed and confirmed >= 0", name="counts_fit"),
        sa.Index("ix_announcement_readers_unit", "unit_id", "notice_id"),
    )
    id: Mapped[str] = id_column()
    notice_id: Mapped[str] = ref("announcement.id")
    unit_id: Mapped[str] = mapped_column(Uuid)
    reached: Mapped[int]
    seen: Mapped[int]
    confirmed: Mapped[int]
    over: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class NoticeReminder(Base):
    """The one tap: who was told again, by whom. `unit_id`: at one store only; none: everywhere."""

    __tablename__ = "announcement_reminder"
    __table_args__ = (sa.Index("ix_announcement_reminder_notice", "notice_id", "at"),)
    id: Mapped[str] = id_column()
    notice_id: Mapped[str] = ref("announcement.id")
    unit_id: Mapped[str | None] = mapped_column(Uuid)
    by_id: Mapped[str | None] = ref("person.id")
    at: Mapped[datetime]
    people: Mapped[int]


class NoticeFile(Base):
    """A file that a notice may carry; its bytes lie in the data folder under their hash. `pages`: a PDF's first ones as pictures,
    the contract's FilePage each, of `page_count`."""

    __tablename__ = "announcement_file"
    __table_args__ = (
        sa.CheckConstraint("size > 0", name="has_a_size"),
        sa.CheckConstraint("page_count >= 0", name="pages_are_counted"),
    )
    id: Mapped[str] = id_column()
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    media: Mapped[str] = mapped_column(sa.String(20))
    size: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(120))
    added_by: Mapped[str] = ref("person.id")
    added_at: Mapped[datetime]
    pages: Mapped[list[Any]] = mapped_column(server_default="[]")
    page_count: Mapped[int] = mapped_column(default=0, server_default="0")


_receipt, _readers = table_of(Receipt), table_of(Readers)


def _everywhere(actor: Actor) -> bool:
    return actor.has_everywhere(PUBLISH) or actor.device_id is not None


def _got(actor: Actor) -> list[sa.Select[Any]]:
    """The notices that reached the actor, or a store whose notices the actor steers."""
    units = actor.stores_for(PUBLISH)
    asked = [sa.select(_readers.c.notice_id).where(within(_readers.c.unit_id, units))]
    if actor.person_id is not None and actor.may(READ):
        asked.append(sa.select(_receipt.c.notice_id).where(_receipt.c.person_id == actor.person_id))
    return asked


def _announcement_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    if _everywhere(actor):
        return None
    own = [] if actor.person_id is None else [sa.select(_announcement.c.id).where(_announcement.c.author_id == actor.person_id)]
    return found_by(Announcement.id, *_got(actor), *own)


def _announcement_covers(actor: Actor, row: Announcement) -> bool:
    if _everywhere(actor) or (actor.person_id is not None and row.author_id == actor.person_id):
        return True
    session = sa.inspect(row).session
    if session is None or row.id is None:
        return False
    asked = (found.where(found.selected_columns[0] == row.id).limit(1) for found in _got(actor))
    return any(session.connection().execute(one).first() is not None for one in asked)


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: who may was judged by the operation


def _receipt_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """One's own; those of people at the stores where the actor steers notices."""
    if _everywhere(actor):
        return None
    there = sa.select(_receipt.c.id).where(within(_receipt.c.unit_id, actor.stores_for(PUBLISH)))
    if actor.person_id is None or not actor.may(READ):
        return found_by(Receipt.id, there)
    return found_by(Receipt.id, there, sa.select(_receipt.c.id).where(_receipt.c.person_id == actor.person_id))


def _receipt_covers(actor: Actor, row: Receipt) -> bool:
    own = actor.person_id is not None and row.person_id == actor.person_id and actor.may(READ)
    return _everywhere(actor) or own or row.unit_id in actor.stores_for(PUBLISH)


def _by_unit(model: Any) -> None:
    scoped(
        model,
        visible=lambda actor: None if _everywhere(actor) else within(model.unit_id, actor.stores_for(PUBLISH)),
        covers=lambda actor, row: _everywhere(actor) or row.unit_id in actor.stores_for(PUBLISH),
        writes=_nobody,
    )


_announcement = table_of(Announcement)
scoped(Announcement, visible=_announcement_visible, covers=_announcement_covers, writes=_nobody)
scoped(Receipt, visible=_receipt_visible, covers=_receipt_covers, writes=_nobody)
_by_unit(Readers)
_by_unit(NoticeReminder)
scoped(
    NoticeFile,
    visible=lambda actor: None if _everywhere(actor) else found_by(NoticeFile.added_by, just(actor.person_id or "")),
    covers=lambda actor, row: _everywhere(actor) or (actor.person_id is not None and row.added_by == actor.person_id),
    writes=_nobody,
)
synced(Announcement, "announcement", lambda row: [f"notice:{row.id}"] if row.state in ("published", "withdrawn") else [])
synced(Receipt, "announcement_receipt", lambda row: [] if row.over else [f"person:{row.person_id}"])
synced(Readers, "announcement_readers", lambda row: [] if row.over else [f"desk:{row.unit_id}"])
is_reference(Announcement)

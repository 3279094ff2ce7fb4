"""The archive: what HR knows of a person beyond the card, each group in its table; who looked; who is to be forgotten.

`sealed` columns hold ciphertext by field name (server/kernel/sealed.py); the key of each person is in `person_key`, wrapped. Who
may see a row is who may see the person; which of its fields they may read is judged in queries.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import RULES, only_with, scoped
from server.people.model import Person


class PersonKey(Base):
    """The key under which a person's values are sealed. `wrapped_key` null: destroyed, and with it every value."""

    __tablename__ = "person_key"
    __table_args__ = (
        sa.CheckConstraint("(wrapped_key is null) = (destroyed_at is not null)", name="gone_or_there"),
    )
    person_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("person.id"), primary_key=True)
    wrapped_key: Mapped[bytes | None]
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class Basics(Base):
    """Who somebody is. `id_fingerprint` finds the same number twice without anybody reading it."""

    __tablename__ = "archive_basics"
    __table_args__ = (
        sa.Index(
            "ux_archive_basics_id_fingerprint",
            "id_fingerprint",
            unique=True,
            sqlite_where=sa.text("id_fingerprint is not null"),
            postgresql_where=sa.text("id_fingerprint is not null"),
        ),
    )
    person_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("person.id"), primary_key=True)
    id_kind: Mapped[str | None] = mapped_column(sa.String(20))
    id_fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    sealed: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(500))


class Contract(Base):
    """A labour contract. `until` is the first day it no longer counts, as everywhere."""

    __tablename__ = "archive_contract"
    __table_args__ = (
        sa.CheckConstraint("until is null or until > from_day", name="ends_after_start"),
        sa.Index("ix_archive_contract_until", "until"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    from_day: Mapped[date]
    until: Mapped[date | None]
    sealed: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(500))


class Insurance(Base):
    """Social insurance from a day on; the latest counts."""

    __tablename__ = "archive_insurance"
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    city: Mapped[str] = mapped_column(sa.String(120))
    from_day: Mapped[date]
    sealed: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(500))


class Document(Base):
    """A document; its file lies sealed in the data folder under `sha256` of the sealed bytes."""

    __tablename__ = "archive_document"
    __table_args__ = (
        sa.CheckConstraint("(withdrawn_at is null) = (withdrawn_because is null)", name="withdrawn_with_reason"),
        sa.CheckConstraint("size > 0", name="has_bytes"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(120))
    media: Mapped[str] = mapped_column(sa.String(80))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(sa.String(500))


class ArchiveState(Base):
    """How complete a record was when it last changed, so that lists can be narrowed by it; and when the person left."""

    __tablename__ = "archive_state"
    __table_args__ = (
        sa.CheckConstraint("percent between 0 and 100", name="percent_is_one"),
        sa.Index("ix_archive_state_contract_until", "contract_until"),
    )
    person_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("person.id"), primary_key=True)
    percent: Mapped[int]
    missing: Mapped[list[Any]]
    contract_until: Mapped[date | None]
    left_at: Mapped[datetime | None]
    looked_at: Mapped[datetime]


class Look(Base):
    """Somebody was shown something sensitive about somebody else. Looks close together are one row with a count."""

    __tablename__ = "look"
    __table_args__ = (
        sa.CheckConstraint("times >= 1 and last_at >= first_at", name="counted_in_order"),
        sa.Index("ix_look_person_first", "person_id", "first_at"),
        sa.Index("ix_look_reader_last", "reader_id", "last_at"),
    )
    id: Mapped[str] = id_column()
    reader_id: Mapped[str] = ref("person.id")
    role: Mapped[str] = mapped_column(sa.String(60))
    what: Mapped[str] = mapped_column(sa.String(12))
    person_id: Mapped[str] = ref("person.id")
    about_id: Mapped[str | None] = mapped_column(Uuid)
    fields: Mapped[list[Any]]
    why: Mapped[str] = mapped_column(sa.String(500))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class Erasure(Base):
    """Somebody who left is to be forgotten: proposed by one, confirmed by another, done once the waiting time is over."""

    __tablename__ = "erasure"
    __table_args__ = (
        sa.CheckConstraint("state in ('proposed','confirmed','done','refused')", name="state_known"),
        sa.CheckConstraint("decided_by is null or decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("state not in ('confirmed','done') or decided_by is not null", name="confirmed_by_somebody"),
        sa.Index(
            "ux_erasure_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state <> 'refused'"),
            postgresql_where=sa.text("state <> 'refused'"),
        ),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(10))
    proposed_by: Mapped[str] = ref("person.id")
    proposed_at: Mapped[datetime]
    from_at: Mapped[datetime]
    decided_by: Mapped[str | None] = ref("person.id")
    decided_at: Mapped[datetime | None]
    refused_because: Mapped[str | None] = mapped_column(sa.String(500))
    done_at: Mapped[datetime | None]


def _with_its_person(model: type) -> None:
    """A row that follows its person: one's own, and for who may read archives those of the people they may see. Never devices."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        column: Any = model.person_id  # type: ignore[attr-defined]
        if actor.device_id is not None:
            return sa.false()
        if not actor.may(Permission.READ_ARCHIVE):
            return column == actor.person_id  # type: ignore[no-any-return]
        condition = RULES[Person].visible(actor)
        return None if condition is None else column.in_(sa.select(Person.id).where(condition))

    def covers(actor: Actor, row: Any) -> bool:
        if actor.device_id is not None:
            return False
        if not actor.may(Permission.READ_ARCHIVE):
            return bool(row.person_id == actor.person_id)
        session = sa.inspect(row).session
        person = session.get(Person, row.person_id) if session is not None else None
        return person is not None and RULES[Person].covers(actor, person)

    scoped(model, visible=visible, covers=covers, writes=lambda a, row: a.has_everywhere(Permission.MANAGE_ARCHIVE))


for _model in (Basics, Contract, Insurance, Document, ArchiveState):
    _with_its_person(_model)
scoped(
    PersonKey,
    visible=lambda a: None if a.is_system else sa.false(),
    covers=lambda a, row: a.is_system,
    writes=lambda a, row: a.is_system,
)
scoped(
    Look,
    visible=lambda a: None if a.has_everywhere(Permission.READ_OPERATIONS) else Look.person_id == a.person_id,
    covers=lambda a, row: a.has_everywhere(Permission.READ_OPERATIONS) or row.person_id == a.person_id,
    writes=lambda a, row: a.is_system,
)
only_with(Erasure, Permission.ERASE_PERSON, Permission.ERASE_PERSON)
synced(Look, "look", lambda row: [f"private:{row.person_id}"])

"""Weekly statements: what one person did at one store in one week, in revisions that never change, and who signed them.

A statement names its newest revision; each revision keeps its bytes, its digest and the digest of the one before. Confirmations
and disputes name the revision they are about. The database refuses to change any of it (revision 0014); only an erasure empties
a text, and even then the digest stays, so that paper can be told from forgery.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within


class Statement(Base):
    """One person's week at one store. `revision` and `digest` are the newest revision's; `state` is how far that one is.

    `held`: devices keep it. A week that is long over leaves them; here it stays.
    """

    __tablename__ = "statement"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "store_id", "week"),
        sa.CheckConstraint("state in ('open','disputed','complete')", name="state_known"),
        sa.CheckConstraint("revision >= 1 and to_day > from_day", name="in_order"),
        sa.Index("ix_statement_store_week", "store_id", "week"),
        sa.Index("ix_statement_week_state", "week", "state"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    week: Mapped[str] = mapped_column(sa.String(8))
    from_day: Mapped[date]
    to_day: Mapped[date]
    revision: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(10))
    changed_at: Mapped[datetime]
    held: Mapped[bool]


class StatementRevision(Base):
    """The bytes that are signed. `text`: canonical JSON of `contract.statements.StatementText`; null once it was erased."""

    __tablename__ = "statement_revision"
    __table_args__ = (
        sa.UniqueConstraint("statement_id", "revision", "digest"),
        sa.UniqueConstraint("statement_id", "revision"),
        sa.CheckConstraint("revision >= 1 and (revision = 1) = (previous is null)", name="names_the_one_before"),
        sa.Index("ix_statement_revision_code", "code"),
    )
    id: Mapped[str] = id_column()
    statement_id: Mapped[str] = ref("statement.id")
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    revision: Mapped[int]
    previous: Mapped[str | None] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    code: Mapped[str] = mapped_column(sa.String(14))
    text: Mapped[str | None] = mapped_column(sa.Text)
    made_at: Mapped[datetime]


class StatementConfirmation(Base):
    """One side said yes to one revision, by its digest. Nobody speaks for two sides."""

    __tablename__ = "statement_confirmation"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["statement_id", "revision", "digest"],
            ["statement_revision.statement_id", "statement_revision.revision", "statement_revision.digest"],
            name="fk_statement_confirmation_revision",
        ),
        sa.UniqueConstraint("statement_id", "revision", "side"),
        sa.UniqueConstraint("statement_id", "revision", "confirmed_by"),
        sa.CheckConstraint("side in ('employee','store','hq')", name="side_known"),
        sa.CheckConstraint("(side = 'employee') = (confirmed_by = person_id)", name="employee_is_the_person"),
        sa.CheckConstraint("way in ('phone','tablet','console')", name="way_known"),
        sa.Index("ix_statement_confirmation_received", "received_at"),
    )
    id: Mapped[str] = id_column()
    statement_id: Mapped[str] = mapped_column(Uuid)
    revision: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    side: Mapped[str] = mapped_column(sa.String(8))
    confirmed_by: Mapped[str] = ref("person.id")
    confirmed_at: Mapped[datetime]
    op_id: Mapped[str] = mapped_column(Uuid)
    # both null: said before they were kept (revision 0017). A device says when it was said; the server, when it heard it
    way: Mapped[str | None] = mapped_column(sa.String(8))
    received_at: Mapped[datetime | None]


class StatementDispute(Base):
    """One side does not agree with a revision; and how HQ ended it. Whoever raised it does not end it."""

    __tablename__ = "statement_dispute"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["statement_id", "revision"],
            ["statement_revision.statement_id", "statement_revision.revision"],
            name="fk_statement_dispute_revision",
        ),
        sa.CheckConstraint("side in ('employee','store','hq')", name="side_known"),
        sa.CheckConstraint("outcome in ('stands','corrected')", name="outcome_known"),
        sa.CheckConstraint(
            "(outcome is null) = (settled_at is null) and (outcome is null) = (settled_by is null)"
            " and (outcome is null) = (settled_reason is null)",
            name="settled_with_reason",
        ),
        sa.CheckConstraint("settled_by is null or settled_by <> made_by", name="settled_by_another"),
        sa.Index(
            "uq_statement_dispute_open",
            "statement_id",
            "side",
            unique=True,
            sqlite_where=sa.text("outcome is null"),
            postgresql_where=sa.text("outcome is null"),
        ),
    )
    id: Mapped[str] = id_column()
    statement_id: Mapped[str] = mapped_column(Uuid)
    revision: Mapped[int]
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    side: Mapped[str] = mapped_column(sa.String(8))
    made_by: Mapped[str] = ref("person.id")
    day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(500))
    made_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(sa.String(10))
    settled_by: Mapped[str | None] = ref("person.id")
    settled_reason: Mapped[str | None] = mapped_column(sa.String(500))
    settled_at: Mapped[datetime | None]


class StatementWeek(Base):
    """A week was turned into statements for all stores of a zone whose day turns at that minute."""

    __tablename__ = "statement_week"
    __table_args__ = (sa.UniqueConstraint("zone", "day_turns_at_min", "week"),)
    id: Mapped[str] = id_column()
    zone: Mapped[str] = mapped_column(sa.String(60))
    day_turns_at_min: Mapped[int]
    week: Mapped[str] = mapped_column(sa.String(8))
    made_at: Mapped[datetime]


class StatementDeadline(Base):
    """From a day on: after how many days who has not confirmed is reminded, and after how many the week counts as overdue."""

    __tablename__ = "statement_deadline"
    __table_args__ = (
        sa.UniqueConstraint("from_day"),
        sa.CheckConstraint("remind_days between 0 and 60 and due_days between 1 and 90", name="days_sensible"),
        sa.CheckConstraint("remind_days <= due_days", name="reminded_before_due"),
    )
    id: Mapped[str] = id_column()
    from_day: Mapped[date]
    remind_days: Mapped[int]
    due_days: Mapped[int]


def _of_week(model: Any, signs: bool) -> None:
    """The person themselves, and whoever may read statements at the store. `signs`: what people add themselves (their side was
    computed before they may): everybody who can see the week, and devices for who stands before them."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_STATEMENTS) or actor.device_id is not None:
            return None
        here: sa.ColumnElement[bool] = within(model.store_id, actor.stores_for(Permission.READ_STATEMENTS))
        if actor.person_id is None or not actor.may(Permission.READ_SELF):
            return here
        return sa.or_(here, model.person_id == actor.person_id)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_STATEMENTS) or actor.device_id is not None:
            return True
        own = row.person_id == actor.person_id and actor.may(Permission.READ_SELF)
        return own or row.store_id in actor.stores_for(Permission.READ_STATEMENTS)

    scoped(model, visible=visible, covers=covers, writes=covers if signs else lambda actor, row: False)


_of_week(Statement, signs=True)  # its state follows from who signed
_of_week(StatementRevision, signs=False)
_of_week(StatementConfirmation, signs=True)
_of_week(StatementDispute, signs=True)
open_to_all(StatementWeek, because="that a week is over is no secret")
open_to_all(StatementDeadline, because="by when a week is to be confirmed stands in the staff handbook")


def at_stores_of(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Statements of the stores whose statements the actor may read. Their own weeks elsewhere are nothing they bill."""
    if actor.has_everywhere(Permission.READ_STATEMENTS):
        return []
    return [within(Statement.store_id, actor.stores_for(Permission.READ_STATEMENTS))]


def scopes_of(row: Any) -> list[str]:
    """Where a revision is read: on the person's own phone, and at the desk of the store, by whoever opens it with a PIN."""
    return [f"private:{row.person_id}", f"desk:{row.store_id}"]


# a row for each revision: nobody signs what they have not seen, and what they saw before stays to be compared with
synced(StatementRevision, "statement", scopes_of)

"""What goes out beside the inbox: channels of the company, wishes and browsers of people, and each message with how it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import only_with, scoped

WAITS = "state = 'waiting'"


class Channel(Base):
    """A way out that HQ has set up. `url` is sealed (server/inbox/addresses.py), empty once it is retired; `shown` is what may be
    seen of it. `groups`: of which triggers."""

    __tablename__ = "channel"
    __table_args__ = (
        sa.CheckConstraint("kind in ('email','webhook','chat')", name="kind_known"),
        sa.CheckConstraint("language in ('zh','en')", name="language_known"),
        sa.CheckConstraint("(retired_at is null) = (retired_because is null)", name="retired_with_reason"),
        sa.CheckConstraint("(retired_at is null) = (url <> '')", name="sealed_while_used"),
        sa.Index(
            "uq_channel_one_mail",
            "kind",
            unique=True,
            sqlite_where=sa.text("kind = 'email' and retired_at is null"),
            postgresql_where=sa.text("kind = 'email' and retired_at is null"),
        ),
    )
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(10))
    url: Mapped[str] = mapped_column(sa.Text)
    shown: Mapped[str] = mapped_column(sa.String(300))
    groups: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(sa.String(2))
    whole: Mapped[bool]
    set_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))


class Wish(Base):
    """How somebody wants to be told. Groups that are null: as the table of triggers says."""

    __tablename__ = "notice_wish"
    __table_args__ = (
        sa.CheckConstraint("language in ('zh','en')", name="language_known"),
        sa.CheckConstraint("(quiet_from_min is null) = (quiet_until_min is null)", name="quiet_whole"),
        sa.CheckConstraint("quiet_from_min between 0 and 1439", name="quiet_from_in_day"),
        sa.CheckConstraint("quiet_until_min between 0 and 1439", name="quiet_until_in_day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", unique=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    zone: Mapped[str] = mapped_column(sa.String(60))
    quiet_from_min: Mapped[int | None]
    quiet_until_min: Mapped[int | None]
    email: Mapped[str] = mapped_column(sa.String(254))
    email_groups: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    push_groups: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    said_at: Mapped[datetime]


class PushSubscription(Base):
    """A browser that is told. Address and keys are sealed together; the id follows from person and address."""

    __tablename__ = "push_subscription"
    __table_args__ = (sa.Index("ix_push_subscription_person", "person_id"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    sealed: Mapped[str] = mapped_column(sa.Text)
    host: Mapped[str] = mapped_column(sa.String(120))
    since: Mapped[datetime]


class Delivery(Base):
    """One message that is to go out, written with its item, sent after the commit. Its id is its key wherever it is sent: the
    same message again has the same.

    `lane`: what waits for one another; a receiver that is dead holds up its own lane only. `item_id` empty: a test. `state`
    moot: done or read before it was sent. Claimed while `claimed_until` has not come.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.CheckConstraint("via in ('email','webhook','chat','push')", name="via_known"),
        sa.CheckConstraint("state in ('waiting','sent','dead','dropped','moot')", name="state_known"),
        sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended_when_over"),
        sa.Index("ix_delivery_due", "lane", "due_at", sqlite_where=sa.text(WAITS), postgresql_where=sa.text(WAITS)),
        sa.Index("ix_delivery_born", "state", "born_at", "id"),
    )
    id: Mapped[str] = id_column()
    item_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    person_id: Mapped[str | None] = mapped_column(Uuid, sa.ForeignKey("person.id"))
    channel_id: Mapped[str | None] = mapped_column(Uuid, sa.ForeignKey("channel.id"), index=True)
    subscription_id: Mapped[str | None] = mapped_column(Uuid)
    via: Mapped[str] = mapped_column(sa.String(10))
    lane: Mapped[str] = mapped_column(sa.String(140))
    trigger: Mapped[str] = mapped_column(sa.String(20))
    address: Mapped[str] = mapped_column(sa.String(254))
    urgent: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int]
    said: Mapped[str] = mapped_column(sa.String(500))
    born_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


def _own(model: Any) -> None:
    def covers(actor: Actor, row: Any) -> bool:
        return actor.is_system or (actor.person_id is not None and row.person_id == actor.person_id)

    scoped(
        model,
        visible=lambda actor: model.person_id == actor.person_id if actor.person_id is not None else sa.false(),
        covers=covers,
    )


only_with(Channel, Permission.MANAGE_CHANNELS, Permission.MANAGE_CHANNELS)
only_with(Delivery, Permission.MANAGE_CHANNELS, Permission.MANAGE_CHANNELS)
_own(Wish)
_own(PushSubscription)
synced(Wish, "wish", lambda row: [f"private:{row.person_id}"])

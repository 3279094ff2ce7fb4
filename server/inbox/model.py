"""The one inbox: what somebody must do and what they should know. Nobody but its receiver reads an item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import scoped


class InboxItem(Base):
    """One item. Its id is derived from trigger, receiver, matter and key, so that a job that runs twice makes one.

    `done_at`: a to-do when what it asks for has happened, a notice when it was read.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        sa.CheckConstraint("kind in ('to_do','notice')", name="kind_known"),
        sa.Index("ix_inbox_item_receiver", "receiver_id", "born_at"),
        sa.Index("ix_inbox_item_trigger", "trigger", "born_at"),
        sa.Index(
            "ix_inbox_item_open",
            "receiver_id",
            sqlite_where=sa.text("done_at is null"),
            postgresql_where=sa.text("done_at is null"),
        ),
    )
    id: Mapped[str] = id_column()
    trigger: Mapped[str] = mapped_column(sa.String(20))
    receiver_id: Mapped[str] = ref("person.id")
    kind: Mapped[str] = mapped_column(sa.String(10))
    about: Mapped[str] = mapped_column(sa.String(20))
    about_id: Mapped[str] = mapped_column(Uuid, index=True)
    key: Mapped[str] = mapped_column(sa.String(120))
    facts: Mapped[dict[str, Any]]
    born_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


def _own(actor: Actor, row: InboxItem) -> bool:
    return actor.is_system or (actor.person_id is not None and row.receiver_id == actor.person_id)


scoped(
    InboxItem,
    visible=lambda actor: InboxItem.receiver_id == actor.person_id if actor.person_id is not None else sa.false(),
    covers=_own,
)
synced(InboxItem, "item", lambda row: [f"private:{row.receiver_id}"])

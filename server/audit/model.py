"""What the audit area keeps beside the tree: what was erased from it, comparisons that were run, what devices reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.scope import only_with, scoped


class AuditErasure(Base):
    """A leaf whose salt was destroyed because its operation had to be forgotten, and by which operation."""

    __tablename__ = "audit_erasure"
    idx: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    op_id: Mapped[str] = mapped_column(Uuid)
    erased_at: Mapped[datetime]


class AuditRun(Base):
    """One comparison of the whole log with what is stored: how far it is, and what it found."""

    __tablename__ = "audit_run"
    __table_args__ = (sa.CheckConstraint("state in ('waiting','running','clean','broken','failed')", name="state_known"),)
    id: Mapped[str] = id_column()
    asked_by: Mapped[str | None] = mapped_column(Uuid)
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    result: Mapped[dict[str, Any] | None]


class AuditAlarm(Base):
    """What a device said of the log: the head it held, the one it was offered, and why it did not take it."""

    __tablename__ = "audit_alarm"
    id: Mapped[str] = id_column()
    device_id: Mapped[str] = ref("device.id", index=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    held: Mapped[str] = mapped_column(sa.Text)
    offered: Mapped[str] = mapped_column(sa.Text)
    proof: Mapped[list[Any]]
    restarts: Mapped[list[Any]]
    reported_at: Mapped[datetime]


only_with(AuditErasure, Permission.READ_AUDIT, Permission.ERASE_PERSON)
only_with(AuditRun, Permission.READ_AUDIT, Permission.VERIFY_AUDIT)
scoped(
    AuditAlarm,
    visible=lambda actor: None if actor.has_everywhere(Permission.READ_AUDIT) else sa.false(),
    covers=lambda actor, row: actor.has_everywhere(Permission.READ_AUDIT),
    writes=lambda actor, row: actor.device_id is not None and actor.device_id == row.device_id,
)

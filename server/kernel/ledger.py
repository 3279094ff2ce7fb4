"""Who asked for what and how it ended (`op_log`), and which rows changed because of it (`history`).

Both are written by the kernel, never by services. A row's birth needs no history: its operation says what it was born as.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, ScopedSession, Uuid, id_column, table_of
from server.kernel.scope import only_with


class OpLog(Base):
    """Every operation ever received, byte for byte, and its outcome. Device operations carry their place in the chain.

    The last operation of each run carries the notary's receipt for it: what the server signed when the head moved there.
    Of an operation that had to be forgotten (`erased_at`) the bytes are gone, `hash` and its place in the chain stay: the one
    change of what was taken in that the database allows (docs/concepts/privacy.md).

    status: received (durable, not yet judged), applied, merged, held (waits for another or for a newer server),
    rejected (final, with a reason), parked (our fault; replayed after the repair).
    """

    __tablename__ = "op_log"
    __table_args__ = (
        sa.UniqueConstraint("device_id", "seq"),
        sa.CheckConstraint("status in ('received','applied','merged','held','rejected','parked')", name="status_known"),
        sa.CheckConstraint("(device_id is null) = (seq is null)", name="seq_with_device"),
        sa.Index(
            "ix_op_log_open",
            "device_id",
            "seq",
            sqlite_where=sa.text("status in ('received','held','parked')"),
            postgresql_where=sa.text("status in ('received','held','parked')"),
        ),
        sa.Index(
            "ix_op_log_refused",
            "received_at",
            sqlite_where=sa.text("status in ('rejected','held','parked')"),
            postgresql_where=sa.text("status in ('rejected','held','parked')"),
        ),
        sa.Index("ix_op_log_ent", "ent", sqlite_where=sa.text("ent is not null"), postgresql_where=sa.text("ent is not null")),
    )
    op_id: Mapped[str] = id_column()
    device_id: Mapped[str | None] = mapped_column(Uuid)
    seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    type: Mapped[str] = mapped_column(sa.String(80))
    actor_id: Mapped[str | None] = mapped_column(Uuid)
    account_id: Mapped[str | None] = mapped_column(Uuid)
    ent: Mapped[str | None] = mapped_column(Uuid)
    raw: Mapped[bytes]
    hash: Mapped[bytes]
    sig: Mapped[str | None]
    received_at: Mapped[datetime]
    time_at: Mapped[datetime | None]
    time_low: Mapped[datetime | None]
    time_high: Mapped[datetime | None]
    time_grade: Mapped[str | None] = mapped_column(sa.String(12))
    status: Mapped[str] = mapped_column(sa.String(12))
    code: Mapped[str | None] = mapped_column(sa.String(60))
    facts: Mapped[dict[str, Any] | None]
    answer: Mapped[dict[str, Any] | None]
    trace: Mapped[str | None] = mapped_column(sa.String(16))
    receipt: Mapped[str | None] = mapped_column(sa.Text)
    receipt_sig: Mapped[str | None] = mapped_column(sa.String(120))
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    erased_at: Mapped[datetime | None]


def was_left_behind(device_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether something of a device was taken in and has not been performed: by a process that is still at it, that died, or
    that belonged to the server from whose backup this one was restored. Literals, so that the index of what is open serves.
    """
    said: dict[str, Any] = {name: sa.literal_column(f"'{name}'") for name in ("received", "held", "parked")}
    return sa.exists().where(
        OpLog.device_id == device_id, OpLog.status.in_(list(said.values())), OpLog.status == said["received"]
    )


class OpQuarantine(Base):
    """Operations that cannot take their place in a chain: the second branch of a fork, or a gap. Kept for HQ to adopt."""

    __tablename__ = "op_quarantine"
    id: Mapped[str] = id_column()
    device_id: Mapped[str] = mapped_column(Uuid, index=True)
    seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    raw: Mapped[bytes]
    sig: Mapped[str | None]
    why: Mapped[str] = mapped_column(sa.String(60))
    received_at: Mapped[datetime]
    adopted_by: Mapped[str | None] = mapped_column(Uuid)


class History(Base):
    """One row's change: what it was, what it became, by which operation."""

    __tablename__ = "history"
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    op_id: Mapped[str] = mapped_column(Uuid, index=True)
    table_name: Mapped[str] = mapped_column(sa.String(60))
    row_id: Mapped[str] = mapped_column(sa.String(60), index=True)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    changed_at: Mapped[datetime]


for _model in (OpLog, OpQuarantine, History):
    only_with(_model, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS, devices_write=True)

_NOT_LEDGERED = {"op_log", "op_quarantine", "history", "sync_change", "sync_feed", "sync_tx", "job"}
# Never copied into the history: what would hand a reader somebody's secrets.
_SECRET_COLUMNS = {"password_hash", "pin_verifier", "code_key", "token_hash", "code_hash", "wrapped_key", "id_fingerprint"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


@event.listens_for(ScopedSession, "after_flush")
def _write_history(session: ScopedSession, _context: Any) -> None:
    rows: list[tuple[Any, dict[str, Any], dict[str, Any] | None]] = []
    for row in session.dirty:
        if row.__tablename__ in _NOT_LEDGERED or not session.is_modified(row):
            continue
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for attribute in inspect(row).mapper.column_attrs:
            past = inspect(row).attrs[attribute.key].history
            if past.has_changes() and past.deleted:
                secret = attribute.key in _SECRET_COLUMNS
                before[attribute.key] = "..." if secret else _plain(past.deleted[0])
                after[attribute.key] = "..." if secret else _plain(getattr(row, attribute.key))
        rows.append((row, before, after))
    for row in session.deleted:
        columns = [a.key for a in inspect(row).mapper.column_attrs if a.key not in _SECRET_COLUMNS]
        rows.append((row, {key: _plain(getattr(row, key)) for key in columns}, None))
    rows = [found for found in rows if found[0].__tablename__ not in _NOT_LEDGERED]
    if rows:
        session.connection().execute(
            sa.insert(table_of(History)),
            [
                {
                    "op_id": session.info["op_id"],
                    "table_name": row.__tablename__,
                    "row_id": str(inspect(row).identity[0]),
                    "before": before,
                    "after": after,
                    "changed_at": session.info["now"],
                }
                for row, before, after in rows
            ],
        )

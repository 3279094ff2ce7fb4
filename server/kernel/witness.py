"""What each transaction adds to the tamper-evident log: one row that names its operations and the rows they wrote.

It is written with the transaction itself, so nothing that was committed can be missing from the log, and it costs a punch
one short line. The audit area enters it into the tree within about a second (docs/decisions/0018): what is hashed there is
the operation with its outcome, and each of these rows as they then stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, ScopedSession, table_of
from server.kernel.scope import only_with


class AuditPending(Base):
    """A transaction that is not in the tree yet. The sequencer takes these away, the oldest first."""

    __tablename__ = "audit_pending"
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)


only_with(AuditPending, Permission.READ_AUDIT, Permission.VERIFY_AUDIT)

WATCHED: dict[str, type[Base]] = {}
# A row as the database answers it, by column.
Stored = Mapping[str, Any]
Follower = Callable[[sa.Connection, Sequence[Stored]], None]
FOLLOWERS: dict[str, list[Follower]] = {}
_KEY_OF: dict[type, Callable[[Any], str]] = {}


def follows(table: str) -> Callable[[Follower], Follower]:
    """Be told which rows of a watched table were written, as they now stand, when they enter the log: each change once, about a
    second later, at no cost to whoever wrote it. fn(connection, rows) may write; it shares the transaction of the entering."""

    def register(fn: Follower) -> Follower:
        FOLLOWERS.setdefault(table, []).append(fn)
        return fn

    return register


class Pending(msgspec.Struct, omit_defaults=True):
    """The body of such a row: operations that were settled, (table, key, operation) of rows that were written, operations
    with history. `adopt`: rows that were there before the log, or that a migration rewrote; see server/audit/adopt.py."""

    ops: list[str] = []
    rows: list[tuple[str, str, str]] = []
    changed: list[str] = []
    adopt: dict[str, Any] | None = None


class _Seen:
    """What one transaction has done so far."""

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.rows: dict[tuple[str, str], str] = {}
        self.changed: dict[str, None] = {}

    def body(self) -> str:
        rows = [(table, key, op_id) for (table, key), op_id in self.rows.items()]
        return msgspec.json.encode(Pending(self.ops, rows, list(self.changed))).decode()


def witnessed(*models: type[Base]) -> None:
    """Rows of these tables enter the log with the operation that writes them, and `outpost audit verify` compares them."""
    for model in models:
        WATCHED[model.__tablename__] = model
        (column,) = inspect(model).mapper.primary_key
        _KEY_OF[model] = _key_reader(inspect(model).mapper.get_property_by_column(column).key)


def _key_reader(name: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(row, name))


def _seen(session: ScopedSession) -> _Seen:
    found = session.info.get("witness")
    if found is None:
        found = session.info["witness"] = _Seen()
    assert isinstance(found, _Seen)
    return found


def share(session: ScopedSession, sibling: ScopedSession) -> None:
    """A sibling session of the same transaction writes for the same log."""
    sibling.info["witness"] = _seen(session)


def note_settled(session: ScopedSession, *op_ids: str) -> None:
    """These operations ended in this transaction."""
    _seen(session).ops.extend(op_ids)


def note_row(session: ScopedSession, model: type, key: Any) -> None:
    """A row was written past the ORM. Tables that are not watched are passed over."""
    if model in _KEY_OF:
        _seen(session).rows[model.__tablename__, str(key)] = session.info["op_id"]  # type: ignore[attr-defined]


@event.listens_for(ScopedSession, "after_flush")
def _note(session: ScopedSession, _context: Any) -> None:
    for row in session.new:
        if key := _KEY_OF.get(type(row)):
            _seen(session).rows[row.__tablename__, key(row)] = session.info["op_id"]
    for row in (*(row for row in session.dirty if session.is_modified(row)), *session.deleted):
        # also where the row itself is not watched: its history is
        _seen(session).changed[session.info["op_id"]] = None
        if key := _KEY_OF.get(type(row)):
            _seen(session).rows[row.__tablename__, key(row)] = session.info["op_id"]


@event.listens_for(ScopedSession, "before_flush")
def _flush_begins(session: ScopedSession, _context: Any, _instances: Any) -> None:
    session.info["flushing"] = True


@event.listens_for(ScopedSession, "after_flush_postexec")
def _flush_ended(session: ScopedSession, _context: Any) -> None:
    session.info["flushing"] = False


def follow(session: ScopedSession) -> dict[Any, Any]:
    """From now on, what this session's connection writes past the ORM is noted too. Answers where that is remembered."""
    info = session.connection().info
    info["witness_of"] = session
    return info


@event.listens_for(sa.Engine, "before_execute")
def _note_statement(connection: sa.Connection, statement: Any, many: Any, params: Any, _options: Any) -> None:
    """INSERT, UPDATE and DELETE that do not come from a flush: the keys they will touch are read first."""
    if not isinstance(statement, sa.sql.dml.UpdateBase):
        return
    table: Any = statement.table
    model = WATCHED.get(getattr(table, "name", ""))
    session = connection.info.get("witness_of")
    if model is None or session is None or session.info.get("flushing") or table.name == "op_log":
        return
    (key,) = table.primary_key.columns
    given = many or [params or {}]
    if isinstance(statement, sa.sql.dml.Insert):
        own = statement.compile().params if not many else {}
        for values in given:
            if (value := {**own, **values}.get(key.name)) is not None:
                note_row(session, model, value)
        return
    assert isinstance(statement, sa.sql.dml.Update | sa.sql.dml.Delete)
    touched = sa.select(key) if statement.whereclause is None else sa.select(key).where(statement.whereclause)
    for values in given:
        for value in connection.execute(touched, values).scalars().all():
            note_row(session, model, value)


_INSERT = sa.insert(table_of(AuditPending))


def take_pending(session: ScopedSession) -> str | None:
    """The line that this transaction adds, once; None when it did nothing the log is about."""
    found = session.info.pop("witness", None)
    return found.body() if found is not None and (found.ops or found.rows or found.changed) else None


def write_pending(session: ScopedSession, body: str) -> None:
    """For transactions that move nothing in the feed; the others write it together with that (feed.py)."""
    session.connection().execute(_INSERT, {"body": body})

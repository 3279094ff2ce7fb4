"""The change feed that devices pull: which rows moved, per scope, at commit-stamped positions.

`after_flush` collects (scope, entity, pk) of what changed; the last statements before COMMIT take the one counter and write
the change rows. A sequence or a timestamp would let a late commit slip behind a reader's cursor (design/sync.md 2.1).
A row's scopes are a pure function of its own columns, declared at the model as `sync_scopes`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapped, mapped_column

from contract.sync import mix
from server.kernel.actors import Permission
from server.kernel.db import Base, ScopedSession, table_of
from server.kernel.reference import Generation, Reference
from server.kernel.scope import only_with
from server.kernel.witness import take_pending, write_pending


class SyncFeed(Base):
    """The counter, its latest tag, the floor below which changes are pruned, and the epoch. One row."""

    __tablename__ = "sync_feed"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"), {"postgresql_with": {"fillfactor": 10}})
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pos: Mapped[int] = mapped_column(sa.BigInteger)
    tag: Mapped[str] = mapped_column(sa.String(32))
    floor: Mapped[int] = mapped_column(sa.BigInteger)
    floor_tag: Mapped[str] = mapped_column(sa.String(32))
    epoch: Mapped[str] = mapped_column(sa.String(40))
    reference: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class SyncTx(Base):
    """The random tag of each stamped transaction: what makes a restored server recognisable."""

    __tablename__ = "sync_tx"
    pos_end: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(sa.String(32))
    stamped_at: Mapped[datetime]


class SyncChange(Base):
    """The latest change of each row in each scope. `mix` is the row's share of the scope's checksum, 0 when it is gone."""

    __tablename__ = "sync_change"
    __table_args__ = (sa.Index("ix_sync_change_scope_pos", "scope", "pos"),)
    scope: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    pk: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    pos: Mapped[int] = mapped_column(sa.BigInteger)
    gone: Mapped[bool]
    mix: Mapped[int] = mapped_column(sa.BigInteger)


for _model in (SyncFeed, SyncTx, SyncChange):
    only_with(_model, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)


class Synced(NamedTuple):
    """How a model takes part in the feed: its entity name on the wire and the scopes of a row."""

    entity: str
    scopes: Callable[[Any], list[str]]


SYNCED: dict[type, Synced] = {}
REFERENCE: set[type] = set()


def synced(model: type, entity: str, scopes: Callable[[Any], list[str]]) -> None:
    """Declare that rows of `model` travel to devices as `entity`. `scopes` may read the row's own columns only."""
    SYNCED[model] = Synced(entity, scopes)


def is_reference(*models: type) -> None:
    """Tables that judging a punch reads again and again. A change of one raises `sync_feed.reference`."""
    REFERENCE.update(models)


class _Before:
    """A row's columns as they were before this flush."""

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        past = inspect(self._row).attrs[name].history
        return past.deleted[0] if past.deleted else getattr(self._row, name)


def mark(session: ScopedSession, scope: str, entity: str, pk: str, *, gone: bool = False) -> None:
    """Say that a row changed (or left) in a scope. Written at commit."""
    session.info.setdefault("feed", {})[scope, entity, pk] = gone


def mark_new(session: ScopedSession, model: type, row: Any) -> None:
    """Mark a row that was inserted past the ORM."""
    if model in REFERENCE:
        session.info["reference_moved"] = True
    if declared := SYNCED.get(model):
        for scope in declared.scopes(row):
            mark(session, scope, declared.entity, str(row.id))


@event.listens_for(ScopedSession, "after_flush")
def _collect(session: ScopedSession, _context: Any) -> None:
    for row in session.new:
        if type(row) in REFERENCE:
            session.info["reference_moved"] = True
        if declared := SYNCED.get(type(row)):
            for scope in declared.scopes(row):
                mark(session, scope, declared.entity, str(row.id))
    for row in session.dirty:
        if not session.is_modified(row):
            continue
        if type(row) in REFERENCE:
            session.info["reference_moved"] = True
        if declared := SYNCED.get(type(row)):
            now = declared.scopes(row)
            for scope in declared.scopes(_Before(row)):
                if scope not in now:
                    mark(session, scope, declared.entity, str(row.id), gone=True)
            for scope in now:
                mark(session, scope, declared.entity, str(row.id))
    for row in session.deleted:
        if type(row) in REFERENCE:
            session.info["reference_moved"] = True
        if declared := SYNCED.get(type(row)):
            for scope in declared.scopes(row):
                mark(session, scope, declared.entity, str(row.id), gone=True)


def reference_of(session: ScopedSession) -> Generation:
    """The cache of reference rows as of this transaction."""
    known: Generation | None = session.info.get("reference")
    if known is None:
        version = session.connection().execute(_REFERENCE).scalar_one()
        cache: Reference = session.info["cache"]
        known = session.info["reference"] = cache.at(version)
    return known


_REFERENCE = sa.select(table_of(SyncFeed).c.reference)
# the tag belongs to the position: where none is taken it stays, or every device that stands there would take us for restored
_TAKE = sa.text(
    "UPDATE sync_feed SET pos = pos + :n, tag = CASE WHEN :n > 0 THEN :tag ELSE tag END, reference = reference + :moved"
    " WHERE id = 1 RETURNING pos"
)
_TX = sa.text("INSERT INTO sync_tx (pos_end, tag, stamped_at) VALUES (:pos_end, :tag, :stamped_at)").bindparams(
    sa.bindparam("stamped_at", type_=SyncTx.__table__.c.stamped_at.type)
)
_UPSERT = sa.text(
    "INSERT INTO sync_change (scope, entity, pk, pos, gone, mix) VALUES (:scope, :entity, :pk, :pos, :gone, :mix)"
    " ON CONFLICT (scope, entity, pk) DO UPDATE SET pos = excluded.pos, gone = excluded.gone, mix = excluded.mix"
)
_UPSERT_MANY = sa.text(
    "WITH t AS (INSERT INTO sync_tx (pos_end, tag, stamped_at) VALUES (:pos_end, :tag, :stamped_at)),"
    " p AS (INSERT INTO audit_pending (body) SELECT :pending WHERE CAST(:pending AS text) IS NOT NULL)"
    " INSERT INTO sync_change (scope, entity, pk, pos, gone, mix)"
    " SELECT v.scope, v.entity, v.pk, v.pos, v.gone, v.mix FROM json_to_recordset(CAST(:rows AS json))"
    " AS v (scope text, entity text, pk text, pos bigint, gone boolean, mix bigint)"
    " ON CONFLICT (scope, entity, pk) DO UPDATE SET pos = excluded.pos, gone = excluded.gone, mix = excluded.mix"
)


def stamp(session: ScopedSession) -> None:
    """Write what was marked, at the next positions. The last thing before COMMIT: from here on other writers wait."""
    session.flush()
    marked: dict[tuple[str, str, str], bool] = session.info.pop("feed", {})
    moved = 1 if session.info.pop("reference_moved", False) else 0
    pending = take_pending(session)
    connection = session.connection()
    is_one_statement = bool(marked) and connection.dialect.name == "postgresql"
    if pending is not None and not is_one_statement:
        write_pending(session, pending)
    if not marked and not moved:
        return
    tag = secrets.token_hex(8)
    stamped: dict[tuple[str, str, str], int] = session.info.setdefault("stamped", {})
    changes = sorted(marked.items())
    end = connection.execute(_TAKE, {"n": len(changes), "tag": tag, "moved": moved}).scalar_one()
    if not changes:
        return
    first = end - len(changes) + 1
    rows = [
        (scope, entity, pk, pos, gone, 0 if gone else mix(entity, pk, pos))
        for pos, ((scope, entity, pk), gone) in enumerate(changes, first)
    ]
    stamped.update({row[:3]: row[3] for row in rows})
    written = {"pos_end": end, "tag": tag, "stamped_at": session.info["now"]}
    names = ("scope", "entity", "pk", "pos", "gone", "mix")
    named = [dict(zip(names, row, strict=True)) for row in rows]
    if is_one_statement:
        connection.execute(_UPSERT_MANY, {"rows": msgspec.json.encode(named).decode(), "pending": pending, **written})
    else:
        connection.execute(_UPSERT, named)
        connection.execute(_TX, written)

"""The list of stores on phones: its parts, who holds it, and when a part is sent again (contract/directory.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import event, inspect

from contract import wire
from contract.directory import SCOPE, DirectoryRow, Listed, part_of
from contract.ids import new_id
from server.approvals.model import Flow
from server.approvals.rows import flow_rows
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.feed import SyncChange, is_reference, mark
from server.kernel.perform import DeviceFacts, reading, writing
from server.org.model import OrgUnit
from server.people.names import initials_of
from server.stores.model import Store
from server.sync.registry import Bodies, projects

_store, _unit = table_of(Store), table_of(OrgUnit)
_SHOWN = ("number", "name", "city")
_ALL = sa.select(_store.c.number, _store.c.name, _store.c.city).join(_unit, _unit.c.id == _store.c.id)
is_reference(Flow)  # whether any kind of request names a store is asked at every sync


@projects("directory")
def parts(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Whole parts, empty ones too: a part that was once sent stays a row."""
    found: dict[str, list[Listed]] = {part: [] for part in ids}
    for number, name, city in connection.execute(_ALL):
        if (part := part_of(number)) in found:
            found[part].append(Listed(number, name, city, initials_of(name)))
    by_place = {part: sorted(stores, key=lambda one: (one.city, one.name, one.number)) for part, stores in found.items()}
    return {part: wire.encode(DirectoryRow(stores=stores)) for part, stores in by_place.items()}


def names_a_store(connection: sa.Connection) -> bool:
    """Whether people may ask on their phone for anything whose form names a store that HQ did not list in it."""
    return any(
        flow.from_phone and not flow.retired and any(field.kind == "store" and not field.choices for field in flow.fields)
        for flow in flow_rows(connection).values()
    )


@event.listens_for(ScopedSession, "after_flush")
def _stores_moved(session: ScopedSession, _context: object) -> None:
    """A store that is new, or reads otherwise, or went, moves its part of the list."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Store):
            continue
        seen = inspect(row).attrs
        if row in session.dirty and not any(seen[name].history.has_changes() for name in _SHOWN):
            continue
        for number in {row.number, *seen["number"].history.deleted}:
            mark(session, SCOPE, "directory", part_of(number))


def ensure(db: Database, *, now: datetime) -> None:
    """For every start of a server: where the feed knows of no list yet, because the stores are older than it, it learns of it."""
    with reading(db, Actor.system()) as session:
        if session.execute(sa.select(SyncChange.pk).where(SyncChange.scope == SCOPE).limit(1)).first() is not None:
            return
        known = {part_of(number) for number in session.scalars(sa.select(Store.number))}
    if known:
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            for part in known:
                mark(session, SCOPE, "directory", part)

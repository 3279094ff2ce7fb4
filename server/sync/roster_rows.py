"""Rosters as devices read them: cells for desks, published shifts for colleagues, and what both judge by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from contract import wire
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.people.model import Person
from server.rosters.demand_model import DemandCurve
from server.rosters.demand_queries import demand_row
from server.rosters.model import RosterCell, RosterShift
from server.rosters.people_model import RosterKit, RosterWorker, Skill, StoreProfile
from server.rosters.rows import cell_row, shift_row
from server.shifts.planner import catalogue_of
from server.stores.model import Store
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_cell, _shift, _store = table_of(RosterCell), table_of(RosterShift), table_of(Store)
_worker, _profile, _kit, _curve = table_of(RosterWorker), table_of(StoreProfile), table_of(RosterKit), table_of(DemandCurve)
_person, _skill = table_of(Person), table_of(Skill)


@projects("roster_cell")
def cells(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """The desk's working copy, with times ready-made."""
    asked = sa.select(_cell, _store.c.zone).join(_store, _store.c.id == _cell.c.store_id).where(_cell.c.id.in_(_IDS))
    catalogue = catalogue_of(connection)
    return {row.id: wire.encode(cell_row(row, catalogue, row.zone)) for row in connection.execute(asked, {"ids": ids})}


@projects("roster_shift")
def shifts(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Published shifts with the names on them."""
    asked = (
        sa.select(_shift, _store.c.name.label("store_name"), _person.c.name.label("person_name"))
        .join(_store, _store.c.id == _shift.c.store_id)
        .outerjoin(_person, _person.c.id == _shift.c.person_id)
        .where(_shift.c.id.in_(_IDS))
    )
    rows = connection.execute(asked, {"ids": ids}).all()
    roles: dict[str, tuple[str, str]] = {}
    if any(row.role for row in rows):
        roles = {row.code: (row.name_zh, row.name_en) for row in connection.execute(sa.select(_skill))}
    return {
        row.id: wire.encode(shift_row(row, store_name=row.store_name, person_name=row.person_name or "", roles=roles))
        for row in rows
    }


def _kept(table: Any) -> Callable[[sa.Connection, Sequence[str], DeviceFacts], Bodies]:
    """Rows that are kept as devices read them."""

    def bodies(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
        rows = connection.execute(sa.select(table.c.id, table.c.body).where(table.c.id.in_(_IDS)), {"ids": ids})
        return {row.id: row.body.encode() for row in rows}

    return bodies


projects("roster_worker")(_kept(_worker))
projects("roster_profile")(_kept(_profile))
projects("roster_kit")(_kept(_kit))


@projects("roster_demand")
def demand(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """How many a store needs."""
    rows = connection.execute(sa.select(_curve).where(_curve.c.id.in_(_IDS)), {"ids": ids})
    return {row.id: wire.encode(demand_row(row)) for row in rows}

"""Tickets, their events, their kinds, and desks to pass them on to, as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.feedback import DeskRow
from server.feedback.desks_model import Desk
from server.feedback.rows import categories_by_id, events_by_id, tickets_by_id
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.kernel.sets import within
from server.sync.registry import Bodies, projects

_desk = table_of(Desk)


@projects("ticket")
def tickets(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Tickets as they stand."""
    return {row.id: wire.encode(row) for row in tickets_by_id(connection, ids)}


@projects("ticket_event")
def events(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Their stories; what is internal never on the phone of the ticket's author, by whatever scope it came."""
    return {row.id: wire.encode(row) for row in events_by_id(connection, ids, but_inner_of=device.person_id)}


@projects("ticket_category")
def categories(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Kinds of tickets that may be filed."""
    return {row.id: wire.encode(row) for row in categories_by_id(connection, ids)}


@projects("ticket_desk")
def desks(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Departments one can pass on to; one that answers no more is not among them."""
    rows = connection.execute(sa.select(_desk).where(within(_desk.c.id, list(ids)), _desk.c.retired_at.is_(None)))
    return {
        row.id: wire.encode(DeskRow(id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en)) for row in rows
    }

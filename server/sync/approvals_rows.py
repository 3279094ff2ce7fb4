"""Flows and requests as phones and a store's tablet read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.approvals import DelegationRow
from contract.moments import to_ms
from server.approvals.model import Delegation, Request
from server.approvals.rows import flow_rows, names, request_rows
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects

_IDS: sa.BindParameter[list[str]] = sa.bindparam("ids", expanding=True)
_delegation, _request = table_of(Delegation), table_of(Request)


@projects("flow")
def flows(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Kinds of requests with the version in force."""
    return {flow_id: wire.encode(row) for flow_id, row in flow_rows(connection, list(ids)).items()}


@projects("delegation")
def delegations(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Who stands in for whom, with both names: both of them hold it."""
    rows = connection.execute(sa.select(_delegation).where(_delegation.c.id.in_(_IDS)), {"ids": ids}).all()
    known = names(connection, {person for row in rows for person in (row.person_id, row.delegate_id)})
    return {
        row.id: wire.encode(
            DelegationRow(
                id=row.id, person_id=row.person_id, person_name=known.get(row.person_id, ""), delegate_id=row.delegate_id,
                delegate_name=known.get(row.delegate_id, ""), starts_ms=to_ms(row.starts_at), ends_ms=to_ms(row.ends_at),
            )
        )
        for row in rows
    }  # fmt: skip


@projects("request")
def requests(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Requests with their trail; on a tablet without what is only the applicant's business (photos are named while its desk is
    asked), nor on the phone of somebody who reads them only because they manage the store."""
    near = set[str]()
    if device.kind == "phone":
        rows = connection.execute(sa.select(_request.c.id, _request.c.scopes).where(_request.c.id.in_(_IDS)), {"ids": ids})
        near = {row.id for row in rows if f"private:{device.person_id}" in row.scopes}
    desk = device.store_id if device.kind == "kiosk" else None
    found = request_rows(connection, near) | request_rows(connection, set(ids) - near, at_a_desk=True, desk_id=desk)
    return {request_id: wire.encode(row) for request_id, row in found.items()}

"""Flows and requests as phones and a store's tablet read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.approvals.rows import flow_rows, request_rows
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects


@projects("flow")
def flows(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Kinds of requests with the version in force."""
    return {flow_id: wire.encode(row) for flow_id, row in flow_rows(connection, list(ids)).items()}


@projects("request")
def requests(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Requests with their trail; on a tablet without what is only the applicant's business."""
    found = request_rows(connection, ids, at_a_desk=device.kind == "kiosk")
    return {request_id: wire.encode(row) for request_id, row in found.items()}

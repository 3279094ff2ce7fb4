"""What needs HQ: operations of devices that were refused, wait, or failed here, and what could not take its place in a chain.

Nothing in it is lost: each is kept byte for byte, and what failed because of us is performed again from here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract import wire
from server.devices.chain import find_device
from server.devices.model import Device
from server.kernel.apply import perform_open
from server.kernel.http import Outpost
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.problems import Problem
from server.people.model import Person

OPEN = ("rejected", "held", "parked")
LEFT_BEHIND_AFTER = timedelta(minutes=2)  # longer than any request is under way


@dataclass(frozen=True)
class Matter:
    """One operation that somebody at HQ should know of."""

    id: str
    kind: str
    device_id: str | None
    device: str
    person: str
    type: str
    seq: int | None
    code: str
    facts: dict[str, Any]
    trace: str | None
    tries: int
    received_at: datetime


def matters(session: Session, *, limit: int = 2_000) -> list[Matter]:
    """Operations of devices that were not applied, newest first, and the quarantined ones."""
    refused = (
        sa.select(OpLog, Device.label, Person.name)
        .outerjoin(Device, Device.id == OpLog.device_id)
        .outerjoin(Person, Person.id == OpLog.actor_id)
        .where(OpLog.status.in_(OPEN), OpLog.device_id.is_not(None))
        .order_by(OpLog.received_at.desc(), OpLog.seq.desc())
        .limit(limit)
    )
    found = [
        Matter(
            entry.op_id, entry.status, entry.device_id, label or "", person or "", entry.type, entry.seq, entry.code or "",
            entry.facts or {}, entry.trace, entry.tries, entry.received_at,
        )
        for entry, label, person in session.execute(refused)
    ]
    aside = (
        sa.select(OpQuarantine, Device.label)
        .outerjoin(Device, Device.id == OpQuarantine.device_id)
        .where(OpQuarantine.adopted_by.is_(None))
        .order_by(OpQuarantine.received_at.desc())
        .limit(limit)
    )
    found += [
        Matter(
            row.id, "quarantined", row.device_id, label or "", "", type_of(bytes(row.raw)), row.seq, row.why, {}, None, 0,
            row.received_at,
        )
        for row, label in session.execute(aside)
    ]
    return sorted(found, key=lambda matter: matter.received_at, reverse=True)


def one_matter(session: Session, matter_id: str) -> tuple[Matter, bytes] | None:
    """One of them with its bytes as the device made them; None where there is none."""
    found = next((matter for matter in matters(session, limit=100_000) if matter.id == matter_id), None)
    if found is None:
        return None
    model: Any = OpQuarantine if found.kind == "quarantined" else OpLog
    row = session.get(model, matter_id)
    return (found, bytes(row.raw)) if row is not None else None


def type_of(raw: bytes) -> str:
    """The type an operation claims; empty where its bytes say nothing."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("type", ""))[:80] if isinstance(said, dict) else ""


def readable(raw: bytes) -> str:
    """The JSON set out for the eye; the bytes themselves where they are none."""
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "backslashreplace")


def replay(server: Outpost, device_id: str) -> dict[str, int]:
    """Perform a device's parked operations again, and what waited for them. Answers how many ended how."""
    device = find_device(server.db, device_id)
    if device is None:
        raise Problem("device.unknown", id=device_id)
    performed = perform_open(
        server.db, device.facts, now=server.clock(), secret=server.settings.secret, statuses=("parked", "held")
    )
    return performed.counted()


def perform_left_behind(server: Outpost, *, older_than: timedelta = LEFT_BEHIND_AFTER) -> int:
    """Perform what was taken in and then left, because the process died, or was older than the app. The device will ask again
    and bring it to our mind, but one that is lost or broken never does, and its last punches count all the same. Answers
    how many were performed.
    """
    since = server.clock() - older_than
    left = sa.and_(OpLog.status == "received", OpLog.received_at < since)
    # said by an app that was newer than we were; by now we may have learned the word
    learned = sa.and_(
        OpLog.status == "held", OpLog.code == "operation.newer_than_server", OpLog.type.in_(sorted(wire.OPERATIONS))
    )
    waiting = sa.select(OpLog.device_id).where(sa.or_(left, learned))
    with server.db.snapshot() as connection:
        devices = sorted(set(connection.scalars(waiting)))
    performed = 0
    for device_id in devices:
        device = find_device(server.db, device_id)
        if device is not None:
            done = perform_open(
                server.db, device.facts, now=server.clock(), secret=server.settings.secret, statuses=("received", "held")
            )
            performed += len(done.outcomes)
    return performed


def parked_devices(found: Sequence[Matter]) -> set[str]:
    """The devices that have something to replay."""
    return {matter.device_id for matter in found if matter.kind == "parked" and matter.device_id is not None}

"""Questions about devices: the list with what each still holds, the notary's receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.devices import DeviceRow
from contract.moments import to_ms
from server.devices.model import Device, DeviceChain, DeviceScope
from server.kernel.ledger import OpLog
from server.org.queries import at_home_below, is_below
from server.people.queries import guests_below


def devices(
    session: Session, *, kind: str | None = None, store_id: str | None = None, person_id: str | None = None,
    unit_id: str | None = None, search: str = "", revoked: bool | None = None, after: str | None = None, limit: int = 200,
) -> list[DeviceRow]:  # fmt: skip
    """Devices within reach, newest first by id."""
    held = (
        sa.select(DeviceScope.device_id, sa.func.count().label("n"))
        .where(DeviceScope.dropped_at.is_not(None), DeviceScope.confirmed_at.is_(None))
        .group_by(DeviceScope.device_id)
        .subquery()
    )
    found = (
        sa.select(Device, DeviceChain, held.c.n)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .outerjoin(held, held.c.device_id == Device.id)
        .order_by(Device.id.desc())
        .limit(limit)
    )
    if kind:
        found = found.where(Device.kind == kind)
    if store_id:
        found = found.where(Device.store_id == store_id)
    if person_id:
        found = found.where(Device.person_id == person_id)
    if unit_id:
        found = found.where(of_unit(session, unit_id))
    if search:
        found = found.where(Device.label.icontains(search, autoescape=True))
    if revoked is not None:
        found = found.where(Device.revoked_at.is_not(None) if revoked else Device.revoked_at.is_(None))
    if after:
        found = found.where(Device.id < after)
    return [device_row(device, chain, unconfirmed or 0) for device, chain, unconfirmed in session.execute(found)]


def of_unit(session: Session, unit_id: str) -> sa.ColumnElement[bool]:
    """The condition for tablets of stores below a unit, and phones of people who are at home there or posted there."""
    people = (at_home_below(session, unit_id), guests_below(session, unit_id))
    return sa.or_(is_below(session, Device.store_id, unit_id), *(Device.person_id.in_(some) for some in people))


def device_row(device: Device, chain: DeviceChain, unconfirmed: int) -> DeviceRow:
    """A device as the API shows it. `waiting`: entries of its journal the server has not yet."""
    return DeviceRow(
        id=device.id,
        kind=device.kind,
        label=device.label,
        person_id=device.person_id,
        store_id=device.store_id,
        enrolled_ms=to_ms(device.enrolled_at),
        last_seen_ms=to_ms(chain.last_seen_at) if chain.last_seen_at else None,
        revoked_ms=to_ms(device.revoked_at) if device.revoked_at else None,
        app=device.app,
        waiting=max(0, chain.reported_head - chain.head_seq),
        head=chain.head_seq,
        forked=device.forked_at is not None,
        scopes_unconfirmed=unconfirmed,
    )


def unconfirmed_scopes(session: Session, device_id: str | None = None) -> Sequence[DeviceScope]:
    """What devices were told to forget and have not confirmed yet."""
    found = (
        sa.select(DeviceScope)
        .where(DeviceScope.dropped_at.is_not(None), DeviceScope.confirmed_at.is_(None))
        .order_by(DeviceScope.dropped_at)
    )
    if device_id is not None:
        found = found.where(DeviceScope.device_id == device_id)
    return session.scalars(found).all()


def receipts(session: Session, device_id: str, limit: int = 50) -> Sequence[sa.Row[tuple[int | None, str | None, str | None]]]:
    """The notary's latest receipts for a device: (seq of the head, what was signed, the signature)."""
    return session.execute(
        sa.select(OpLog.seq, OpLog.receipt, OpLog.receipt_sig)
        .where(OpLog.device_id == device_id, OpLog.receipt.is_not(None))
        .order_by(OpLog.seq.desc())
        .limit(limit)
    ).all()


def kiosks_of(session: Session, store_ids: Sequence[str]) -> dict[str, list[tuple[Device, DeviceChain]]]:
    """The working kiosks of stores, by store."""
    by_store: dict[str, list[tuple[Device, DeviceChain]]] = {}
    if not store_ids:
        return by_store
    found = session.execute(
        sa.select(Device, DeviceChain)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .where(Device.store_id.in_(store_ids), Device.revoked_at.is_(None))
    )
    for device, chain in found:
        by_store.setdefault(device.store_id, []).append((device, chain))
    return by_store


class HeardUntil(NamedTuple):
    """Up to when everything that was done on a device is known here. It can hold nothing from before it was enrolled."""

    enrolled_at: datetime
    until: datetime


class Heard(NamedTuple):
    """The working phones of people and tablets of stores, by whose they are; without one: absent."""

    phones: dict[str, list[HeardUntil]]
    tablets: dict[str, list[HeardUntil]]


def heard_until(session: Session, *, person_ids: Sequence[str] | None = None, store_ids: Sequence[str] | None = None) -> Heard:
    """How far the devices have reported: those of these people and stores, or (None) of all. Two statements at most.

    A device that said it holds more than has arrived is known up to its last entry here, not up to its last word.
    """
    found = sa.select(
        Device.person_id, Device.store_id, Device.enrolled_at, DeviceChain.last_seen_at, DeviceChain.head_at,
        DeviceChain.head_seq, DeviceChain.reported_head,
    ).join(DeviceChain, DeviceChain.device_id == Device.id).where(Device.revoked_at.is_(None))  # fmt: skip
    heard = Heard({}, {})
    for column, wanted, kept in ((Device.person_id, person_ids, heard.phones), (Device.store_id, store_ids, heard.tablets)):
        some = found.where(column.is_not(None))
        if wanted is not None and len(wanted) <= 5_000:
            some = some.where(column.in_(wanted))
        for row in session.execute(some):
            told = row.last_seen_at if row.head_seq >= row.reported_head else row.head_at
            known = HeardUntil(row.enrolled_at, told or row.enrolled_at)
            kept.setdefault(row.person_id or row.store_id, []).append(known)
    return heard


def silent_since(devices: Iterable[HeardUntil], until: datetime) -> datetime | None:
    """Since when one of them has said nothing of what it may hold from before `until`; None: all have reported since then."""
    return min((one.until for one in devices if one.enrolled_at < until and one.until < until), default=None)

"""Devices for people to read: with the names of whom and what they belong to, and what they still hold of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.devices import DeviceRow
from server.devices.model import Device, DeviceChain, DeviceScope
from server.devices.queries import device_row, of_unit, unconfirmed_scopes
from server.people.model import Person
from server.stores.model import Store


@dataclass(frozen=True)
class DeviceLine:
    """A device with the name of its person or store."""

    row: DeviceRow
    owner: str
    person_id: str | None
    store_id: str | None
    last_seen_at: datetime | None
    revoked_because: str | None
    wiped_at: datetime | None
    enrolled_at: datetime
    hardware: str


@dataclass(frozen=True)
class StillHeld:
    """A scope that a device was told to forget and has not confirmed: data still out there."""

    device_id: str
    device: str
    kind: str
    scope: str
    about: str
    what: str
    dropped_at: datetime
    last_seen_at: datetime | None


def device_lines(session: Session, *, device_id: str | None = None, unit_id: str | None = None) -> list[DeviceLine]:
    """Devices within reach, newest first; with `unit_id` those of stores and people of that unit and all below it."""
    held = (
        sa.select(DeviceScope.device_id, sa.func.count().label("n"))
        .where(DeviceScope.dropped_at.is_not(None), DeviceScope.confirmed_at.is_(None))
        .group_by(DeviceScope.device_id)
        .subquery()
    )
    found = (
        sa.select(Device, DeviceChain, held.c.n, Person.name, Store.name)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .outerjoin(held, held.c.device_id == Device.id)
        .outerjoin(Person, Person.id == Device.person_id)
        .outerjoin(Store, Store.id == Device.store_id)
        .order_by(Device.id.desc())
    )
    if device_id is not None:
        found = found.where(Device.id == device_id)
    if unit_id is not None:
        found = found.where(of_unit(session, unit_id))
    return [
        DeviceLine(
            row=device_row(device, chain, unconfirmed or 0),
            owner=person or store or "",
            person_id=device.person_id,
            store_id=device.store_id,
            last_seen_at=chain.last_seen_at,
            revoked_because=device.revoked_because,
            wiped_at=device.wiped_at,
            enrolled_at=device.enrolled_at,
            hardware=device.hardware,
        )
        for device, chain, unconfirmed, person, store in session.execute(found)
    ]


def still_held(session: Session, device_id: str | None = None) -> list[StillHeld]:
    """What devices have not confirmed to have forgotten, the oldest first, with the names of whom it is about."""
    scopes = unconfirmed_scopes(session, device_id)
    devices = _by_id(session, {scope.device_id for scope in scopes})
    names = _names(session, [scope.scope for scope in scopes])
    lines = []
    for scope in scopes:
        device, chain = devices.get(scope.device_id, (None, None))
        if device is None or scope.dropped_at is None:
            continue
        what, _, about_id = scope.scope.partition(":")
        lines.append(
            StillHeld(
                device_id=device.id, device=device.label, kind=device.kind, scope=scope.scope, what=what,
                about=names.get(about_id, about_id), dropped_at=scope.dropped_at,
                last_seen_at=chain.last_seen_at if chain is not None else None,
            )
        )
    return lines


def _by_id(session: Session, device_ids: set[str]) -> dict[str, Any]:
    if not device_ids:
        return {}
    found = session.execute(
        sa.select(Device, DeviceChain).join(DeviceChain, DeviceChain.device_id == Device.id).where(Device.id.in_(device_ids))
    )
    return {device.id: (device, chain) for device, chain in found}


def _names(session: Session, scopes: Sequence[str]) -> dict[str, str]:
    """Names of the people and stores that scopes are about."""
    names: dict[str, str] = {}
    for kind, model in (("person", Person), ("store", Store)):
        ids = [scope.partition(":")[2] for scope in scopes if scope.startswith(f"{kind}:")]
        if ids:
            rows = session.execute(sa.select(model.id, model.name).where(model.id.in_(ids)))
            names.update((row.id, row.name) for row in rows)
    return names

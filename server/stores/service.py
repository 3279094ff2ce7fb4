"""What can be done to partners, stores and fences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contract.fences import Circle, Fence, FenceRefused, fence_drawn, middle_of
from contract.ids import new_id
from contract.stores import AddPartner, ChangeStore, FenceShape, OpenStore, RedrawFence
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.joining import open_store_unit, rename_unit
from server.people.model import Person
from server.stores import queries, rules
from server.stores.events import StoreClockChanged, StoreRenamed
from server.stores.model import FenceVersion, Partner, Store

# A new store's fence counts from before there was an Outpost: a punch that waited on a phone is never without one.
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)


@handles(AddPartner, needs=Permission.MANAGE_STORES)
def add_partner(work: Work, op: AddPartner) -> None:
    if work.session.get(Partner, op.partner_id) is not None:
        raise Problem("operation.already_exists", field="partner_id", id=op.partner_id)
    name = _said(op.name)
    if queries.partner_by_name(work.session, name) is not None:
        raise Problem("stores.partner_name_taken", field="name", name=name)
    work.add(Partner(id=op.partner_id, name=name))


@handles(OpenStore, needs=Permission.MANAGE_STORES)
def open_store(work: Work, op: OpenStore) -> None:
    if work.session.get(Store, op.store_id) is not None:
        raise Problem("operation.already_exists", field="store_id", id=op.store_id)
    work.find(Partner, op.partner_id, "stores.partner_unknown")
    if queries.store_by_number(work.session, op.number) is not None:
        raise Problem("stores.number_taken", field="number", number=op.number)
    if op.manager_id is not None:
        work.find(Person, op.manager_id, "people.unknown", field="manager_id", id=op.manager_id)
    fence = _fence_columns(op.fence)
    work.add(
        Store(
            id=op.store_id,
            number=op.number,
            name=_said(op.name),
            partner_id=op.partner_id,
            zone=_zone(op.zone),
            day_turns_at_min=op.day_turns_at_min,
            city=rules.tidy(op.city),
            address=rules.tidy(op.address),
            opened_at=work.now,
            **fence,
        )
    )
    work.session.flush()  # the fence names the store
    work.add(FenceVersion(id=new_id(), store_id=op.store_id, valid_from=ALWAYS, **fence))
    open_store_unit(
        work, op.store_id, rules.tidy(op.name), own=op.own, parent_id=op.parent_id, manager_id=op.manager_id
    )  # fmt: skip


@handles(ChangeStore, needs=Permission.MANAGE_STORES)
def change_store(work: Work, op: ChangeStore) -> None:
    store: Store = work.find(Store, op.store_id, "stores.unknown")
    name = _said(op.name) if op.name is not None else store.name
    zone = _zone(op.zone) if op.zone is not None else store.zone
    turns_at = op.day_turns_at_min if op.day_turns_at_min is not None else store.day_turns_at_min
    moved = (zone, turns_at) != (store.zone, store.day_turns_at_min)
    renamed = name != store.name
    store.name, store.zone, store.day_turns_at_min = name, zone, turns_at
    if op.city is not None:
        store.city = rules.tidy(op.city)
    if op.address is not None:
        store.address = rules.tidy(op.address)
    if renamed:
        rename_unit(work, store.id, name)
        tell(work, StoreRenamed(store.id))
    if moved:
        tell(work, StoreClockChanged(store.id, zone, turns_at))


@handles(RedrawFence, needs=Permission.MANAGE_STORES)
def redraw_fence(work: Work, op: RedrawFence) -> None:
    store: Store = work.find(Store, op.store_id, "stores.unknown")
    fence = _fence_columns(op.fence)
    latest = queries.latest_fence(work.session, op.store_id)
    if latest is not None and latest.valid_from >= work.now:
        raise Problem("operation.stale", id=op.store_id)
    for column, value in fence.items():
        setattr(store, column, value)
    work.add(FenceVersion(id=new_id(), store_id=op.store_id, valid_from=work.now, **fence))


def _zone(said: str) -> str:
    found = rules.zone_meant(said)
    if found is None:
        raise Problem("stores.zone_unknown", field="zone", zone=said)
    return found


def _said(text: str) -> str:
    tidied = rules.tidy(text)
    if not tidied:
        raise Problem("wire.missing", field="name")
    return tidied


def _fence_columns(shape: FenceShape) -> dict[str, Any]:
    """The fence as it is kept: WGS-84, with what was entered beside it."""
    try:
        fence: Fence = fence_drawn(
            shape.datum,
            center=(shape.center.lat_e7, shape.center.lng_e7) if shape.center is not None else None,
            radius_m=shape.radius_m,
            points=[(point.lat_e7, point.lng_e7) for point in shape.points] if shape.points is not None else None,
        )
    except FenceRefused as refused:
        if refused.problems == ("fence.out_of_world",):
            raise Problem("stores.place_out_of_world", field="fence", datum=shape.datum) from None
        raise Problem("stores.fence_invalid", field="fence", problems=list(refused.problems)) from None
    middle = middle_of(fence)
    is_circle = isinstance(fence, Circle)
    return {
        "lat_e7": middle.lat_e7,
        "lng_e7": middle.lng_e7,
        "radius_m": shape.radius_m if is_circle else None,
        "points": None if isinstance(fence, Circle) else [[point.lat_e7, point.lng_e7] for point in fence.points],
        "datum_entered": shape.datum,
        "entered": {key: value for key, value in plain(shape).items() if value is not None},
    }

"""Stores on the wire: partners, stores, fences with the datum they were drawn in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, DayTurn, Id, Label, Short, Zone
from contract.wire import Wire, operation

DatumName = Literal["wgs84", "gcj02", "bd09"]
E7Lat = Annotated[int, Meta(ge=-900_000_000, le=900_000_000, description="1e-7 degrees north")]
E7Lng = Annotated[int, Meta(ge=-1_800_000_000, le=1_800_000_000, description="1e-7 degrees east")]


class Point(Wire, frozen=True, kw_only=True):
    """A place on a map, in the datum named beside it."""

    lat_e7: E7Lat
    lng_e7: E7Lng


class FenceShape(Wire, frozen=True, kw_only=True):
    """A circle (center, radius) or a polygon (points). `datum` is that of the map it was drawn on."""

    datum: DatumName
    center: Point | None = None
    radius_m: Annotated[int, Meta(ge=20, le=5_000)] | None = None
    points: Annotated[list[Point], Meta(max_length=200)] | None = None


@operation("stores.add_partner/1")
class AddPartner(Wire, frozen=True, kw_only=True):
    """A company in whose stores our people work."""

    partner_id: Id
    name: Label


@operation("stores.open_store/1")
class OpenStore(Wire, frozen=True, kw_only=True):
    """A store comes under our care, with its fence and the hour its business day turns."""

    store_id: Id
    number: Code
    name: Label
    partner_id: Id
    zone: Zone
    day_turns_at_min: DayTurn = 300
    city: Short = ""
    address: Annotated[str, Meta(max_length=300)] = ""
    fence: FenceShape


@operation("stores.change_store/1")
class ChangeStore(Wire, frozen=True, kw_only=True):
    """Name, address, zone or the turn of the day have changed; what is None stays."""

    store_id: Id
    name: Label | None = None
    zone: Zone | None = None
    day_turns_at_min: DayTurn | None = None
    city: Short | None = None
    address: Annotated[str, Meta(max_length=300)] | None = None


@operation("stores.redraw_fence/1")
class RedrawFence(Wire, frozen=True, kw_only=True):
    """A new fence from now on. Punches made before are judged by the fence of their own time."""

    store_id: Id
    fence: FenceShape


class StoreRow(Wire, frozen=True, kw_only=True):
    """A store as devices and the API read it. Positions are WGS-84; `datum_entered` tells what was typed."""

    id: str
    number: str
    name: str
    partner: str
    zone: str
    day_turns_at_min: int
    city: str
    address: str
    lat_e7: int
    lng_e7: int
    radius_m: int | None
    points: list[tuple[int, int]] | None
    datum_entered: str
    has_kiosk: bool = False

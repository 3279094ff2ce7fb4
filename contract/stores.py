"""Stores on the wire: partners, stores, fences with the datum they were drawn in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import Address, Code, DayTurn, Id, Label, Short, Zone
from contract.wire import Wire, operation

DatumName = Literal["wgs84", "gcj02", "bd09"]
E7Lat = Annotated[int, Meta(ge=-900_000_000, le=900_000_000, description="1e-7 degrees north")]
E7Lng = Annotated[int, Meta(ge=-1_800_000_000, le=1_800_000_000, description="1e-7 degrees east")]


class Point(Wire, frozen=True, kw_only=True):
    """A place on a map, in the datum named beside it."""

    lat_e7: E7Lat
    lng_e7: E7Lng


class FenceShape(Wire, frozen=True, kw_only=True):
    """A circle (center, radius) or a polygon (points). `datum` is that of the map it was drawn on.

    A list that gives two decimals cannot say where a store is to better than some 700 m (`exact_to_m`): its fence is coarse
    until somebody draws it on a map.
    """

    datum: DatumName
    center: Point | None = None
    radius_m: Annotated[int, Meta(ge=20, le=5_000)] | None = None
    points: Annotated[list[Point], Meta(max_length=200)] | None = None
    datum_stated: bool = True  # False: nobody said which map this was copied from, `datum` is what was assumed
    exact_to_m: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None  # how far off the position itself may be, when known


@operation("stores.add_partner/1")
class AddPartner(Wire, frozen=True, kw_only=True):
    """A company in whose stores our people work."""

    partner_id: Id
    name: Label


@operation("stores.open_store/1")
class OpenStore(Wire, frozen=True, kw_only=True):
    """A store comes under our care, with its fence and the hour its business day turns.

    In the organisation it stands below `parent_id` (the company, when absent), managed by `manager_id`; `own`: our own store.
    """

    store_id: Id
    number: Code
    name: Label
    partner_id: Id
    zone: Zone
    day_turns_at_min: DayTurn = 300
    city: Short = ""
    address: Address = ""
    fence: FenceShape
    own: bool = False
    parent_id: Id | None = None
    manager_id: Id | None = None


@operation("stores.change_store/1")
class ChangeStore(Wire, frozen=True, kw_only=True):
    """Name, address, zone or the turn of the day have changed; what is None stays."""

    store_id: Id
    name: Label | None = None
    zone: Zone | None = None
    day_turns_at_min: DayTurn | None = None
    city: Short | None = None
    address: Address | None = None


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
    coarse: bool = False


StoreSort = Literal["name", "number", "city"]


class StoresQuery(Wire, frozen=True, kw_only=True):
    """Which stores: `q` finds names, numbers, cities and addresses."""

    q: Short = ""
    city: Short = ""
    partner_id: Id | None = None
    unit_id: Id | None = None
    coarse: bool | None = None
    sort: StoreSort = "name"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class StoresPage(Wire, frozen=True, kw_only=True):
    """Some stores, and where the next page begins (null: this was the last)."""

    items: list[StoreRow]
    next_cursor: str | None


class PartnerRow(Wire, frozen=True, kw_only=True):
    """A partner company."""

    id: str
    name: str


class Partners(Wire, frozen=True, kw_only=True):
    """The partner companies, by name."""

    items: list[PartnerRow]


class FenceRow(Wire, frozen=True, kw_only=True):
    """A fence and the moment from which it counts. `entered` is what was typed."""

    valid_from_ms: int
    lat_e7: int
    lng_e7: int
    radius_m: int | None
    points: list[tuple[int, int]] | None
    datum_entered: str
    entered: dict[str, Any]


class Fences(Wire, frozen=True, kw_only=True):
    """A store's fences, the one in force first."""

    items: list[FenceRow]


class PlaceQuery(Wire, frozen=True, kw_only=True):
    """An address to look up."""

    q: Annotated[str, Meta(min_length=2, max_length=200)]


class FoundPlace(Wire, frozen=True, kw_only=True):
    """A place an address may mean, in WGS-84."""

    label: str
    lat_e7: int
    lng_e7: int


class FoundPlaces(Wire, frozen=True, kw_only=True):
    """What the address lookup found. `enabled` is false where the server was told to look nothing up."""

    enabled: bool
    items: list[FoundPlace]

"""From a row of somebody's list to a store as we would open it. Pure: it knows the row and the terms, not the database."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from contract import wire
from contract.fences import FenceRefused, fence_drawn
from contract.ids import derived_id
from contract.imports import StoreListTerms
from contract.stores import FenceShape, OpenStore, Point
from server.imports import rules
from server.imports.sheets import Sheet, SheetRow
from server.stores import rules as store_rules

COLUMNS = {
    "number": ("Store Number", "number", "store no", "编号", "门店编号", "店号", "门店号"),
    "name": ("Store Name", "name", "名称", "门店名称", "店名", "门店"),
    "partner": ("Brand", "partner", "chain", "品牌", "合作方", "客户"),
    "city": ("City", "城市", "市"),
    "address": ("Street Address", "address", "地址", "详细地址", "门店地址"),
    "zone": ("Timezone", "zone", "time zone", "时区"),
    "lng": ("Longitude", "lng", "lon", "long", "经度"),
    "lat": ("Latitude", "lat", "纬度"),
    "radius_m": ("radius_m", "radius", "半径", "半径米"),
    "day_turns_at_min": ("day_turns_at_min", "换日时间", "换日分钟"),
}
REQUIRED = ("number", "name", "lng", "lat")


class RowRefused(Exception):
    """This row is left out; the others are not."""

    def __init__(self, column: str, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.column, self.code, self.facts = column, code, facts


@dataclass(frozen=True)
class Warned:
    """Something to look at in a row that was taken."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedStore:
    """A row that can be a store, what to say of it, and the name of its partner."""

    row: int
    partner: str
    store: OpenStore
    warnings: tuple[Warned, ...]


def partner_id_of(name: str) -> str:
    """The id of a partner that an import makes."""
    return derived_id("import", "partner", name)


def listed_stores(sheet: Sheet, terms: StoreListTerms) -> tuple[list[ListedStore], list[tuple[SheetRow, RowRefused]]]:
    """The rows that can be stores, and those that cannot with the reason. A number that comes twice counts once."""
    usual = rules.usual_decimals(found for row in sheet.rows if (found := _printed(row)) is not None)
    good: list[ListedStore] = []
    bad: list[tuple[SheetRow, RowRefused]] = []
    first_rows: dict[str, int] = {}
    for row in sheet.rows:
        try:
            listed = _listed(row, terms, usual)
            first_row = first_rows.setdefault(listed.store.number, row.number)
            if first_row != row.number:
                raise RowRefused("number", "imports.number_twice", number=listed.store.number, first_row=first_row)
            good.append(listed)
        except RowRefused as refused:
            bad.append((row, refused))
    return good, bad


def _printed(row: SheetRow) -> int | None:
    printed = [store_rules.decimals_of(row.values[name]) for name in ("lat", "lng")]
    return max(found for found in printed if found is not None) if None not in printed else None


def _listed(row: SheetRow, terms: StoreListTerms, usual: int) -> ListedStore:
    if row.too_long:
        raise RowRefused("", "imports.too_many_columns")
    values = {name: store_rules.tidy(value) for name, value in row.values.items()}
    lat, lng = _degrees(values, "lat"), _degrees(values, "lng")
    decimals = rules.decimals_meant(_printed(row) or 0, usual)
    partner = values.get("partner") or store_rules.tidy(terms.partner)
    if not partner:
        raise RowRefused("partner", "wire.missing", field="partner")
    said_zone = values.get("zone") or terms.zone
    zone = store_rules.zone_meant(said_zone) if said_zone else None
    if zone is None:
        raise RowRefused("zone", "stores.zone_unknown" if said_zone else "wire.missing", zone=said_zone, field="zone")
    stated = terms.datum != "unstated"
    exact_to = store_rules.exact_to_m(decimals, lat)
    radius_m = _whole(values, "radius_m") or terms.radius_m or store_rules.honest_radius_m(exact_to, datum_stated=stated)
    fence = {
        "datum": terms.datum if stated else "wgs84",
        "center": {"lat_e7": round(lat * 1e7), "lng_e7": round(lng * 1e7)},
        "radius_m": radius_m,
        "datum_stated": stated,
        "exact_to_m": min(exact_to, 1_000_000),
    }
    turns_at = _whole(values, "day_turns_at_min")
    store = _judged(
        {
            "store_id": derived_id("import", "store", values["number"]),
            "number": values["number"],
            "name": values["name"],
            "partner_id": partner_id_of(partner),
            "zone": zone,
            "day_turns_at_min": terms.day_turns_at_min if turns_at is None else turns_at,
            "city": values.get("city", ""),
            "address": values.get("address", ""),
            "fence": fence,
        }
    )
    if len(partner) > 120:
        raise RowRefused("partner", "wire.out_of_range", field="partner", want="1 ... 120")
    _must_be_a_fence(store.fence)
    return ListedStore(row.number, partner, store, tuple(_warnings(exact_to, radius_m, stated=stated)))


def _warnings(exact_to: int, radius_m: int, *, stated: bool) -> list[Warned]:
    found = []
    if exact_to >= store_rules.COARSE_FROM_M:
        found.append(Warned("stores.coarse", {"exact_to_m": exact_to, "radius_m": radius_m}))
    if not stated:
        found.append(Warned("stores.datum_assumed"))
    return found


def _degrees(values: dict[str, str], name: str) -> float:
    if not values[name]:
        raise RowRefused(name, "wire.missing", field=name)
    # only plain decimals: float() would take "nan", "inf", "1e2" and full-width digits as well
    if store_rules.decimals_of(values[name]) is None or not values[name].isascii() or len(values[name]) > 40:
        raise RowRefused(name, "imports.not_a_number", said=values[name][:60])
    degrees = float(values[name])
    if not math.isfinite(degrees) or abs(degrees) > (90 if name == "lat" else 180):
        raise RowRefused(name, "stores.place_out_of_world", datum="WGS-84")
    return degrees


def _whole(values: dict[str, str], name: str) -> int | None:
    said = values.get(name, "")
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise RowRefused(name, "imports.not_a_number", said=said[:60])
    return int(said)


def _judged(fields: dict[str, Any]) -> OpenStore:
    """The same judge as for the API."""
    try:
        store: OpenStore = wire.convert(fields, OpenStore)
    except wire.Malformed as bad:
        column = bad.field.split(".")[-1]
        raise RowRefused(column, bad.code, **{"field": column, **bad.facts}) from None
    if not store.name:
        raise RowRefused("name", "wire.missing", field="name")
    return store


def _must_be_a_fence(shape: FenceShape) -> None:
    center = shape.center or Point(lat_e7=0, lng_e7=0)
    try:
        fence_drawn(shape.datum, center=(center.lat_e7, center.lng_e7), radius_m=shape.radius_m)
    except FenceRefused as refused:
        if refused.problems == ("fence.out_of_world",):
            raise RowRefused("lat", "stores.place_out_of_world", datum=shape.datum) from None
        raise RowRefused("radius_m", "stores.fence_invalid", problems=list(refused.problems)) from None

"""Where somebody was: pins from Chinese maps, and everything a receiver or a cheat may claim that cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.geo import Fix
from contract.ids import new_id
from mobile.core.journal import stamp_of
from tests.mobile.field import Field, Gadget, fix_at
from tests.support.shared_data import shared_data

CITIES = ("成都市", "杭州市", "乌鲁木齐市", "广州市", "哈尔滨市")


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def city(name: str) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """(WGS-84, GCJ-02, BD-09), each (lat, lng), as the map services themselves give them."""
    rows = json.loads(shared_data("vectors", "china_cities_datums.json").read_text(encoding="utf-8"))
    found = next(row["coords"] for row in rows if row["attrs"]["name"] == name)
    wgs, gcj, bd = ((found[datum][1], found[datum][0]) for datum in ("WGS84", "GCJ02", "BD09"))
    return wgs, gcj, bd


def punch_at(field: Field, phone: Gadget, store_id: str, place: Fix | None) -> dict[str, Any]:
    """Punch there, sync, and read what HQ made of it over HTTP."""
    field.time.true_ms += 60_000
    phone.world.locator.now = place
    kept = phone.core.punch(kind="in", store_id=store_id)
    phone.core.sync_once()
    return read_punch(field, kept.punch_id)


def read_punch(field: Field, punch_id: str) -> dict[str, Any]:
    return read_all(field)[punch_id]


def read_all(field: Field) -> dict[str, dict[str, Any]]:
    """Every punch HQ has."""
    answered = field.office.client("chen").get("/api/v1/punches", limit=200)
    assert answered.status_code == 200, answered.get_data(as_text=True)
    return {line["punch"]["id"]: line["punch"] for line in answered.json["punches"]}


@pytest.mark.parametrize("name", CITIES)
def test_a_pin_from_a_gcj_02_or_bd_09_map_holds_a_phone_that_gives_wgs_84(field: Field, name: str) -> None:
    wgs, gcj, bd = city(name)
    person = field.office.hire("李伟")
    phone = field.phone_of(person)
    stores = {
        "gcj02": field.office.open_store("高德的店", "G", lat=gcj[0], lng=gcj[1], radius_m=100, datum="gcj02"),
        "bd09": field.office.open_store("百度的店", "B", lat=bd[0], lng=bd[1], radius_m=100, datum="bd09"),
        "raw": field.office.open_store("抄错的店", "W", lat=gcj[0], lng=gcj[1], radius_m=100, datum="wgs84"),
    }
    phone.core.sync_once()
    here = fix_at(*wgs, accuracy_m=8)
    for datum in ("gcj02", "bd09"):
        punch = punch_at(field, phone, stores[datum], here)
        assert punch["place"] == "inside" and punch["distance_m"] <= 2, (datum, punch)
    control = punch_at(field, phone, stores["raw"], here)
    assert control["place"] == "outside" and control["distance_m"] > 200, "the same pin taken for WGS-84 refuses everybody"
    # what was typed is kept beside what it means
    told = field.office.client("chen").get(f"/api/v1/stores/{stores['gcj02']}").json
    assert told["datum_entered"] == "gcj02" and abs(told["lat_e7"] / 1e7 - wgs[0]) < 2e-5
    [fence] = field.office.client("chen").get(f"/api/v1/stores/{stores['gcj02']}/fences").json["items"]
    assert fence["entered"]["center"] == {"lat_e7": round(gcj[0] * 1e7), "lng_e7": round(gcj[1] * 1e7)}


SHOP = (31.2304, 121.4737)
GOOD = {"lat_e7": 312_304_000, "lng_e7": 1_214_737_000, "accuracy_dm": 150, "age_ms": 1_000, "mock": False, "source": "gps"}
IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "lat 91": {"lat_e7": 910_000_000},
    "lat -91": {"lat_e7": -910_000_000},
    "lng 181": {"lng_e7": 1_810_000_000},
    "gulf of (0, 0)": {"lat_e7": 0, "lng_e7": 0},
    "almost (0, 0)": {"lat_e7": 900, "lng_e7": -900},
    "a fix of two hours ago": {"age_ms": 7_200_000},
    "a fix of the future": {"age_ms": -3_600_000},
    "no age": {"age_ms": None},
    "accuracy 0": {"accuracy_dm": 0},
    "accuracy negative": {"accuracy_dm": -10},
    "accuracy of a continent": {"accuracy_dm": 2**50},
    "no accuracy": {"accuracy_dm": None},
    "the largest integer": {"lat_e7": 2**53 - 1, "lng_e7": -(2**53) + 1},
    "beyond any integer": {"lat_e7": 10**30},
    "not a number": {"lat_e7": float("nan")},
    "infinity": {"lng_e7": float("-inf"), "accuracy_dm": float("inf")},
    "a fraction": {"lat_e7": 312_304_000.5},
    "text": {"lat_e7": "31.2304"},
    "a list": {"lat_e7": [31]},
    "an unknown field": {"altitude": 3},
}
CLOCKS: dict[str, dict[str, Any]] = {
    "year 2106": {"wall": 4_294_967_296_000},
    "year 1970": {"wall": 0},
    "before everything": {"wall": -(2**62)},
    "the end of 64 bits": {"wall": 2**63 - 1},
    "beyond 64 bits": {"wall": 2**80},
    "boot negative": {"boot": -5_000_000},
    "boot of a century": {"boot": 2**62},
    "zone nonsense": {"tz": 99_999_999},
    "zone text": {"tz": "Mars"},
    "no boot id": {"bid": ""},
    "boot id of a novel": {"bid": "x" * 5_000},
    "wall not a number": {"wall": float("nan")},
    "no clocks at all": {"wall": None, "boot": None, "bid": None, "tz": None},
}


def say_raw(phone: Gadget, person_id: str, data: dict[str, Any], at: dict[str, Any]) -> tuple[str, int]:
    """What a broken or a hostile app would sign: JSON no shape of ours has judged. Answers (punch, entry)."""
    parts, punch_id = phone.core._parts, new_id()
    with parts.db.write():
        seq = parts.journal._append(
            new_id(), "attendance.clock_in/1", person_id, punch_id, at=json.dumps(at).encode(), data=json.dumps(data).encode(),
            bid="b", made_ms=0,
        )  # fmt: skip
    return punch_id, seq


def send(phone: Gadget) -> list[int]:
    """Sync; the statuses of all answers."""
    seen: list[int] = []

    def note(through: Any, *request: Any) -> Any:
        answer = through(*request)
        seen.append(answer.status)
        return answer

    phone.world.link.weather = note
    phone.core.sync_once()
    return seen


def test_what_cannot_be_is_stored_with_a_reason_and_is_never_inside(field: Field) -> None:
    shop, person = field.office.open_store("豫园店", lat=SHOP[0], lng=SHOP[1]), field.office.hire("李伟")
    field.office.post(person, shop)
    phone = field.phone_of(person)
    phone.core.sync_once()
    at = json.loads(json.dumps(dict(zip(("wall", "boot", "bid", "tz"), _stamp(phone), strict=True))))
    cases: dict[str, tuple[str, int]] = {"good": say_raw(phone, person, _punch(shop, GOOD), at)}
    for name, wrong in IMPOSSIBLE.items():
        cases[name] = say_raw(phone, person, _punch(shop, {**GOOD, **wrong}), at)
    for name, wrong in CLOCKS.items():
        cases[name] = say_raw(phone, person, _punch(shop, GOOD), {**at, **wrong})
    field.time.true_ms += 3_600_000
    statuses = send(phone)
    assert set(statuses) == {200}, statuses
    assert phone.core.sync_state().waiting == 0
    known = read_all(field)
    assert not [name for name, (punch_id, _) in cases.items() if punch_id not in known]
    stored = {name: known[punch_id] for name, (punch_id, _) in cases.items()}
    assert stored["good"]["place"] == "inside", "the control"
    for name in IMPOSSIBLE:
        punch = stored[name]
        assert punch["place"] == "no_fix", (name, punch["place"])
        codes = [str(reason["code"]) for reason in punch["reasons"]]
        assert any(code.startswith("place.") or code == "evidence.garbled" for code in codes), (name, codes)
    made_ms = field.time.true_ms - 3_600_000
    for name in CLOCKS:
        punch = stored[name]
        assert punch["low_ms"] - 2_000 <= made_ms <= punch["high_ms"] + 2_000, (name, punch)
        assert punch["grade"] != "exact" or abs(punch["taken_ms"] - made_ms) <= 30_000, (name, punch)
        assert punch["low_ms"] <= punch["taken_ms"] <= punch["high_ms"] <= field.time.true_ms, (name, punch)
    # and everybody can still look at all of it
    office = field.office.client("chen")
    for path in ("/api/v1/punches", f"/api/v1/boards/today/{shop}", "/api/v1/boards/today"):
        assert office.get(path).status_code == 200, path
    phone.core.sync_once()
    assert len(phone.core.punches(limit=200)) == len(cases)


def _punch(store_id: str, fix: dict[str, Any]) -> dict[str, Any]:
    return {"store_id": store_id, "kind": "in", "fix": fix}


def _stamp(phone: Gadget) -> tuple[int, int, str, int]:
    stamp = stamp_of(phone.world.clock.read())
    return stamp.wall, stamp.boot, stamp.bid, stamp.tz


BEACH = (18.2528, 109.5119)  # Sanya, 1,900 km from the shop


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
@pytest.mark.parametrize("age_min", [0, 6, 300])
def test_an_old_fix_of_the_punch_before_still_says_where_somebody_was(field: Field, age_min: int, *, together: bool) -> None:
    """From a beach, an hour before the shop: said however old that fix was; five hours more are time for the way."""
    shop, person = field.office.open_store("豫园店", lat=SHOP[0], lng=SHOP[1]), field.office.hire("李伟")
    field.office.post(person, shop)
    phone = field.phone_of(person)
    phone.core.sync_once()
    made = []
    for minutes, place in ((0, fix_at(*BEACH, accuracy_m=20)), (30, None), (30, fix_at(*SHOP, accuracy_m=8))):
        field.time.true_ms += minutes * 60_000
        old = place is not None and minutes == 0
        phone.world.locator.now = msgspec.structs.replace(place, age_ms=age_min * 60_000) if place and old else place
        made.append(phone.core.punch(kind="out" if made else "in", store_id=shop).punch_id)
        if not together:
            phone.core.sync_once()
    phone.core.sync_once()
    known = read_all(field)
    assert known[made[0]]["place"] == ("outside" if age_min == 0 else "no_fix")
    travel = {reason["code"]: reason["facts"] for reason in known[made[2]]["reasons"] if "travel" in str(reason["code"])}
    # 1,900 km in 1 h, in 1.1 h, in 6 h
    assert set(travel) == {0: {"evidence.travel_impossible"}, 6: {"evidence.travel_impossible"}, 300: set()}[age_min], travel

"""What is known to go wrong in other attendance systems, as tests that pass here.

Measured on Frappe HR and Horilla: places outside the world are accepted, people who do not exist are clocked in, twelve
parallel taps make five rows, (0, 0) is a place, a night shift's punch lands on the wrong day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from contract.geo import Fix
from contract.ids import new_id
from contract.stores import FenceShape, OpenStore, Point
from mobile.core.journal import stamp_of
from mobile.core.ports import NoSignal
from server.attendance.model import Punch
from server.kernel.ledger import OpLog
from tests.browser.serving import served
from tests.mobile.field import Field, Gadget, fix_at

SHOP = (31.2304, 121.4737)
TAPS = 12
Request = tuple[str, str, bytes, dict[str, str]]


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shop(field: Field) -> dict[str, str]:
    """A store whose day turns at five, and somebody posted to it with a phone."""
    ids = {"A": field.office.open_store("豫园店", lat=SHOP[0], lng=SHOP[1], day_turns_at_min=300)}
    for name in ("李伟", "林静"):
        ids[name] = field.office.hire(name)
        field.office.post(ids[name], ids["A"])
    return ids


def punches(field: Field) -> list[Any]:
    return field.office.rows(sa.select(Punch).order_by(Punch.taken_at, Punch.id))


def say_as(phone: Gadget, actor: str, data: dict[str, Any], ent: str | None = None) -> str:
    """A punch that the app itself would not make: by whoever, wherever. Answers its id."""
    parts, punch_id = phone.core._parts, ent or new_id()
    at = stamp_of(phone.world.clock.read())
    with parts.db.write():
        parts.journal._append(
            new_id(), "attendance.clock_in/1", actor, punch_id, data=json.dumps(data).encode(), bid=at.bid, made_ms=at.wall,
            at=json.dumps({"wall": at.wall, "boot": at.boot, "bid": at.bid, "tz": at.tz}).encode(),
        )  # fmt: skip
    return punch_id


@pytest.mark.parametrize(
    "place",
    [
        Fix(lat_e7=910_000_000, lng_e7=1_214_737_000, accuracy_dm=150, age_ms=1_000),
        Fix(lat_e7=312_304_000, lng_e7=1_900_000_000, accuracy_dm=150, age_ms=1_000),
        Fix(lat_e7=2_000_000_000, lng_e7=-2_000_000_000, accuracy_dm=150, age_ms=1_000),
    ],
)
def test_a_place_outside_the_world_is_no_place(field: Field, shop: dict[str, str], place: Fix) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.locator.now = place
    phone.core.punch(kind="in")
    phone.core.sync_once()
    [punch] = punches(field)
    assert punch.place == "no_fix" and punch.distance_m is None
    assert [reason["code"] for reason in punch.reasons][0] == "place.out_of_world"


def test_a_store_cannot_be_put_outside_the_world(field: Field) -> None:
    for lat, lng in ((91.0, 121.0), (31.0, 181.0), (-90.1, 0.0)):
        opening = {
            "store_id": new_id(), "number": "X", "name": "X", "partner_id": field.office.partner_id, "zone": "Asia/Shanghai",
            "fence": {"datum": "wgs84", "center": {"lat_e7": round(lat * 1e7), "lng_e7": round(lng * 1e7)}, "radius_m": 100},
        }  # fmt: skip
        answered = field.office.client("chen").post("/api/v1/stores", opening)
        assert answered.status_code == 422 and "fence.center" in answered.json["field"]


def test_null_island_is_never_a_place_not_even_for_a_store_that_was_put_there(field: Field, shop: dict[str, str]) -> None:
    there = FenceShape(datum="wgs84", center=Point(lat_e7=0, lng_e7=0), radius_m=100)
    asked = OpenStore(
        store_id=new_id(), number="NULL", name="零点", partner_id=field.office.partner_id, zone="Asia/Shanghai", fence=there
    )
    field.office.do(asked)  # whether or not HQ may make such a store, nobody is "inside" it
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.locator.now = Fix(lat_e7=0, lng_e7=0, accuracy_dm=10, age_ms=0)
    phone.core.punch(kind="in")
    phone.core.punch(kind="in", store_id=asked.store_id)
    phone.core.sync_once()
    found = punches(field)
    assert found and {punch.place for punch in found} == {"no_fix"}
    assert all("place.null_island" in [reason["code"] for reason in punch.reasons] for punch in found)


def test_ghosts_are_not_clocked_in(field: Field, shop: dict[str, str]) -> None:
    """Somebody nobody ever hired, from a real phone: refused with a reason, kept byte for byte, and no row of a punch."""
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    ghost = new_id()
    say_as(phone, ghost, {"store_id": shop["A"], "kind": "in"})
    phone.core.sync_once()
    assert punches(field) == []
    [entry] = field.office.rows(sa.select(OpLog).where(OpLog.device_id.is_not(None)))
    assert (entry.status, entry.code) == ("rejected", "people.unknown") and ghost in bytes(entry.raw).decode()
    assert [need.said.code for need in phone.core.sync_state().needs_you] == ["people.unknown"]


def test_somebody_who_was_never_posted_there_is_looked_at_by_a_person(field: Field, shop: dict[str, str]) -> None:
    stranger = field.office.hire("陌生人")
    phone = field.phone_of(stranger)
    phone.core.sync_once()
    phone.world.locator.now = fix_at(*SHOP)
    phone.core.punch(kind="in", store_id=shop["A"])
    phone.core.sync_once()
    [punch] = punches(field)
    assert punch.verdict == "review" and "evidence.not_posted_here" in [reason["code"] for reason in punch.reasons]


def test_somebody_elses_punch_on_my_phone_is_looked_at_by_a_person(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    fix = {"lat_e7": 312_304_000, "lng_e7": 1_214_737_000, "accuracy_dm": 100, "age_ms": 0}
    say_as(phone, shop["林静"], {"store_id": shop["A"], "kind": "in", "fix": fix})
    phone.core.sync_once()
    found = punches(field)
    assert [punch.verdict for punch in found] in ([], ["review"])


def test_twelve_copies_of_one_punch_sent_at_once_make_one_row(field: Field, shop: dict[str, str]) -> None:
    """A nervous thumb, a proxy that repeats itself: the same signed request twelve times in parallel over real HTTP."""
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.core.punch(kind="in")
    taped: list[Request] = []

    def tape(through: Any, *request: Any) -> Any:
        taped.append(request)
        raise NoSignal("not yet")

    phone.world.link.weather = tape
    phone.core.sync_once()
    with served(field.office.app) as url:
        statuses = at_once(url, taped * TAPS)
    assert statuses == [200] * TAPS
    assert len(punches(field)) == 1
    phone.world.link.weather = None
    phone.core.sync_once()
    assert len(punches(field)) == 1 and phone.core.sync_state().waiting == 0


def test_twelve_phones_that_name_their_punch_alike_make_one_row(field: Field, shop: dict[str, str]) -> None:
    """The same punch id said by twelve devices at the same moment: one is the punch, the others are told so."""
    one_id = new_id()
    requests: list[Request] = []
    for _ in range(TAPS):
        phone = field.phone_of(shop["李伟"])
        phone.core.sync_once()
        say_as(phone, shop["李伟"], {"store_id": shop["A"], "kind": "in"}, one_id)

        def tape(through: Any, *request: Any) -> Any:
            requests.append(request)
            raise NoSignal("not yet")

        phone.world.link.weather = tape
        phone.core.sync_once()
    with served(field.office.app) as url:
        statuses = at_once(url, requests)
    assert len(requests) == TAPS and set(statuses) == {200}
    assert [punch.id for punch in punches(field)] == [one_id]
    ended = field.office.rows(sa.select(OpLog.status).where(OpLog.device_id.is_not(None)))
    assert sorted(ended).count("applied") == 1 and set(ended) <= {"applied", "merged", "rejected"}


def at_once(url: str, requests: list[Request]) -> list[int]:
    """Real threads, real sockets, one starting shot."""
    from mobile.core.http_link import HttpLink

    shot = Barrier(len(requests))

    def send(request: Request) -> int:
        link = HttpLink(url)
        shot.wait()
        return link.send(*request, 60.0).status

    with ThreadPoolExecutor(len(requests)) as hands:
        return list(hands.map(send, requests))


def test_a_night_shift_ends_on_the_day_it_began(field: Field, shop: dict[str, str]) -> None:
    """In at 21:55, out at 02:10 where the day turns at 05:00: both are yesterday's; what comes after five is today's."""
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    for hour, minute, day in ((21, 55, 20), (2, 10, 21), (4, 59, 21), (5, 1, 21)):
        local = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        field.time.true_ms = int(local.timestamp() * 1000) - 8 * 3_600_000
        phone.core.punch(kind="in" if hour in (21, 5) else "out")
        phone.core.sync_once()
    assert [punch.business_date.isoformat() for punch in punches(field)] == ["2026-11-20"] * 3 + ["2026-11-21"]
    assert [line.business_date for line in phone.core.punches()] == ["2026-11-21", *["2026-11-20"] * 3]
    # at 02:10 the board still shows yesterday's night shift as yesterday's, and who left as gone
    field.time.true_ms -= 3 * 3_600_000 - 20 * 60_000
    board = field.office.client("chen").get(f"/api/v1/boards/today/{shop['A']}").json
    assert board["store"]["business_date"] == "2026-11-20"


def test_in_and_out_within_the_same_second_are_two_facts_in_the_order_they_were_made(field: Field, shop: dict[str, str]) -> None:
    """A double scan at the door. Neither is swallowed, the order does not flip, and the last one is the state shown."""
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.link.up = False
    first = phone.core.punch(kind="in").punch_id
    second = phone.core.punch(kind="out").punch_id
    phone.world.link.up = True
    phone.core.sync_once()
    assert {punch.id for punch in punches(field)} == {first, second}
    assert [line.punch_id for line in phone.core.punches()] == [second, first]
    people = field.office.client("chen").get(f"/api/v1/boards/today/{shop['A']}").json["people"]
    [me] = [person for person in people if person["name"] == "李伟"]
    assert me["state"] == "left" and me["punch_id"] == second

"""The acceptance tests that systems of today fail, by their numbers in the survey of the field, as far as they concern
attendance and who may look. Through the server's doors and the device's own core.

1 is in tests/rules/test_day_kinds_of_rules.py, 8 in tests/server/test_timesheets.py, 10 in tests/rules/test_day_kinds_of_rules.py
and test_timesheets.py; 7 and 11 are of learning; 9 is a figure: `python -m tools.bench hours`, docs/figures.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.geo import Fix
from contract.ids import new_id
from contract.postings import EndPosting, PostEmployee
from mobile.core.ports import NoSignal
from server.postings.model import Posting
from server.postings.turning import turn_what_is_due
from tests.mobile.field import Field, Gadget, fix_at
from tests.server.archive_world import SEALED, Archive
from tests.server.world import SECRET, World

SHOP = (31.2304, 121.4737)
HOUR_MS = 3_600_000
PHOTO = bytes(range(256)) * 700


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ids(field: Field) -> dict[str, str]:
    """Li Wei works at A; there is a B."""
    office = field.office
    found = {"A": office.open_store("豫园店", lat=SHOP[0], lng=SHOP[1]), "B": office.open_store("西湖店", lat=30.25, lng=120.16)}
    found["wei"] = office.hire("李伟")
    found["posting"] = office.post(found["wei"], found["A"])
    return found


def at_hq(field: Field) -> dict[str, dict[str, Any]]:
    """Every punch that HQ is shown, by its id."""
    answered = field.office.client("chen").get("/api/v1/punches", limit=200)
    assert answered.status_code == 200
    return {line["punch"]["id"]: line["punch"] for line in answered.json["punches"]}


def codes(punch: dict[str, Any]) -> dict[str, int]:
    return {reason["code"]: reason["points_db"] for reason in punch["reasons"]}


def test_field_6_2_latitude_91_is_refused_as_a_place_and_never_holds_anybody(field: Field, ids: dict[str, str]) -> None:
    """A store there is 422. A punch is kept, for its person cannot help what a receiver says, and it is at no place."""
    put = {"store_id": new_id(), "number": "N-91", "name": "北", "zone": "Asia/Shanghai",
           "fence": {"center": {"lat_e7": 910_000_000, "lng_e7": 1_214_737_000}, "radius_m": 150}}  # fmt: skip
    assert field.office.client("chen").post("/api/v1/stores", put).status_code == 422
    phone = field.phone_of(ids["wei"])
    phone.core.sync_once()
    phone.world.locator.now = Fix(lat_e7=910_000_000, lng_e7=1_214_737_000, accuracy_dm=100, age_ms=0)
    kept = phone.core.punch(kind="in")
    phone.core.sync_once()
    punch = at_hq(field)[kept.punch_id]
    assert punch["place"] == "no_fix" and "place.out_of_world" in codes(punch) and punch["verdict"] != "green"


def test_field_6_3_a_clock_two_hours_back_offline_is_taken_with_its_true_time_and_the_sign_of_it(
    field: Field, ids: dict[str, str]
) -> None:
    phone = field.phone_of(ids["wei"])
    phone.core.sync_once()
    phone.world.link.up = False
    phone.world.clock.wall_off_ms = -2 * HOUR_MS
    field.time.true_ms += HOUR_MS
    made_ms = field.time.true_ms
    kept = phone.core.punch(kind="in")
    field.time.true_ms += 5 * HOUR_MS
    phone.world.link.up = True
    phone.core.sync_once()
    punch = at_hq(field)[kept.punch_id]
    assert punch["low_ms"] <= made_ms <= punch["high_ms"] and abs(punch["taken_ms"] - made_ms) < 30_000
    assert codes(punch)["evidence.clock_off"] == -8


def test_field_6_4_the_same_punch_three_times_and_its_photo_later_is_one_punch_with_it(field: Field, ids: dict[str, str]) -> None:
    tablet = field.tablet_of(ids["A"])
    tablet.core.sync_once()
    kept = tablet.core.punch(kind="in", person_id=ids["wei"], photo=PHOTO)
    lost = [3]

    def lossy(through: Any, method: str, *request: Any) -> Any:
        """Each operation arrives twice and its answer is lost, three times; no piece of a photo gets through until then."""
        if lost[0]:
            lost[0] -= method == "POST"
            if method == "POST":
                through(method, *request)
                through(method, *request)
            raise NoSignal("lost")
        return through(method, *request)

    tablet.world.link.weather = lossy
    for _ in range(6):
        tablet.core.sync_once()
    [punch] = at_hq(field).values()
    assert punch["id"] == kept.punch_id and tablet.core.sync_state().waiting == tablet.core.sync_state().photos == 0
    [stored] = [file for file in (field.office.settings.data_dir / "blobs").rglob("*") if file.is_file() and len(file.name) == 64]
    assert stored.read_bytes() == PHOTO


def test_field_6_5_three_days_of_a_phone_without_signal_stay_with_the_store_they_were_made_for(
    field: Field, ids: dict[str, str]
) -> None:
    phone = field.phone_of(ids["wei"])
    phone.core.sync_once()
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*SHOP)
    made = []
    for _ in range(3):
        made.append(phone.core.punch(kind="in").punch_id)
        field.time.true_ms += 8 * HOUR_MS
        made.append(phone.core.punch(kind="out").punch_id)
        field.time.true_ms += 16 * HOUR_MS
    today = field.office.clock().date().isoformat()
    field.office.must(EndPosting(posting_id=ids["posting"], ends_on=today, reason="B"))
    field.office.must(PostEmployee(posting_id=new_id(), person_id=ids["wei"], store_id=ids["B"], starts_on=today))
    phone.world.link.up = True
    phone.core.sync_once()
    phone.core.sync_once()
    known = at_hq(field)
    assert [known[one]["store_id"] for one in made] == [ids["A"]] * 6 and len(known) == 6
    assert not any("evidence.not_posted_here" in codes(punch) for punch in known.values())
    assert phone.core.today().store_id == ids["B"]


def test_field_6_6_a_pin_from_a_chinese_map_holds_a_phone_that_speaks_wgs_84(field: Field, ids: dict[str, str]) -> None:
    """People's Square, Shanghai: (31.2304, 121.4737) in WGS-84 is (31.22846, 121.47822) in GCJ-02, 480 m away."""
    amap = field.office.open_store("人民广场店", "AMAP", lat=31.228459, lng=121.478222, radius_m=100, datum="gcj02")
    naive = field.office.open_store("抄错的店", "RAW", lat=31.228459, lng=121.478222, radius_m=100, datum="wgs84")
    phone = field.phone_of(ids["wei"])
    phone.core.sync_once()
    phone.world.locator.now = fix_at(*SHOP)
    inside, outside = (phone.core.punch(kind="in", store_id=store).punch_id for store in (amap, naive))
    phone.core.sync_once()
    known = at_hq(field)
    assert known[inside]["place"] == "inside" and known[inside]["distance_m"] <= 5
    assert known[outside]["place"] == "outside" and known[outside]["distance_m"] > 400, "the control"


def test_field_6_12_a_host_managers_reach_ends_with_the_posting_and_never_held_what_the_law_protects(tmp_path: Path) -> None:
    world = World.on_sqlite(tmp_path)
    try:
        archive = Archive(world)
        archive.record()
        held = archive.boss.get(f"/api/v1/archive/{archive.wei}")
        assert held.status_code == 200 and held.json["basics"]["id_number"]["state"] == "masked"
        assert not [value for value in SEALED if value in held.text] and held.json["contracts"] == []
        [posting] = world.rows(sa.select(Posting).where(Posting.person_id == archive.wei))
        world.must(EndPosting(posting_id=posting.id, ends_on=world.clock().date().isoformat(), reason="over"))
        world.clock.pass_(days=2)
        turn_what_is_due(world.db, world.clock(), SECRET)
        boss = world.client("boss")
        # name and number stand on what was done at the store, and stay to be read there; nothing else does
        left = boss.get(f"/api/v1/archive/{archive.wei}").json
        states = {field: value["state"] for field, value in {**left["basics"], "mobile": left["mobile"]}.items()}
        assert len(states) >= 7 and set(states.values()) == {"hidden"}
        assert [left[part] for part in ("contracts", "insurances", "documents", "postings")] == [[]] * 4
        assert boss.get(f"/api/v1/people/{archive.wei}").json.keys() == {"id", "number", "name"}
        told = json.dumps(
            [boss.get(path).json for path in ("/api/v1/people", "/api/v1/archive", f"/api/v1/archive/{archive.wei}")]
        )
        assert not [value for value in (*SEALED, "13800138001") if value in told.replace(" ", "")]
    finally:
        world.close()


def test_the_phone_of_these_tests_is_the_real_core(field: Field, ids: dict[str, str]) -> None:
    """The control: without signal nothing is at HQ, and everything is on the phone."""
    phone: Gadget = field.phone_of(ids["wei"])
    phone.core.sync_once()
    phone.world.link.up = False
    kept = phone.core.punch(kind="in")
    phone.core.sync_once()
    assert at_hq(field) == {} and phone.core.sync_state().waiting == 1
    assert [line.punch_id for line in phone.core.punches()] == [kept.punch_id]

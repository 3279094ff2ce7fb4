"""A store manager sees her store and nothing of any other: in lists, by id, on pages."""

from __future__ import annotations

import json

from contract.attendance import ReviewPunch
from contract.devices import Revoke
from contract.ids import new_id
from contract.postings import EndPosting, PostEmployee
from tests.journeys.conftest import LAKE, MALL, PEOPLE_OF_A
from tests.journeys.stage import Desk, Stage
from tests.mobile.field import Gadget, fix_at

LISTS = ("/api/v1/people", "/api/v1/stores", "/api/v1/punches", "/api/v1/boards/today", "/api/v1/devices", "/api/v1/postings")
PAGES = (
    "/console/today", "/console/review", "/console/punches", "/console/stores", "/console/people", "/console/devices",
    "/console/operations",
)  # fmt: skip


def test_the_manager_of_b_finds_nothing_of_a_anywhere(stage: Stage, shop: dict[str, str]) -> None:
    mine, theirs = stage.phone_of(shop["吴敏"]), stage.phone_of(shop["李伟"])
    tablets = stage.tablet_of(shop["B"]), stage.tablet_of(shop["A"])
    doubtful = {}
    for phone, place, name in ((mine, LAKE, "B"), (theirs, MALL, "A")):
        phone.core.sync_once()
        phone.world.locator.now = fix_at(*place, mock=True)
        doubtful[name] = phone.core.punch(kind="in").punch_id
        phone.core.sync_once()
    for tablet in tablets:
        tablet.core.sync_once()
    lu, hq = stage.desk("lu"), stage.desk("chen")
    devices_of_a = [device_id(theirs), device_id(tablets[1])]
    names_of_a = ("豫园店", *PEOPLE_OF_A, "马经理")
    ids_of_a = (shop["A"], *(shop[name] for name in PEOPLE_OF_A), doubtful["A"], *devices_of_a)

    for path in LISTS:
        hers, everything = json.dumps(lu.get(path), ensure_ascii=False), json.dumps(hq.get(path), ensure_ascii=False)
        assert not [one for one in (*names_of_a, *ids_of_a) if one in hers], path
        assert [one for one in (*names_of_a, *ids_of_a) if one in everything], f"the control: HQ sees A in {path}"
        assert [one for one in ("西湖店", "吴敏", shop["B"], shop["吴敏"]) if one in hers], f"and she sees her own in {path}"

    details = {
        f"/api/v1/stores/{shop['A']}": f"/api/v1/stores/{shop['B']}",
        f"/api/v1/stores/{shop['A']}/fences": f"/api/v1/stores/{shop['B']}/fences",
        f"/api/v1/boards/today/{shop['A']}": f"/api/v1/boards/today/{shop['B']}",
        f"/api/v1/punches/{doubtful['A']}": f"/api/v1/punches/{doubtful['B']}",
        f"/api/v1/people/{shop['李伟']}": f"/api/v1/people/{shop['吴敏']}",
        f"/api/v1/postings/{shop['posting of 李伟']}": f"/api/v1/postings/{shop['posting of 吴敏']}",
        f"/console/today/{shop['A']}": f"/console/today/{shop['B']}",
        f"/console/stores/{shop['A']}": f"/console/stores/{shop['B']}",
        f"/console/people/{shop['李伟']}": f"/console/people/{shop['吴敏']}",
        f"/console/punches/{doubtful['A']}": f"/console/punches/{doubtful['B']}",
        f"/console/devices/{devices_of_a[1]}": f"/console/devices/{device_id(tablets[0])}",
    }
    for foreign, own in details.items():
        assert read(lu, own)[0] == 200, own
        status, said = read(lu, foreign)
        assert status == 404, (foreign, status)
        assert not [name for name in names_of_a if name in said], foreign

    for path in PAGES:
        status, page = lu.page(path)
        assert not [name for name in names_of_a if name in page], path
        assert status in (200, 403), (path, status)

    # nor may she do anything to A
    forbidden = {
        "/api/v1/punches/reviews": ReviewPunch(punch_id=doubtful["A"], decision="reject", reason="not mine"),
        "/api/v1/postings/ended": EndPosting(posting_id=shop["posting of 李伟"], ends_on="2026-11-25", reason="no"),
        "/api/v1/postings": PostEmployee(posting_id=new_id(), person_id=shop["吴敏"], store_id=shop["A"], starts_on="2026-12-01"),
        "/api/v1/devices/revocations": Revoke(device_id=devices_of_a[0], reason="no"),
    }
    for path, operation in forbidden.items():
        status, said = lu.api("POST", path, operation)
        assert status in (403, 404, 409, 422), (path, status, said)
        assert not [name for name in names_of_a if name in json.dumps(said, ensure_ascii=False)]
    assert hq.get(f"/api/v1/punches/{doubtful['A']}")["reviews"] == []
    # while her own she decides
    lu.do("/api/v1/punches/reviews", ReviewPunch(punch_id=doubtful["B"], decision="accept", reason="I saw her"))


def device_id(device: Gadget) -> str:
    return str(device.core._parts.identity.device_id)


def read(desk: Desk, path: str) -> tuple[int, str]:
    if path.startswith("/console"):
        return desk.page(path)
    status, said = desk.api("GET", path)
    return status, json.dumps(said, ensure_ascii=False)

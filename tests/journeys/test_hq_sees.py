"""What HQ is shown: silence as silence, late news as late, sums that sum, cheats in words of their own, second facts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from contract.attendance import ReviewPunch
from mobile.core.views import Refused
from tests.journeys.conftest import LAKE, MALL, PEOPLE_OF_A
from tests.journeys.stage import Stage
from tests.mobile.field import fix_at


def clock(ms: int) -> str:
    """HH:MM in the stores' zone."""
    return (datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=8)).strftime("%H:%M")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_silent_tablet_is_shown_as_silent_and_its_news_as_late(stage: Stage, shop: dict[str, str]) -> None:
    tablet, manager, hq = stage.tablet_of(shop["A"]), stage.desk("ma"), stage.desk("chen")
    # never heard of yet: nothing is invented, least of all a date
    stage.pass_(minutes=40)
    fresh = hq.get(f"/api/v1/boards/today/{shop['A']}")
    enrolled_ms = stage.pass_() - 40 * 60_000
    assert abs(fresh["store"]["silent_since_ms"] - enrolled_ms) < 5_000 and fresh["store"]["last_sync_ms"] is None
    assert "2020-01-01" not in manager.page(f"/console/today/{shop['A']}")[1]

    tablet.core.sync_once()
    heard = stage.pass_()
    awake = hq.get(f"/api/v1/boards/today/{shop['A']}")["store"]
    assert (awake["posted"], awake["not_in_yet"], awake["unknown"]) == (4, 4, 0)
    tablet.world.link.up = False
    tablet.world.locator.now = fix_at(*MALL)
    stage.pass_(minutes=90)
    came = stage.pass_()
    tablet.core.punch(kind="in", person_id=shop["李伟"])
    stage.pass_(minutes=10)
    silent = hq.get(f"/api/v1/boards/today/{shop['A']}")
    assert (silent["store"]["not_in_yet"], silent["store"]["unknown"]) == (0, 4), "silence is never absence"
    assert abs(silent["store"]["silent_since_ms"] - heard) < 5_000
    assert {person["state"] for person in silent["people"]} == {"unknown"}
    for path in ("/console/today", f"/console/today/{shop['A']}"):
        assert clock(heard) in text_of(manager.page(path)[1]), path

    stage.pass_(minutes=24 * 60)  # a day without network
    tablet.world.link.up = True
    tablet.core.sync_once()
    received = stage.pass_()
    hq = stage.desk("chen")
    [line] = hq.get("/api/v1/punches")["punches"]
    assert abs(line["punch"]["taken_ms"] - came) < 1_000 and line["punch"]["grade"] == "exact"
    assert received - line["punch"]["received_ms"] < 5_000
    page = text_of(hq.page("/console/punches")[1])
    assert clock(came) in page and clock(received) in page, "its own time, and that it came late"
    status, devices = hq.page("/console/devices")
    assert status == 200 and datetime.fromtimestamp(received / 1000, UTC).strftime("%Y-%m-%dT%H:%M") in devices, "last sync"


def test_the_totals_are_the_sum_of_the_stores_and_every_store_sums_to_its_people(stage: Stage, shop: dict[str, str]) -> None:
    tablet, lone = stage.tablet_of(shop["A"]), stage.phone_of(shop["吴敏"])
    for device in stage.devices:
        device.core.sync_once()
    tablet.world.locator.now, lone.world.locator.now = fix_at(*MALL), fix_at(*LAKE)
    for name, kinds in (("李伟", ("in",)), ("林静", ("in", "out")), ("王芳", ("in",))):
        for kind in kinds:
            stage.pass_(minutes=7)
            tablet.core.punch(kind=kind, person_id=shop[name])  # type: ignore[arg-type]
    lone.core.punch(kind="in")
    for device in stage.devices:
        device.core.sync_once()
    board = stage.desk("chen").get("/api/v1/boards/today")
    rows = {row["name"]: row for row in board["stores"]}
    assert (rows["豫园店"]["present"], rows["豫园店"]["left"], rows["豫园店"]["not_in_yet"]) == (2, 1, 1)
    assert rows["西湖店"]["present"] == 1
    for row in rows.values():
        assert row["posted"] == row["present"] + row["left"] + row["not_in_yet"] + row["on_leave"] + row["unknown"]
    for name in ("posted", "present", "left", "not_in_yet", "on_leave", "unknown", "visitors", "to_review"):
        assert board["totals"][name] == sum(row[name] for row in rows.values()), name
    assert board["totals"]["posted"] == len(PEOPLE_OF_A) + 1
    page = stage.desk("chen").page("/console/today")[1]
    shown = {name: int(count) for name, count in re.findall(r'data-count="(\w+)">(\d+)', page)}
    assert shown == {name: board["totals"][name] for name in shown} and len(shown) == 6


def test_each_way_of_cheating_has_its_own_words_for_the_manager(stage: Stage, shop: dict[str, str]) -> None:
    mine, buddys = stage.phone_of(shop["李伟"]), stage.phone_of(shop["林静"])
    far, shared = stage.phone_of(shop["王芳"]), stage.phone_of(shop["张强"])
    shared.world.hardware = buddys.world.hardware
    for phone in stage.devices:
        phone.core.sync_once()
    mine.world.locator.now = fix_at(*MALL, mock=True)
    far.world.locator.now = fix_at(MALL[0] + 0.027, MALL[1], accuracy_m=10)  # three kilometres
    buddys.world.locator.now = shared.world.locator.now = fix_at(*MALL)
    punches = {"mock": mine.core.punch(kind="in").punch_id, "far": far.core.punch(kind="in").punch_id}
    punches["own"] = buddys.core.punch(kind="in").punch_id
    with pytest.raises(Refused):
        buddys.core.punch(kind="in", person_id="nobody")
    for phone in stage.devices:
        phone.core.sync_once()
    manager = stage.desk("ma")
    found = {case: manager.get(f"/api/v1/punches/{punch_id}")["punch"] for case, punch_id in punches.items()}
    assert found["mock"]["verdict"] in ("ask", "review") and found["far"]["place"] == "outside"
    assert found["far"]["verdict"] in ("ask", "review") and abs(found["far"]["distance_m"] - 3_000) < 20
    assert found["own"]["verdict"] == "green"
    codes = {case: {reason["code"] for reason in punch["reasons"]} for case, punch in found.items()}
    assert "evidence.mock_location" in codes["mock"] and "evidence.place_outside" in codes["far"]
    page = text_of(manager.page("/console/review")[1])
    assert "李伟" in page and "王芳" in page and "林静" not in page, "the honest one is not to be looked at"
    words = {case: text_of(manager.page(f"/console/punches/{punch_id}")[1]) for case, punch_id in punches.items()}
    assert "模拟" in words["mock"] and "模拟" not in words["far"]


def test_a_correction_is_a_second_fact_that_the_person_sees_as_well(stage: Stage, shop: dict[str, str]) -> None:
    phone, manager = stage.phone_of(shop["李伟"]), stage.desk("ma")
    phone.core.sync_once()
    stage.pass_(minutes=200)
    made = stage.pass_()
    kept = phone.core.punch(kind="in")
    phone.core.sync_once()
    corrected = made - 95 * 60_000
    decision = ReviewPunch(punch_id=kept.punch_id, decision="correct", corrected_ms=corrected, reason="She opened the shop.")
    manager.do("/api/v1/punches/reviews", decision)
    page = text_of(manager.page(f"/console/punches/{kept.punch_id}")[1])
    assert clock(made) in page and clock(corrected) in page and "She opened the shop." in page
    detail = manager.get(f"/api/v1/punches/{kept.punch_id}")
    assert abs(detail["punch"]["taken_ms"] - made) < 1_000 and detail["punch"]["decided_ms"] == corrected
    assert [review["reason"] for review in detail["reviews"]] == ["She opened the shop."]
    phone.core.sync_once()
    line = phone.core.punch_line(kept.punch_id)
    assert line is not None and line.decided == "corrected" and line.taken_at_ms == corrected
    [me] = [p for p in manager.get(f"/api/v1/boards/today/{shop['A']}")["people"] if p["name"] == "李伟"]
    assert me["since_ms"] == corrected

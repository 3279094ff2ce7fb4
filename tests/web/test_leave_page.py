"""Leave at the console: who is away, the kinds with their rules, corrections and what is called off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.approvals.presets import ensure_presets
from server.leave import presets
from server.leave.model import Leave, LeaveAdjustment, LeaveKind
from tests.server.requests_of import ask, decide_all
from tests.server.world import NOON, PASSWORD, SECRET, World
from tests.web.visitor import Visitor

MONDAY = {"leave_kind": "annual", "from_day": "2026-11-23", "to_day": "2026-11-25", "reason": "family"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.on_sqlite(Path(tmp_path_factory.mktemp("leave")))
    made.clock.now = datetime(2020, 1, 2, 4, tzinfo=UTC)
    presets.ensure(made.db, made.clock(), SECRET)
    ensure_presets(made.db, now=made.clock(), secret=SECRET)
    made.open_store("豫园店")
    made.hire("=李伟")  # a name that a spreadsheet would reckon with
    made.clock.now = NOON
    made.post(made.people["=李伟"], made.stores["豫园店"])
    decide_all(made, ask(made, "leave", "=李伟", MONDAY))
    made.account(made.hire("林娜"), "lin", "store_manager", made.stores["豫园店"])
    yield made
    made.close()


@pytest.fixture
def hq(world: World) -> Visitor:
    visitor = Visitor(world.app)
    visitor.sign_in("chen", PASSWORD)
    return visitor


def test_the_list_shows_who_is_away_and_the_file_calculates_nothing(hq: Visitor) -> None:
    page = hq.get("/console/leave").get_data(as_text=True)
    assert "=李伟" in page and ("Annual leave" in page or "年休假" in page)
    csv = hq.get("/console/leave?format=csv").get_data(as_text=True)
    assert "=李伟" in csv and "\n=李伟" not in csv
    nothing = hq.get("/console/leave?when=past").get_data(as_text=True)
    assert "=李伟" not in nothing


def test_the_stores_manager_sees_that_and_not_why(world: World) -> None:
    lin = Visitor(world.app)
    lin.sign_in("lin", PASSWORD)
    page = lin.get("/console/leave").get_data(as_text=True)
    assert "李伟" in page and "Annual leave</" not in page.split("<tbody")[1] and "年休假" not in page.split("<tbody")[1]
    assert lin.get("/console/leave/kinds").status_code == 403


def test_a_kind_gets_a_new_version_and_a_wrong_one_says_what_is_wrong(hq: Visitor, world: World) -> None:
    given = {"code": "study", "name_zh": "学习假", "name_en": "Study leave", "from_day": "2026-12-01", "accrual": "by_service",
             "steps": "1:2, 5:4", "smallest_min": "240", "day_min": "480"}  # fmt: skip
    assert hq.post("/console/leave/kinds", **given).status_code == 303
    [kind] = world.rows(sa.select(LeaveKind).where(LeaveKind.code == "study"))
    assert kind.steps == [{"years": 1, "days": 2}, {"years": 5, "days": 4}] and kind.paid is False
    for wrong in ({"steps": "five"}, {"day_min": "10"}, {"accrual": "daily"}, {"from_day": "2026-02-31"}, {"steps": "5:4, 1:2"}):
        answer = hq.post("/console/leave/kinds", **{**given, "code": "other", **wrong})
        assert answer.status_code in (409, 422) and 'role="alert"' in answer.get_data(as_text=True), wrong


def test_a_balance_is_corrected_with_a_reason_and_leave_is_called_off(hq: Visitor, world: World) -> None:
    person = world.people["=李伟"]
    path = f"/console/leave/people/{person}"
    correction = {"kind": "annual", "days": "1.5", "on": "2026-11-20", "reason": "worked a Sunday"}
    assert hq.post(f"{path}/balance", **correction).status_code == 303
    assert [fact.minutes for fact in world.rows(sa.select(LeaveAdjustment))] == [720]
    assert hq.post(f"{path}/balance", **{**correction, "days": "many"}).status_code == 422
    [leave] = world.rows(sa.select(Leave))
    assert hq.post(f"{path}/{leave.id}/call-off", from_day="2026-11-25", reason="stocktaking").status_code == 303
    [leave] = world.rows(sa.select(Leave))
    assert leave.called_off_from is not None and leave.called_off_from.isoformat() == "2026-11-25"

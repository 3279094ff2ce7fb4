"""A store of eight on a planned day: who is late, on leave, missing; and what is not known once the tablet is silent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.boards import STATES
from contract.ids import new_id
from contract.shifts import AssignPattern, DefinePattern, DefineTemplate, Window
from server.approvals.presets import ensure_presets
from server.leave import presets
from tests.journeys.stage import Stage
from tests.journeys.test_hq_sees import clock, text_of
from tests.mobile.field import fix_at
from tests.server.requests_of import ask, decide_all
from tests.server.world import SECRET

pytestmark = pytest.mark.alone  # its seconds are counted

MALL = (31.2304, 121.4737)
EIGHT = ("李伟", "林静", "王芳", "张强", "刘洋", "陈静", "赵敏", "周磊")


def hour(stage: Stage, at: str) -> int:
    """Let time pass until the store's clock shows this; answers the true time."""
    now = datetime.fromtimestamp(stage.pass_() / 1000, UTC) + timedelta(hours=8)
    then = now.replace(hour=int(at[:2]), minute=int(at[3:]), second=20, microsecond=0)
    then += timedelta(days=1) if then < now else timedelta()
    return stage.pass_(seconds=(then - now).total_seconds())


@pytest.fixture
def eight(tmp_path: Path) -> Iterator[tuple[Stage, str, dict[str, str]]]:
    """Nine to six every day for everybody of the store; 周磊 is on leave today. The server runs; it is ten to nine."""
    stage = Stage(tmp_path)
    office = stage.office
    while datetime.fromtimestamp(hour(stage, "08:50") / 1000, UTC).weekday() > 4:  # leave takes working days
        stage.pass_(minutes=60)
    assert stage.time is not None
    office.clock.now = stage.time()
    presets.ensure(office.db, office.clock.now - timedelta(days=400), SECRET)
    ensure_presets(office.db, now=office.clock(), secret=SECRET)
    store = office.open_store("豫园店", "SH-1", lat=MALL[0], lng=MALL[1])
    today = (office.clock() + timedelta(hours=8)).date()
    monday = today - timedelta(days=28 + today.weekday())
    for name in EIGHT:
        office.post(office.hire(name), store, (today - timedelta(days=20)).isoformat())
    office.account(office.hire("马经理"), "ma", "store_manager", store)
    since = monday.isoformat()
    day = Window(starts_min=9 * 60, ends_min=18 * 60)
    shift = DefineTemplate(
        template_id=new_id(), code="nine_to_six", name_zh="白班", name_en="Day", from_day=since, kind="fixed", windows=[day]
    )  # fmt: skip
    office.must(shift)
    cycle = DefinePattern(
        pattern_id=new_id(), code="all_week", name_zh="每天", name_en="Every day", from_day=since, starts_on=since,
        cycle=["nine_to_six"] * 7, calendar="none",
    )  # fmt: skip
    office.must(cycle)
    office.must(AssignPattern(assignment_id=new_id(), unit_id=store, pattern="all_week", from_day=since))
    form = {"leave_kind": "sick", "from_day": today.isoformat(), "to_day": today.isoformat(), "reason": "ill"}
    decide_all(office, ask(office, "leave", "周磊", form))
    stage.open_doors()
    yield stage, store, dict(office.people)
    stage.close()


def test_two_came_late_and_one_is_on_leave_and_the_eight_are_eight_within_five_seconds(
    eight: tuple[Stage, str, dict[str, str]],
) -> None:
    stage, store, people = eight
    tablet, manager = stage.tablet_of(store), stage.desk("ma")
    tablet.core.sync_once()
    tablet.world.locator.now = fix_at(*MALL)
    assert {p["state"] for p in manager.get(f"/api/v1/boards/today/{store}")["people"]} == {"not_due", "on_leave"}
    for at, name in zip(("08:53", "08:55", "08:58", "09:00", "09:05", "09:12"), EIGHT, strict=False):
        hour(stage, at)
        tablet.core.punch(kind="in", person_id=people[name])
    begun = time.monotonic()
    tablet.core.sync_once()
    board = manager.get(f"/api/v1/boards/today/{store}")
    assert time.monotonic() - begun < 5
    row, names = board["store"], {p["name"]: p for p in board["people"]}
    assert {state: row[state] for state in STATES if row[state]} == {"present": 4, "late": 2, "absent": 1, "on_leave": 1}
    assert row["posted"] == 8 == sum(row[state] for state in STATES)
    assert {name for name, p in names.items() if p["state"] == "late"} == {"刘洋", "陈静"}
    assert (names["刘洋"]["late_min"], names["陈静"]["late_min"], names["周磊"]["state"]) == (5, 12, "on_leave")
    heard = stage.pass_()

    tablet.world.link.up = False  # from twelve past nine on nothing is heard of the tablet
    hour(stage, "09:40")
    tablet.core.punch(kind="in", person_id=people["赵敏"])
    board = manager.get(f"/api/v1/boards/today/{store}")
    row, missing = board["store"], next(p for p in board["people"] if p["name"] == "赵敏")
    assert (row["absent"], row["unknown"], row["posted"]) == (0, 1, 8) and missing["state"] == "unknown"
    assert clock(missing["silent_since_ms"]) == clock(heard) == "09:12"
    assert "迟到 12 分钟" in (page := text_of(manager.page(f"/console/today/{store}")[1])) and "自 09:12 失联" in page

    tablet.world.link.up = True
    hour(stage, "10:30")
    tablet.core.sync_once()
    board = manager.get(f"/api/v1/boards/today/{store}")
    came = next(p for p in board["people"] if p["name"] == "赵敏")
    assert (came["state"], came["late_min"], board["store"]["late"]) == ("late", 40, 3)
    assert came["synced_late_min"] == 50, "said as late as it was said"

"""Shifts in a company: defined, followed, planned for a day; and what everybody is due because of it, at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import AddUnit, ChangeUnit, MoveHome, SetCalendarDay
from contract.people import LetGo
from contract.postings import EndPosting
from contract.shifts import AssignPattern, DefinePattern, DefineTemplate, PlanDay, PlannedShift, Window
from contract.stores import ChangeStore
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.feed import SyncChange
from server.kernel.jobs import run_due
from server.kernel.perform import writing
from server.org.model import COMPANY_ID
from server.shifts import follow as following
from server.shifts import planner, reactions
from server.shifts.duty import keep_duties, refresh_duties
from server.shifts.model import Duty, PatternAssignment, PlannedDay, ShiftTemplate
from tests.server.shifts_of import DAY, TODAY, due, follow, ready, worked
from tests.server.world import NOON, SECRET, World
from tests.support.planted import instead

TOMORROW = TODAY + DAY
MONDAY = date(2026, 11, 23)
POSTED: dict[str, str] = {}  # who is posted, by id


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A store with one person, made once; every test gets a copy."""
    made = ready(World.on_sqlite(tmp_path_factory.mktemp("shifts")))
    made.open_store("豫园店")
    made.hire("李伟")
    POSTED[made.people["李伟"]] = made.post(made.people["李伟"], made.stores["豫园店"])
    made.close()
    return made


@pytest.fixture
def world(founded: World, tmp_path: Path) -> Iterator[World]:
    file = tmp_path / "world.db"
    shutil.copy(str(founded.db.url.database), file)
    made = World.on(f"sqlite:///{file}", tmp_path)
    made.people.update(founded.people)
    made.stores.update(founded.stores)
    yield made
    made.close()


def li(world: World) -> str:
    return world.people["李伟"]


def store(world: World) -> str:
    return world.stores["豫园店"]


def manager(world: World, at: str | None = None) -> Actor:
    """Somebody who manages a store."""
    person = world.hire(f"店长{len(world.people)}")
    return Actor.person(person, new_id(), [("store_manager", at or store(world))], now=world.clock())


def plan(world: World, *templates: str, day: date = MONDAY, person: str | None = None, **more: Any) -> PlanDay:
    shifts = [PlannedShift(template=one) for one in templates]
    return PlanDay(person_id=person or li(world), day=day.isoformat(), shifts=shifts, **more)


def test_a_company_that_plans_nothing_has_no_duties(world: World) -> None:
    assert due(world, li(world)) is None and world.rows(sa.select(Duty)) == []
    assert keep_duties(world.db, NOON, SECRET, None, TODAY) == 0


def test_the_patterns_of_person_store_and_home_count_in_this_order(world: World) -> None:
    follow(world, "office", unit=COMPANY_ID)
    assert worked(world, li(world)) == "day"
    follow(world, "counter", unit=store(world))
    assert worked(world, li(world)) == "early" and worked(world, li(world), TOMORROW) == "early"
    follow(world, "three-shift", person=li(world))
    assert worked(world, li(world)) == "late", "9,818 days after 3 January 2000, the third of a cycle of eight"
    follow(world, None, person=li(world), from_day=TOMORROW.isoformat())
    assert worked(world, li(world)) == "late" and worked(world, li(world), TOMORROW) is None
    assert worked(world, world.people["陈思远"]) == "day", "who is at home follows the company"


def test_duties_are_there_two_weeks_ahead_and_back_to_where_the_pattern_began(world: World) -> None:
    follow(world, "counter", unit=store(world), from_day="2026-10-12")
    days = [row.day for row in world.rows(sa.select(Duty).order_by(Duty.day))]
    assert days[0] == date(2026, 11, 1), "before that they were not posted there"
    assert days[-1] == TODAY + timedelta(days=14) and len(days) == 34
    follow(world, "office", unit=COMPANY_ID, from_day="2026-11-02")
    assert worked(world, world.people["陈思远"], TODAY) == "day"
    world.clock.pass_(hours=24)
    assert keep_duties(world.db, world.clock(), SECRET, None, TODAY) == len(world.people)
    assert worked(world, li(world), TODAY + timedelta(days=15)) is not None
    assert keep_duties(world.db, world.clock(), SECRET, None, TODAY) == 0, "a second look changes nothing"


def test_a_day_may_be_planned_otherwise_and_given_back_to_the_pattern(world: World) -> None:
    follow(world, "counter", unit=store(world))
    world.must(plan(world, "late"))
    assert worked(world, li(world), MONDAY) == "late"
    world.must(plan(world))
    duty = due(world, li(world), MONDAY)
    assert duty is not None and (duty.windows, duty.source) == ([], "planned")
    world.must(plan(world, by_pattern=True))
    assert worked(world, li(world), MONDAY) == "early" and world.rows(sa.select(PlannedDay)) == []


def test_a_day_in_two_stores_has_each_window_by_its_own_clock(world: World) -> None:
    berlin = world.open_store("柏林店", zone="Europe/Berlin")
    shifts = [PlannedShift(template="split", windows=[Window(starts_min=540, ends_min=720)]),
              PlannedShift(template="early", store_id=berlin, windows=[Window(starts_min=840, ends_min=1080)])]  # fmt: skip
    world.must(PlanDay(person_id=li(world), day=MONDAY.isoformat(), shifts=shifts))
    duty = due(world, li(world), MONDAY)
    assert duty is not None
    first, second = duty.windows
    shown = [datetime.fromtimestamp(first.starts_ms / 1000, ZoneInfo("Asia/Shanghai")).strftime("%H:%M"),
             datetime.fromtimestamp(second.starts_ms / 1000, ZoneInfo("Europe/Berlin")).strftime("%H:%M")]  # fmt: skip
    assert shown == ["09:00", "14:00"] and (first.store_id, second.store_id) == (store(world), berlin)


@pytest.mark.parametrize(
    ("refused", "shifts", "more"),
    [
        ("shifts.template_unknown", [{"template": "dusk"}], {}),
        ("shifts.windows_overlap", [{"template": "early"}, {"template": "late"}], {}),
        ("shifts.ends_before_start", [{"template": "early", "windows": [{"starts_min": 600, "ends_min": 540}]}], {}),
        ("shifts.core_outside", [{"template": "flex", "windows": [{"starts_min": 660, "ends_min": 1260}]}], {}),
        ("shifts.one_window",
         [{"template": "day", "windows": [{"starts_min": 0, "ends_min": 60}, {"starts_min": 90, "ends_min": 120}]}], {}),
        ("shifts.pattern_or_shifts", [{"template": "early"}], {"by_pattern": True}),
        ("shifts.not_there_then", [{"template": "early"}], {"day": "2019-05-01"}),
        ("shifts.no_such_day", [{"template": "early"}], {"day": "2026-02-30"}),
        ("stores.unknown", [{"template": "early", "store_id": new_id()}], {}),
        ("people.unknown", [{"template": "early"}], {"person_id": new_id()}),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_worked_is_refused(
    world: World, refused: str, shifts: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    planned = []
    for shift in shifts:
        windows = [Window(**window) for window in shift.get("windows", [])]
        planned.append(PlannedShift(template=shift["template"], store_id=shift.get("store_id"), windows=windows))
    values = {"person_id": li(world), "day": MONDAY.isoformat(), **more}
    assert world.refusal(PlanDay(shifts=planned, **values)) == refused
    assert world.rows(sa.select(PlannedDay)) == []


def test_a_store_manager_plans_her_own_people_only(world: World) -> None:
    other = world.open_store("南京路店")
    hers, theirs = manager(world), manager(world, other)
    assert world.refusal(plan(world, "late"), hers) is None
    assert world.refusal(plan(world, "early"), theirs) in ("access.out_of_scope", "people.unknown")
    elsewhere = PlanDay(person_id=li(world), day=MONDAY.isoformat(), shifts=[PlannedShift(template="early", store_id=other)])
    assert world.refusal(elsewhere, hers) in ("access.out_of_scope", "stores.unknown"), "another store is not hers to plan for"
    assert worked(world, li(world), MONDAY) == "late"
    world.must(EndPosting(posting_id=POSTED[li(world)], ends_on=MONDAY.isoformat(), reason="r"))
    assert world.refusal(plan(world, "early"), hers) == "access.out_of_scope", "from Monday on he is not hers"
    pattern = AssignPattern(assignment_id=new_id(), unit_id=store(world), pattern="counter", from_day=TODAY.isoformat())
    assert world.refusal(pattern, hers) == "access.not_allowed"


def test_what_somebody_is_due_follows_their_postings(world: World) -> None:
    follow(world, "counter", unit=store(world))
    follow(world, "office", unit=COMPANY_ID)
    ended = EndPosting(posting_id=POSTED[li(world)], ends_on=MONDAY.isoformat(), reason="r")
    world.must(ended)
    assert worked(world, li(world)) == "early" and worked(world, li(world), MONDAY) == "day"
    world.must(LetGo(person_id=li(world), reason="r"))
    assert worked(world, li(world)) is not None and worked(world, li(world), MONDAY) is None, "who has left is due nowhere"


def test_what_somebody_is_due_follows_home_the_tree_the_calendar_and_the_clock(world: World) -> None:
    region, kitchen = new_id(), new_id()
    for unit, kind in ((region, "region"), (kitchen, "department")):
        world.must(AddUnit(unit_id=unit, kind=kind, name=kind, parent_id=COMPANY_ID, from_day="2026-01-01"))  # type: ignore[arg-type]
        follow(world, "counter" if unit == kitchen else "three-shift", unit=unit)
    follow(world, "office", unit=COMPANY_ID)
    chen = world.people["陈思远"]
    world.must(MoveHome(move_id=new_id(), person_id=chen, unit_id=kitchen, from_day=TOMORROW.isoformat(), reason="r"))
    assert (worked(world, chen), worked(world, chen, TOMORROW)) == ("day", "early")
    world.must(ChangeUnit(unit_id=store(world), from_day=MONDAY.isoformat(), parent_id=region))
    assert (worked(world, li(world), TODAY), worked(world, li(world), MONDAY)) == ("day", "night")
    assert worked(world, world.hire("王芳", home_org="department")) == "early", "who is hired is due from the first day"
    friday = TODAY + timedelta(days=7)
    assert worked(world, li(world), friday) == "early"
    follow(world, "office", unit=store(world), from_day=friday.isoformat())
    world.must(SetCalendarDay(day=friday.isoformat(), kind="holiday", name="店庆"))
    duty = due(world, li(world), friday)
    assert duty is not None and (duty.windows, duty.day_kind, duty.holiday_zh) == ([], "holiday", "店庆")
    world.must(SetCalendarDay(day=friday.isoformat(), kind=None))
    before = due(world, li(world), friday)
    world.must(ChangeStore(store_id=store(world), zone="Asia/Tokyo"))
    after = due(world, li(world), friday)
    assert before is not None and after is not None and after.zone == "Asia/Tokyo"
    assert before.windows[0].starts_ms - after.windows[0].starts_ms == 3_600_000


def test_a_plan_that_does_not_follow_a_posting_is_found(world: World) -> None:
    """The control: a reaction that forgets to look."""
    follow(world, "counter", unit=store(world))
    other = world.open_store("南京路店")
    follow(world, "office", unit=other)
    with instead(reactions, "follow", lambda *_given, **_more: None):
        world.must(EndPosting(posting_id=POSTED[li(world)], ends_on=MONDAY.isoformat(), reason="r"))
    assert worked(world, li(world), MONDAY) == "early", "planted: he is still due where he is not posted any more"
    assert keep_duties(world.db, world.clock(), SECRET, None, TODAY) == 1, "the daily chore mends it"
    assert worked(world, li(world), MONDAY) is None


def test_old_days_keep_the_version_they_were_worked_by(world: World) -> None:
    follow(world, "counter", unit=store(world))
    later = DefineTemplate(template_id=new_id(), code="early", name_zh="早班", name_en="Early", from_day=MONDAY.isoformat(),
                           kind="fixed", windows=[Window(starts_min=420, ends_min=900)], grace_min=10)  # fmt: skip
    world.must(later)
    today, monday = due(world, li(world)), due(world, li(world), MONDAY)
    assert today is not None and monday is not None
    assert (monday.windows[0].starts_ms - today.windows[0].starts_ms) // 60_000 == 3 * 1440 - 60
    assert (today.windows[0].grace_min, monday.windows[0].grace_min) == (None, 10)
    again = DefineTemplate(template_id=new_id(), code="early", name_zh="早班", name_en="Early", from_day=MONDAY.isoformat(),
                           kind="fixed", windows=[Window(starts_min=400, ends_min=900)])  # fmt: skip
    world.clock.pass_(days=4)  # its first day is over
    assert world.refusal(again) == "operation.already_exists", "a version is never changed; the next day may have another"
    assert len(world.rows(sa.select(ShiftTemplate).where(ShiftTemplate.code == "early"))) == 2


def _pattern(**more: Any) -> DefinePattern:
    values = {"code": "mine", "from_day": "2026-11-01", "starts_on": "2026-11-02", "cycle": ["day", ""], **more}
    return DefinePattern(pattern_id=new_id(), name_zh="我的", name_en="Mine", **values)


def test_patterns_and_those_who_follow_them_are_looked_at_closely(world: World) -> None:
    assert world.refusal(_pattern(cycle=["day", "dusk"])) == "shifts.template_unknown"
    assert world.refusal(_pattern(cycle=["", ""])) == "shifts.nothing_worked"
    assert world.refusal(_pattern(starts_on="2026-02-30")) == "shifts.no_such_day"
    assert world.refusal(_pattern()) is None and world.refusal(_pattern()) == "operation.already_exists"

    def assigned(**more: Any) -> str | None:
        values = {"person_id": li(world), "pattern": "mine", "from_day": TODAY.isoformat(), **more}
        return world.refusal(AssignPattern(assignment_id=new_id(), **values))

    assert assigned(unit_id=store(world)) == assigned(person_id=None) == "shifts.person_or_unit"
    assert assigned(person_id=new_id()) == "people.unknown"
    assert assigned(person_id=None, unit_id=new_id()) == "org.unit_unknown"
    assert assigned(pattern="yours") == assigned(from_day="2026-10-31") == "shifts.pattern_unknown"
    assert assigned(until=TODAY.isoformat()) == "shifts.ends_before_start"
    assert assigned(shifted_by=2) == "shifts.beyond_cycle"
    assert world.rows(sa.select(PatternAssignment)) == []
    assert assigned(shifted_by=1, until=TOMORROW.isoformat()) is None


def test_too_many_to_wait_for_are_left_to_the_worker(world: World) -> None:
    with instead(following, "AT_ONCE", 10):
        follow(world, "counter", unit=store(world))
    assert due(world, li(world)) is None, "nobody waits for a company to be computed"
    run_due(SimpleNamespace(db=world.db, clock=world.clock, settings=world.settings))
    assert worked(world, li(world)) == "early"


def _feed(world: World) -> dict[str, int]:
    """Where the feed has each duty."""
    c = table_of(SyncChange).c
    with world.db.snapshot() as connection:
        return {row.pk: row.pos for row in connection.execute(sa.select(c.pk, c.pos).where(c.entity == "duty"))}


def test_only_what_changed_is_written_and_told_to_devices(world: World) -> None:
    follow(world, "counter", unit=store(world))
    world.hire("王芳")
    bodies = {row.id: row.body for row in world.rows(sa.select(Duty))}
    before = _feed(world)
    world.must(plan(world, "late", day=TOMORROW))
    changed = {row.id for row in world.rows(sa.select(Duty)) if bodies[row.id] != row.body}
    moved = {pk for pk, pos in _feed(world).items() if before.get(pk) != pos}
    assert len(changed) == 1 and moved == changed
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        assert refresh_duties(session, None, TODAY, TODAY + timedelta(days=14)) is None


def test_a_duty_computed_without_the_person_it_is_of_is_found(world: World) -> None:
    """The control: a planner that knows no single words."""
    follow(world, "counter", unit=store(world))
    follow(world, "office", person=li(world))
    real = planner.load_said

    def without_people(session: Any, person_ids: Any = None) -> Any:
        said = real(session, person_ids)
        said.people.clear()
        return said

    with instead(planner, "load_said", without_people):
        keep_duties(world.db, world.clock(), SECRET, None, TODAY)
    assert worked(world, li(world)) == "early", "planted: the store's word before the person's"
    keep_duties(world.db, world.clock(), SECRET, None, TODAY)
    assert worked(world, li(world)) == "day"

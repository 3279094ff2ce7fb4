"""Derived days over the real database: what marks them, what writes them, what they are when devices are silent or late."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from contract.org import ChangeUnit
from server.attendance.correction_model import PunchCorrection
from server.attendance.facts_of_days import counted_facts, minute_facts
from server.attendance.model import Punch
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.events import REACTIONS
from server.kernel.feed import SyncChange
from server.kernel.perform import DeviceFacts, writing
from server.sync.projections import bodies
from server.timesheets import gathering, marking, recompute
from server.timesheets.events import DaysChanged
from server.timesheets.model import DirtyDay
from server.timesheets.turning import leave_devices
from tests.server.hours_world import HoursWorld, at_work, moment
from tests.server.world import SECRET, World
from tests.support.planted import instead

DAY, NEXT = "2026-11-20", "2026-11-21"  # a Friday


def test_a_punch_becomes_a_day_in_the_round_after_it_entered_the_log(quick: HoursWorld) -> None:
    quick.shift("李伟", DAY, ("09:00", "18:00"))
    quick.at(f"{DAY} 09:10")
    quick.punch("李伟", "in", f"{DAY} 09:07")
    quick.round()
    running = quick.day("李伟", DAY)
    assert running is not None and (running.state, running.late_min, running.worked_min) == ("late", 7, 0)
    quick.at(f"{DAY} 18:05")
    quick.punch("李伟", "out", f"{DAY} 18:02")
    quick.round()
    done = quick.day("李伟", DAY)
    assert done is not None and (done.worked_min, done.revision) == (533, 2)


def test_computing_again_changes_nothing_and_marks_are_gone(hours: HoursWorld) -> None:
    for name in ("李伟", "王芳"):
        hours.full_day(name)
    hours.at(f"{NEXT} 12:00")
    hours.round()
    before = hours.days()
    with writing(hours.world.db, Actor.system(), op_id=new_id(), now=hours.world.clock()) as session:
        marking.mark_stretch(session, None, date(2026, 11, 1), None)
    again = hours.round()
    assert (again.computed, again.changed) == (2, 0) and hours.days() == before
    assert hours.world.rows(sa.select(DirtyDay)) == []


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_the_order_in_which_two_devices_sync_makes_no_difference(quick: HoursWorld, order: tuple[int, ...]) -> None:
    quick.shift("李伟", DAY, ("09:00", "18:00"))
    quick.at(f"{NEXT} 12:00")
    facts = [("in", "09:12"), ("out", "12:00"), ("in", "12:58"), ("out", "18:01")]
    for number in order:
        kind, text = facts[number]
        quick.punch("李伟", kind, f"{DAY} {text}", received=f"{NEXT} 08:00")
        quick.round()
    found = quick.day("李伟", DAY)
    assert found is not None
    assert (found.state, found.worked_min, found.late_min, found.flags) == ("late", 470, 12, ["late", "synced_later"])


def test_a_late_punch_computes_its_own_day_and_the_days_beside_it_only(hours: HoursWorld) -> None:
    days = [f"2026-11-{n:02}" for n in range(10, 14)]
    hours.at("2026-11-19 12:00")
    for name in ("李伟", "王芳"):
        for day in days:
            hours.full_day(name, day)
    hours.round()
    before = {(row.person_id, row.day): row for row in hours.days()}
    hours.punch("李伟", "in", "2026-11-12 19:00", received="2026-11-19 12:00")
    hours.punch("李伟", "out", "2026-11-12 21:00", received="2026-11-19 12:00")
    late = hours.round()
    after = {(row.person_id, row.day): row for row in hours.days()}
    assert (late.people, late.computed, late.changed) == (1, 3, 1)
    assert [key for key in after if after[key] != before.get(key)] == [(hours.id("李伟"), "2026-11-12")]


def test_a_mark_that_forgets_the_night_before_is_found(quick: HoursWorld) -> None:
    """The control: the "out" of a night shift lies on the next business date."""
    quick.shift("李伟", DAY, ("22:00", "+06:00"))
    quick.punch("李伟", "in", f"{DAY} 21:58")
    quick.at(f"{NEXT} 06:30")
    quick.round()
    with instead(marking, "around", lambda *days: set(days)):
        quick.punch("李伟", "out", f"{NEXT} 06:02")
        quick.round()
    forgot = quick.day("李伟", DAY)
    quick.punch("李伟", "out", f"{NEXT} 06:03")
    quick.round()
    right = quick.day("李伟", DAY)
    assert forgot is not None and forgot.worked_min == 0
    assert right is not None and (right.state, right.worked_min) == ("present", 480)


def test_field_8_a_tablet_offline_since_before_ten_leaves_the_day_unknown_and_never_absent(hours: HoursWorld) -> None:
    hours.shift("李伟", DAY, ("09:00", "18:00"))
    hours.device(hours.store, heard=f"{DAY} 09:12", kind="kiosk")
    hours.at(f"{NEXT} 09:00")
    hours.round()
    silent = hours.day("李伟", DAY)
    assert silent is not None and (silent.state, silent.missing_min) == ("unknown", 0)
    assert silent.silent_since_ms == int(moment(f"{DAY} 09:12").timestamp() * 1000)
    assert hours.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-09")) == []
    hours.device(hours.store, heard=f"{NEXT} 08:00", kind="kiosk")
    hours.round()
    heard = hours.day("李伟", DAY)
    assert heard is not None and (heard.state, heard.missing_min) == ("absent", 540)


def test_field_8_what_the_silent_tablet_held_makes_the_day_present_and_says_that_it_came_later(quick: HoursWorld) -> None:
    quick.shift("李伟", DAY, ("09:00", "18:00"))
    quick.device(quick.store, heard=f"{DAY} 08:12", kind="kiosk")
    quick.at(f"{NEXT} 09:00")
    quick.round()
    quick.device(quick.store, heard=f"{NEXT} 09:00", kind="kiosk")
    quick.devices["李伟"] = quick.devices[quick.store]
    quick.punch("李伟", "in", f"{DAY} 08:50", received=f"{NEXT} 09:00")
    quick.punch("李伟", "out", f"{DAY} 18:00", received=f"{NEXT} 09:00")
    quick.round()
    found = quick.day("李伟", DAY)
    assert found is not None and (found.state, found.worked_min, found.flags) == ("present", 540, ["synced_later"])


def test_taking_silence_for_absence_is_found(quick: HoursWorld) -> None:
    """The control: whoever forgets to ask the devices says absent."""
    quick.shift("李伟", DAY, ("09:00", "18:00"))
    quick.device(quick.store, heard=f"{DAY} 08:12", kind="kiosk")
    quick.at(f"{NEXT} 09:00")
    with instead(gathering, "silent_since", lambda devices, until: None):
        quick.round()
    found = quick.day("李伟", DAY)
    assert found is not None and found.state == "absent"


def test_field_10_weekly_overtime_is_the_same_however_often_it_is_computed(quick: HoursWorld) -> None:
    for n in range(9, 15):  # six days of ten hours, the last one a Saturday that was off
        day = f"2026-11-{n:02}"
        if n < 14:
            quick.shift("李伟", day, ("09:00", "17:00"))
        else:
            quick.shift("李伟", day, day_kind="weekend")
        quick.punch("李伟", "in", f"{day} 09:00")
        quick.punch("李伟", "out", f"{day} 19:00")
    quick.at("2026-11-16 12:00")

    def overtime() -> Counter[str]:
        found: Counter[str] = Counter()
        for row in quick.days(["李伟"]):
            found.update(normal=row.overtime_normal_min, weekend=row.overtime_weekend_min, worked=row.worked_min)
        return found

    quick.round()
    first = overtime()
    for _ in range(3):
        with writing(quick.world.db, Actor.system(), op_id=new_id(), now=quick.world.clock()) as session:
            marking.mark_stretch(session, None, date(2026, 11, 1), None)
        assert quick.round().changed == 0
    assert overtime() == first == Counter(normal=5 * 120, weekend=600, worked=3_600)


def test_a_store_of_eight_with_two_late_and_one_on_leave_sums_to_eight(quick: HoursWorld) -> None:
    names = [f"员工{n}" for n in range(6)]
    quick.people(*names)
    eight = ["李伟", "王芳", *names]
    quick.leave("员工5", DAY)
    for n, name in enumerate(eight):
        quick.shift(name, DAY, ("09:00", "18:00"))
        if name != "员工5":
            quick.punch(name, "in", f"{DAY} 09:0{5 if n < 2 else 0}")
    quick.at(f"{DAY} 09:30")
    quick.round()
    found = [quick.day(name, DAY) for name in eight]
    states = Counter(row.state for row in found if row is not None)
    assert states == Counter(present=5, late=2, leave=1) and sum(states.values()) == 8
    assert [row is not None and row.state for row in found][:2] == ["late", "late"]


def test_a_forgotten_clock_out_is_assumed_until_a_correction_stands_for_it(quick: HoursWorld) -> None:
    quick.shift("李伟", DAY, ("09:00", "18:00"))
    quick.punch("李伟", "in", f"{DAY} 09:00")
    quick.device("李伟", heard=f"{NEXT} 11:00")
    quick.at(f"{NEXT} 12:00")
    quick.round()
    assumed = quick.day("李伟", DAY)
    assert assumed is not None and "assumed_out" in assumed.flags and assumed.worked_min == 540
    with writing(quick.world.db, Actor.system(), op_id=new_id(), now=quick.world.clock()) as session:
        session.add(
            PunchCorrection(
                id=new_id(), person_id=quick.id("李伟"), store_id=quick.world.stores[quick.store], kind="out",
                at=moment(f"{DAY} 16:00"), business_date=date(2026, 11, 20), source="vouch", replaces=None, request_id=None,
                made_by=quick.id("王芳"), made_at=quick.world.clock(), reason="saw her leave", withdrawn_at=None,
                withdrawn_by=None, withdrawn_because=None,
            )
        )  # fmt: skip
    quick.round()
    corrected = quick.day("李伟", DAY)
    assert corrected is not None and (corrected.state, corrected.worked_min) == ("early", 420)
    assert "corrected" in corrected.flags and "assumed_out" not in corrected.flags


def test_a_decision_that_moves_a_punch_to_another_day_clears_the_day_it_was_on(quick: HoursWorld) -> None:
    quick.at(f"{NEXT} 12:00")
    punch = quick.punch("李伟", "in", f"{DAY} 09:00")
    quick.round()
    assert quick.day("李伟", DAY) is not None
    with writing(quick.world.db, Actor.system(), op_id=new_id(), now=quick.world.clock()) as session:
        row = session.get_one(Punch, punch)
        row.state, row.decided_at, row.decided_taken_at = "corrected", quick.world.clock(), moment("2026-11-17 09:00")
    quick.round()
    assert quick.day("李伟", DAY) is None and quick.day("李伟", "2026-11-17") is not None


def test_who_came_late_and_their_manager_are_told_once_whatever_runs_twice(hours: HoursWorld) -> None:
    store_id = hours.world.stores[hours.store]
    hours.world.must(ChangeUnit(unit_id=store_id, from_day="2026-11-19", manager_id=hours.id("王芳")))
    hours.shift("李伟", DAY, ("09:00", "18:00"))
    hours.at(f"{DAY} 09:20")
    hours.punch("李伟", "in", f"{DAY} 09:15")
    hours.round()
    hours.at(f"{DAY} 17:10")
    hours.punch("李伟", "out", f"{DAY} 17:00")
    hours.round()
    hours.at(f"{DAY} 19:00")
    hours.round()
    items = hours.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-09"))
    assert sorted(item.receiver_id for item in items) == sorted([hours.id("李伟"), hours.id("王芳")])
    assert {item.facts["what_en"] for item in items} == {"15 min late"}


def test_days_go_to_their_own_persons_phone_with_the_working(hours: HoursWorld) -> None:
    hours.full_day("李伟")
    hours.at(f"{NEXT} 12:00")
    hours.round()
    row = hours.day("李伟", DAY)
    assert row is not None
    changes = hours.world.rows(sa.select(SyncChange).where(SyncChange.entity == "day"))
    assert {(change.scope, change.pk) for change in changes} == {(f"private:{hours.id('李伟')}", row.id)}
    phone = DeviceFacts("d", "phone", hours.id("李伟"), None, "h", None)
    with hours.world.db.snapshot() as connection:
        sent = bodies(connection, {"day": {row.id}}, phone)
    assert b'"worked_min":540' in sent["day", row.id] and b'"steps":[' in sent["day", row.id]


def test_a_day_that_has_grown_old_leaves_the_phone_and_stays_here(quick: HoursWorld) -> None:
    quick.full_day("李伟")
    quick.at(f"{NEXT} 12:00")
    quick.round()
    quick.at("2027-02-21 12:00")
    assert leave_devices(quick.world.db, quick.world.clock()) == 1
    [change] = quick.world.rows(sa.select(SyncChange).where(SyncChange.entity == "day"))
    assert change.gone and quick.day("李伟", DAY) is not None


def test_a_follower_that_fails_leaves_rows_and_marks_as_they_were_and_holds_up_nobody_else(quick: HoursWorld) -> None:
    for name in ("李伟", "王芳"):
        quick.full_day(name)
    quick.at(f"{NEXT} 12:00")

    def refuses(work: object, event: DaysChanged) -> None:
        if event.person_id == quick.id("李伟"):
            raise RuntimeError("planted")

    REACTIONS.setdefault(DaysChanged, []).append(refuses)
    try:
        quick.round()
    finally:
        REACTIONS[DaysChanged].remove(refuses)
    assert quick.day("李伟", DAY) is None and quick.day("王芳", DAY) is not None
    assert {mark.person_id for mark in quick.world.rows(sa.select(DirtyDay))} == {quick.id("李伟")}
    quick.at(f"{NEXT} 12:06")
    quick.round()
    assert quick.day("李伟", DAY) is not None


def test_the_oldest_marks_come_first_and_those_that_wait_for_later_do_not(hours: HoursWorld) -> None:
    now = hours.at(f"{NEXT} 12:00")
    early, late, waiting = (hours.id(name) for name in ("王芳", "李伟", "陈思远"))
    with writing(hours.world.db, Actor.system(), op_id=new_id(), now=now) as session:
        for person_id, minutes in ((late, 0), (early, -60), (late, 0), (waiting, 60)):
            due_at = now + timedelta(minutes=minutes)
            marking.mark_days(session.connection(), [(person_id, date.fromisoformat(DAY))], due_at=due_at)
        with instead(recompute, "PEOPLE_AT_ONCE", 1):
            first = session.connection().execute(recompute.due_people(now)).scalars().all()
        assert list(first) == [early]
        assert list(session.connection().execute(recompute.due_people(now)).scalars()) == [early, late]


def test_minutes_of_facts_are_those_of_the_instants_floored(hours: HoursWorld) -> None:
    hours.punch("李伟", "in", f"{DAY} 09:00")
    hours.punch("李伟", "out", f"{DAY} 18:00", received=f"{NEXT} 07:59", state="rejected")
    edges = [moment(f"{DAY} 18:30") + timedelta(microseconds=n) for n in (-1, 0, 59_999_999, 60_000_000)]
    for n, edge in enumerate(edges):
        hours.punch("李伟", "out", f"{DAY} 19:0{n}", decided_at=edge, decided_taken_at=edge, decided_kind="out")
    begins = moment(f"{DAY} 00:00")
    with writing(hours.world.db, Actor.system(), op_id=new_id(), now=hours.world.clock()) as session:
        asked = (session, [hours.id("李伟")], begins, begins + timedelta(days=2))
        slow = {(one.id, one.kind, to_ms(one.at) // 60_000, to_ms(one.received_at) // 60_000) for one in counted_facts(*asked)}
        quick = minute_facts(*asked)
    assert len(quick) == 5 and {(one.id, one.kind, one.at_min, one.received_min) for one in quick} == slow
    late = to_ms(moment(f"{DAY} 18:30")) // 60_000
    assert sorted(one.at_min - late for one in quick if one.kind == "out") == [-1, 0, 0, 1]


def test_of_two_workers_at_once_one_computes_a_person_and_the_other_goes_on(postgres_world: World) -> None:
    hours = at_work(postgres_world)
    for name in ("李伟", "王芳"):
        hours.full_day(name)
    hours.at(f"{NEXT} 12:00")
    with instead(recompute, "step", lambda *given: recompute.Done()):
        hours.round()  # only entered and marked
    with writing(hours.world.db, Actor.system(), op_id=new_id(), now=hours.world.clock()) as session:
        assert recompute._locked(session, hours.world.clock(), [hours.id("李伟")]) == [hours.id("李伟")]
        other = recompute.step(hours.world.db, hours.world.clock(), SECRET)
        assert other.people == 1 and hours.day("王芳", DAY) is not None and hours.day("李伟", DAY) is None
    assert recompute.step(hours.world.db, hours.world.clock(), SECRET).people == 1
    assert {row.revision for row in hours.days()} == {1} and len(hours.days()) == 2


def test_leave_by_the_day_covers_a_night_shift_whole_and_leaves_the_night_before_alone(quick: HoursWorld) -> None:
    quick.shift("李伟", "2026-11-19", ("22:00", "+06:00"))
    quick.shift("李伟", DAY, ("22:00", "+06:00"))
    quick.punch("李伟", "in", "2026-11-19 22:00")
    quick.punch("李伟", "out", f"{DAY} 06:00")
    quick.leave("李伟", DAY)
    quick.at("2026-11-22 12:00")
    quick.round()
    night, away = quick.day("李伟", "2026-11-19"), quick.day("李伟", DAY)
    assert night is not None and (night.state, night.worked_min, night.leave_min) == ("present", 480, 0)
    assert away is not None and (away.state, away.leave_min, away.missing_min) == ("leave", 480, 0)

"""Derived days as they are read, simulated and closed."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from contract.hours import DayRow, SimulateRules
from contract.ids import new_id
from contract.shifts import WorkRules
from server.attendance.model import Punch
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.perform import writing
from server.kernel.problems import Problem
from server.org.model import COMPANY_ID
from server.timesheets import gathering, recompute
from server.timesheets.closing_model import MonthClosing
from server.timesheets.gathering import gather
from server.timesheets.model import LateChange, WorkDay
from server.timesheets.simulation import simulate
from tests.server.hours_world import HoursWorld, moment
from tests.support.planted import instead

DAY, NEXT = "2026-11-20", "2026-11-21"  # a Friday


def test_without_any_plan_there_are_hours_and_nothing_else(quick: HoursWorld) -> None:
    quick.punch("李伟", "in", f"{DAY} 09:40")
    quick.punch("李伟", "out", f"{DAY} 17:40")
    quick.at(f"{NEXT} 12:00")
    quick.round()
    [row] = quick.days()
    assert (row.state, row.worked_min, row.flags, row.late_min) == ("unplanned", 480, [], 0)
    assert row.store_id == quick.world.stores[quick.store]


def test_a_simulation_says_whom_less_grace_makes_late_and_writes_nothing(quick: HoursWorld) -> None:
    names = [f"员工{n}" for n in range(4)]
    quick.people(*names)
    for n, name in enumerate(names):
        quick.full_day(name, came=f"09:0{n + 2}")  # 2, 3, 4 and 5 minutes after nine
    quick.at(f"{NEXT} 12:00")
    quick.round()
    before = quick.days()
    found = {}
    with quick.world.looking() as session:
        for grace in (0, 3, 5):
            asked = SimulateRules(rules="standard", body=WorkRules(grace_in_min=grace), from_day="2026-11-01", to_day=DAY)
            found[grace] = simulate(session, asked, quick.world.clock())
        nowhere = SimulateRules(rules="x", body=WorkRules(), unit_id=new_id(), from_day=DAY, to_day=DAY)
        with pytest.raises(Problem, match=r"access\.out_of_scope"):
            simulate(session, nowhere, quick.world.clock())
    assert [found[grace].days_changed for grace in (0, 3, 5)] == [0, 2, 4]
    assert [found[grace].late_less for grace in (0, 3, 5)] == [0, 2, 4]
    assert (found[3].people_looked_at, found[3].days_looked_at) == (4, 4)
    assert [one.after.times_late for one in found[3].changed] == [0, 0]
    assert quick.days() == before


def test_who_reads_whose_days(quick: HoursWorld) -> None:
    other = quick.world.open_store("徐汇店")
    quick.full_day("李伟")
    quick.full_day("王芳")
    quick.at(f"{NEXT} 12:00")
    quick.round()
    own = quick.world.account(quick.id("李伟"), "li", "employee")
    here = quick.world.account(quick.id("王芳"), "wang", "store_manager", quick.world.stores[quick.store])
    elsewhere = Actor.person(new_id(), new_id(), [("store_manager", other)])

    def seen(who: Actor) -> list[str]:
        with quick.world.looking(who) as session:
            return sorted(session.scalars(sa.select(WorkDay.person_id)))

    both = sorted([quick.id("李伟"), quick.id("王芳")])
    assert (seen(own), seen(here), seen(elsewhere), seen(quick.world.admin)) == ([quick.id("李伟")], both, [], both)


def test_pages_of_days_neither_repeat_nor_skip_and_their_sums_are_those_of_the_table(hours: HoursWorld) -> None:
    for name in ("李伟", "王芳"):
        for day in ("2026-11-17", "2026-11-18", DAY):
            hours.full_day(name, day, came="09:03")
    hours.at(f"{NEXT} 12:00")
    hours.round()
    client = hours.world.client("chen")
    asked = {"from_day": "2026-11-16", "to_day": NEXT}
    items, cursor = [], None
    while True:
        page = client.get("/api/v1/days", **asked, limit=4, **({"cursor": cursor} if cursor else {})).json
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(items) == 6 == len({item["id"] for item in items})
    sums = client.get("/api/v1/days/sums", **asked, limit=1).json
    c = table_of(WorkDay).c
    with hours.world.db.snapshot() as connection:
        worked, missing = connection.execute(sa.select(sa.func.sum(c.worked_min), sa.func.sum(c.missing_min))).one()
    assert (sums["total"]["worked_min"], sums["total"]["missing_min"]) == (worked, missing) == (6 * 537, 6 * 3)
    assert [(one["name"], one["times_late"], one["worked_min"]) for one in sums["items"]] == [("李伟", 3, 3 * 537)]
    assert client.get("/api/v1/days", from_day="2026-01-01", to_day="2026-11-01").json["code"] == "wire.out_of_range"


def _close_november(hours: HoursWorld) -> None:
    with writing(hours.world.db, Actor.system(), op_id=new_id(), now=hours.world.clock()) as session:
        session.add(
            MonthClosing(
                id=new_id(), month="2026-11", unit_id=COMPANY_ID, covers_all=True, from_day=date(2026, 11, 1),
                to_day=date(2026, 11, 30), revision=1, state="closed", people=2, found={}, closed_by=hours.id("王芳"),
                closed_at=hours.world.clock(), reason="paid", asked_by=None, asked_at=None, asked_reason=None, decided_by=None,
                decided_at=None, decided_reason=None,
            )
        )  # fmt: skip


def test_a_fact_that_comes_after_the_month_was_closed_is_a_late_change_and_the_day_stays(quick: HoursWorld) -> None:
    quick.full_day("李伟")
    quick.at("2026-12-02 12:00")
    quick.round()
    closed = quick.day("李伟", DAY)
    _close_november(quick)
    quick.punch("李伟", "in", f"{DAY} 19:00", received="2026-12-02 12:00")
    out = quick.punch("李伟", "out", f"{DAY} 21:00", received="2026-12-02 12:00")
    quick.round()
    [late] = quick.world.rows(sa.select(LateChange))
    assert (late.worked_before, late.worked_after) == (540, 665) and quick.day("李伟", DAY) == closed
    with writing(quick.world.db, Actor.system(), op_id=new_id(), now=quick.world.clock()) as session:
        for punch in session.scalars(sa.select(Punch).where(Punch.taken_at >= moment(f"{DAY} 19:00"))):
            punch.state, punch.decided_at = "rejected", quick.world.clock()
    quick.round()
    assert quick.world.rows(sa.select(LateChange)) == [] and quick.day("李伟", DAY) == closed and out


def test_a_month_that_is_opened_again_takes_in_what_had_come_too_late(quick: HoursWorld) -> None:
    quick.full_day("李伟")
    quick.at("2026-12-02 12:00")
    quick.round()
    _close_november(quick)
    quick.punch("李伟", "in", f"{DAY} 19:00", received="2026-12-02 12:00")
    quick.punch("李伟", "out", f"{DAY} 21:00", received="2026-12-02 12:00")
    quick.round()
    asked = {"asked_by": quick.id("王芳"), "asked_at": quick.world.clock(), "asked_reason": "late punches"}
    decided = {"decided_by": quick.id("李伟"), "decided_at": quick.world.clock(), "decided_reason": "seen"}
    for state, said in (("reopen_asked", asked), ("reopened", decided)):
        with writing(quick.world.db, Actor.system(), op_id=new_id(), now=quick.world.clock()) as session:
            closing = session.scalars(sa.select(MonthClosing)).one()
            closing.state = state
            for name, value in said.items():
                setattr(closing, name, value)
    quick.round()
    found = quick.day("李伟", DAY)
    assert found is not None and (found.worked_min, found.revision) == (665, 2)
    assert quick.world.rows(sa.select(LateChange)) == []


def test_a_round_that_does_not_ask_what_is_closed_is_refused_by_the_database_and_finds_no_late_change(quick: HoursWorld) -> None:
    """The control, and the month that is closed between asking and writing: the next round asks again."""
    quick.full_day("李伟")
    quick.at("2026-12-02 12:00")
    quick.round()
    closed = quick.day("李伟", DAY)
    _close_november(quick)
    with instead(recompute, "is_any_closed", lambda session, pairs: set()):
        quick.punch("李伟", "in", f"{DAY} 19:00", received="2026-12-02 12:00")
        quick.punch("李伟", "out", f"{DAY} 21:00", received="2026-12-02 12:00")
        quick.round()
    assert quick.day("李伟", DAY) == closed and quick.world.rows(sa.select(LateChange)) == []
    quick.at("2026-12-02 12:06")
    quick.round()
    assert len(quick.world.rows(sa.select(LateChange))) == 1


def _tangle(quick: HoursWorld) -> list[str]:
    """People with day shifts, night shifts, two windows, days off and none, who punch as it comes."""
    chance, names = random.Random(3), ["员工1", "员工2", "员工3"]
    quick.people(*names)
    quick.at("2026-12-10 12:00")
    kinds: list[list[tuple[str, str]]] = [
        [("09:00", "18:00")], [("22:00", "+06:00")], [("08:00", "12:00"), ("17:00", "21:00")], [],
    ]  # fmt: skip
    for name in names:
        for n in range(1, 8):
            if chance.random() < 0.8:
                quick.shift(name, f"2026-11-{n:02}", *chance.choice(kinds))
            for minute in chance.sample(range(1_440), chance.randrange(4)):
                quick.punch(name, chance.choice(["in", "out"]), f"2026-11-{n:02} {minute // 60:02}:{minute % 60:02}")
    return [quick.id(name) for name in names]


def _alone_and_together(quick: HoursWorld, people: list[str]) -> tuple[dict[object, DayRow], dict[object, DayRow]]:
    days = [date(2026, 10, 30) + timedelta(days=n) for n in range(14)]
    now = quick.world.clock()
    with quick.world.looking(Actor.system()) as session:
        month = gather(session, people, days[0], days[-1])
        together = {(one, row.day): row.body for one in people for row in month.rows(one, days, now)}
        alone = {
            (one, row.day): row.body
            for one in people
            for day in days
            for row in gather(session, [one], day, day).rows(one, [day], now)
        }
    return alone, together


def test_a_day_that_is_computed_alone_is_the_day_that_its_month_computes(quick: HoursWorld) -> None:
    alone, together = _alone_and_together(quick, _tangle(quick))
    assert len(together) > 15 and alone == together


def test_a_day_that_looks_at_too_little_around_it_is_found(quick: HoursWorld) -> None:
    """The control: without the facts of the days beside it."""
    people = _tangle(quick)
    with instead(gathering, "_MARGIN", timedelta(0)):
        alone, together = _alone_and_together(quick, people)
    assert alone != together

"""Cases: found once however often one looks, grown while open, closed by somebody they are not about, seen by who looks after
the store."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from contract.corrections import CasesQuery, CloseCase, FindCases
from contract.ids import derived_id, new_id
from server.attendance import case_queries, cases
from server.attendance.case_model import CaseFile, CasePerson
from server.attendance.model import Punch
from server.devices.model import CodeUse, Device
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.http import Outpost
from server.kernel.jobs import Job
from server.kernel.perform import writing
from tests.server.world import World
from tests.support.planted import instead

FIRST = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday, nine in Shanghai
SHANGHAI, BEIJING = (312_304_000, 1_214_737_000), (399_087_000, 1_163_975_000)


@functools.cache
def _two_stores() -> World:
    """Made once for this process; every test gets a copy."""
    made = World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-cases-")))
    made.open_store("豫园店")
    made.open_store("前门店", lat=39.9087, lng=116.3975)
    for name in ("李伟", "林静", "王芳", "马经理"):
        made.post(made.hire(name), made.stores["豫园店"])
    made.clock.now = FIRST + timedelta(days=20)
    made.close()
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = _two_stores().again(tmp_path)
    yield made
    made.close()


def server(world: World) -> Outpost:
    return cast(Outpost, SimpleNamespace(db=world.db, clock=world.clock))


def device(world: World, name: str, *, kiosk: str | None = None) -> str:
    device_id = derived_id("test", "device", name)
    if world.row(Device, device_id) is None:
        with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
            session.add(
                Device(
                    id=device_id, kind="kiosk" if kiosk else "phone", label=name, alg="ed25519", public=bytes(32), hardware=name,
                    person_id=None if kiosk else world.people[name], store_id=world.stores[kiosk] if kiosk else None,
                    enrolled_at=FIRST, enrolled_with=new_id(), app="1",
                )
            )  # fmt: skip
    return device_id


def punch(world: World, name: str, at: datetime, kind: str = "in", into: Any = None, **more: Any) -> str:
    """A punch as the server would have stored it. `into`: a session that is open for many."""
    device_id = more.pop("device_id", None) or device(world, name)
    known: dict[str, Any] = {
        "id": new_id(), "person_id": world.people[name], "store_id": world.stores["豫园店"], "device_id": device_id,
        "op_id": new_id(), "hardware": name, "kind": kind, "taken_at": at, "taken_low": at, "taken_high": at, "grade": "exact",
        "received_at": at, "business_date": at.date(), "by_kiosk": False, "place": "no_fix", "score_db": 30, "verdict": "green",
        "reasons": [], "state": "counted", **more,
    }  # fmt: skip
    if into is not None:
        into.add(Punch(**known))
        return str(known["id"])
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.add(Punch(**known))
    return str(known["id"])


def a_pair(world: World, days: int, *, start: int = 0) -> None:
    device(world, "李伟"), device(world, "林静")
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        for day in range(start, start + days):
            for kind, hours in (("in", 0), ("out", 9)):
                at = FIRST + timedelta(days=day, hours=hours, minutes=day * 173 % 25)
                punch(world, "李伟", at, kind, session)
                punch(world, "林静", at + timedelta(seconds=7), kind, session)


def found(world: World) -> list[CaseFile]:
    return world.rows(sa.select(CaseFile).order_by(CaseFile.kind))


def test_a_pair_is_found_once_however_often_one_looks(world: World) -> None:
    a_pair(world, 6)
    assert cases.find_cases(server(world), "2026-11") == 1
    assert cases.find_cases(server(world), "2026-11") == 0
    [case] = found(world)
    assert (case.kind, case.period, case.facts["times"], len(case.punch_ids)) == ("pairs", "2026-11", 12, 24)
    people = world.rows(sa.select(CasePerson.person_id))
    assert set(people) == {world.people["李伟"], world.people["林静"]}


def test_the_same_people_in_another_month_are_another_case(world: World) -> None:
    a_pair(world, 6)
    a_pair(world, 6, start=35)
    assert cases.find_cases(server(world), "2026-11") + cases.find_cases(server(world), "2026-12") == 2
    assert {case.period for case in found(world)} == {"2026-11", "2026-12"}


def test_an_open_case_learns_of_later_punches_and_a_closed_one_stays_as_it_was_decided_on(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    a_pair(world, 2, start=6)
    cases.find_cases(server(world), "2026-11")
    [case] = found(world)
    assert case.facts["times"] == 16
    world.must(CloseCase(case_id=case.id, finding="explained", reason="they live together"))
    a_pair(world, 2, start=8)
    assert cases.find_cases(server(world), "2026-11") == 0
    [case] = found(world)
    assert (case.facts["times"], case.finding, case.closed_by) == (16, "explained", world.people["陈思远"])


def test_a_case_changes_no_punch(world: World) -> None:
    a_pair(world, 6)
    before = [(p.id, p.verdict, p.score_db, p.state) for p in world.rows(sa.select(Punch).order_by(Punch.id))]
    cases.find_cases(server(world), "2026-11")
    world.must(CloseCase(case_id=found(world)[0].id, finding="misused", reason="seen by the manager"))
    assert [(p.id, p.verdict, p.score_db, p.state) for p in world.rows(sa.select(Punch).order_by(Punch.id))] == before


def test_every_kind_of_case_is_found_in_the_database(world: World) -> None:
    a_pair(world, 6)
    tablet = device(world, "tablet", kiosk="前门店")
    for day, name in enumerate(("王芳", "李伟", "王芳")):  # one phone, back and forth
        punch(world, name, FIRST + timedelta(days=day, hours=4), hardware="lent", device_id=device(world, "王芳"))
    for day in range(5):  # the same point each day
        where = {"lat_e7": SHANGHAI[0] + 7, "lng_e7": SHANGHAI[1], "accuracy_dm": 100, "place": "inside"}
        punch(world, "王芳", FIRST + timedelta(days=day, hours=6), **where)
    # on a tablet in Beijing, twenty minutes after a phone in Shanghai
    there = {"by_kiosk": True, "store_id": world.stores["前门店"], "device_id": tablet, "hardware": "tablet"}
    punch(world, "王芳", FIRST + timedelta(days=4, hours=6, minutes=20), "out", **there)
    for day in range(3):  # a good code, three kilometres away
        far = {
            "lat_e7": SHANGHAI[0] + 270_000, "lng_e7": SHANGHAI[1], "accuracy_dm": 200, "place": "outside", "distance_m": 3_000,
            "reasons": [{"code": "evidence.code_fresh", "points_db": 15, "facts": {}}],
        }  # fmt: skip
        punch(world, "马经理", FIRST + timedelta(days=day, hours=7), **far)
    assert cases.find_cases(server(world), "2026-11") == 5
    kinds = {case.kind: case for case in found(world)}
    assert set(kinds) == {"pairs", "one_phone", "same_coordinates", "travel", "code_relay"}
    assert kinds["travel"].facts["distance_km"] > 1_000 and kinds["travel"].store_id == world.stores["前门店"]
    assert kinds["code_relay"].facts["how"] == "far" and kinds["code_relay"].person_id == world.people["马经理"]


def test_a_code_that_always_comes_from_the_same_colleague_is_found(world: World) -> None:
    tablet = device(world, "tablet", kiosk="豫园店")
    for day in range(6):
        for kind, hours in (("in", 0), ("out", 9)):
            at = FIRST + timedelta(days=day, hours=hours, minutes=day * 173 % 25)
            for name, late in (("李伟", 0), ("林静", 40)):
                op_id = new_id()
                punch(world, name, at + timedelta(seconds=late), kind, op_id=op_id)
                with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
                    session.add(
                        CodeUse(
                            id=new_id(),
                            device_id=tablet,
                            step=int(at.timestamp()) // 30,
                            person_id=world.people[name],
                            op_id=op_id,
                        )
                    )
    cases.find_cases(server(world), "2026-11")
    [case] = found(world)
    assert (case.kind, case.facts["how"], case.facts["order"]) == (
        "code_relay", "follows", [world.people["李伟"], world.people["林静"]],
    )  # fmt: skip


# closing


def test_nobody_closes_a_case_about_themselves_and_the_guard_is_what_stops_it(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    [case] = found(world)
    himself = world.account(world.people["林静"], "lin", "store_manager", world.stores["豫园店"])
    closing = CloseCase(case_id=case.id, finding="explained", reason="nothing to see")
    assert world.refusal(closing, himself) == "attendance.own_case"
    with instead(case_queries, "people_of", lambda *_: set()):
        assert world.refusal(closing, himself) is None  # the control: without the guard it goes through


def test_a_case_is_closed_once_with_a_finding_and_a_reason(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    [case] = found(world)
    manager = world.account(world.people["马经理"], "ma", "store_manager", world.stores["豫园店"])
    world.must(CloseCase(case_id=case.id, finding="misused", reason="one held both phones"), manager)
    assert world.refusal(CloseCase(case_id=case.id, finding="explained", reason="no"), manager) == "attendance.case_closed"
    assert world.refusal(CloseCase(case_id=new_id(), finding="explained", reason="no")) == "attendance.case_unknown"


def test_the_database_refuses_a_finding_without_its_time_and_a_second_case_of_one_subject(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    table = table_of(CaseFile)
    with pytest.raises(sa.exc.IntegrityError), writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.connection().execute(sa.update(table).values(finding="misused"))
    with pytest.raises(sa.exc.IntegrityError), writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        [row] = session.connection().execute(sa.select(table)).mappings()
        session.connection().execute(sa.insert(table).values({**row, "id": new_id()}))


# who sees them


def test_a_case_is_read_by_who_looks_after_its_store_and_by_nobody_else(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    here = world.account(world.people["马经理"], "ma", "store_manager", world.stores["豫园店"])
    there = world.account(world.people["王芳"], "wang", "store_manager", world.stores["前门店"])
    with world.looking(here) as session:
        [row] = case_queries.cases_page(session, CasesQuery()).items
        story = case_queries.case_story(session, row.id)
    assert (row.names, row.store_name) == (["李伟", "林静"], "豫园店") or sorted(row.names) == ["李伟", "林静"]
    assert story is not None and len(story.punches) == 24 and story.unseen == 0
    with world.looking(there) as session:
        assert case_queries.cases_page(session, CasesQuery()).items == []
        assert case_queries.case_of(session, row.id) is None
    closing = CloseCase(case_id=row.id, finding="unclear", reason="r")
    assert world.refusal(closing, there) == "attendance.case_unknown"


def test_the_list_narrows_by_kind_person_store_and_what_is_open(world: World) -> None:
    a_pair(world, 6)
    cases.find_cases(server(world), "2026-11")
    [case] = found(world)
    with world.looking() as session:

        def count(**asked: Any) -> int:
            return len(case_queries.cases_page(session, CasesQuery(**asked)).items)

        assert count() == count(kind="pairs") == count(person_id=world.people["李伟"]) == count(store_id=case.store_id) == 1
        assert count(kind="travel") == count(person_id=world.people["王芳"]) == count(store_id=world.stores["前门店"]) == 0
    world.must(CloseCase(case_id=case.id, finding="unclear", reason="r"))
    with world.looking() as session:
        assert count() == 0 and count(open=False) == 1


# when


def test_each_night_this_month_is_looked_through_and_the_last_one_while_it_is_young(world: World) -> None:
    looked: list[str] = []
    with instead(cases, "find_cases", lambda _server, month: looked.append(month)):
        world.clock.now = datetime(2026, 12, 3, tzinfo=UTC)
        cases.find_nightly(server(world), {})
        world.clock.now = datetime(2026, 12, 20, tzinfo=UTC)
        cases.find_nightly(server(world), {})
    assert looked == ["2026-11", "2026-12", "2026-12"]


def test_asking_to_look_now_leaves_a_job_that_looks(world: World) -> None:
    a_pair(world, 6)
    world.must(FindCases(month="2026-11"))
    [job] = world.rows(sa.select(Job).where(Job.kind == "find_cases_of"))
    cases.find_of_month(server(world), job.facts)
    assert [case.kind for case in found(world)] == ["pairs"]

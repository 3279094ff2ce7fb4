"""A day at two stores as the manager of each reads it: her part, and no minute, class or punch of the other's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract import day_parts
from contract.ids import new_id
from contract.org import ChangeUnit
from contract.people import GrantRole
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.perform import writing
from server.org.model import COMPANY_ID
from server.timesheets import queries, recompute
from server.timesheets.closing_model import MonthClosing
from server.timesheets.model import AMOUNTS, WorkDay
from server.timesheets.part_model import WorkPart
from server.timesheets.rules import parts as part_rules
from tests.server.hours_world import HoursWorld, at_work
from tests.server.world import PASSWORD, SECRET, World
from tests.support.planted import instead
from tests.web.visitor import Visitor

DAY, NEXT = "2026-11-20", "2026-11-21"
A, B = "豫园店", "徐汇店"
ASKED = {"from_day": DAY, "to_day": DAY}


def two_stores(world: World) -> HoursWorld:
    """李伟 is due at A from nine to twelve and at B from one to five: there he comes late and stays for two hours more. 王芳 has
    an ordinary day at A. Lu manages A, Su manages B, Qi both."""
    made = at_work(world)
    world.open_store(B)
    for login, stores in (("lu", (A,)), ("su", (B,)), ("qi", (A, B))):
        world.account(world.hire(login.title()), login, "store_manager", world.stores[stores[0]])
        for store in stores[1:]:
            account_id, unit_id = world.accounts[login], world.stores[store]
            world.must(GrantRole(grant_id=new_id(), account_id=account_id, role="store_manager", unit_id=unit_id))
    for login, store in (("Lu", A), ("Su", B)):
        world.must(ChangeUnit(unit_id=world.stores[store], from_day="2026-11-19", manager_id=made.id(login)))
    made.at(f"{DAY} 08:00")
    made.shift("李伟", DAY, ("09:00", "12:00"), ("13:00", "17:00"), stores=(A, B), kind="windows")
    for kind, clock, store in (("in", "09:00", A), ("out", "12:00", A), ("in", "13:20", B), ("out", "19:00", B)):
        made.punch("李伟", kind, f"{DAY} {clock}", store=store)
    made.full_day("王芳", DAY)
    made.at(f"{NEXT} 12:00")
    made.round()
    return made


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HoursWorld]:
    """For those who only read."""
    world = World.on_sqlite(Path(tmp_path_factory.mktemp("second-store")))
    made = two_stores(world)
    made.world.account(made.id("李伟"), "li", "employee")
    yield made
    world.close()


@pytest.fixture
def quickly(tmp_path: Path) -> Iterator[HoursWorld]:
    world = World.on_sqlite(tmp_path)
    yield two_stores(world)
    world.close()


def _again(both: HoursWorld, name: str) -> None:
    """The day is computed once more."""
    with writing(both.world.db, Actor.system(), op_id=new_id(), now=both.world.clock()) as session:
        work = recompute.system_work(session, both.world.clock(), SECRET)
        recompute.compute(work, {both.id(name): {date.fromisoformat(DAY)}})


def days_read(both: HoursWorld, login: str, **more: Any) -> list[dict[str, Any]]:
    answer = both.world.client(login).get("/api/v1/days", **{**ASKED, **more})
    assert answer.status_code == 200, answer.json
    return [row for row in answer.json["items"] if row["person_id"] == both.id("李伟")]


def test_each_manager_reads_her_part_and_the_parts_come_to_the_day(shown: HoursWorld) -> None:
    [of_a], [of_b], [whole] = (days_read(shown, login) for login in ("lu", "su", "chen"))
    assert [of_a["store_id"], of_b["store_id"]] == [shown.world.stores[A], shown.world.stores[B]]
    assert (of_a["worked_min"], of_a["regular_min"], of_a["state"]) == (180, 180, "present")
    assert (of_b["worked_min"], of_b["late_min"], of_b["state"]) == (340, 20, "late")
    assert of_b["overtime_normal_min"] == whole["overtime_normal_min"] == 120
    for name in AMOUNTS:
        assert of_a.get(name, 0) + of_b.get(name, 0) == whole.get(name, 0), name
    for part, other in ((of_a, of_b), (of_b, of_a)):
        ids = {span[end] for span in other["spans"] for end in ("in_id", "out_id")}
        text = str(part)
        assert not any(one in text for one in ids) and other["store_id"] not in text, "nothing of the other store's"
    sums = {login: shown.world.client(login).get("/api/v1/days/sums", **ASKED).json for login in ("lu", "su", "chen")}
    mine = {
        login: next(one for one in page["items"] if one["person_id"] == shown.id("李伟")) for login, page in sums.items()
    }
    assert mine["lu"]["worked_min"] + mine["su"]["worked_min"] == mine["chen"]["worked_min"] == 520
    assert (mine["lu"]["times_late"], mine["su"]["times_late"], mine["chen"]["times_late"]) == (0, 1, 1)
    assert (mine["lu"]["overtime_normal_min"], mine["su"]["overtime_normal_min"]) == (0, 120)


def test_who_manages_both_stores_reads_both_parts_once_each_and_their_sum_is_the_day(shown: HoursWorld) -> None:
    found = days_read(shown, "qi")
    assert sorted(row["store_id"] for row in found) == sorted([shown.world.stores[A], shown.world.stores[B]])
    [total] = [
        one for one in shown.world.client("qi").get("/api/v1/days/sums", **ASKED).json["items"]
        if one["person_id"] == shown.id("李伟")
    ]  # fmt: skip
    assert (total["worked_min"], total["days_worked"], total["times_late"]) == (520, 1, 1)
    pages, cursor = [], None
    while True:
        page = shown.world.client("qi").get("/api/v1/days", **ASKED, limit=1, **({"cursor": cursor} if cursor else {})).json
        pages += [row["id"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(pages) == len(set(pages)) == 3


def test_the_day_itself_and_its_person_read_it_whole(shown: HoursWorld) -> None:
    assert [row["worked_min"] for row in days_read(shown, "li")] == [520]
    [of_b] = days_read(shown, "su", store_id=shown.world.stores[B])
    assert of_b["worked_min"] == 340 and days_read(shown, "su", store_id=shown.world.stores[A]) == []
    assert [row["worked_min"] for row in days_read(shown, "chen", store_id=shown.world.stores[B])] == [520]


def test_grid_day_page_and_files_show_a_manager_her_part_only(shown: HoursWorld) -> None:
    pages = {}
    for login in ("lu", "su"):
        visitor = Visitor(shown.world.app)
        visitor.sign_in(login, PASSWORD)
        grid = visitor.get("/console/timesheets?month=2026-11").get_data(as_text=True)
        day = visitor.get(f"/console/timesheets/{shown.id('李伟')}/{DAY}").get_data(as_text=True)
        file = visitor.get(f"/console/timesheets/export?kind=days&from_day={DAY}&to_day={DAY}").get_data(as_text=True)
        pages[login] = (grid, day, [row for row in csv.reader(io.StringIO(file)) if "李伟" in row])
    (grid_a, day_a, [row_a]), (grid_b, day_b, [row_b]) = pages["lu"], pages["su"]
    assert "3:00" in grid_a and "8:40" not in grid_a and "5:40" in grid_b and "8:40" not in grid_b
    assert "王芳" in grid_a and "王芳" not in grid_b
    assert "09:00" in day_a and "13:20" not in day_a and "19:00" not in day_a and B not in day_a
    assert "13:20" in day_b and "12:00" not in day_b and A not in day_b
    assert A in row_a and "180" in row_a and B in row_b and "340" in row_b and "520" not in row_a + row_b


def test_a_manager_hears_of_lateness_at_her_store_and_of_no_other(shown: HoursWorld) -> None:
    items = shown.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-09"))
    told = [(item.receiver_id, item.facts["what_en"], item.facts["store"]) for item in items]
    assert sorted(told) == sorted(
        [(shown.id("李伟"), "20 min late", B), (shown.id("Su"), "20 min late", B)]
    ), "not the manager of the store where he was in time"


def test_a_fact_that_moves_a_part_rewrites_it_until_the_month_is_closed(any_world: World) -> None:
    both = two_stores(any_world)

    def stored() -> list[tuple[Any, ...]]:
        c = table_of(WorkPart).c
        asked = sa.select(c.store_id, c.worked_min, c.revision).order_by(c.store_id)
        with both.world.db.glance() as connection:
            return [tuple(row) for row in connection.execute(asked)]

    first = stored()
    assert sorted(row[1:] for row in first) == [(180, 1), (340, 1)]
    _again(both, "李伟")
    assert stored() == first
    both.punch("李伟", "in", f"{DAY} 13:00", store=B)
    both.round()
    assert sorted(row[1] for row in stored()) == [180, 360]
    with writing(both.world.db, Actor.system(), op_id=new_id(), now=both.world.clock()) as session:
        session.add(
            MonthClosing(
                id=new_id(), month="2026-11", unit_id=COMPANY_ID, covers_all=True, from_day=date(2026, 11, 1),
                to_day=date(2026, 11, 30), revision=1, state="closed", people=2, found={}, closed_by=both.id("Lu"),
                closed_at=both.world.clock(), reason="paid", asked_by=None, asked_at=None, asked_reason=None, decided_by=None,
                decided_at=None, decided_reason=None,
            )
        )  # fmt: skip
    for statement in ("UPDATE work_part SET worked_min = 0, regular_min = 0", "DELETE FROM work_part"):
        with pytest.raises(sa.exc.IntegrityError, match="closed"):
            with writing(both.world.db, Actor.system(), op_id=new_id(), now=both.world.clock()) as session:
                session.execute(sa.text(statement))
    assert len(both.world.rows(sa.select(WorkPart))) == 2


def test_parts_go_when_a_day_is_at_one_store_only(quickly: HoursWorld) -> None:
    quickly.shift("李伟", DAY, ("09:00", "12:00"))
    with writing(quickly.world.db, Actor.system(), op_id=new_id(), now=quickly.world.clock()) as session:
        session.execute(
            sa.text("UPDATE punch SET state = 'rejected' WHERE store_id = :b"), {"b": quickly.world.stores[B].replace("-", "")}
        )
    _again(quickly, "李伟")
    with quickly.world.looking(Actor.system()) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkPart)) == 0
        assert session.scalars(sa.select(WorkDay.parts).where(WorkDay.person_id == quickly.id("李伟"))).all() == [1]
    assert days_read(quickly, "su") == [] and [row["worked_min"] for row in days_read(quickly, "lu")] == [180]


def test_a_reader_who_is_asked_for_whole_days_only_and_parts_that_nobody_keeps_are_found(quickly: HoursWorld) -> None:
    """The controls."""
    with instead(queries, "SeenDay", WorkDay):
        assert days_read(quickly, "su") == []
    with instead(recompute, "write_parts", lambda *_: None):
        quickly.punch("李伟", "in", f"{DAY} 13:00", store=B)
        quickly.round()
    assert [row["worked_min"] for row in days_read(quickly, "su")] == [340], "the day has 360 minutes there by now"
    with instead(part_rules, "shares_of", lambda row: {row.store_id: day_parts.shares_of(row)[row.store_id]}):
        _again(quickly, "李伟")
    [of_a], [whole] = days_read(quickly, "lu"), days_read(quickly, "chen")
    assert of_a.get("worked_min", 0) + 360 != whole["worked_min"]

"""Managing a unit brings its role, there and below, from that day on and until the day it ends. Nobody types it in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contract.ids import new_id
from contract.org import AddUnit, ChangeUnit, CloseUnit, MoveHome
from contract.people import GrantRole, LetGo, OpenAccount
from contract.postings import RecallEmployee
from server.kernel.actors import Actor
from server.org.model import COMPANY_ID
from server.org.queries import unit_called
from server.people import queries, rights
from tests.server.test_roles import another_server
from tests.server.world import PASSWORD, Client, World
from tests.support.planted import instead

TODAY = "2026-11-20"


def signed_in(world: World, name: str, login: str) -> tuple[str, Client]:
    """Somebody with an account and nothing but an employee's rights."""
    person, account_id = world.hire(name), new_id()
    world.must(OpenAccount(account_id=account_id, person_id=person, login=login, password=PASSWORD))
    world.must(GrantRole(grant_id=new_id(), account_id=account_id, role="employee"))
    return person, world.client(login)


def manages(world: World, unit_id: str, person: str, from_day: str = TODAY) -> None:
    world.must(ChangeUnit(unit_id=unit_id, from_day=from_day, manager_id=person))


def seen(client: Client) -> set[str]:
    """Names in the list of people; empty where there is none."""
    answered = client.get("/api/v1/people")
    return {row["name"] for row in answered.json["items"]} if answered.status_code == 200 else set()


def unit(world: World, name: str) -> str:
    with world.looking(Actor.system()) as session:
        found = unit_called(session, name, date.fromisoformat(TODAY))
        assert found is not None
        return found.unit_id


def after_demotion(world: World) -> list[Any]:
    """What a store manager's requests meet: before, as manager, right after she no longer is."""
    store = world.open_store("静安店")
    world.post(world.hire("李伟"), store)
    lin, client = signed_in(world, "林娜", "lin")
    met = [seen(client), client.get("/api/v1/devices").status_code]
    manages(world, store, lin)
    met += [seen(client), client.get("/api/v1/devices").status_code]
    world.must(ChangeUnit(unit_id=store, from_day=TODAY, manager_id=""))
    return [*met, seen(client), client.get("/api/v1/devices").status_code]


def test_a_demotion_ends_rights_at_the_next_request_of_a_running_session(any_world: World):
    assert after_demotion(any_world) == [set(), 403, {"李伟", "林娜"}, 200, set(), 403]


def test_rights_that_are_remembered_with_the_session_are_found(world: World):
    """The control: who managed what when it was first asked."""
    known: dict[str, Any] = {}
    real = rights._managed_units

    def remembered(session: Any, tree: Any, day: date) -> Any:
        fresh = real(session, tree, day)
        known.update({person: units for person, units in fresh.items() if person not in known})
        return known

    with instead(rights, "_managed_units", remembered):
        assert after_demotion(world)[4:] != [set(), 403]


def test_the_role_follows_the_kind_of_unit_and_reaches_what_is_below(any_world: World):
    region = new_id()
    any_world.must(AddUnit(unit_id=region, kind="region", name="华东", parent_id=COMPANY_ID, from_day="2026-01-01"))
    store, other = any_world.open_store("静安店", parent_id=region), any_world.open_store("徐汇店")
    any_world.post(any_world.hire("李伟", home_org="后厨部"), store), any_world.post(any_world.hire("王芳"), other)
    head, of_kitchen = signed_in(any_world, "何平", "he")
    over_region, of_region = signed_in(any_world, "高明", "gao")
    manages(any_world, unit(any_world, "后厨部"), head)
    manages(any_world, region, over_region)
    assert seen(of_kitchen) == {"李伟", "何平"} and seen(of_region) == {"李伟", "高明"}
    held = of_region.get("/api/v1/session").json["roles"]
    assert [(row["role"], row.get("unit_id"), "grant_id" in row) for row in held] == [
        ("employee", None, True), ("region_manager", region, False),
    ]  # fmt: skip
    day = date.fromisoformat(TODAY)
    with any_world.looking(Actor.system()) as session:
        assert queries.holders_of(session, "region_manager", store, day) == [over_region]
        assert queries.holders_of(session, "region_manager", other, day) == []
        assert queries.holders_of(session, "department_head", unit(any_world, "后厨部"), day) == [head]


def test_what_is_planned_begins_and_ends_on_its_day_by_itself(world: World):
    store = world.open_store("静安店")
    world.post(world.hire("李伟"), store)
    lin, _ = signed_in(world, "林娜", "lin")
    manages(world, store, lin, "2026-11-22")
    world.must(ChangeUnit(unit_id=store, from_day="2026-11-24", manager_id=""))
    met = []
    for _day in range(5):
        met.append("李伟" in seen(world.client("lin")))
        world.clock.pass_(days=1)
    assert met == [False, False, True, True, False]


def test_the_nearest_manager_is_named_first_and_who_left_is_not_named(any_world: World):
    region = new_id()
    any_world.must(AddUnit(unit_id=region, kind="region", name="华东", parent_id=COMPANY_ID, from_day="2026-01-01"))
    store = any_world.open_store("静安店", parent_id=region)
    near, everywhere = any_world.hire("林娜"), any_world.account(any_world.hire("孙莉"), "sun", "store_manager")
    manages(any_world, store, near)
    day = date.fromisoformat(TODAY)
    with any_world.looking(Actor.system()) as session:
        assert queries.holders_of(session, "store_manager", store, day) == [near, everywhere.person_id]
    any_world.must(LetGo(person_id=near, reason="离职"))
    with any_world.looking(Actor.system()) as session:
        assert queries.holders_of(session, "store_manager", store, day) == [everywhere.person_id]


def test_whoever_changes_departments_is_seen_by_the_new_head_from_that_day_on(world: World):
    wei = world.hire("李伟", home_org="后厨部")
    world.hire("吴桐", home_org="前厅部")
    old, of_old = signed_in(world, "何平", "he")
    new, of_new = signed_in(world, "高明", "gao")
    manages(world, unit(world, "后厨部"), old), manages(world, unit(world, "前厅部"), new)
    move = MoveHome(move_id=new_id(), person_id=wei, unit_id=unit(world, "前厅部"), from_day="2026-11-21", reason="调动")
    world.must(move)
    assert "李伟" in seen(of_old) and "李伟" not in seen(of_new)
    world.clock.pass_(days=1)
    assert "李伟" not in seen(world.client("he")) and "李伟" in seen(world.client("gao"))


def test_a_department_with_people_in_it_cannot_be_closed_and_its_head_stays_one(world: World):
    world.hire("李伟", home_org="后厨部")
    head, client = signed_in(world, "何平", "he")
    kitchen = unit(world, "后厨部")
    manages(world, kitchen, head)
    tomorrow = (date.fromisoformat(TODAY) + timedelta(days=1)).isoformat()
    outcome = world.do(CloseUnit(unit_id=kitchen, from_day=tomorrow, reason="合并"))
    assert outcome.code == "org.not_empty" and "李伟" in str(outcome.facts)
    assert "李伟" in seen(client)


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_host_is_a_limited_outsider_by_the_postings_dates(any_world: World, when: str):
    """Before: that somebody comes. During: who they are and how to call them. After: the name, and what was done here."""
    store, other = any_world.open_store("静安店"), any_world.open_store("徐汇店")
    days = {"before": ("2026-11-22", "2026-11-25"), "during": ("2026-11-01", "2026-11-25"), "after": ("2026-11-01", "2026-11-10")}
    wei = any_world.hire("李伟", mobile="13812345678", home_org="后厨部")
    any_world.post(wei, store, *days[when])
    any_world.account(any_world.hire("林娜"), "lin", "store_manager", store)
    any_world.account(any_world.hire("赵雷"), "zhao", "store_manager", other)
    card = any_world.client("lin").get(f"/api/v1/people/{wei}").json
    shown = {"before": {"id", "name", "number", "home_org"},
             "during": {"id", "name", "number", "home_org", "active", "has_pin", "hired_ms", "mobile"},
             "after": {"id", "name", "number"}}  # fmt: skip
    assert set(card) == shown[when]
    stranger = any_world.client("zhao")
    assert stranger.get(f"/api/v1/people/{wei}").status_code == 404
    assert stranger.get("/api/v1/people", q="李伟").json["items"] == []


def test_a_recall_ends_the_hosts_view_at_the_next_request_of_another_process(any_world: World):
    store = any_world.open_store("静安店")
    wei = any_world.hire("李伟", mobile="13812345678")
    posting = any_world.post(wei, store, "2026-11-01", "2026-12-25")
    any_world.account(any_world.hire("林娜"), "lin", "store_manager", store)
    db, there = another_server(any_world)
    there.sign_in("lin")
    before = there.get(f"/api/v1/people/{wei}").json
    any_world.must(RecallEmployee(posting_id=posting, reason="总部急用"))
    after = there.get(f"/api/v1/people/{wei}").json
    db.dispose()
    assert before["mobile"] == "13812345678" and set(after) == {"id", "name", "number"}

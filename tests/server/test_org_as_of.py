"""The organisation as of a day with everybody in it: where somebody belongs, heads of the tree, what exceeds a headcount."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.moments import TimeTaken
from contract.org import AddUnit, ApproveHeadcount, ChangeUnit, DefinePost, MoveHome
from contract.postings import EndPosting, PostEmployee
from server.approvals.events import RequestChecked
from server.kernel.actors import Actor
from server.kernel.perform import Act, Work, writing
from server.org import queries as org
from server.org.model import COMPANY_ID
from server.postings import headcount, org_queries
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def world(tmp_path: Path):
    """A year that begins: everybody is hired on 1 February 2026."""
    made = World.on_sqlite(tmp_path)
    made.clock.now = datetime(2026, 2, 1, 4, 0, tzinfo=UTC)
    yield made
    made.close()


def region(world: World, name: str = "华东区") -> str:
    unit_id = new_id()
    world.must(AddUnit(unit_id=unit_id, kind="region", name=name, parent_id=COMPANY_ID, from_day="2026-01-01"))
    return unit_id


def chef(world: World) -> str:
    post_id = new_id()
    world.must(DefinePost(post_id=post_id, code="chef", name_zh="门店主厨", name_en="Store chef"))
    return post_id


def heads(world: World, day: str, who: str = "chen") -> dict[str, int]:
    told = world.client(who).get("/api/v1/org/tree", as_of=day).json
    return {row["name"]: row.get("heads", 0) for row in told["items"]}


def test_as_of_three_days_a_dispatched_person_is_at_hq_at_the_store_and_at_hq(world: World):
    zhou, wu = world.hire("周厨", home_org="后厨部"), world.hire("吴刚")
    person = world.hire("陈伟", home_org="后厨部")
    client = world.client("chen")
    kitchen = client.get(f"/api/v1/people/{person}/where").json["home_id"]
    world.must(ChangeUnit(unit_id=kitchen, from_day="2026-02-01", manager_id=zhou))
    store = world.open_store("合作门店A", manager_id=wu)
    world.must(posting(person, store, chef(world), ends_on="2026-06-01"))
    days = ("2026-02-28", "2026-04-15", "2026-06-02")
    told = {day: client.get(f"/api/v1/people/{person}/where", as_of=day).json for day in days}
    assert [row.get("host_name") for row in told.values()] == [None, "合作门店A", None]
    assert {row["home_name"] for row in told.values()} == {"后厨部"}
    away = told["2026-04-15"]
    assert (away["home_manager"], away["host_manager"], away["post_en"]) == ("周厨", "吴刚", "Store chef")
    assert client.get(f"/api/v1/people/{person}/where", as_of="2026-01-31").json["home_name"] is None
    assert client.get(f"/api/v1/people/{person}/where", as_of="2026-02-30").json["code"] == "org.no_such_day"


def test_somebody_posted_counts_once_in_every_sum(world: World):
    east = region(world)
    store, other = world.open_store("甲店", parent_id=east), world.open_store("乙店", parent_id=east)
    local, guest = world.hire("李伟", home_org="后厨部"), world.hire("王芳", home_org="后厨部")
    world.must(MoveHome(move_id=new_id(), person_id=local, unit_id=store, from_day="2026-02-01", reason="r"))
    for person in (local, guest):
        world.post(person, other, "2026-02-01", "2026-03-01")
    found = heads(world, "2026-02-10")
    assert (found["甲店"], found["乙店"], found["华东区"]) == (1, 2, 2), "one is at home in the region and posted there too"
    assert (found["后厨部"], found["公司"]) == (1, 2), "two in the company, whoever is posted wherever"
    assert (heads(world, "2026-03-01")["乙店"], heads(world, "2026-03-01")["华东区"]) == (0, 1)


def test_heads_are_what_counting_everybody_by_hand_gives(world: World):
    """Homes and postings at random, in departments, regions and stores: the sums against sets of people."""
    chance = random.Random(7)
    regions = [region(world, "甲区"), region(world, "乙区")]
    stores = [world.open_store(f"店{n}", parent_id=chance.choice([*regions, COMPANY_ID])) for n in range(5)]
    homes = ["后厨部", "销售部", "甲区", "乙区", "公司"]
    there: dict[str, set[str]] = {}
    people = [world.hire(f"人{n}", home_org=chance.choice(homes)) for n in range(24)]
    for person in people:
        if chance.random() < 0.3:
            store = chance.choice(stores)
            world.must(MoveHome(move_id=new_id(), person_id=person, unit_id=store, from_day="2026-02-01", reason="r"))
        if chance.random() < 0.7:
            world.post(person, chance.choice(stores), "2026-02-01")
    day = date(2026, 2, 10)
    with world.looking() as session:
        tree = org.tree_on(session, day)
        for person in people:
            told = org_queries.where(session, person, day)
            for place in {told.home_id, told.host_id} - {None}:
                for unit_id in (place, *tree.above(place)):
                    there.setdefault(unit_id, set()).add(person)
        found = {row.id: row.heads for row in org_queries.unit_tree(session, day).items}
        below = {row.id: row.heads for row in org_queries.unit_tree(session, day, regions[0]).items}
    assert found == {unit_id: len(there.get(unit_id, ())) for unit_id in tree.units}
    assert below == {unit_id: found[unit_id] for unit_id in tree.below(regions[0])}


def test_the_tree_below_a_unit_has_the_unit_on_top_and_parents_before_children(world: World):
    east, west = region(world), region(world, "华西区")
    inner = new_id()
    world.must(AddUnit(unit_id=inner, kind="region", name="上海", parent_id=east, from_day="2026-01-01"))
    store = world.open_store("甲店", parent_id=inner)
    told = world.client("chen").get("/api/v1/org/tree", below=east).json["items"]
    assert [row["id"] for row in told] == [east, inner, store] and told[0]["parent_id"] is None
    assert world.client("chen").get("/api/v1/org/tree", below=new_id()).status_code == 404
    assert west in {row["id"] for row in world.client("chen").get("/api/v1/org/tree").json["items"]}


def test_a_store_manager_sees_her_store_and_nothing_of_the_others(world: World):
    mine, other = world.open_store("甲店"), world.open_store("乙店")
    world.account(world.hire("吴刚"), "wu", "store_manager", mine)
    client = world.client("wu")
    assert [row["id"] for row in client.get("/api/v1/org/tree").json["items"]] == [mine]
    assert client.get("/api/v1/org/tree", below=other).status_code == 404
    assert client.get(f"/api/v1/org/units/{other}/headcounts").status_code == 404
    with instead(org_queries.Actor, "has_everywhere", lambda actor, right: True):
        assert len(client.get("/api/v1/org/tree").json["items"]) > 1, "the control: a tree that forgets to ask"


def test_a_store_manager_is_not_told_where_else_somebody_worked(world: World):
    mine, other = world.open_store("甲店"), world.open_store("乙店")
    world.account(world.hire("吴刚"), "wu", "store_manager", mine)
    person = world.hire("李伟")
    world.post(person, other, "2026-01-01", "2026-02-01")
    world.post(person, mine, "2026-02-01")
    there = world.client("wu").get(f"/api/v1/people/{person}/where", as_of="2026-01-15").json
    assert there.get("host_id") is None and there.get("host_name") is None
    assert world.client("wu").get(f"/api/v1/people/{person}/where").json["host_name"] == "甲店"
    assert world.client("chen").get(f"/api/v1/people/{person}/where", as_of="2026-01-15").json["host_name"] == "乙店"


def approve(world: World, unit_id: str, post_id: str, approved: int, from_day: str = "2026-01-01") -> None:
    world.must(
        ApproveHeadcount(headcount_id=new_id(), unit_id=unit_id, post_id=post_id, from_day=from_day, approved=approved)
    )  # fmt: skip


def posting(person: str, store: str, post_id: str | None, starts_on: str = "2026-03-01", ends_on: str | None = None) -> Any:
    return PostEmployee(
        posting_id=new_id(), person_id=person, store_id=store, starts_on=starts_on, ends_on=ends_on, post_id=post_id
    )


def test_headcounts_count_homes_and_postings_and_each_person_once(world: World):
    store, post_id = world.open_store("甲店"), chef(world)
    approve(world, store, post_id, 3), approve(world, store, post_id, 1, "2026-05-01")
    local, guest = world.hire("李伟"), world.hire("王芳")
    world.must(
        MoveHome(move_id=new_id(), person_id=local, unit_id=store, post_id=post_id, from_day="2026-02-01", reason="r")
    )
    world.must(posting(local, store, post_id)), world.must(posting(guest, store, post_id))
    client = world.client("chen")
    [row] = client.get(f"/api/v1/org/units/{COMPANY_ID}/headcounts", as_of="2026-03-10").json["items"]
    assert (row["unit_name"], row["post_en"], row["approved"], row["filled"]) == ("甲店", "Store chef", 3, 2)
    [later] = client.get(f"/api/v1/org/units/{store}/headcounts", as_of="2026-05-02").json["items"]
    assert (later["approved"], later["filled"]) == (1, 2)
    tree = client.get("/api/v1/org/tree", as_of="2026-05-02").json["items"]
    assert {row["name"]: row.get("approved") for row in tree}["公司"] == 1


def test_posting_one_more_than_approved_needs_a_request(world: World):
    store, post_id = world.open_store("甲店"), chef(world)
    approve(world, store, post_id, 1)
    first, second = world.hire("李伟"), world.hire("王芳")
    world.must(posting(first, store, post_id, ends_on="2026-04-01"))
    refused = world.do(posting(second, store, post_id))
    assert refused.code == "org.over_headcount" and (refused.facts["approved"], refused.facts["filled"]) == (1, 1)
    assert world.refusal(posting(second, store, post_id, "2026-04-01", "2026-05-01")) is None, "the first has left by then"
    third = world.hire("张敏")
    assert world.refusal(posting(third, store, None)) is None, "without a post there is no headcount to exceed"
    with instead(headcount, "room_at", lambda *_, **__: headcount.Room(1, 0)):
        assert world.refusal(posting(world.hire("赵"), store, post_id)) is None, "the control: nobody counts"


def warned(world: World, form: dict[str, Any], person: str, kind: str = "transfer") -> list[tuple[str, dict[str, Any]]]:
    """What a request is warned of before it is accepted."""
    event = RequestChecked(kind, person, form, date(2026, 2, 1))
    now = world.clock()
    with writing(world.db, Actor.system(), op_id=new_id(), now=now) as session:
        act = Act(new_id(), None, None, TimeTaken(0, 0, 0, "exact"), now)
        headcount.warn_above_headcount(Work(session, Actor.system(), now, act, b"s"), event)
    return event.warnings


def test_a_transfer_above_the_headcount_is_warned_with_its_facts(world: World):
    store, post_id = world.open_store("甲店"), chef(world)
    approve(world, store, post_id, 1)
    first, second = world.hire("李伟"), world.hire("王芳")
    form = {"store": store, "post": post_id, "from": "2026-03-01", "until": "2026-05-31"}
    assert warned(world, form, second) == []
    running = posting(first, store, post_id)
    world.must(running)
    [(code, facts)] = warned(world, form, second)
    assert code == "over_headcount"
    assert (facts["unit"], facts["post"], facts["approved"], facts["filled"]) == ("甲店", "门店主厨", 1, 1)
    assert warned(world, form, first) == [], "whoever is there already is not one more"
    assert warned(world, {**form, "post": None}, second) == [] and warned(world, form, second, "leave") == []
    world.must(EndPosting(posting_id=running.posting_id, ends_on="2026-03-02", reason="r"))
    assert warned(world, {**form, "from": "2026-03-02"}, second) == []

"""The organisation: dated units and homes, headcounts, the calendar, and lists narrowed to a unit and all below it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import (
    AddUnit,
    ApproveHeadcount,
    ChangeUnit,
    CloseUnit,
    DefinePost,
    KeepNames,
    MoveHome,
    SetCalendarDay,
)
from contract.people import Hire, LetGo
from contract.stores import ChangeStore
from server.chores import keep_home_names
from server.kernel.actors import Actor
from server.kernel.ledger import OpLog
from server.kernel.perform import writing
from server.org import queries
from server.org.model import COMPANY_ID, HomeStay, OrgUnit, UnitVersion
from server.people.model import Person
from tests.server.world import World

TODAY = "2026-11-20"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        made = World.on_sqlite(tmp_path)
        yield made
        made.close()
    else:
        yield request.getfixturevalue("postgres_world")


@pytest.fixture
def one(tmp_path: Path):
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


def unit(world: World, name: str, parent: str = COMPANY_ID, kind: str = "department", from_day: str = "2026-01-01") -> str:
    unit_id = new_id()
    world.must(AddUnit(unit_id=unit_id, kind=kind, name=name, parent_id=parent, from_day=from_day))  # type: ignore[arg-type]
    return unit_id


def change(unit_id: str, from_day: str = TODAY, **what: Any) -> ChangeUnit:
    return ChangeUnit(unit_id=unit_id, from_day=from_day, **what)


def move(person: str, to: str, from_day: str = TODAY, post: str | None = None) -> MoveHome:
    return MoveHome(move_id=new_id(), person_id=person, unit_id=to, post_id=post, from_day=from_day, reason="asked for")


def post(world: World, code: str = "chef") -> str:
    post_id = new_id()
    world.must(DefinePost(post_id=post_id, code=code, name_zh="门店主厨", name_en="Store chef"))
    return post_id


def name_on(world: World, unit_id: str, day: date) -> str | None:
    with world.looking(Actor.system()) as session:
        found = queries.unit_on(session, unit_id, day)
    return found.name if found is not None else None


def test_whoever_is_hired_is_at_home_in_the_unit_of_that_name(world: World):
    first, second = world.hire("李伟", home_org="后厨部"), world.hire("王芳", home_org="后厨部")
    third = world.hire("张敏", home_org="销售部")
    with world.looking(Actor.system()) as session:
        homes = [queries.home_of(session, person, date(2026, 11, 20)) for person in (first, second, third)]
        before = queries.home_of(session, first, date(2026, 11, 19))
        names = [queries.unit_on(session, home.unit_id, date(2026, 11, 20)).name for home in homes]
    assert names == ["后厨部", "后厨部", "销售部"] and homes[0] == homes[1] and before is None


def test_a_store_is_in_the_tree_at_once_where_it_was_put_and_with_its_manager(world: World):
    boss = world.hire("吴刚")
    region = unit(world, "华东区", kind="region", from_day="2026-06-01")
    store = world.open_store("合作门店A", parent_id=region, manager_id=boss)
    with world.looking(Actor.system()) as session:
        tree = queries.tree_on(session, date(2026, 11, 20))
        assert tree.units[store].kind == "partner_store" and tree.units[store].manager_id == boss
        assert tree.above(store) == [region, COMPANY_ID] and tree.below(region) == {region, store}
        assert queries.units_above(session, store, date(2026, 5, 31)) == [COMPANY_ID], "the region was not there yet"


def test_a_renamed_store_keeps_its_old_name_for_the_days_before(one: World):
    store = one.open_store("静安店")
    one.clock.pass_(days=3)
    one.must(ChangeStore(store_id=store, name="静安旗舰店"))
    assert name_on(one, store, date(2026, 11, 22)) == "静安店" and name_on(one, store, date(2026, 11, 23)) == "静安旗舰店"


def test_what_is_planned_for_later_stays_when_something_else_changes_before(one: World):
    kitchen = unit(one, "后厨部")
    one.must(change(kitchen, "2027-01-01", name="餐饮部"))
    chief = one.hire("周厨")
    one.must(change(kitchen, TODAY, manager_id=chief))
    with one.looking(Actor.system()) as session:
        days = (date(2026, 11, 19), date(2026, 11, 20), date(2027, 2, 1))
        before, now, later = (queries.unit_on(session, kitchen, day) for day in days)
    assert (before.name, before.manager_id) == ("后厨部", None)
    assert (now.name, now.manager_id) == ("后厨部", chief)
    assert (later.name, later.manager_id) == ("餐饮部", chief)


def test_nothing_stands_below_itself_not_even_later(world: World):
    top, middle, low = unit(world, "一"), "", ""
    middle = unit(world, "二", top)
    low = unit(world, "三", middle)
    assert world.refusal(change(top, parent_id=low)) == "org.below_itself"
    assert world.refusal(change(top, parent_id=top)) == "org.below_itself"
    world.must(change(middle, "2027-01-01", parent_id=COMPANY_ID))
    world.must(change(top, "2027-01-01", parent_id=middle))
    assert world.refusal(change(middle, "2026-12-01", parent_id=low)) == "org.below_itself"
    assert world.refusal(change(low, "2026-06-01", parent_id=COMPANY_ID)) is None


def test_the_company_stays_and_stores_hold_nothing(one: World):
    store, kitchen = one.open_store("静安店"), unit(one, "后厨部")
    assert one.refusal(change(COMPANY_ID, parent_id=kitchen)) == "org.the_company_stays"
    assert one.refusal(CloseUnit(unit_id=COMPANY_ID, from_day=TODAY, reason="r")) == "org.the_company_stays"
    assert one.refusal(change(kitchen, parent_id=store)) == "org.cannot_hold"
    assert one.refusal(change(kitchen, "2025-12-31", name="x")) == "org.not_there_then"
    assert one.refusal(change(new_id(), name="x")) == "org.unit_unknown"
    assert one.refusal(change(kitchen, "2026-02-30", name="x")) == "org.no_such_day"


def test_a_department_with_people_in_it_is_not_closed_and_they_are_named(world: World):
    kitchen, below = unit(world, "后厨部"), ""
    below = unit(world, "面点组", kitchen)
    chen, zhang = world.hire("陈伟", home_org="后厨部"), world.hire("张丽", home_org="后厨部")
    outcome = world.do(CloseUnit(unit_id=kitchen, from_day="2026-12-01", reason="merged"))
    assert outcome.code == "org.not_empty"
    assert sorted(outcome.facts["inside"].split(", ")) == ["张丽", "陈伟", "面点组"]
    sales = unit(world, "销售部")
    world.must(move(chen, sales)), world.must(move(zhang, sales, "2026-12-05"))
    world.must(CloseUnit(unit_id=below, from_day=TODAY, reason="merged"))
    assert world.do(CloseUnit(unit_id=kitchen, from_day="2026-12-01", reason="merged")).facts["inside"] == "张丽"
    world.must(CloseUnit(unit_id=kitchen, from_day="2026-12-05", reason="merged"))
    assert name_on(world, kitchen, date(2026, 12, 4)) == "后厨部" and name_on(world, kitchen, date(2026, 12, 5)) is None
    assert world.refusal(move(chen, kitchen)) == "org.has_closed"
    late = AddUnit(unit_id=new_id(), kind="department", name="x", parent_id=kitchen, from_day=TODAY)
    assert world.refusal(late) == "org.has_closed"


def test_a_store_with_somebody_posted_there_is_not_closed(one: World):
    store = one.open_store("静安店")
    one.post(one.hire("李伟"), store, "2026-11-01", "2026-12-01")
    outcome = one.do(CloseUnit(unit_id=store, from_day="2026-11-30", reason="the mall closes"))
    assert outcome.code == "org.not_empty" and outcome.facts["inside"] == "李伟"
    one.must(CloseUnit(unit_id=store, from_day="2026-12-01", reason="the mall closes"))
    assert name_on(one, store, date(2026, 12, 1)) is None


def test_a_manager_who_leaves_or_is_taken_off_leaves_the_place_vacant(world: World):
    kitchen, chief = unit(world, "后厨部"), world.hire("周厨")
    world.must(change(kitchen, manager_id=chief))
    world.must(change(kitchen, "2027-03-01", name="餐饮部"))
    world.must(LetGo(person_id=chief, reason="left"))
    with world.looking(Actor.system()) as session:
        managers = [queries.manager_of(session, kitchen, date(*day)) for day in ((2026, 11, 20), (2026, 11, 21), (2027, 3, 2))]
    assert managers == [chief, None, None]
    assert world.refusal(change(kitchen, manager_id=chief)) == "people.has_left"
    assert world.refusal(change(kitchen, manager_id=new_id())) == "people.unknown"
    other = world.hire("孙")
    world.must(change(kitchen, manager_id=other)), world.must(change(kitchen, manager_id=""))
    with world.looking(Actor.system()) as session:
        assert queries.manager_of(session, kitchen, date(2026, 11, 20)) is None


def test_whoever_leaves_has_no_home_from_tomorrow_and_no_move_planned(world: World):
    person, kitchen = world.hire("李伟"), unit(world, "后厨部")
    world.must(move(person, kitchen, "2026-12-24"))
    world.must(LetGo(person_id=person, reason="left"))
    stays = world.rows(sa.select(HomeStay).where(HomeStay.person_id == person))
    assert [(stay.from_day, stay.until) for stay in stays] == [(date(2026, 11, 20), date(2026, 11, 21))]
    assert world.refusal(move(person, kitchen)) == "people.has_left"


def test_a_moved_home_is_on_the_card_from_its_day_on(world: World):
    person, kitchen = world.hire("李伟", home_org="销售部"), unit(world, "后厨部")
    world.must(move(person, kitchen, "2026-11-22"))
    assert world.row(Person, person).home_org == "销售部"
    assert world.refusal(move(person, kitchen, "2026-11-21")) == "org.home_moves_later"
    world.clock.pass_(days=2)
    world.must(KeepNames(as_of="2026-11-22"), Actor.system())
    assert world.row(Person, person).home_org == "后厨部"
    world.must(change(kitchen, "2026-11-22", name="餐饮部"))
    assert world.row(Person, person).home_org == "餐饮部", "a new name that counts at once is on the cards at once"


def test_cards_are_put_right_by_the_clock_alone(one: World):
    """The control is the same card before the chore has run."""
    person, kitchen = one.hire("李伟", home_org="销售部"), unit(one, "后厨部")
    one.must(move(person, kitchen, "2026-11-22"))
    one.clock.pass_(days=2)
    assert one.row(Person, person).home_org == "销售部"
    server = one.app.extensions["outpost"]
    for _ in range(2):
        keep_home_names(server, {})
    assert one.row(Person, person).home_org == "后厨部"
    said = one.rows(sa.select(OpLog.op_id).where(OpLog.type == "org.keep_names/1"))
    assert len(said) == 1, "where every card is right there is nothing to do"


def test_the_database_itself_refuses_two_homes_or_two_names_on_one_day(world: World):
    person = world.hire("李伟")
    [stay] = world.rows(sa.select(HomeStay).where(HomeStay.person_id == person))
    again = {"person_id": person, "unit_id": stay.unit_id, "from_day": date(2027, 1, 1), "until": None}
    twice = {"unit_id": COMPANY_ID, "from_day": date(2027, 1, 1), "until": None, "name": "公司"}
    ends_before = {**again, "until": date(2026, 12, 31)}
    for model, columns in ((HomeStay, again), (UnitVersion, twice), (HomeStay, ends_before)):
        with pytest.raises(sa.exc.IntegrityError):
            with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
                session.add(model(id=new_id(), **columns))
    assert len(world.rows(sa.select(HomeStay).where(HomeStay.person_id == person))) == 1


def test_one_more_than_approved_is_refused_the_direct_way(world: World):
    kitchen, chef = unit(world, "后厨部"), post(world)
    first, second = world.hire("李伟"), world.hire("王芳")
    world.must(ApproveHeadcount(headcount_id=new_id(), unit_id=kitchen, post_id=chef, from_day="2026-01-01", approved=1))
    world.must(move(first, kitchen, post=chef))
    with world.looking(Actor.system()) as session:
        assert queries.room_in(session, kitchen, chef, date(2026, 11, 20)) == (1, 1)
    refused = world.do(move(second, kitchen, post=chef))
    assert refused.code == "org.over_headcount"
    assert {k: refused.facts[k] for k in ("unit", "post", "approved", "filled")} == {
        "unit": "后厨部", "post": "门店主厨", "approved": 1, "filled": 1,
    }  # fmt: skip
    world.must(ApproveHeadcount(headcount_id=new_id(), unit_id=kitchen, post_id=chef, from_day="2026-12-01", approved=2))
    assert world.refusal(move(second, kitchen, "2026-11-30", chef)) == "org.over_headcount"
    world.must(move(second, kitchen, "2026-12-01", chef))
    third = world.hire("张敏")
    world.must(move(third, kitchen)), world.must(move(first, kitchen, "2026-11-21", chef))


def test_the_calendar_knows_the_spring_festival_of_2026_and_its_make_up_days(one: World):
    """State Council, 4 November 2025: off 15 to 23 February, work on Saturday 14 and Saturday 28."""
    with one.looking() as session:
        kinds = {day: queries.kind_of_day(session, date(2026, 2, day)) for day in range(13, 29)}
    assert {day for day, kind in kinds.items() if kind == "holiday"} == set(range(15, 24))
    assert kinds[14] == kinds[28] == "working" and kinds[24] == kinds[27] == "working"


def test_the_company_speaks_over_the_public_calendar_and_can_take_it_back(one: World):
    def kind() -> str:
        with one.looking() as session:
            return queries.kind_of_day(session, date(2026, 11, 28))

    saturday = SetCalendarDay(day="2026-11-28", kind="working", name="盘点")
    assert kind() == "weekend"
    one.must(saturday)
    assert kind() == "working"
    one.must(SetCalendarDay(day="2026-11-28", kind="holiday", name="店庆"))
    assert kind() == "holiday"
    one.must(SetCalendarDay(day="2026-11-28", kind=None))
    assert kind() == "weekend"


def test_a_year_without_a_public_list_says_so(one: World):
    client = one.client("chen")
    known, unknown = (client.get("/api/v1/org/calendar", year=year).json for year in (2026, 2035))
    assert known["listed"] and not unknown["listed"] and unknown["items"] == []
    spring = [day["day"] for day in known["items"] if day["name_en"] == "Spring Festival" and day["kind"] == "working"]
    assert spring == ["2026-02-14", "2026-02-28"]
    assert known["working_days"] == 248 and client.get("/api/v1/org/calendar").json["year"] == 2026


def test_a_unit_tells_everything_it_was(one: World):
    kitchen, region = unit(one, "后厨部"), unit(one, "华东区", kind="region")
    one.must(change(kitchen, "2026-12-01", parent_id=region, name="餐饮部"))
    told = one.client("chen").get(f"/api/v1/org/units/{kitchen}/history").json
    assert [(row["from_day"], row["until"], row["name"], row["parent_name"]) for row in told["items"]] == [
        ("2026-01-01", "2026-12-01", "后厨部", "公司"), ("2026-12-01", None, "餐饮部", "华东区"),
    ]  # fmt: skip


def test_two_posts_have_two_codes_and_words_can_change(one: World):
    chef = post(one)
    assert one.refusal(DefinePost(post_id=new_id(), code="chef", name_zh="x", name_en="x")) == "org.code_taken"
    one.must(DefinePost(post_id=chef, code="chef", name_zh="厨师", name_en="Chef"))
    assert [row["name_zh"] for row in one.client("chen").get("/api/v1/org/posts").json["items"]] == ["厨师"]


def test_a_transaction_sees_the_units_it_has_made_itself(world: World):
    """Many operations in one transaction, each leaning on the one before: what was read of the tree is read anew."""
    region, inner = new_id(), new_id()
    steps = [
        AddUnit(unit_id=region, kind="region", name="华东区", parent_id=COMPANY_ID, from_day=TODAY),
        AddUnit(unit_id=inner, kind="region", name="上海", parent_id=region, from_day=TODAY),
        Hire(person_id=new_id(), number="E1", name="李伟", home_org="上海"),
        Hire(person_id=new_id(), number="E2", name="王芳", home_org="苏州"),
        Hire(person_id=new_id(), number="E3", name="张敏", home_org="苏州"),
        change(region, parent_id=inner),
    ]
    outcomes = world.do_many([(new_id(), step) for step in steps])
    assert [outcome.code for outcome in outcomes] == [None, None, None, None, None, "org.below_itself"]
    assert len(world.rows(sa.select(UnitVersion.unit_id).where(UnitVersion.name == "苏州"))) == 1
    batch = [(new_id(), step) for step in (change(inner, name="沪"), change(region, name="东区"))]
    assert [outcome.status for outcome in world.do_many(batch)] == ["applied", "applied"]
    assert (name_on(world, inner, date(2026, 11, 20)), name_on(world, region, date(2026, 11, 20))) == ("沪", "东区")


def test_what_a_transaction_remembers_of_the_tree_is_forgotten_when_it_changes_it(one: World):
    region = new_id()
    with writing(one.db, Actor.system(), op_id=new_id(), now=one.clock()) as session:
        session.info["reference_moved"] = True
        assert region not in queries.tree_on(session, date(2026, 11, 20)).units
        first = queries.tree_on(session, date(2026, 11, 20))
        assert queries.tree_on(session, date(2026, 11, 20)) is first, "the control: nothing changed, nothing is read again"
        session.add(OrgUnit(id=region, kind="region"))
        session.flush()
        row = {"unit_id": region, "from_day": date(2026, 1, 1), "until": None, "name": "华东区", "parent_id": COMPANY_ID}
        session.add(UnitVersion(id=new_id(), **row))
        assert region in queries.tree_on(session, date(2026, 11, 20)).units

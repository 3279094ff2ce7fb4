"""The organisation's pages: the tree as of a day, a unit with its posts and past, the calendar; lists narrowed to a unit."""

from __future__ import annotations

import html
import re
from datetime import date

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import AddUnit, ApproveHeadcount, ChangeUnit, DefinePost, MoveHome
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.org import queries
from server.org.model import COMPANY_ID, HomeStay, OrgUnit
from tests.web.company_of_shops import Shops
from tests.web.visitor import Visitor

TODAY = "2026-06-01"


def seen(page: str) -> str:
    """What stands on the page, without its tags."""
    body = page.split("<main", 1)[-1]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def unit(shops: Shops, name: str, kind: str = "department", parent: str = COMPANY_ID, from_day: str = "2026-01-01") -> str:
    unit_id = new_id()
    shops.company.must(AddUnit(unit_id=unit_id, kind=kind, name=name, parent_id=parent, from_day=from_day))  # type: ignore[arg-type]
    return unit_id


def under(shops: Shops, store: str, unit_id: str) -> str:
    store_id = shops.company.stores[store]
    shops.company.must(ChangeUnit(unit_id=store_id, from_day="2026-01-01", parent_id=unit_id))
    return store_id


def on(shops: Shops, unit_id: str, day: date) -> queries.UnitOnDay | None:
    with reading(shops.company.db, Actor.system()) as session:
        return queries.unit_on(session, unit_id, day)


def test_the_tree_shows_every_unit_with_its_manager_and_its_people(own_shops: Shops, admin: Visitor):
    east = unit(own_shops, "华东区", "region")
    under(own_shops, "南京西路旗舰店", east)
    own_shops.company.must(ChangeUnit(unit_id=east, from_day=TODAY, manager_id=own_shops.company.people["王伟"]))
    shown = seen(admin.get("/console/org").text)
    assert "公司" in shown and "江南厨务" in shown and "华东区 region 王伟" in shown and "南京西路旗舰店 partner store" in shown
    assert "华东区" not in seen(admin.get("/console/org?as_of=2025-12-31").text), "it was not there yet"


def test_units_and_managers_are_found_by_name_and_by_pinyin(own_shops: Shops, admin: Visitor):
    east = unit(own_shops, "华东区", "region")
    unit(own_shops, "华北区", "region")
    under(own_shops, "南京西路旗舰店", east)
    own_shops.company.must(ChangeUnit(unit_id=east, from_day=TODAY, manager_id=own_shops.company.people["王伟"]))
    for sought in ("华东", "huadong", "hdq", "wangwei"):
        shown = seen(admin.get(f"/console/org?q={sought}").text)
        assert "华东区" in shown and "华北区" not in shown, sought
    shop = seen(admin.get("/console/org?q=njxl").text)
    assert "南京西路旗舰店" in shop and "华东区" in shop, "what was found stands below what it belongs to"
    assert "No unit and no manager fits" in seen(admin.get("/console/org?q=zzzz").text)


def test_a_branch_is_shut_and_opened_again_without_a_script(own_shops: Shops, admin: Visitor):
    east = unit(own_shops, "华东区", "region")
    under(own_shops, "南京西路旗舰店", east)
    shop = "南京西路旗舰店 partner store"
    whole = admin.get("/console/org").text
    turn = re.search(r'href="([^"]+)" [^>]*aria-expanded="true" aria-label="Units below 华东区: 1"', whole)
    assert shop in seen(whole) and turn is not None
    shut = admin.get(html.unescape(turn[1])).text
    again = re.search(r'href="([^"]+)" [^>]*aria-expanded="false" aria-label="Units below 华东区: 1"', shut)
    assert shop not in seen(shut) and "华东区" in seen(shut) and again is not None
    assert shop in seen(admin.get(html.unescape(again[1])).text)


def test_a_unit_is_added_changed_and_closed_from_a_day_on(own_shops: Shops, admin: Visitor):
    form = {"kind": "department", "name": "后厨部", "parent_id": COMPANY_ID, "from_day": TODAY}
    added = admin.send("/console/org/new", "/console/org/new", **form)
    assert added.status_code == 303
    path = added.headers["Location"].split("?")[0]
    unit_id = path.rsplit("/", 1)[-1]
    chief = own_shops.company.people["李娜"]
    changed = admin.send(
        path, f"{path}/change", name="餐饮部", was_name="后厨部", parent_id=COMPANY_ID, was_parent=COMPANY_ID, manager_id=chief,
        was_manager="", from_day="2026-07-01",
    )  # fmt: skip
    assert changed.status_code == 303
    before, after = on(own_shops, unit_id, date(2026, 6, 30)), on(own_shops, unit_id, date(2026, 7, 1))
    assert before is not None and (before.name, before.manager_id) == ("后厨部", None)
    assert after is not None and (after.name, after.manager_id) == ("餐饮部", chief)
    assert "planned" in seen(admin.get(path).text)
    closed = admin.send(path, f"{path}/close", from_day="2026-08-01", reason="merged")
    assert closed.status_code == 303 and on(own_shops, unit_id, date(2026, 8, 1)) is None
    assert "does not exist on 1 Aug" in seen(admin.get(f"{path}?as_of=2026-08-01").text)


def test_a_unit_with_people_in_it_says_whom_to_move_first(own_shops: Shops, admin: Visitor):
    kitchen = unit(own_shops, "后厨部")
    person = own_shops.company.people["李娜"]
    page = f"/console/org/units/{kitchen}"
    moved = admin.send(page, f"{page}/people", person_id=person, post_id="", from_day=TODAY, reason="asked for")
    assert moved.status_code == 303 and "李娜" in seen(admin.get(page).text)
    refused = admin.send(page, f"{page}/close", from_day="2026-07-01", reason="merged")
    assert refused.status_code == 409 and "Still in 后厨部: 李娜. Move them first." in seen(refused.text)
    unknown = admin.send(page, f"{page}/people", person_id="nobody", from_day=TODAY, reason="r")
    assert unknown.status_code == 422 and "There is no such person" in seen(unknown.text)
    with reading(own_shops.company.db, Actor.system()) as session:
        assert len(session.scalars(sa.select(HomeStay).where(HomeStay.person_id == person)).all()) <= 2


def test_headcounts_show_who_is_too_many_and_what_is_open(own_shops: Shops, admin: Visitor):
    made = admin.send("/console/org/posts", "/console/org/posts", code="chef", name_zh="门店主厨", name_en="Store chef")
    assert made.status_code == 303 and "Store chef" in seen(admin.get("/console/org/posts").text)
    kitchen = unit(own_shops, "后厨部")
    post = re.search(r'/console/org/posts\?post=([0-9a-f-]+)', admin.get("/console/org/posts").text)
    assert post is not None
    page = f"/console/org/units/{kitchen}"
    saved = admin.send(page, f"{page}/headcounts", post_id=post[1], approved="2", from_day=TODAY)
    assert saved.status_code == 303 and "2 open" in seen(admin.get(page).text)
    for name in ("李娜", "张敏"):
        person = own_shops.company.people[name]
        move = {"move_id": new_id(), "person_id": person, "unit_id": kitchen, "post_id": post[1], "from_day": TODAY}
        own_shops.company.must(MoveHome(**move, reason="r"))
    assert "full" in seen(admin.get(page).text)
    third = admin.send(
        page, f"{page}/people", person_id=own_shops.company.people["刘洋"], post_id=post[1], from_day=TODAY, reason="r"
    )
    assert third.status_code == 409 and "后厨部 has 2 approved for" in seen(third.text)
    own_shops.company.must(
        ApproveHeadcount(headcount_id=new_id(), unit_id=kitchen, post_id=post[1], from_day=TODAY, approved=1)
    )
    assert "1 over" in seen(admin.get(page).text) and "1 over" in seen(admin.get("/console/org").text)
    wrong = admin.send(page, f"{page}/headcounts", post_id=post[1], approved="many", from_day=TODAY)
    assert wrong.status_code == 422 and "Post" in seen(wrong.text)


def test_a_form_that_leaves_something_as_it_was_does_not_plan_it_anew(own_shops: Shops, admin: Visitor):
    kitchen = unit(own_shops, "后厨部")
    own_shops.company.must(ChangeUnit(unit_id=kitchen, from_day="2026-09-01", name="餐饮部"))
    page = f"/console/org/units/{kitchen}"
    admin.send(
        page, f"{page}/change", name="后厨部", was_name="后厨部", parent_id=COMPANY_ID, was_parent=COMPANY_ID,
        manager_id=own_shops.company.people["李娜"], was_manager="", from_day=TODAY,
    )  # fmt: skip
    later = on(own_shops, kitchen, date(2026, 9, 1))
    assert later is not None and later.name == "餐饮部" and later.manager_id == own_shops.company.people["李娜"]


def test_lists_narrow_to_a_unit_from_their_filter_bar(own_shops: Shops, admin: Visitor):
    east = unit(own_shops, "华东区", "region")
    here = under(own_shops, "南京西路旗舰店", east)
    with reading(own_shops.company.db, Actor.system()) as session:
        others = [name for name, store in own_shops.company.stores.items() if store != here]
        assert session.get(OrgUnit, here) is not None
    for path in ("stores", "today?state=all", "devices", "punches", "people"):
        joined = f"/console/{path}{'&' if '?' in path else '?'}unit={east}"
        page = admin.get(joined).text
        table = page.split("<tbody>", 1)[-1]
        assert f'<option value="{east}" selected>' in page, path
        assert not any(name in table for name in others), path
        whole = admin.get(f"/console/{path}").text.split("<tbody>", 1)[-1]
        assert any(name in whole for name in others), f"the control: {path} without the filter shows other stores"


def test_the_calendar_shows_make_up_days_and_the_company_speaks_over_it(own_shops: Shops, admin: Visitor):
    page = admin.get("/console/calendar?year=2026").text
    assert page.count("make-up working day: Spring Festival") == 2 and "248 working days" in seen(page)
    assert admin.send("/console/calendar", "/console/calendar", day="2026-11-28", kind="working", name="盘点").status_code == 303
    shown = seen(admin.get("/console/calendar?year=2026").text)
    assert "249 working days" in shown and "28 Nov Sat 盘点" in shown
    admin.send("/console/calendar", "/console/calendar", day="2026-11-28", kind="", name="")
    assert "248 working days" in seen(admin.get("/console/calendar").text)
    assert "are not known here yet" in seen(admin.get("/console/calendar?year=2035").text)
    refused = admin.send("/console/calendar", "/console/calendar", day="2026-02-30", kind="holiday", name="x")
    assert refused.status_code == 422 and "2026-02-30 is not a day" in seen(refused.text)


def test_whoever_may_only_look_meets_no_forms(own_shops: Shops, admin: Visitor):
    kitchen = unit(own_shops, "后厨部")
    post = DefinePost(post_id=new_id(), code="chef", name_zh="门店主厨", name_en="Store chef")
    own_shops.company.must(post)
    auditor = Visitor(own_shops.app).speak("en")
    assert auditor.sign_in("auditor").status_code == 303
    for path in ("/console/org", f"/console/org/units/{kitchen}", "/console/org/posts", "/console/calendar"):
        page = auditor.get(path)
        main = page.text.split("<main", 1)[-1]
        assert page.status_code == 200 and 'method="post"' not in main, path
        assert 'method="post"' in admin.get(path).text.split("<main", 1)[-1] or path == "/console/org", "the control"

"""Growth at the console: from an empty company to a recommendation, an effect, a path, a wish, a promotion; what is wrong is said
where it was typed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.growth import SayWish
from contract.ids import new_id
from server.feedback import service
from server.growth.model import CareerPath, CareerWish, Indicator, IndicatorValue, PathMember, Promotion, RecommendationRule
from server.people.model import Person
from server.web import growth_paths
from tests.server.growth_of import Growing
from tests.server.world import PASSWORD, SECRET, World
from tests.support.planted import instead
from tests.web.visitor import Visitor, counts, seen


@pytest.fixture
def shop(tmp_path) -> Growing:
    made = Growing(World.on_sqlite(tmp_path))
    yield made
    made.world.close()


def visitor(shop: Growing, login: str = "qian", language: str = "en") -> Visitor:
    found = Visitor(shop.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def test_an_empty_company_is_told_what_each_page_is_for(shop: Growing) -> None:
    with_nothing = visitor(shop)
    for page, says in (
        ("effects", "Nothing to compare yet"), ("rules", "No rules yet"), ("indicators", "No values yet"),
        ("paths", "No career paths yet"), ("people", "Nobody yet"), (f"effects/{new_id()}", "Nothing to compare yet"),
    ):  # fmt: skip
        answer = with_nothing.get(f"/console/growth/{page}")
        assert answer.status_code == 200 and says in seen(answer), page


def test_an_indicator_is_defined_and_a_value_recorded_by_hand(shop: Growing) -> None:
    hr, page = visitor(shop), "/console/growth/indicators"
    given = {"name_zh": "满意度", "name_en": "Satisfaction", "code": "satisfaction", "unit": "分", "better": "higher"}
    assert hr.send(page, page, **given).status_code == 303
    assert shop.world.rows(sa.select(Indicator.code)) == ["satisfaction"]
    number = shop.world.row(Person, shop.li).number
    value = {"indicator": "satisfaction", "person": f"李伟 · {number}", "from_day": "2026-11-01", "to_day": "2026-11-19"}
    assert hr.send(page, "/console/growth/values", **value, value="55").status_code == 303
    assert shop.world.rows(sa.select(IndicatorValue.value)) == ["55"]
    wrong = hr.send(page, "/console/growth/values", **{**value, "person": "nobody"}, value="55")
    assert wrong.status_code == 422 and 'role="alert"' in wrong.text
    assert "李伟" in seen(hr.get(page + "?indicator=satisfaction&q=李")) and "李伟" not in seen(hr.get(page + "?q=王"))
    assert "李伟,satisfaction,55" in hr.get(page + "?format=csv").text


def test_a_rule_says_to_whom_it_would_recommend_before_it_does(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("service", "客户服务", "Customer service")
    for person, value in ((shop.li, "55"), (shop.wang, "58"), (shop.chen, "70")):
        shop.measured(value, person=person)
    hr, page = visitor(shop), "/console/growth/rules"
    form = {"kind": "indicator", "indicator": "satisfaction", "side": "below", "line": "60", "course": course, "code": "low"}
    asked = "&".join(f"{name}={value}" for name, value in form.items())
    preview = seen(hr.get(f"{page}/preview?{asked}"))
    assert "Would recommend to 2 people now" in preview and "李伟" in preview and "陈洁" not in preview
    assert shop.world.rows(sa.select(RecommendationRule.id)) == [] and shop.told(shop.li) == []
    assert "Line: " in seen(hr.get(f"{page}/preview?kind=indicator&indicator=satisfaction&side=below"))
    assert hr.send(page, page, **form, active="yes").status_code == 303
    assert "2 people" in seen(hr.get(page)) and len(shop.told(shop.li)) == 1
    (rule,) = shop.world.rows(sa.select(RecommendationRule.id))
    assert 'value="60"' in hr.get(f"{page}?rule={rule}").text
    off = hr.send(f"{page}?rule={rule}", page, **form, rule=rule)
    assert off.status_code == 303 and shop.recommended(shop.li) == [] and "Off" in seen(hr.get(page))
    wrong = hr.send(page, page, **{**form, "line": "sixty", "code": "other"})
    assert wrong.status_code == 422 and 'value="sixty"' in wrong.text, "what was typed stays to be mended"
    assert "Save" not in seen(visitor(shop, "wu").get(page)), "a manager reads"


def test_a_rule_that_counts_tickets_is_made_with_kinds_that_stores_see(shop: Growing) -> None:
    service.ensure(shop.world.db, shop.world.clock(), SECRET)
    course = shop.course("service", "客户服务", "Customer service")
    hr, page = visitor(shop), "/console/growth/rules"
    shown = hr.get(page)
    assert shown.status_code == 200 and 'value="customer"' in shown.text and 'value="complaint"' not in shown.text
    form = {"kind": "tickets", "category": "customer", "at_least": "3", "days": "30", "course": course, "code": "asked"}
    assert hr.send(page, page, **form, active="yes").status_code == 303
    (rule,) = shop.world.rows(sa.select(RecommendationRule))
    assert (rule.kind, rule.when["category"], rule.when["at_least"], rule.when["days"]) == ("tickets", "customer", 3, 30)
    again = hr.get(f"{page}?rule={rule.id}")
    assert again.status_code == 200 and '<option value="customer" selected>' in again.text


def test_an_effect_says_its_n_and_what_it_was_compared_with(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    for person, before, after in (
        (shop.li, "72", "81"), (shop.wang, "70", "79"), (shop.chen, "74", "73"), (shop.lei, "60", "61"),
    ):  # fmt: skip
        shop.measured(before, person=person)
        shop.measured(after, person=person, on="2026-12-10")
    for person in (shop.li, shop.wang):
        shop.read(person, course)
    hr = visitor(shop)
    answer = hr.get(f"/console/growth/effects/{course}?indicator=satisfaction")
    assert counts(answer) == {"before": 71, "after": 80, "n": 2} and "+9" in seen(answer)
    assert "Did not take it n = 2" in seen(answer) and "regression to the mean" in seen(answer)
    overview = hr.get("/console/growth/effects")
    assert "Course" in seen(overview) and "+9" in seen(overview)
    assert "李伟,2026-11-20,72,81,9" in hr.get(f"/console/growth/effects/{course}?indicator=satisfaction&format=csv").text


@pytest.mark.parametrize(("after", "told"), [("72", True), ("81", False)])
def test_the_library_says_which_course_to_revise(shop: Growing, after: str, told: bool) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    for person in (shop.li, shop.wang):
        shop.measured("72", person=person)
        shop.measured(after, person=person, on="2026-12-10")
        shop.read(person, course)
    assert ("Revise" in seen(visitor(shop).get("/console/courses"))) is told


def test_a_path_is_defined_joined_promoted_on_and_left(shop: Growing) -> None:
    course = shop.course("c", "产品", "Products")
    hr, page = visitor(shop), "/console/growth/paths"
    form = {
        "name_zh": "销售", "name_en": "Sales", "code": "sales", "reason": "r", "s0_zh": "入门", "s0_en": "Beginner",
        "s0_from": "1", "s0_to": "3", "s0_courses": course, "s0_c0_kind": "months", "s0_c0_amount": "3", "s1_zh": "独立",
        "s1_from": "4", "s1_to": "6", "s1_c0_kind": "exam", "s1_c0_course": course, "s1_c0_amount": "80",
    }  # fmt: skip
    assert hr.send(page, page, **form).status_code == 303
    (path,) = shop.world.rows(sa.select(CareerPath))
    assert [one["title_en"] for one in path.stages] == ["Beginner", "独立"] and path.stages[0]["courses"] == [course]
    wrong = hr.send(page, page, **{**form, "code": "other", "s1_from": "2"})
    assert wrong.status_code == 422 and 'value="入门"' in wrong.text
    number, people = shop.world.row(Person, shop.li).number, "/console/growth/people"
    joined = {"person": f"李伟 · {number}", "career": path.id, "from_day": "2026-08-10"}
    assert hr.send(people, people, **joined).status_code == 303
    assert hr.send(people, people, **joined).status_code == 409
    own = f"{people}/{shop.li}"
    shown = seen(hr.get(own))
    assert "Month 4" in shown and 'Course "Products"' in shown and "Missing for the next step" in shown
    assert hr.send(own, f"{own}/promoted", career=path.id, from_day="2026-12-01", reason="worked well").status_code == 303
    assert "Missing at the time:" in seen(hr.get(own)) and len(shop.world.rows(sa.select(Promotion.id))) == 1
    (member,) = shop.world.rows(sa.select(PathMember.id))
    assert hr.send(own, f"{own}/left", member=member, until="2026-11-20", reason="r").status_code == 303
    assert "On no path" in seen(hr.get(own))


def test_a_wish_is_said_by_oneself_and_listed_for_who_manages_the_person(shop: Growing) -> None:
    shop.world.account(shop.li, "li", "employee")
    mine, own = visitor(shop, "li"), f"/console/growth/people/{shop.li}"
    assert mine.send(own, f"{own}/wish", wish="promotion", note="I would like to lead").status_code == 303
    assert shop.world.rows(sa.select(CareerWish.wish)) == ["promotion"] and "I would like to lead" in seen(mine.get(own))
    other = f"/console/growth/people/{shop.lei}"
    assert mine.get(other).status_code == 404 and mine.post(f"{other}/wish", wish="stay").status_code == 404
    assert mine.get("/console/growth/people").status_code == 403
    listed = visitor(shop, "wu").get("/console/growth/people?wish=promotion")
    assert "李伟" in seen(listed) and "Promotion" in seen(listed)
    assert "李伟" not in seen(visitor(shop, "sun").get("/console/growth/people"))
    assert "李伟" not in seen(visitor(shop).get("/console/growth/people?wish=stay"))


def test_a_form_that_says_another_wish_is_found(shop: Growing) -> None:
    """The control: a form that says another wish than the one that was chosen."""
    with instead(growth_paths, "SayWish", lambda **_values: SayWish(wish_id=new_id(), wish="stay")):
        with pytest.raises(AssertionError):
            test_a_wish_is_said_by_oneself_and_listed_for_who_manages_the_person(shop)


def test_both_languages_have_every_word(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    shop.ruled("r", course, kind="indicator", indicator="satisfaction", above="60")
    for language in ("zh", "en"):
        reader = visitor(shop, language=language)
        for page in ("effects", f"effects/{course}", "rules", "indicators", "paths", "people", f"people/{shop.li}"):
            assert "console." not in seen(reader.get(f"/console/growth/{page}")), (language, page)

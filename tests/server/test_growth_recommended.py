"""Courses recommended with their reason: by post, by an indicator, after a quiz; gone once passed; told once."""

from __future__ import annotations

import itertools

import pytest

from contract.growth import TurnRecommendations
from contract.ids import new_id
from contract.org import DefinePost, MoveHome
from contract.people import LetGo
from server.growth import reactions, recommending, who
from server.kernel.actors import Actor
from server.kernel.perform import reading
from tests.server.growth_of import Growing
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def shop(world: World) -> Growing:
    return Growing(world)


@pytest.fixture
def any_shop(any_world: World) -> Growing:
    return Growing(any_world)


def served(shop: Growing) -> tuple[str, str]:
    """The ready rule of the demo: satisfaction below 60 recommends customer service; answers course and rule."""
    shop.indicator(unit="分")
    course = shop.course("customer-service", "客户服务技巧", "Customer service skills")
    return course, shop.ruled("satisfaction-low", course, kind="indicator", indicator="satisfaction", below="60")


def test_a_satisfaction_of_55_recommends_customer_service_on_the_phone_with_its_reason(any_shop: Growing) -> None:
    shop = any_shop
    course, _ = served(shop)
    shop.measured("55", person=shop.li)
    (row,) = shop.recommended(shop.li)
    assert (row.course_id, row.title_zh, row.title_en) == (course, "客户服务技巧", "Customer service skills")
    assert row.rule == "satisfaction-low"
    assert row.why_zh == "满意度为 55分，低于 60分。" and row.why_en == "Satisfaction is 55分, below the line of 60分."
    assert shop.recommended(shop.wang) == [], "who has no value is recommended nothing"
    (item,) = shop.told(shop.li)
    assert item.kind == "notice" and item.facts["course_zh"] == "客户服务技巧" and "55" in item.facts["why_zh"]


def test_on_the_line_is_not_below_it(shop: Growing) -> None:
    served(shop)
    shop.measured("60", person=shop.li)
    shop.measured("59.9", person=shop.wang)
    assert shop.recommended(shop.li) == [] and len(shop.recommended(shop.wang)) == 1


def test_a_failed_product_knowledge_recommends_the_advanced_one_and_passing_takes_it_away(any_shop: Growing) -> None:
    shop = any_shop
    basic = shop.course("product-knowledge", "产品知识", "Product knowledge")
    advanced = shop.course("product-advanced", "产品知识进阶", "Product knowledge advanced")
    shop.ruled("product-failed", advanced, kind="quiz", quiz_course_id=basic)
    assert shop.attempt(shop.li, basic, 2)["passed"] is False
    (row,) = shop.recommended(shop.li)
    assert row.course_id == advanced and row.why_zh == "“产品知识”测验未通过（40%）。"
    assert row.why_en == 'The quiz of "Product knowledge" was not passed (40 %).'
    assert [item.done_at for item in shop.told(shop.li)] == [None]
    shop.attempt(shop.li, advanced, 5)
    assert shop.recommended(shop.li) == [], "passed: recommended no more"
    assert [item.done_at is not None for item in shop.told(shop.li)] == [True], "nor does the inbox say so any more"
    shop.attempt(shop.wang, basic, 1)
    assert len(shop.recommended(shop.wang)) == 1
    shop.attempt(shop.wang, basic, 4)
    assert shop.recommended(shop.wang) == [], "the rule does not hold any more: the quiz is passed"


def test_a_course_without_a_quiz_is_recommended_until_it_is_finished(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("greeting", "问候", "Greeting", quiz=False)
    shop.ruled("greet", course, kind="indicator", indicator="satisfaction", below="60")
    shop.measured("10", person=shop.li)
    assert len(shop.recommended(shop.li)) == 1
    shop.read(shop.li, course)
    assert shop.recommended(shop.li) == []


def test_without_its_end_what_is_passed_would_stay_recommended(shop: Growing) -> None:
    """The control: nobody looks again when somebody has passed."""
    course, _ = served(shop)
    shop.measured("55", person=shop.li)
    with instead(reactions.recommending, "turn", lambda *_: 0):
        shop.attempt(shop.li, course, 5)
    assert len(shop.recommended(shop.li)) == 1


def test_a_better_value_takes_it_away_and_a_worse_one_brings_it_back_and_tells_again(shop: Growing) -> None:
    served(shop)
    shop.measured("55", person=shop.li)
    shop.world.clock.pass_(days=1)
    shop.measured("75", person=shop.li, on="2026-11-20")
    assert shop.recommended(shop.li) == [] and len(shop.told(shop.li)) == 1
    shop.world.clock.pass_(days=1)
    shop.measured("50", person=shop.li, on="2026-11-21")
    assert [row.why_zh for row in shop.recommended(shop.li)] == ["满意度为 50分，低于 60分。"]
    assert len(shop.told(shop.li)) == 2, "it was gone and is back"
    shop.measured("40", person=shop.li, on="2026-11-21")
    assert [row.why_zh for row in shop.recommended(shop.li)] == ["满意度为 40分，低于 60分。"]
    assert len(shop.told(shop.li)) == 2, "it only has other figures"


def test_days_pass_and_nobody_is_told_the_same_again(shop: Growing) -> None:
    served(shop)
    shop.measured("55", person=shop.li)
    for _ in range(3):
        shop.world.clock.pass_(days=1)
        with reading(shop.world.db, Actor.system()) as session:
            assert recommending.to_turn(session, shop.world.clock()) == []
        shop.world.must(TurnRecommendations(people=[shop.li]), Actor.system())
    assert len(shop.told(shop.li)) == 1 and len(shop.recommended(shop.li)) == 1


def test_a_post_recommends_to_whoever_has_it_by_home_or_by_posting(shop: Growing) -> None:
    post = new_id()
    shop.world.must(DefinePost(post_id=post, code="chef", name_zh="主厨", name_en="Chef"))
    course = shop.course("hygiene", "食品卫生", "Food hygiene")
    shop.ruled("chefs", course, kind="post", post_id=post)
    assert shop.recommended(shop.li) == []

    def moved(person: str, day: str) -> None:
        op = MoveHome(move_id=new_id(), person_id=person, unit_id=shop.store, post_id=post, from_day=day, reason="r")
        shop.world.must(op)

    moved(shop.li, "2026-11-20")
    assert [row.why_zh for row in shop.recommended(shop.li)] == ["推荐给所有主厨岗位的同事。"]
    moved(shop.wang, "2026-11-25")
    assert shop.recommended(shop.wang) == [], "only from that day on"
    shop.world.clock.pass_(days=6)
    with reading(shop.world.db, Actor.system()) as session:
        assert recommending.to_turn(session, shop.world.clock()) == [shop.wang]
    shop.world.must(TurnRecommendations(people=[shop.wang]), Actor.system())
    assert len(shop.recommended(shop.wang)) == 1 and len(shop.told(shop.wang)) == 1


def test_a_stores_value_counts_for_all_who_work_there_unless_they_have_their_own(shop: Growing) -> None:
    served(shop)
    shop.measured("80", person=shop.wang)
    shop.measured("50", store=shop.store)
    assert len(shop.recommended(shop.li)) == len(shop.recommended(shop.chen)) == 1
    assert shop.recommended(shop.wang) == [], "her own value is 80"
    assert shop.recommended(shop.lei) == [], "of another store"


def test_a_course_that_retires_or_is_not_for_them_is_not_recommended(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("house", "店规", "House rules", stores=(shop.other,))
    shop.ruled("house", course, kind="indicator", indicator="satisfaction", below="60")
    shop.measured("10", person=shop.li)
    shop.measured("10", person=shop.lei)
    assert shop.recommended(shop.li) == [] and len(shop.recommended(shop.lei)) == 1
    shop.retire(course)
    assert shop.recommended(shop.lei) == []


def test_who_leaves_is_recommended_nothing(shop: Growing) -> None:
    served(shop)
    shop.measured("10", person=shop.li)
    shop.world.must(LetGo(person_id=shop.li, reason="r"))
    assert shop.recommended(shop.li) == []


def test_a_rule_that_is_switched_off_takes_its_recommendations_along(shop: Growing) -> None:
    course, rule = served(shop)
    shop.measured("55", person=shop.li)
    when = {"rule_id": rule, "kind": "indicator", "indicator": "satisfaction"}
    off = shop.rule("satisfaction-low", course, **when, below="60", active=False)
    assert shop.world.must(off, shop.as_qian).answer == {"people": 0}
    assert shop.recommended(shop.li) == []
    higher = shop.rule("satisfaction-low", course, **when, below="50")
    shop.world.must(higher, shop.as_qian)
    assert shop.recommended(shop.li) == [], "55 is not below 50"


def test_a_rule_says_its_own_sentence_with_the_facts_in_their_places(shop: Growing) -> None:
    shop.indicator(unit="%")
    course = shop.course("c", "课", "Course")
    shop.ruled(
        "own", course, kind="indicator", indicator="satisfaction", above="2.5", why_zh="{indicator}{value}了，别超过{line}{{x}}",
        why_en="{indicator} at {value}: {line} is the most",
    )  # fmt: skip
    shop.measured("3.10", person=shop.li)
    (row,) = shop.recommended(shop.li)
    assert (row.why_zh, row.why_en) == ("满意度3.1%了，别超过2.5%{{x}}", "Satisfaction at 3.1%: 2.5% is the most")


def test_a_rule_that_says_too_little_or_too_much_is_refused(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course")
    for when in (
        {"kind": "post"},
        {"kind": "indicator", "indicator": "satisfaction"},
        {"kind": "indicator", "indicator": "satisfaction", "below": "1", "above": "2"},
        {"kind": "quiz", "quiz_course_id": course, "below": "1"},
    ):
        assert shop.world.refusal(shop.rule("r", course, **when), shop.as_qian) == "growth.rule_incomplete", when
    fine = {"kind": "indicator", "indicator": "nobody-measures-it", "below": "1"}
    assert shop.world.refusal(shop.rule("r", course, **fine), shop.as_qian) == "growth.indicator_unknown"
    nowhere = shop.rule("r", new_id(), kind="quiz", quiz_course_id=course)
    assert shop.world.refusal(nowhere, shop.as_qian) == "learning.course_unknown"
    assert shop.world.refusal(shop.rule("r", course, kind="quiz", quiz_course_id=course), shop.as_wu) == "access.not_allowed"


def test_whatever_comes_first_the_same_is_recommended(shop: Growing) -> None:
    """Values, attempts that fail and pass, and rules, in every order: the same people are recommended the same for the same
    reasons."""
    found = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        code = shop.indicator(f"i{number}", "满意度", "Satisfaction")
        basic, other = shop.course(f"basic{number}", "基础", "Basic"), shop.course(f"other{number}", "其他", "Other")

        def measure(code: str = code) -> None:
            shop.measured("55", person=shop.li, indicator=code)
            shop.measured("50", person=shop.wang, indicator=code)

        def learn(basic: str = basic, other: str = other) -> None:
            shop.attempt(shop.li, basic, 1)
            shop.attempt(shop.wang, other, 5)

        def rule(code: str = code, basic: str = basic, other: str = other) -> None:
            shop.ruled(f"low-{code}", other, kind="indicator", indicator=code, below="60")
            shop.ruled(f"failed-{code}", other, kind="quiz", quiz_course_id=basic)

        for step in order:
            (measure, learn, rule)[step]()
        mine = [row for row in shop.recommended(shop.li) if row.course_id == other]
        found.add(tuple(sorted((row.rule.partition("-")[0], row.why_zh) for row in mine)))
    assert shop.recommended(shop.wang) == []
    assert found == {(("failed", "“基础”测验未通过（20%）。"), ("low", "满意度为 55，低于 60。"))}


def test_a_finder_that_forgets_who_has_passed_is_found(shop: Growing) -> None:
    """The control: whoever asks nobody's standing recommends to those who have passed."""
    course, _ = served(shop)
    shop.attempt(shop.li, course, 5)
    with instead(who, "standings", lambda *_: {}):
        shop.measured("55", person=shop.li)
    assert len(shop.recommended(shop.li)) == 1
    shop.measured("54", person=shop.li)
    assert shop.recommended(shop.li) == []

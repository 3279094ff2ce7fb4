"""Indicators and their values, what a course changed of them, and who sees which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from contract.growth import DefineIndicator
from contract.growth_views import Effect, EffectQuery, EffectsQuery, ValueQuery
from contract.ids import new_id
from contract.org import DefinePost, MoveHome
from server.growth import effects, queries
from server.growth.model import IndicatorValue
from server.kernel import scope
from server.kernel.actors import Actor
from server.kernel.problems import Problem
from tests.server.growth_of import Growing
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def shop(world: World) -> Growing:
    return Growing(world)


def seen(shop: Growing, who: Actor, **asked: str) -> list[tuple[str, str]]:
    with shop.world.looking(who) as session:
        return [(line.name, line.value) for line in queries.values(session, ValueQuery(**asked)).items]  # type: ignore[arg-type]


def changed(shop: Growing, course: str, who: Actor | None = None, indicator: str = "satisfaction", days: int = 30) -> Effect:
    with shop.world.looking(who or shop.as_qian) as session:
        return effects.effect(session, EffectQuery(course_id=course, indicator=indicator, days=days))


# -- values ------------------------------------------------------------------------------------------------------------------


def test_the_same_said_again_is_replaced_and_nothing_is_counted_twice(any_world: World) -> None:
    shop = Growing(any_world)
    shop.indicator()
    assert shop.measured("55.00", person=shop.li) == {"new": 1, "changed": 0, "same": 0}
    assert shop.measured("55", person=shop.li) == {"new": 0, "changed": 0, "same": 1}
    assert shop.measured("65", person=shop.li) == {"new": 0, "changed": 1, "same": 0}
    assert seen(shop, shop.as_qian) == [("李伟", "65")]


def test_a_batch_is_taken_whole_or_not_at_all(shop: Growing) -> None:
    shop.indicator()
    good = shop.value("1", person=shop.li)
    wrong = {
        "growth.indicator_unknown": shop.value("1", person=shop.li, indicator="x"),
        "growth.value_of_nobody": shop.value("1"),
        "people.unknown": shop.value("1", person=new_id()),
        "stores.unknown": shop.value("1", store=new_id()),
        "growth.value_ends_before": shop.value("1", person=shop.li, from_day="2026-11-03", to_day="2026-11-02"),
        "shifts.no_such_day": shop.value("1", person=shop.li, from_day="2026-02-30", to_day="2026-03-02"),
        "growth.value_twice": good,
    }
    for code, value in wrong.items():
        outcome = shop.record(good, value)
        assert (outcome.code, (outcome.field or "").startswith("values.1")) == (code, True)
    assert shop.world.rows(sa.select(IndicatorValue.id)) == []
    assert shop.record(good, who=shop.as_wu).code == "access.not_allowed"


def test_an_indicators_code_stays_and_its_names_may_change(shop: Growing) -> None:
    shop.indicator()
    (row,) = queries_of(shop)
    again = DefineIndicator(indicator_id=row.id, code="satisfaction", name_zh="顾客满意", name_en="Customer satisfaction")
    shop.world.must(again, shop.as_qian)
    assert [(one.code, one.name_zh) for one in queries_of(shop)] == [("satisfaction", "顾客满意")]
    for op in (
        DefineIndicator(indicator_id=row.id, code="other", name_zh="n", name_en="n"),
        DefineIndicator(indicator_id=new_id(), code="satisfaction", name_zh="n", name_en="n"),
    ):
        assert shop.world.refusal(op, shop.as_qian) == "growth.code_taken"


def queries_of(shop: Growing) -> list[object]:
    with shop.world.looking(shop.as_qian) as session:
        return queries.indicators(session).items  # type: ignore[return-value]


def test_a_manager_sees_the_values_of_her_people_and_her_store_and_no_other(any_world: World) -> None:
    shop = Growing(any_world)
    shop.indicator()
    for value, person in (("1", shop.li), ("2", shop.lei)):
        shop.measured(value, person=person)
    for value, store in (("3", shop.store), ("4", shop.other)):
        shop.measured(value, store=store)
    assert sorted(seen(shop, shop.as_wu)) == [("李伟", "1"), ("静安店", "3")]
    assert sorted(seen(shop, shop.as_sun)) == [("豫园店", "4"), ("赵磊", "2")]
    assert sorted(seen(shop, shop.own(shop.li))) == [("李伟", "1")]
    assert len(seen(shop, shop.as_qian)) == 4 and seen(shop, shop.as_qian, store_id=shop.other) == [("豫园店", "4")]


def test_who_has_gone_on_to_another_store_is_read_there_and_not_here_any_more(shop: Growing) -> None:
    shop.indicator()
    guest = shop.world.hire("借调的")
    shop.world.post(guest, shop.store, "2026-11-01", "2026-11-25")
    shop.world.post(guest, shop.other, "2026-11-25")
    shop.measured("9", person=guest)
    assert seen(shop, shop.as_wu) == [("借调的", "9")] and seen(shop, shop.as_sun) == [("借调的", "9")]
    shop.world.clock.pass_(days=8)
    assert seen(shop, shop.as_wu) == [] and seen(shop, shop.as_sun) == [("借调的", "9")]


def test_a_scope_that_lets_everybody_see_is_found(shop: Growing) -> None:
    """The control."""
    shop.indicator()
    shop.measured("2", person=shop.lei)
    open_to = scope.RULES[IndicatorValue]._replace(visible=lambda _actor: None)
    with instead(scope, "RULES", {**scope.RULES, IndicatorValue: open_to}):
        assert seen(shop, shop.as_wu) != []
    assert seen(shop, shop.as_wu) == []


# -- effects -----------------------------------------------------------------------------------------------------------------


def test_72_before_and_81_after_are_nine_more_with_how_many(shop: Growing) -> None:
    """Three people: 72 -> 81, 70 -> 79, 74 -> 83; each gained nine, so that is what the course is worth."""
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    for person, before, after in ((shop.li, "72", "81"), (shop.wang, "70", "79"), (shop.chen, "74", "83")):
        shop.measured(before, person=person)
        shop.read(person, course)
        shop.measured(after, person=person, on="2026-12-15")
    found = changed(shop, course)
    assert found.taken is not None and (found.taken.n, found.taken.before, found.taken.after) == (3, "72", "81")
    assert (found.taken.change, found.taken.low, found.taken.high) == ("9", "9", "9")
    assert (found.verdict, found.revise, found.compared, found.without_values) == ("helps", False, None, 0)
    shown = [(one.name, one.before, one.after, one.change) for one in found.people]
    assert shown == sorted([("李伟", "72", "81", "9"), ("王芳", "70", "79", "9"), ("陈洁", "74", "83", "9")])
    assert {one.finished_on for one in found.people} == {"2026-11-20"}


def test_story_two_by_imported_values_is_twenty_more_with_n_of_one_said(shop: Growing) -> None:
    """Complaints 5 of 200 in March give 80 points; the course is passed on 6 April; 4 of 200 in April give 100."""
    shop.world.clock.now = datetime(2026, 4, 6, 4, 0, tzinfo=UTC)
    shop.indicator("complaints", "投诉率得分", "Complaint score", unit="分")
    course = shop.course("dishes", "菜品投诉处理", "Handling dish complaints")
    of = {"person": shop.li, "indicator": "complaints", "n": 200}
    shop.measured("80", **of, from_day="2026-03-01", to_day="2026-03-31")
    assert shop.attempt(shop.li, course, 5)["passed"]
    shop.measured("100", **of, from_day="2026-04-01", to_day="2026-04-30")
    found = changed(shop, course, indicator="complaints")
    assert found.taken is not None and (found.taken.n, found.taken.change, found.taken.low) == (1, "20", None)
    assert (found.verdict, found.revise) == ("too_few", False)


def test_what_would_have_come_without_it_is_taken_off_by_those_who_did_not_take_it(shop: Growing) -> None:
    """Whoever did badly is sent to the course; but everybody of the post rises by eight. What the course changed is nothing."""
    shop.indicator()
    course, post = shop.course("c", "课", "Course", quiz=False), new_id()
    shop.world.must(DefinePost(post_id=post, code="sales", name_zh="销售", name_en="Sales"))
    others = [shop.world.hire(f"同事{n}") for n in range(4)]
    for person in (shop.li, shop.wang, *others):
        move = MoveHome(move_id=new_id(), person_id=person, unit_id=shop.store, post_id=post, from_day="2026-11-20", reason="r")
        shop.world.must(move)
    stranger = shop.world.hire("别的岗位")
    for number, person in enumerate((shop.li, shop.wang, *others, stranger)):
        shop.measured(str(50 + number), person=person)
        shop.measured(str(58 + number + number % 2), person=person, on="2026-12-10")
    for person in (shop.li, shop.wang):
        shop.read(person, course)
    found = changed(shop, course)
    assert found.taken is not None and found.compared is not None
    assert (found.taken.n, found.taken.change) == (2, "8.5") and (found.compared.n, found.compared.change) == (4, "8.5")
    assert (found.difference, found.verdict, found.revise) == ("0", "revise", True)
    assert found.difference_low is not None and found.difference_low.startswith("-")
    with shop.world.looking(shop.as_qian) as session:
        (line,) = effects.effects(session, EffectsQuery()).items
    assert (line.course_id, line.n, line.revise, line.indicator) == (course, 2, True, "satisfaction")


def test_without_the_comparison_the_same_course_would_seem_to_help(shop: Growing) -> None:
    """The control: nobody is compared, and regression to the mean passes for teaching."""
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    for person, before, after in (
        (shop.li, "50", "58"), (shop.wang, "51", "59"), (shop.chen, "52", "60"), (shop.lei, "53", "61"),
    ):  # fmt: skip
        shop.measured(before, person=person)
        shop.measured(after, person=person, on="2026-12-10")
    for person in (shop.li, shop.wang):
        shop.read(person, course)
    assert changed(shop, course).verdict == "revise"
    with instead(effects, "_compared", lambda *_: {}):
        assert changed(shop, course).verdict == "helps"


def test_who_has_begun_the_course_is_compared_with_nobody_and_who_has_no_values_is_counted(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course")
    for person in (shop.li, shop.wang, shop.chen):
        shop.measured("50", person=person)
        shop.measured("60", person=person, on="2026-12-10")
    shop.attempt(shop.li, course, 5)
    shop.attempt(shop.wang, course, 0)
    shop.attempt(shop.lei, course, 5)
    found = changed(shop, course)
    assert found.compared is not None and (found.taken.n, found.compared.n) == (1, 1)  # type: ignore[union-attr]
    assert found.without_values == 1, "Lei finished, and was never measured"


def test_a_managers_report_is_about_her_own_people(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    for person in (shop.li, shop.lei):
        shop.measured("50", person=person)
        shop.read(person, course)
        shop.measured("60", person=person, on="2026-12-10")
    assert [one.name for one in changed(shop, course, shop.as_wu).people] == ["李伟"]
    assert [one.name for one in changed(shop, course, shop.as_sun).people] == ["赵磊"]
    assert len(changed(shop, course).people) == 2


def test_a_course_that_nobody_with_values_has_finished_says_so(shop: Growing) -> None:
    shop.indicator()
    course = shop.course("c", "课", "Course", quiz=False)
    shop.read(shop.li, course)
    found = changed(shop, course)
    assert (found.taken, found.verdict, found.without_values, found.people) == (None, "too_few", 1, [])
    for wrong, code in (({"course": new_id()}, "learning.course_unknown"), ({"indicator": "x"}, "growth.indicator_unknown")):
        with pytest.raises(Problem) as refused:
            changed(shop, **{"course": course, **wrong})
        assert refused.value.code == code

"""Courses that tickets recommend: so many of a kind within so many days at a store, to all who work there, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contract.feedback import FileTicket
from contract.growth import TurnRecommendations
from contract.ids import new_id
from server.feedback import desks, growing, service
from server.feedback.model import Ticket
from server.growth.recommending import to_turn
from server.kernel.actors import Actor
from server.kernel.perform import reading, writing
from tests.server.growth_of import Growing
from tests.server.world import SECRET, World
from tests.support.planted import instead

RULE: dict[str, Any] = {"kind": "tickets", "category": "customer", "at_least": 3, "days": 30}


def furnished(world: World) -> Growing:
    shop = Growing(world)
    desks.ensure(world.db, world.clock(), SECRET)
    service.ensure(world.db, world.clock(), SECRET)
    return shop


@pytest.fixture
def shop(world: World) -> Growing:
    return furnished(world)


@pytest.fixture
def any_shop(any_world: World) -> Growing:
    return furnished(any_world)


def filed(shop: Growing, times: int = 1, category: str = "customer", who: str | None = None, store: str | None = None) -> None:
    for _ in range(times):
        said = FileTicket(ticket_id=new_id(), category=category, text="等太久", store_id=store or shop.store)
        shop.world.must(said, shop.own(who or shop.li))


def who_has(shop: Growing) -> list[str]:
    """The names of those to whom something is recommended now."""
    people = {shop.li: "李伟", shop.wang: "王芳", shop.chen: "陈洁", shop.lei: "赵磊"}
    return [name for person, name in people.items() if shop.recommended(person)]


@contextmanager
def writing_as_system(shop: Growing) -> Iterator[Any]:
    """Around everything: what no operation does."""
    with writing(shop.world.db, Actor.system(), op_id=new_id(), now=shop.world.clock()) as session:
        yield session


def days_pass(shop: Growing, days: int) -> None:
    """The worker's look after so many days."""
    shop.world.clock.now += timedelta(days=days)
    with reading(shop.world.db, Actor.system()) as session:
        people = to_turn(session, shop.world.clock())
    if people:
        shop.world.must(TurnRecommendations(people=people), Actor.system())


def test_the_third_complaint_at_a_store_recommends_the_course_to_all_who_work_there(any_shop: Growing) -> None:
    shop = any_shop
    course = shop.course("customer-service", "客户服务技巧", "Customer service skills")
    shop.ruled("complaints", course, **RULE)
    filed(shop, 2)
    filed(shop, 2, category="suggestion")
    filed(shop, 2, who=shop.lei, store=shop.other)
    assert who_has(shop) == []
    filed(shop, who=shop.wang)
    assert who_has(shop) == ["李伟", "王芳", "陈洁"]
    (row,) = shop.recommended(shop.chen)
    assert (row.course_id, row.rule) == (course, "complaints")
    assert "静安店" in row.why_zh and "30" in row.why_zh and "3" in row.why_zh and "静安店" in row.why_en
    assert len(shop.told(shop.chen)) == 1
    filed(shop)
    assert len(shop.told(shop.chen)) == 1 and "4" in shop.recommended(shop.chen)[0].why_en, "told once; the reason follows"


def test_it_is_gone_when_it_is_passed_and_when_the_days_are_over(shop: Growing) -> None:
    course = shop.course("customer-service", "客户服务技巧", "Customer service skills")
    shop.ruled("complaints", course, **RULE)
    filed(shop, 3)
    shop.attempt(shop.li, course, right=5)
    assert who_has(shop) == ["王芳", "陈洁"]
    days_pass(shop, 29)
    assert who_has(shop) == ["王芳", "陈洁"]
    days_pass(shop, 2)
    assert who_has(shop) == []


def test_a_rule_looks_at_the_tickets_there_are_when_it_is_made(shop: Growing) -> None:
    filed(shop, 3)
    shop.ruled("complaints", shop.course("c", "课", "Course"), **RULE)
    assert who_has(shop) == ["李伟", "王芳", "陈洁"]


def test_what_the_store_does_not_see_is_not_told_by_a_recommendation(shop: Growing) -> None:
    course = shop.course("c", "课", "Course")
    hidden = shop.rule("quiet", course, **(RULE | {"category": "complaint"}))
    assert shop.world.refusal(hidden, shop.as_qian) == "growth.tickets_hidden"
    shop.ruled("complaints", course, **(RULE | {"at_least": 1}))
    filed(shop)
    assert who_has(shop) == ["李伟", "王芳", "陈洁"]
    with writing_as_system(shop) as session:
        session.scalars(sa.select(Ticket)).one().store_sees = False
    days_pass(shop, 0)
    assert who_has(shop) == []


def test_a_rule_that_counts_what_there_is_not_or_says_too_little_is_refused(shop: Growing) -> None:
    course = shop.course("c", "课", "Course")
    for left in ("category", "at_least", "days"):
        when = {name: value for name, value in RULE.items() if name != left}
        assert shop.world.refusal(shop.rule("r", course, **when), shop.as_qian) == "growth.rule_incomplete", left
    too_much = shop.rule("r", course, **RULE, below="1")
    assert shop.world.refusal(too_much, shop.as_qian) == "growth.rule_incomplete"
    unknown = shop.rule("r", course, **(RULE | {"category": "nobody-files-it"}))
    assert shop.world.refusal(unknown, shop.as_qian) == "feedback.category_unknown"


def test_a_count_without_days_would_be_found(shop: Growing) -> None:
    """The control."""
    shop.ruled("complaints", shop.course("c", "课", "Course"), **RULE)
    filed(shop, 3)
    with instead(growing, "timedelta", lambda **_: timedelta(days=9_999)):
        days_pass(shop, 40)
        assert who_has(shop) == ["李伟", "王芳", "陈洁"], "they are past the thirty days"

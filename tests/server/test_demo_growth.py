"""The demo's ready rules: satisfaction below 60 recommends customer service, a failed product quiz the advanced course."""

from __future__ import annotations

import sqlalchemy as sa

from contract.wire import Wire
from server import demo_courses, demo_growth
from server.growth.model import CareerPath, Recommendation, RecommendationRule
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.learning.model import Course
from server.org.queries import company_day
from server.stores.model import Store
from tests.server.growth_of import Growing
from tests.server.world import World
from tests.support.planted import instead


def grown(world: World, shop: Growing) -> None:
    """The demo's courses and growth at the first store; asked twice, as a second start does."""

    def do_as(_person: str, operation: Wire, op_id: str) -> object:
        outcome = world.do(operation, shop.as_qian, op_id)
        assert outcome.status == "applied", f"{type(operation).__name__}: {outcome.code} {outcome.facts}"
        return outcome

    demo_courses.teach(world.db, world.settings.data_dir, shop.as_qian.person_id or "", do_as)
    with reading(world.db, Actor.system()) as session:
        stores = session.scalars(sa.select(Store).where(Store.id == shop.store)).all()
        session.expunge_all()
    for _ in range(2):
        demo_growth.grow(world.db, stores, world.clock(), company_day(world.clock()), shop.as_qian.person_id or "", do_as)


def recommended(world: World) -> list[tuple[str, str]]:
    with reading(world.db, Actor.system()) as session:
        asked = sa.select(Course.code, Recommendation.why_zh).join(Course, Course.id == Recommendation.course_id)
        return sorted((row.code, row.why_zh) for row in session.execute(asked))


def test_the_demo_recommends_by_its_two_ready_rules_and_has_three_paths(world: World) -> None:
    grown(world, Growing(world))
    assert sorted(world.rows(sa.select(RecommendationRule.code))) == ["product-failed", "satisfaction-low"]
    assert recommended(world) == [("service-201", "顾客满意度为 55，低于 60。")], "three people work there, one of them below"
    assert len(world.rows(sa.select(CareerPath.id))) == 3


def test_a_demo_without_values_would_recommend_nothing(world: World) -> None:
    """The control."""
    with instead(demo_growth, "VALUES", ()):
        grown(world, Growing(world))
    assert recommended(world) == []

"""Rosters on PostgreSQL, where several plan at the same moment: one is first, the other hears of it, nobody is in two places."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.rosters import publishing
from server.rosters.model import RosterStretch
from tests.server.rosters_of import Desk
from tests.server.test_rosters_judged import lend
from tests.server.test_statements_on_postgres import at_once
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def desk(postgres_world: World) -> Desk:
    return Desk(postgres_world)


def test_of_two_who_change_a_cell_at_once_one_is_told_that_the_other_was_faster(desk: Desk) -> None:
    shift = desk.put(desk.li)
    wanted = [desk.shift(person, shift_id=shift, based_on=1) for person in (desk.wang, desk.chen)]
    ended = at_once(*(lambda op=op: desk.world.do(op, desk.as_wu) for op in wanted))  # type: ignore[misc]
    assert sorted((one.status, one.code) for one in ended) == [
        ("applied", None), ("rejected", "rosters.changed_meanwhile")
    ]  # fmt: skip
    assert desk.cell(shift).version == 2


def both_publish(desk: Desk) -> list[tuple[str, str | None]]:
    """Two stores publish the same person at the same time, each without having seen the other's draft."""
    with lend(desk, desk.li, desk.other):
        desk.put(desk.li, 0)
        desk.world.must(desk.shift(desk.li, 1, store_id=desk.other))
        with writing(desk.world.db, Actor.system(), op_id=new_id(), now=desk.world.clock()) as session:
            session.execute(  # past the judge: drafts that overlap, as two desks without signal would make them
                sa.text("UPDATE roster_cell SET day = '2026-11-23' WHERE store_id = :store"), {"store": desk.other}
            )
        ops = [desk.publishing(), desk.publishing(store_id=desk.other)]
        managers = [desk.as_wu, desk.as_sun]
        acts = [lambda op=op, who=who: desk.world.do(op, who) for op, who in zip(ops, managers, strict=True)]  # type: ignore[misc]
        return sorted((one.status, one.code) for one in at_once(*acts))


def test_two_stores_never_publish_one_person_for_the_same_hours(desk: Desk) -> None:
    assert [status for status, _ in both_publish(desk)].count("applied") <= 1
    assert len(desk.world.rows(sa.select(RosterStretch))) <= 1


def test_where_the_judge_does_not_look_the_database_refuses(desk: Desk) -> None:
    """The control: nobody judges, and the second of the two still cannot be published."""
    with instead(publishing, "refuse_broken", lambda *_args, **_more: None):
        ended = both_publish(desk)
    assert ended == [("applied", None), ("rejected", "operation.breaks_a_rule")]
    assert len(desk.world.rows(sa.select(RosterStretch))) == 1

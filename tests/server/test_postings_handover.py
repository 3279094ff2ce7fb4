"""What both sides of a posting hand over, and who sees its card when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import DefinePost
from contract.postings import (
    ArrivalsQuery,
    RecallEmployee,
    SetChecklist,
    TemplateItem,
    TickItem,
)
from server.kernel.actors import Actor
from server.org.queries import home_of
from server.postings import cards, queries
from server.postings.model import Arrival, HandOverItem, HandOverTick
from tests.server.lent import MIDNIGHT, Cast, as_role

# what is handed over


def _item(cast: Cast, posting: str, side: str, direction: str = "arrival") -> str:
    found = sa.select(HandOverItem.id).where(
        HandOverItem.posting_id == posting, HandOverItem.side == side, HandOverItem.direction == direction
    )
    return str(cast.world.rows(found.order_by(HandOverItem.position))[0])


def test_each_side_ticks_its_own_lines_and_hr_both(cast: Cast) -> None:
    posting = cast.post()
    home, host = _item(cast, posting, "home"), _item(cast, posting, "host")
    zhou, wu = as_role(cast.zhou, "department_head", cast.kitchen), as_role(cast.wu, "store_manager", cast.store)
    zhao = as_role(cast.zhao, "hr", None)
    assert cast.world.refusal(TickItem(item_id=host), zhou) == "postings.not_your_side"
    assert cast.world.refusal(TickItem(item_id=home), wu) == "postings.not_your_side"
    assert cast.world.refusal(TickItem(item_id=home), as_role(cast.chen, "employee", None)) == "postings.item_unknown"
    assert cast.world.refusal(TickItem(item_id=new_id()), zhao) == "postings.item_unknown"
    cast.world.must(TickItem(item_id=home), zhou)
    cast.world.must(TickItem(item_id=host, note="two keys"), wu)
    cast.world.must(TickItem(item_id=_item(cast, posting, "host"), done=False), zhao)
    row = cast.world.row(HandOverItem, host)
    assert row.done_at is None and cast.world.row(HandOverItem, home).done_by == cast.zhou
    said = cast.world.rows(sa.select(HandOverTick).where(HandOverTick.item_id == host).order_by(HandOverTick.id))
    assert [(tick.person_id, tick.done, tick.note) for tick in said] == [(cast.wu, True, "two keys"), (cast.zhao, False, "")]


def test_a_new_template_counts_for_lists_from_then_on(cast: Cast) -> None:
    old = cast.post()
    lines = [TemplateItem(key="knives", side="host", title_zh="刀具", title_en="Knives")]
    cast.world.must(SetChecklist(direction="arrival", items=lines))
    later = cast.post("2027-02-01", "2027-03-01")
    count = sa.select(sa.func.count()).select_from(HandOverItem)
    assert cast.world.rows(count.where(HandOverItem.posting_id == old))[0] > 1
    assert cast.world.rows(sa.select(HandOverItem.title_en).where(HandOverItem.posting_id == later)) == ["Knives"]
    twice = SetChecklist(direction="arrival", items=[*lines, *lines])
    assert cast.world.refusal(twice) == "operation.already_exists"


def test_open_lines_stop_nothing(cast: Cast) -> None:
    posting = cast.post()
    cast.world.clock.now = MIDNIGHT
    cast.turn()
    assert cast.world.row(Arrival, posting).begun_at is not None
    assert set(cast.world.rows(sa.select(HandOverItem.done_at))) == {None}


def test_the_host_sees_a_card_until_the_posting_is_over_and_the_home_after_it(any_cast: Cast) -> None:
    world = any_cast.world
    post = new_id()
    world.must(DefinePost(post_id=post, code="chef", name_zh="门店厨师", name_en="Store chef"))
    posting = any_cast.post("2026-11-20", "2026-12-31", post_id=post)
    other = world.open_store("门店B")
    wu = as_role(any_cast.wu, "store_manager", any_cast.store)
    def sees(who: Actor) -> list[Any]:
        with world.looking(who.at(world.clock())) as session:
            return cards.arrivals_page(session, ArrivalsQuery()).items

    card = sees(wu)[0]
    assert (card.id, card.person_name, card.post_en, card.home_unit) == (posting, "陈伟", "Store chef", "厨房")
    assert (card.home_manager, card.host_manager) == ("周师傅", "吴经理")
    assert card.courses == [] and card.last_score is None and card.id_number is None
    assert sees(Actor.person(new_id(), new_id(), [("store_manager", other)])) == []
    assert [found.id for found in sees(as_role(any_cast.zhou, "department_head", any_cast.kitchen))] == [posting]
    world.must(RecallEmployee(posting_id=posting, reason="r"))
    assert sees(wu) == []
    assert [found.id for found in sees(as_role(any_cast.zhou, "department_head", any_cast.kitchen))] == [posting]


# the days of one person, as of any date


def test_before_in_between_and_after_are_always_somewhere(any_cast: Cast) -> None:
    world = any_cast.world
    any_cast.post("2026-12-01", "2026-12-10")
    any_cast.post("2026-12-15", "2026-12-20")
    with world.looking() as session:

        def at(month: int, day: int) -> bool:
            return queries.posting_at(session, any_cast.chen, datetime(2026, month, day, 4, tzinfo=UTC)) is not None

        posted = {day: at(12, day) for day in range(1, 25)}
        home = {day: home_of(session, any_cast.chen, date(2026, 12, day)) for day in range(1, 25)}
    assert {day for day, is_posted in posted.items() if is_posted} == {*range(1, 10), *range(15, 20)}
    assert all(found is not None and found.unit_id == any_cast.kitchen for found in home.values()), "a gap is at home"



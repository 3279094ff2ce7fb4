"""Swaps and shifts given away: both must want it, the rules are asked for both each time, what changed meanwhile is said."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.rosters import SetShift
from contract.shift_market import AnswerSwap, AskSwap, DecideSwap, MakeWish, WithdrawSwap
from server.rosters.market import swaps
from server.rosters.market.ending import end_all
from server.rosters.market.model import ShiftSwap
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.world import SECRET, World
from tests.support.planted import instead

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        made.approval()
        yield made


def ask(shop: Shop, mine: str, colleague: str, theirs: str | None = None, hours: int = 24) -> AskSwap:
    return AskSwap(
        swap_id=new_id(), shift_id=mine, version=shop.version(mine), colleague_id=colleague, their_shift_id=theirs,
        their_version=shop.version(theirs) if theirs is not None else None,
        until_ms=ms(shop.world.clock() + timedelta(hours=hours)),
    )  # fmt: skip


def answer(asked: AskSwap, accept: bool = True) -> AnswerSwap:
    return AnswerSwap(swap_id=asked.swap_id, accept=accept)


def state(shop: Shop, asked: AskSwap) -> str:
    return str(shop.world.row(ShiftSwap, asked.swap_id).state)


def test_two_who_agree_have_each_others_shifts_and_duties(shop: Shop) -> None:
    mine, theirs = shop.shift(shop.li, MONDAY), shop.shift(shop.min, TUESDAY)
    asked = ask(shop, mine, shop.min, theirs)
    shop.must(shop.li, asked)
    assert shop.to_dos(shop.min) == ["swap_asked"]
    assert shop.must(shop.min, answer(asked)) == {"state": "done"}
    assert (shop.holder(mine), shop.holder(theirs)) == (shop.min, shop.li)
    assert (shop.due(shop.li, MONDAY), shop.due(shop.li, TUESDAY)) == ("", "门店A 08:00")
    assert (shop.due(shop.min, MONDAY), shop.due(shop.min, TUESDAY)) == ("门店A 08:00", "")
    assert [len(shop.told(one, "swap_done")) for one in (shop.li, shop.min, shop.wu)] == [1, 1, 1]
    assert [len(shop.told(one, "N-11")) for one in (shop.li, shop.min)] == [2, 2], "published, and swapped: one notice each"
    assert shop.to_dos(shop.min) == []


def test_two_on_the_same_day_swap_early_for_late(shop: Shop) -> None:
    early = shop.cell(shop.li, MONDAY, starts=8 * 60, ends=15 * 60)
    late = shop.cell(shop.min, MONDAY, "late", starts=14 * 60, ends=21 * 60)
    shop.publish(days=1)
    asked = ask(shop, early, shop.min, late)
    shop.must(shop.li, asked)
    assert shop.must(shop.min, answer(asked)) == {"state": "done"}, "on the way they would overlap themselves"
    assert (shop.holder(early), shop.holder(late)) == (shop.min, shop.li)


def test_a_shift_is_given_away(shop: Shop) -> None:
    mine = shop.shift(shop.li)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    assert shop.must(shop.min, answer(asked)) == {"state": "done"}
    assert shop.holder(mine) == shop.min and shop.due(shop.li) == ""


def test_one_who_does_not_want_to_says_so(shop: Shop) -> None:
    mine = shop.shift(shop.li)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    assert shop.refused(shop.fang, answer(asked)) == "market.swap_unknown"
    assert shop.must(shop.min, answer(asked, accept=False)) == {"state": "declined"}
    assert shop.holder(mine) == shop.li and len(shop.told(shop.li, "swap_ended_declined")) == 1
    assert shop.refused(shop.min, answer(asked)) == "market.swap_over"


@pytest.mark.parametrize(("swaps_need", "costly", "want"), [
    ("never", True, "done"), ("when_costly", False, "done"), ("when_costly", True, "consented"), ("always", False, "consented"),
])  # fmt: skip
def test_a_manager_is_asked_as_the_unit_wants_it(shop: Shop, swaps_need: str, costly: bool, want: str) -> None:
    shop.approval(swaps=swaps_need)
    if costly:
        shop.must(shop.min, MakeWish(wish_id=new_id(), day=MONDAY.isoformat(), kind="undesired"))
    asked = ask(shop, shop.shift(shop.li), shop.min)
    shop.must(shop.li, asked)
    assert shop.must(shop.min, answer(asked)) == {"state": want}
    assert shop.to_dos(shop.wu) == (["swap_decide"] if want == "consented" else [])


def test_the_manager_decides_and_nobody_about_themselves(shop: Shop) -> None:
    shop.approval(swaps="always")
    mine, theirs = shop.shift(shop.li, MONDAY), shop.shift(shop.min, TUESDAY)
    asked = ask(shop, mine, shop.min, theirs)
    shop.must(shop.li, asked)
    decide = DecideSwap(swap_id=asked.swap_id, approve=True)
    assert shop.refused(shop.wu, decide) == "market.swap_over", "the colleague comes first"
    shop.must(shop.min, answer(asked))
    assert shop.refused(shop.sun, decide) == "access.out_of_scope"
    assert shop.refused(shop.wu, DecideSwap(swap_id=asked.swap_id, approve=False)) == "market.needs_reason"
    assert shop.must(shop.wu, decide) == {"state": "done"}
    assert (shop.holder(mine), shop.holder(theirs)) == (shop.min, shop.li) and shop.to_dos(shop.wu) == []


def test_a_swap_that_is_not_approved_tells_both_why(shop: Shop) -> None:
    shop.approval(swaps="always")
    asked = ask(shop, shop.shift(shop.li), shop.min)
    shop.must(shop.li, asked)
    shop.must(shop.min, answer(asked))
    shop.must(shop.wu, DecideSwap(swap_id=asked.swap_id, approve=False, reason="需要钥匙"))
    told = [shop.told(one, "swap_ended_refused")[0].facts["reason"] for one in (shop.li, shop.min)]
    assert told == ["需要钥匙"] * 2 and state(shop, asked) == "refused"


def test_the_rules_of_both_sides_are_asked_and_why_the_other_cannot_is_theirs_to_know(shop: Shop) -> None:
    mine = shop.shift(shop.li, MONDAY, starts=16 * 60, ends=24 * 60)
    shop.shift(shop.min, TUESDAY, starts=6 * 60, ends=14 * 60)
    refused = shop.do(shop.li, ask(shop, mine, shop.min))
    assert (refused.code, refused.facts) == ("market.colleague_cannot", {"who": "张敏"})
    theirs = shop.shift(shop.fang, TUESDAY, starts=6 * 60, ends=13 * 60)
    shop.shift(shop.li, TUESDAY, starts=12 * 60, ends=16 * 60)
    own = shop.do(shop.li, ask(shop, mine, shop.fang, theirs))
    assert own.code is not None and own.code.startswith("rosters.breaks_"), "one's own side is told with its rule"


def test_rules_are_asked_again_at_the_answer_and_at_the_decision(shop: Shop) -> None:
    shop.approval(swaps="always")
    mine = shop.shift(shop.li, MONDAY, starts=16 * 60, ends=24 * 60)
    first = ask(shop, mine, shop.min)
    shop.must(shop.li, first)
    shop.shift(shop.min, TUESDAY, starts=6 * 60, ends=14 * 60)  # meanwhile
    refused = shop.do(shop.min, answer(first))
    assert refused.code == "rosters.breaks_rest_between" and state(shop, first) == "asked"
    shop.must(shop.li, WithdrawSwap(swap_id=first.swap_id))
    second = ask(shop, mine, shop.fang)
    shop.must(shop.li, second)
    shop.must(shop.fang, answer(second))
    shop.shift(shop.fang, TUESDAY, starts=6 * 60, ends=14 * 60)
    decide = DecideSwap(swap_id=second.swap_id, approve=True)
    refused = shop.do(shop.wu, decide)
    assert refused.code == "rosters.breaks_rest_between"
    assert "16:00–00:00" in refused.facts["said_en"] and "06:00–14:00" in refused.facts["said_en"], "both shifts are named"
    assert shop.must(shop.wu, DecideSwap(swap_id=second.swap_id, approve=True, override="一次")) == {"state": "done"}


def test_rules_asked_only_once_are_found(shop: Shop) -> None:
    """The control: an answer that believes what was true when it was asked."""
    mine = shop.shift(shop.li, MONDAY, starts=16 * 60, ends=24 * 60)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    shop.shift(shop.min, TUESDAY, starts=6 * 60, ends=14 * 60)
    with instead(swaps, "refuse_broken", lambda *_more, **_named: None), instead(swaps, "forbids", lambda _verdicts: None):
        assert shop.must(shop.min, answer(asked)) == {"state": "done"}
    assert shop.holder(mine) == shop.min, "six hours between two shifts"


def test_a_shift_that_changed_meanwhile_makes_the_swap_void_and_both_hear_so(shop: Shop) -> None:
    mine = shop.shift(shop.li)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    cell = shop.cell_of(mine)
    shop.world.must(
        SetShift(
            shift_id=mine, store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.li, template="late", based_on=cell.version
        )
    )
    shop.publish(days=1)
    assert shop.must(shop.min, answer(asked)) == {"state": "void"}
    assert shop.holder(mine) == shop.li and [len(shop.told(one, "swap_ended_void")) for one in (shop.li, shop.min)] == [1, 1]
    old = ask(shop, mine, shop.min)
    assert shop.refused(shop.li, AskSwap(**{**_values(old), "version": cell.version})) == "market.changed_meanwhile"


def _values(asked: AskSwap) -> dict[str, object]:
    return {name: getattr(asked, name) for name in asked.__struct_fields__}


def test_what_is_not_ones_own_to_swap_is_refused(shop: Shop) -> None:
    mine, theirs = shop.shift(shop.li), shop.shift(shop.min, TUESDAY)
    assert shop.refused(shop.fang, ask(shop, mine, shop.min)) == "market.not_their_shift"
    assert shop.refused(shop.li, ask(shop, mine, shop.fang, theirs)) == "market.not_their_shift"
    assert shop.refused(shop.li, ask(shop, mine, shop.li)) == "market.not_with_oneself"
    assert shop.refused(shop.li, ask(shop, mine, shop.min, hours=-1)) == "market.until_over"
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    assert shop.refused(shop.li, ask(shop, mine, shop.fang)) == "market.swap_running", "one question about a shift at a time"


def test_it_is_taken_back_by_either_while_nobody_has_decided(shop: Shop) -> None:
    shop.approval(swaps="always")
    mine = shop.shift(shop.li)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    assert shop.refused(shop.min, WithdrawSwap(swap_id=asked.swap_id)) == "market.not_agreed_yet"
    shop.must(shop.min, answer(asked))
    shop.must(shop.min, WithdrawSwap(swap_id=asked.swap_id))
    assert state(shop, asked) == "withdrawn" and shop.to_dos(shop.wu) == []
    assert len(shop.told(shop.li, "swap_ended_withdrawn")) == 1


def test_what_nobody_answers_ends_in_time_once(shop: Shop) -> None:
    asked = ask(shop, shop.shift(shop.li), shop.min, hours=2)
    shop.must(shop.li, asked)
    shop.world.clock.pass_(hours=3)
    assert shop.refused(shop.min, answer(asked)) == "market.swap_over"
    assert [end_all(shop.world.db, shop.world.clock(), SECRET) for _ in range(2)] == [1, 0]
    assert state(shop, asked) == "expired" and shop.to_dos(shop.min) == []
    assert [len(shop.told(person, "swap_ended_expired")) for person in (shop.li, shop.min)] == [1, 1]


def test_two_answers_at_once_are_one(any_world: World) -> None:
    shop = Shop(any_world)
    shop.approval()
    mine = shop.shift(shop.li)
    asked = ask(shop, mine, shop.min)
    shop.must(shop.li, asked)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _n: shop.do(shop.min, answer(asked)), range(4)))
    assert sorted(one.code or "done" for one in outcomes) == ["done", *["market.swap_over"] * 3]
    assert shop.holder(mine) == shop.min and len(shop.told(shop.li, "swap_done")) == 1

"""The phone's roster against the real server: published, confirmed, claimed in a race, swapped, with and without signal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.rosters import SetShift
from contract.shift_market import AnswerLoan, AskLoan, ClaimShift, OfferShift
from mobile.core import roster_rows
from mobile.core.views import Refused
from mobile.core.views_rosters import Judged, Stretch
from server.approvals.presets import ensure_presets
from server.leave import presets as leave_kinds
from server.leave.balances import accrue
from server.rosters.market.model import Availability, ShiftAbsence, ShiftWish
from tests.mobile.field import Field, Gadget
from tests.server.market_of import MONDAY, Shop, ms
from tests.server.world import NOON, SECRET
from tests.support.planted import instead

DAY = MONDAY.isoformat()
TUESDAY = MONDAY + timedelta(days=1)


class Town:
    """The shop of the market's own tests, and phones of its people."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.shop = Shop(self.field.office)
        self.shop.approval()

    def phone(self, person: str) -> Gadget:
        device = self.field.phone_of(person)
        device.core.sync_once()
        return device


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_a_published_shift_is_on_the_phone_without_signal_and_confirmed_by_one_tap(town: Town) -> None:
    shop = town.shop
    shift = shop.shift(shop.li, tasks=["开门"], comment="带钥匙")
    theirs = shop.shift(shop.min, template="late")
    li = town.phone(shop.li)
    li.world.link.up = False
    week = li.core.roster.week(DAY)
    [line] = week.days[0].mine
    assert (line.shift_id, line.store_name, line.spans[0][0], line.state, line.tasks, line.note) == (
        shift, "门店A", "08:00", "new", ("开门",), "带钥匙",
    )  # fmt: skip
    assert [one.person_name for one in week.days[0].others] == ["张敏"] and week.days[0].others[0].shift_id == theirs
    assert (week.monday, week.to_confirm, li.core.roster.week().next_week) == (DAY, 1, DAY)
    assert li.core.roster.confirm(week=week.monday) == 1
    [line] = li.core.roster.week(DAY).days[0].mine
    assert line.state == "confirmed" and line.on_its_way is not None and line.on_its_way.state == "kept"
    with pytest.raises(Refused, match=r"client\.nothing_to_confirm"):
        li.core.roster.confirm(week=week.monday)
    li.restart()
    li.world.link.up = True
    synced(li, li)
    assert li.core.sync_state().needs_you == () and shop.of(shift).confirmed_at is not None
    [line] = li.core.roster.week(DAY).days[0].mine
    assert (line.state, line.on_its_way) == ("confirmed", None)
    shop.world.must(
        SetShift(shift_id=shift, store_id=shop.a, day=DAY, person_id=shop.li, template="late", based_on=shop.version(shift))
    )
    shop.publish(days=1)
    synced(li)
    [line] = li.core.roster.week(DAY).days[0].mine
    assert (line.state, line.spans[0][0]) == ("changed", "14:00") and li.core.roster.week(DAY).to_confirm == 1


def test_a_claim_that_a_rule_forbids_is_refused_here_in_the_words_of_hq(town: Town) -> None:
    shop = town.shop
    shop.shift(shop.li)
    wanted = shop.shift(None)
    li = town.phone(shop.li)
    li.world.link.up = False
    [told] = li.core.roster.market().open_shifts
    assert not told.may_claim and told.judged.forbids and told.judged.known
    with pytest.raises(Refused) as here:
        li.core.roster.claim(wanted)
    at_hq = shop.do(shop.li, ClaimShift(claim_id=new_id(), shift_id=wanted, version=shop.version(wanted)))
    assert here.value.said.code == at_hq.code == "rosters.breaks_overlap"
    assert {key: at_hq.facts[key] for key in ("said_zh", "said_en")} == here.value.said.facts, (at_hq.facts, here.value.said)
    assert li.core.sync_state().waiting == 0, "what cannot be is not sent"


def test_who_is_asked_to_help_out_reads_what_it_means_with_the_name_of_the_store_that_asks(town: Town) -> None:
    shop = town.shop
    shop.shift(shop.qiang, MONDAY, "late", store=shop.b)
    lent = shop.shift(None, MONDAY + timedelta(days=1))
    until = ms(NOON + timedelta(hours=24))
    shop.must(shop.wu, AskLoan(loan_id=new_id(), shift_id=lent, person_id=shop.qiang, until_ms=until, override="一次"))
    [card] = town.phone(shop.qiang).core.roster.market().for_me
    said = [one.sentence.zh for one in card.judged.says if one.rule == "rest_between"]
    assert len(said) == 1 and "门店A" in said[0] and "门店B" in said[0], card.judged


def test_an_overlap_of_shifts_at_two_stores_is_told_in_the_words_of_hq(town: Town) -> None:
    shop = town.shop
    lent, wanted = shop.shift(None), shop.shift(None, store=shop.b, starts=600, ends=1_080)
    loan = AskLoan(loan_id=new_id(), shift_id=lent, person_id=shop.qiang, until_ms=ms(NOON + timedelta(hours=24)))
    shop.must(shop.wu, loan)
    qiang = town.phone(shop.qiang)
    [card] = qiang.core.roster.market().for_me
    assert (card.kind, card.gets.store_name if card.gets else "") == ("loan", "门店A")
    qiang.core.roster.answer(card.card_id, accept=True)
    shop.must(shop.sun, AnswerLoan(loan_id=loan.loan_id, lend=True))
    synced(qiang, qiang)
    assert shop.holder(lent) == shop.qiang and qiang.core.sync_state().needs_you == ()
    qiang.world.link.up = False
    assert [line.shift_id for line in qiang.core.roster.week(DAY).days[0].mine] == [lent]
    with pytest.raises(Refused) as here:
        qiang.core.roster.claim(wanted)
    at_hq = shop.do(shop.qiang, ClaimShift(claim_id=new_id(), shift_id=wanted, version=shop.version(wanted)))
    assert here.value.said.code == at_hq.code == "rosters.breaks_overlap"
    assert {key: at_hq.facts[key] for key in ("said_zh", "said_en")} == here.value.said.facts, (at_hq.facts, here.value.said)


def test_a_phone_that_does_not_judge_sends_what_hq_refuses(town: Town) -> None:
    """The control of both tests before: the refusal comes later, and is told with the same sentence."""
    shop = town.shop
    shop.shift(shop.li)
    wanted = shop.shift(None)
    li = town.phone(shop.li)
    with instead(roster_rows, "judge_line", lambda *_: []):
        li.core.roster.claim(wanted)
    synced(li, li)
    [need] = li.core.sync_state().needs_you
    assert need.said.code == "rosters.breaks_overlap" and "08:00–16:00" in need.said.facts["said_zh"]
    [told] = li.core.roster.market().open_shifts
    assert told.claim == "refused" and told.on_its_way is not None and told.on_its_way.state == "refused"


def test_of_two_phones_that_claimed_without_signal_one_is_told_that_somebody_was_faster(town: Town) -> None:
    shop = town.shop
    wanted = shop.shift(None)
    first, second = town.phone(shop.li), town.phone(shop.min)
    for phone in (first, second):
        phone.world.link.up = False
        phone.core.roster.claim(wanted)
        [told] = phone.core.roster.market().open_shifts
        assert (told.claim, told.may_claim) == ("asked", False) and told.on_its_way is not None
        with pytest.raises(Refused, match=r"client\.shift_asked_already"):
            phone.core.roster.claim(wanted)
        phone.world.link.up = True
    synced(second, first, second, first)
    assert shop.holder(wanted) == shop.min
    [card] = [one for one in first.core.roster.market().ended if one.kind == "claim"]
    assert (card.state, card.on_its_way, first.core.roster.market().open_shifts) == ("lost", None, ())
    [won] = [one for one in second.core.roster.market().ended if one.kind == "claim"]
    assert won.state == "won" and [line.shift_id for line in second.core.roster.week(DAY).days[0].mine] == [wanted]
    assert first.core.sync_state().needs_you == second.core.sync_state().needs_you == ()


def test_a_swap_is_asked_answered_and_done_between_two_phones(town: Town) -> None:
    shop = town.shop
    mine, theirs = shop.shift(shop.li), shop.shift(shop.min, TUESDAY)
    also_mine = shop.shift(shop.li, MONDAY + timedelta(days=3))
    li, mins = town.phone(shop.li), town.phone(shop.min)
    choices = li.core.roster.choices(mine)
    swap = next(one for one in choices if one.line is not None and one.line.shift_id == theirs)
    assert swap.is_possible and swap.mine.known and swap.theirs == Judged(known=False), "of a colleague HQ knows the rest"
    li.core.roster.ask_swap(mine, swap.colleague_id, theirs, "家里有事")
    page = li.core.roster.shift(mine)
    assert page is not None and not page.may_swap and [card.kind for card in page.cards] == ["swap"]
    synced(li, mins)
    [card] = mins.core.roster.market().for_me
    assert (card.who, card.note, card.gives and card.gives.shift_id, card.gets and card.gets.shift_id) == (
        "李伟", "家里有事", theirs, mine,
    )  # fmt: skip
    mins.core.roster.answer(card.card_id, accept=True)
    with pytest.raises(Refused, match=r"client\.nothing_to_answer"):
        mins.core.roster.answer(card.card_id, accept=True)
    synced(mins, mins, li)
    assert (shop.holder(mine), shop.holder(theirs)) == (shop.min, shop.li)
    assert [line.shift_id for line in li.core.roster.week(DAY).days[1].mine] == [theirs]
    given = li.core.roster.ask_swap(also_mine, shop.min)
    li.core.roster.withdraw(given)
    synced(li, li)
    assert li.core.sync_state().needs_you == () and shop.holder(also_mine) == shop.li
    assert "withdrawn" in [card.state for card in li.core.roster.market().ended]


def test_who_cannot_come_offers_and_wishes_reach_hq_from_a_phone_without_signal(town: Town) -> None:
    shop = town.shop
    mine, offered = shop.shift(shop.li), shop.shift(None, TUESDAY)
    until = ms(NOON + timedelta(hours=24))
    shop.must(shop.wu, OfferShift(offer_id=new_id(), shift_id=offered, people=[shop.li], until_ms=until, note="请帮忙"))
    li = town.phone(shop.li)
    li.world.link.up = False
    core = li.core.roster
    [offer] = core.market().for_me
    core.answer(offer.card_id, accept=False)
    core.report_absence(mine, 2, "sick", "发烧")
    core.set_weeks((Stretch(2, 0, 720, "unavailable"),))
    wish, other = core.wish("2026-12-24", "undesired"), core.wish("2026-12-25", "desired", 540, 1_080)
    core.withdraw_wish(other)
    page = core.shift(mine)
    assert page is not None and not page.may_report and [card.kind for card in page.cards] == ["absence"]
    assert [card.wish_id for card in core.wishes().wishes] == [wish] and core.wishes().stretches[0].weekday == 2
    li.world.link.up = True
    synced(li, li)
    assert li.core.sync_state().needs_you == ()
    assert shop.holder(mine) is None and core.market().for_me == ()
    [absence] = shop.world.rows(sa.select(ShiftAbsence))
    assert (absence.from_day.isoformat(), absence.to_day, absence.note) == (DAY, TUESDAY, "发烧")
    [weeks] = shop.world.rows(sa.select(Availability))
    assert weeks.person_id == shop.li and len(shop.world.rows(sa.select(ShiftWish))) == 2
    assert [card.wish_id for card in core.wishes().wishes] == [wish]


def test_what_a_manager_offers_with_a_reason_can_be_taken_though_a_rule_is_set_aside(town: Town) -> None:
    shop = town.shop
    shop.shift(shop.li, template="late")
    tired = shop.shift(None, TUESDAY, starts=420, ends=900)
    li = town.phone(shop.li)
    with pytest.raises(Refused, match=r"rosters\.breaks_rest_between"):
        li.core.roster.claim(tired)
    until = ms(NOON + timedelta(hours=24))
    shop.must(shop.wu, OfferShift(offer_id=new_id(), shift_id=tired, people=[shop.li], until_ms=until, override="没有别人"))
    synced(li)
    [card] = li.core.roster.market().for_me
    assert card.judged.says[0].rule == "rest_between" and not card.judged.forbids
    li.core.roster.answer(card.card_id, accept=True)
    synced(li, li)
    assert li.core.sync_state().needs_you == () and shop.holder(tired) == shop.li


def test_a_sick_call_and_the_leave_for_it_go_out_in_one_go_and_hq_lays_them_together(town: Town) -> None:
    shop = town.shop
    world = shop.world
    leave_kinds.ensure(world.db, world.clock(), SECRET)
    ensure_presets(world.db, now=world.clock(), secret=SECRET)
    accrue(world.db, world.clock())
    mine = shop.shift(shop.li)
    li = town.phone(shop.li)
    li.world.link.up = False
    page = li.core.roster.shift(mine)
    assert page is not None and set(page.leave) == {"sick", "other"}
    li.core.roster.report_absence(mine, 2, "sick", leave=True)
    [card] = li.core.roster.shift(mine).cards  # type: ignore[union-attr]
    [asked] = li.core.office.requests().mine
    assert card.has_leave
    li.world.link.up = True
    synced(li, li)
    assert li.core.sync_state().needs_you == ()
    [absence] = world.rows(sa.select(ShiftAbsence))
    assert absence.request_id == asked.request_id
    [after] = li.core.roster.market().mine
    assert after.kind == "absence" and after.has_leave

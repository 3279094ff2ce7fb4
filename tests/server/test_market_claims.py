"""Open shifts: the first claim that the rules let through has it, whoever comes a moment later; a manager decides where asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.people import Hire
from contract.postings import PostEmployee
from contract.rosters import RemoveShift, SetShift
from contract.shift_market import (
    AnswerOffer,
    ClaimShift,
    DecideClaim,
    MakeWish,
    OfferShift,
    WithdrawClaim,
    WithdrawOffer,
)
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Outcome
from server.rosters.market import claims
from server.rosters.market.ending import end_all
from server.rosters.market.model import ShiftClaim, ShiftOffer
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.world import NOON, SECRET, World
from tests.support.planted import instead

RACERS = 100


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        made.approval()
        yield made


@pytest.fixture
def any_shop(any_world: World) -> Shop:
    made = Shop(any_world)
    made.approval()
    return made


def claim(shop: Shop, shift_id: str, version: int | None = None) -> ClaimShift:
    return ClaimShift(claim_id=new_id(), shift_id=shift_id, version=version or shop.version(shift_id))


def offer(shift_id: str, *people: str, hours: int = 24, **more: object) -> OfferShift:
    until = ms(NOON + timedelta(hours=hours))
    return OfferShift(offer_id=new_id(), shift_id=shift_id, people=list(people), until_ms=until, **more)  # type: ignore[arg-type]


def test_an_open_shift_is_theirs_who_claim_it_in_the_roster_and_in_their_duties(shop: Shop) -> None:
    shift = shop.shift(None)
    assert shop.must(shop.li, claim(shop, shift)) == {"state": "won"}
    assert (shop.holder(shift), shop.cell_of(shift).person_id, shop.cell_of(shift).state) == (shop.li, shop.li, "published")
    assert shop.due(shop.li) == "门店A 08:00"
    assert [item.facts["new"] for item in shop.told(shop.li, "N-11")] == [1], "a change makes a notice"
    assert [item.facts["who"] for item in shop.told(shop.wu, "shift_filled")] == ["李伟"]


def test_of_a_hundred_racing_phones_exactly_one_has_the_shift_and_the_others_are_told(any_shop: Shop) -> None:
    shop = any_shop
    shift = shop.shift(None)
    people = [new_id() for _ in range(RACERS)]
    hired = [Hire(person_id=one, number=f"R{n}", name=f"抢班{n}", home_org="总部") for n, one in enumerate(people)]
    posted = [PostEmployee(posting_id=new_id(), person_id=one, store_id=shop.a, starts_on="2026-11-01") for one in people]
    assert {one.status for one in shop.world.do_many([(new_id(), each) for each in [*hired, *posted]])} == {"applied"}
    actors = [Actor.person(person, new_id(), [("employee", None)]) for person in people]

    def race(who: Actor) -> Outcome:
        return shop.world.do(ClaimShift(claim_id=new_id(), shift_id=shift, version=1), who)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(race, actors))
    assert {one.status for one in outcomes} == {"applied"}, [one for one in outcomes if one.status != "applied"][:1]
    states = [one.answer["state"] for one in outcomes]
    assert (states.count("won"), states.count("lost")) == (1, RACERS - 1)
    winner = people[states.index("won")]
    assert shop.holder(shift) == winner and shop.due(winner) == "门店A 08:00"
    kept = shop.world.rows(sa.select(ShiftClaim.state).where(ShiftClaim.shift_id == shift))
    assert sorted(kept) == sorted(states)
    told = shop.world.rows(sa.select(InboxItem.receiver_id).where(InboxItem.trigger == "shift_lost"))
    assert sorted(told) == sorted(set(people) - {winner}), "each loser once, the winner never"


def test_a_race_without_the_lock_and_without_a_look_is_found(shop: Shop) -> None:
    """The control: whoever comes is believed to be the first."""
    shift = shop.shift(None)
    shop.must(shop.li, claim(shop, shift))

    def blind(session: object, shift_id: str) -> object:
        found = session.get(claims.RosterShift, shift_id)  # type: ignore[attr-defined]
        session.expunge(found)  # type: ignore[attr-defined]
        found.person_id, found.version = None, 1
        return found

    with instead(claims, "held_shift", blind):
        outcome = shop.do(shop.min, claim(shop, shift, 1))
    assert outcome.status == "rejected" and shop.holder(shift) == shop.li, "the database still knows who was first"


@pytest.mark.parametrize("approval", ["never", "when_costly", "always"])
def test_a_manager_is_asked_as_the_unit_wants_it(shop: Shop, approval: str) -> None:
    shop.approval(claims=approval)
    free, costly = shop.shift(None), shop.shift(None, MONDAY + timedelta(days=2))
    shop.must(shop.li, MakeWish(wish_id=new_id(), day=(MONDAY + timedelta(days=2)).isoformat(), kind="undesired"))
    states = [shop.must(shop.li, claim(shop, shift))["state"] for shift in (free, costly)]
    assert states == {"never": ["won", "won"], "when_costly": ["won", "asked"], "always": ["asked", "asked"]}[approval]
    assert len(shop.to_dos(shop.wu)) == states.count("asked")


def test_the_manager_gives_it_to_one_of_those_who_asked_and_the_other_hears_so(shop: Shop) -> None:
    shop.approval(claims="always")
    shift = shop.shift(None)
    first, second = claim(shop, shift), claim(shop, shift)
    assert shop.must(shop.li, first) == shop.must(shop.min, second) == {"state": "asked"}
    assert shop.to_dos(shop.wu) == ["claim_asked"] * 2
    assert shop.refused(shop.li, DecideClaim(claim_id=first.claim_id, approve=True)) == "access.not_allowed"
    assert shop.refused(shop.sun, DecideClaim(claim_id=first.claim_id, approve=True)) == "access.out_of_scope"
    assert shop.must(shop.wu, DecideClaim(claim_id=second.claim_id, approve=True)) == {"state": "won"}
    assert shop.holder(shift) == shop.min and shop.to_dos(shop.wu) == []
    assert [shop.world.row(ShiftClaim, one.claim_id).state for one in (first, second)] == ["lost", "won"]
    assert len(shop.told(shop.li, "shift_lost")) == 1 and shop.told(shop.min, "shift_lost") == []
    assert shop.refused(shop.wu, DecideClaim(claim_id=first.claim_id, approve=True)) == "market.claim_decided"


def test_a_refusal_needs_a_reason_and_tells_it(shop: Shop) -> None:
    shop.approval(claims="always")
    asked = claim(shop, shop.shift(None))
    shop.must(shop.li, asked)
    assert shop.refused(shop.wu, DecideClaim(claim_id=asked.claim_id, approve=False)) == "market.needs_reason"
    shop.must(shop.wu, DecideClaim(claim_id=asked.claim_id, approve=False, reason="盘点"))
    assert [item.facts["reason"] for item in shop.told(shop.li, "claim_refused")] == ["盘点"]
    assert shop.refused(shop.li, WithdrawClaim(claim_id=asked.claim_id)) == "market.claim_decided"


def test_a_claim_taken_back_leaves_nothing_to_decide(shop: Shop) -> None:
    shop.approval(claims="always")
    asked = claim(shop, shop.shift(None))
    shop.must(shop.li, asked)
    shop.must(shop.li, WithdrawClaim(claim_id=asked.claim_id))
    assert shop.to_dos(shop.wu) == []
    assert shop.refused(shop.min, WithdrawClaim(claim_id=asked.claim_id)) == "market.claim_unknown"


def test_what_a_rule_forbids_is_refused_with_that_rule_in_its_words(shop: Shop) -> None:
    late = shop.shift(shop.li, MONDAY, starts=16 * 60, ends=24 * 60)
    early = shop.shift(None, MONDAY + timedelta(days=1), starts=6 * 60, ends=14 * 60)
    refused = shop.do(shop.li, claim(shop, early))
    assert refused.code == "rosters.breaks_rest_between" and "11" in refused.facts["said_en"]
    assert shop.holder(early) is None and shop.holder(late) == shop.li
    stranger = shop.do(shop.qiang, claim(shop, early))
    assert stranger.code == "rosters.breaks_dispatch_window", "who does not work there takes nothing there"
    shop.shift(shop.min, MONDAY, starts=9 * 60, ends=13 * 60)
    overlap = shop.shift(None, MONDAY, starts=12 * 60, ends=15 * 60)
    assert shop.refused(shop.min, claim(shop, overlap)) == "rosters.breaks_overlap"


def test_rules_are_asked_again_when_the_manager_decides(shop: Shop) -> None:
    shop.approval(claims="always")
    shift = shop.shift(None, starts=8 * 60, ends=16 * 60)
    asked = claim(shop, shift)
    shop.must(shop.li, asked)
    shop.shift(shop.li, MONDAY, starts=18 * 60, ends=22 * 60)  # meanwhile
    shop.shift(shop.li, MONDAY + timedelta(days=1), starts=5 * 60, ends=9 * 60, override="收货")
    refused = shop.do(shop.wu, DecideClaim(claim_id=asked.claim_id, approve=True))
    assert refused.status == "rejected" and refused.code is not None and refused.code.startswith("rosters.breaks_")
    assert shop.holder(shift) is None and shop.world.row(ShiftClaim, asked.claim_id).state == "asked"


def test_a_shift_that_looks_otherwise_by_now_is_not_taken_unseen(shop: Shop) -> None:
    shift = shop.shift(None)
    cell = shop.cell_of(shift)
    changed = SetShift(
        shift_id=shift, store_id=shop.a, day=MONDAY.isoformat(), template="late", based_on=cell.version
    )
    shop.world.must(changed)
    shop.publish(days=1)
    refused = shop.do(shop.li, claim(shop, shift, cell.version))
    assert (refused.code, refused.facts["version"]) == ("market.changed_meanwhile", shop.version(shift))


def test_what_is_gone_over_or_ones_own_is_said_so(shop: Shop) -> None:
    mine, gone = shop.shift(shop.li), shop.shift(None, MONDAY + timedelta(days=1))
    version = shop.version(gone)
    assert shop.refused(shop.li, claim(shop, mine)) == "market.already_yours"
    assert shop.refused(shop.min, claim(shop, mine)) == "market.not_open"
    shop.world.must(RemoveShift(shift_id=gone, based_on=shop.cell_of(gone).version))
    shop.publish(first=MONDAY + timedelta(days=1), days=1)
    assert shop.refused(shop.li, claim(shop, gone, version)) == "market.shift_unknown"
    open_one = shop.shift(None, MONDAY + timedelta(days=2))
    shop.world.clock.pass_(days=7)
    assert shop.refused(shop.li, claim(shop, open_one)) == "market.is_over"


def test_the_first_who_accepts_an_offer_has_the_shift_and_the_others_hear_so(shop: Shop) -> None:
    shop.approval(claims="always")
    shift = shop.shift(None)
    made = offer(shift, shop.li, shop.min, shop.fang)
    shop.must(shop.wu, made)
    assert [shop.to_dos(one) for one in (shop.li, shop.min, shop.fang)] == [["shift_offered"]] * 3
    assert shop.of(shift).offered_until == NOON + timedelta(hours=24)
    assert shop.must(shop.fang, AnswerOffer(offer_id=made.offer_id, accept=False)) == {"state": "declined"}
    assert shop.must(shop.min, AnswerOffer(offer_id=made.offer_id, accept=True)) == {"state": "won"}, "the manager has agreed"
    assert shop.holder(shift) == shop.min
    assert shop.refused(shop.li, AnswerOffer(offer_id=made.offer_id, accept=True)) == "market.taken"
    assert [shop.to_dos(one) for one in (shop.li, shop.min, shop.fang)] == [[]] * 3
    assert [len(shop.told(one, "shift_lost")) for one in (shop.li, shop.min, shop.fang)] == [1, 0, 0]
    assert shop.refused(shop.qiang, AnswerOffer(offer_id=made.offer_id, accept=True)) == "market.offer_unknown"


def test_two_who_accept_at_once_are_one(any_shop: Shop) -> None:
    shop = any_shop
    shift = shop.shift(None)
    made = offer(shift, shop.li, shop.min, shop.fang)
    shop.must(shop.wu, made)
    with ThreadPoolExecutor(3) as pool:
        answers = [AnswerOffer(offer_id=made.offer_id, accept=True)] * 3
        outcomes = list(pool.map(shop.do, (shop.li, shop.min, shop.fang), answers))
    assert sorted(one.code or "won" for one in outcomes) == ["market.taken", "market.taken", "won"]
    kept = shop.world.rows(sa.select(ShiftOffer.state).where(ShiftOffer.shift_id == shift))
    assert sorted(kept) == ["accepted", "taken", "taken"]


def test_an_offer_ends_in_time_once_and_nobody_can_accept_it_then(shop: Shop) -> None:
    made = offer(shop.shift(None), shop.li, hours=2)
    shop.must(shop.wu, made)
    shop.world.clock.pass_(hours=3)
    assert shop.refused(shop.li, AnswerOffer(offer_id=made.offer_id, accept=True)) == "market.offer_over"
    assert end_all(shop.world.db, shop.world.clock(), SECRET) == 1
    assert end_all(shop.world.db, shop.world.clock(), SECRET) == 0
    assert shop.to_dos(shop.li) == []


def test_an_offer_is_taken_back_from_those_who_have_not_answered(shop: Shop) -> None:
    made = offer(shop.shift(None), shop.li, shop.min)
    shop.must(shop.wu, made)
    assert shop.refused(shop.sun, WithdrawOffer(offer_id=made.offer_id)) == "access.out_of_scope"
    shop.must(shop.wu, WithdrawOffer(offer_id=made.offer_id))
    assert shop.to_dos(shop.li) == shop.to_dos(shop.min) == []
    assert shop.refused(shop.li, AnswerOffer(offer_id=made.offer_id, accept=True)) == "market.offer_over"


def test_only_with_a_reason_somebody_beyond_a_cap_is_offered_a_shift(shop: Shop) -> None:
    shop.shift(shop.li, MONDAY, starts=16 * 60, ends=24 * 60)
    early = shop.shift(None, MONDAY + timedelta(days=1), starts=6 * 60, ends=14 * 60)
    assert shop.refused(shop.wu, offer(early, shop.li)) == "rosters.breaks_rest_between"
    made = offer(early, shop.li, override="只有他有钥匙")
    shop.must(shop.wu, made)
    assert shop.must(shop.li, AnswerOffer(offer_id=made.offer_id, accept=True)) == {"state": "won"}
    elsewhere = offer(shop.shift(None, MONDAY + timedelta(days=3)), shop.qiang, override="r")
    assert shop.refused(shop.wu, elsewhere) == "rosters.breaks_dispatch_window"


def test_the_database_itself_has_one_winner_and_keeps_what_was_decided(any_shop: Shop) -> None:
    shop = any_shop
    won = claim(shop, shop.shift(None))
    shop.must(shop.li, won)
    table = sa.inspect(ShiftClaim).local_table
    for wrong in ({"state": "lost"}, {"state": "asked", "decided_at": None}):
        with shop.world.db.writing_engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
            connection.execute(sa.update(table).where(table.c.id == won.claim_id).values(**wrong))
    with shop.world.db.writing_engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        row = dict(connection.execute(sa.select(table).where(table.c.id == won.claim_id)).mappings().one())
        connection.execute(sa.insert(table).values(**{**row, "id": new_id(), "person_id": shop.min}))

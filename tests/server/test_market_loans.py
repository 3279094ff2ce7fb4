"""Lending between stores (C19): candidates nearest first, both must agree, and the guest is one that day only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import instant
from contract.roster_people import DefineSkill, GrantSkill
from contract.rosters import SetShift
from contract.shift_market import AcceptLoan, AnswerLoan, AskLoan, CancelLoan, Candidates, CandidatesQuery, ClaimShift
from server.attendance.facts import postings_of
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import DeviceFacts
from server.people.model import PersonStore
from server.rosters.market import guests
from server.rosters.market.candidates import candidates
from server.rosters.market.ending import end_all
from server.rosters.market.loan_model import ShiftLoan
from server.sync.scopes import scopes_of
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.world import NOON, SECRET
from tests.support.planted import instead

DAY = timedelta(days=1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        yield made


def ask(shop: Shop, shift_id: str, person: str, hours: int = 24, **more: object) -> AskLoan:
    until = ms(shop.world.clock() + timedelta(hours=hours))
    asked = AskLoan(loan_id=new_id(), shift_id=shift_id, person_id=person, until_ms=until, **more)  # type: ignore[arg-type]
    shop.must(shop.wu, asked)
    return asked


def lend(shop: Shop, shift_id: str, person: str | None = None) -> str:
    """A loan that stands."""
    person = person or shop.qiang
    loan = ask(shop, shift_id, person).loan_id
    shop.must(shop.sun, AnswerLoan(loan_id=loan, lend=True))
    assert shop.must(person, AcceptLoan(loan_id=loan, accept=True)) == {"state": "accepted"}
    return loan


def found(shop: Shop, shift_id: str, whose: str = "others") -> Candidates:
    with shop.world.looking(shop.as_wu) as session:
        return candidates(session, CandidatesQuery(shift_id=shift_id, whose=whose))  # type: ignore[arg-type]


def scopes(shop: Shop, day: date, *, kind: str, person: str | None = None, store: str | None = None, hour: int = 12) -> set[str]:
    """What a device holds at that hour of that day in Shanghai."""
    at = instant(ms(NOON) + ((day - NOON.date()).days * 24 + hour - 12) * 3_600_000)
    device = DeviceFacts(new_id(), kind, person, store, "hardware", None)
    with shop.world.looking(Actor.system()) as session:
        return scopes_of(session.connection(), device, at)


def test_a_gap_of_one_day_has_candidates_who_are_certified_and_free_nearest_first(shop: Shop) -> None:
    world = shop.world
    world.must(DefineSkill(skill_id=new_id(), code="barista", name_zh="咖啡师", name_en="Barista"))
    far = world.open_store("门店C", lat=31.3)
    people = {name: world.hire(name) for name in ("近而会", "远而会", "近不会", "近而忙")}
    for name, store in (("近而会", shop.b), ("远而会", far), ("近不会", shop.b), ("近而忙", shop.b)):
        world.post(people[name], store)
        if name != "近不会":
            world.must(GrantSkill(grant_id=new_id(), person_id=people[name], skill="barista", from_day="2026-01-01"))
    shop.shift(people["近而忙"], store=shop.b)
    gap = shop.shift(None, role="barista")
    answer = found(shop, gap)
    assert [one.name for one in answer.free] == ["近而会", "远而会"], "certified, free, nearest first"
    near, distant = answer.free
    assert near.distance_m is not None and distant.distance_m is not None and 1_900 < near.distance_m < 2_100 < distant.distance_m
    assert near.travel_min == 15 and near.from_name == "门店B"
    cannot = {one.name: {verdict.rule for verdict in one.breaks if verdict.level == "hard"} for one in answer.cannot}
    assert "overlap" in cannot["近而忙"] and cannot["近不会"] == {"skill_required"}
    assert {one.person_id for one in (*answer.free, *answer.beyond, *answer.cannot)}.isdisjoint({shop.li, shop.min, shop.fang})


def test_an_accepted_loan_stands_in_both_stores_schedules_and_is_told_each_side_once(shop: Shop) -> None:
    gap = shop.shift(None)
    loan = ask(shop, gap, shop.qiang).loan_id
    assert (shop.to_dos(shop.sun), shop.to_dos(shop.qiang), shop.to_dos(shop.wu)) == (["N-12"], ["N-12"], [])
    assert shop.must(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == {"state": "asked"}, "his manager has not answered"
    assert shop.holder(gap) is None
    assert shop.must(shop.sun, AnswerLoan(loan_id=loan, lend=True)) == {"state": "accepted"}
    assert shop.holder(gap) == shop.qiang and shop.due(shop.qiang) == "门店A 08:00"
    day = {"from_day": MONDAY.isoformat(), "to_day": MONDAY.isoformat()}
    for login, store in (("wu", shop.a), ("sun", shop.b)):
        listed = shop.world.client(login).get("/api/v1/market", store_id=store, **day).json["loans"]
        assert [(row["id"], row["state"], row["person_name"]) for row in listed] == [(loan, "accepted", "周强")]
    told = shop.world.rows(sa.select(InboxItem.receiver_id).where(InboxItem.trigger == "N-12", InboxItem.key == "accepted"))
    assert sorted(told) == sorted([shop.wu, shop.sun, shop.qiang])
    assert shop.to_dos(shop.sun) == shop.to_dos(shop.qiang) == []
    assert shop.refused(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == "market.loan_over", "said twice, told once"
    assert len(shop.told(shop.qiang, "N-12")) == 2


def test_phone_and_tablet_hold_the_guest_that_day_and_the_day_after_not(shop: Shop) -> None:
    gap = shop.shift(None)
    assert f"store:{shop.a}" not in scopes(shop, MONDAY, kind="phone", person=shop.qiang)
    lend(shop, gap)
    ahead = scopes(shop, MONDAY - DAY, kind="phone", person=shop.qiang)
    that_day = scopes(shop, MONDAY, kind="phone", person=shop.qiang)
    after = scopes(shop, MONDAY + DAY, kind="phone", person=shop.qiang)
    assert f"store:{shop.a}" in ahead & that_day and f"store:{shop.a}" not in after
    assert f"store:{shop.b}" in ahead & that_day & after, "his own store all the while"
    tablet = [scopes(shop, MONDAY + n * DAY, kind="kiosk", store=shop.a) for n in (-1, 0, 1)]
    assert [f"person:{shop.qiang}" in held for held in tablet] == [False, True, False]


def test_a_punch_belongs_to_the_host_on_that_business_day_and_on_no_other(shop: Shop) -> None:
    lend(shop, shop.shift(None))
    with shop.world.looking(Actor.system()) as session:
        stays = [stay for stay in postings_of(session.connection(), [shop.qiang])[shop.qiang] if stay[0] == shop.a]
    begins = ms(NOON) + 3 * 86_400_000 - 7 * 3_600_000  # Monday 05:00 in Shanghai, where the day turns
    assert stays == [(shop.a, begins, begins + 86_400_000)]


def test_a_guest_for_good_would_be_found(shop: Shop) -> None:
    """The control: a mirror that forgets the end of the day."""
    forever = guests._day_of

    def endless(connection: sa.Connection, loan: ShiftLoan) -> dict[str, object]:
        return {**forever(connection, loan), "until_at": None}

    with instead(guests, "_day_of", endless):
        lend(shop, shop.shift(None))
    assert f"store:{shop.a}" in scopes(shop, MONDAY + 5 * DAY, kind="phone", person=shop.qiang)


def test_nobody_is_lent_against_their_will_nor_behind_their_managers_back(shop: Shop) -> None:
    gap = shop.shift(None)
    loan = ask(shop, gap, shop.qiang).loan_id
    assert shop.refused(shop.wu, AnswerLoan(loan_id=loan, lend=True)) == "access.out_of_scope", "not her person"
    assert shop.refused(shop.li, AcceptLoan(loan_id=loan, accept=True)) == "market.loan_unknown"
    assert shop.refused(shop.sun, AnswerLoan(loan_id=loan, lend=False)) == "market.needs_reason"
    shop.must(shop.qiang, AcceptLoan(loan_id=loan, accept=False))
    assert shop.world.row(ShiftLoan, loan).state == "declined" and shop.holder(gap) is None
    assert {one.receiver_id for one in shop.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "loan_declined"))}
    assert shop.refused(shop.sun, AnswerLoan(loan_id=loan, lend=True)) == "market.loan_over"
    second = ask(shop, gap, shop.qiang).loan_id
    shop.must(shop.sun, AnswerLoan(loan_id=second, lend=False, reason="盘点"))
    assert shop.refused(shop.qiang, AcceptLoan(loan_id=second, accept=True)) == "market.loan_over"
    assert [item.facts["reason"] for item in shop.told(shop.wu, "loan_refused")] == ["盘点"]
    table = sa.inspect(ShiftLoan).local_table
    with shop.world.db.writing_engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.update(table).where(table.c.id == second).values(state="accepted"))


def test_where_the_unit_wants_no_answer_the_employees_word_is_enough_and_the_manager_is_told(shop: Shop) -> None:
    shop.approval(loans="never", unit=shop.b)
    gap = shop.shift(None)
    loan = ask(shop, gap, shop.qiang).loan_id
    assert [(item.kind, item.key) for item in shop.told(shop.sun, "N-12")] == [("notice", "lender")]
    assert shop.must(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == {"state": "accepted"}


def test_whom_a_rule_forbids_it_is_not_asked_for(shop: Shop) -> None:
    shop.shift(shop.qiang, store=shop.b, starts=7 * 60, ends=11 * 60)
    gap = shop.shift(None, starts=10 * 60, ends=14 * 60)
    until = ms(NOON + DAY)
    asked = AskLoan(loan_id=new_id(), shift_id=gap, person_id=shop.qiang, until_ms=until)
    refused = shop.do(shop.wu, asked)
    assert refused.code == "rosters.breaks_overlap", "two stores at once is refused here in the words of every screen"
    assert "另一门店" in refused.facts["said_zh"] or "门店B" not in refused.facts["said_zh"], "where else is not hers to know"
    here = AskLoan(loan_id=new_id(), shift_id=gap, person_id=shop.li, until_ms=until)
    assert shop.refused(shop.wu, here) == "market.is_here_already"
    assert shop.refused(shop.sun, AskLoan(loan_id=new_id(), shift_id=gap, person_id=shop.qiang, until_ms=until)) == (
        "access.out_of_scope"
    )


def test_rules_are_asked_again_when_the_loan_is_to_stand(shop: Shop) -> None:
    gap = shop.shift(None, starts=10 * 60, ends=14 * 60)
    loan = ask(shop, gap, shop.qiang).loan_id
    shop.must(shop.sun, AnswerLoan(loan_id=loan, lend=True))
    shop.shift(shop.qiang, store=shop.b, starts=7 * 60, ends=11 * 60)  # meanwhile
    assert shop.refused(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == "rosters.breaks_overlap"
    assert shop.holder(gap) is None and shop.world.row(ShiftLoan, loan).state == "lent"


def test_a_shift_somebody_else_has_meanwhile_ends_the_loan_honestly(shop: Shop) -> None:
    shop.approval(loans="always")

    gap = shop.shift(None)
    loan = ask(shop, gap, shop.qiang).loan_id
    shop.must(shop.li, ClaimShift(claim_id=new_id(), shift_id=gap, version=1))
    assert shop.world.row(ShiftLoan, loan).state == "cancelled"
    assert shop.refused(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == "market.loan_over"
    assert shop.to_dos(shop.sun) == shop.to_dos(shop.qiang) == []


def test_called_off_before_it_begins_the_shift_is_open_again_and_the_guest_none(shop: Shop) -> None:
    gap = shop.shift(None)
    loan = lend(shop, gap)
    assert shop.world.row(PersonStore, loan) is not None
    shop.must(shop.sun, CancelLoan(loan_id=loan, reason="两人病假"))
    assert shop.holder(gap) is None and shop.due(shop.qiang) is None
    assert shop.world.row(PersonStore, loan) is None
    assert f"store:{shop.a}" not in scopes(shop, MONDAY, kind="phone", person=shop.qiang)
    assert [item.facts["reason"] for item in shop.told(shop.qiang, "loan_cancelled")] == ["两人病假"]
    again = lend(shop, gap)
    shop.world.clock.pass_(days=3)
    assert shop.refused(shop.wu, CancelLoan(loan_id=again, reason="r")) == "market.already_begun"


def test_the_hosts_desk_that_plans_otherwise_ends_the_loan(shop: Shop) -> None:
    gap = shop.shift(None)
    loan = lend(shop, gap)
    cell = shop.cell_of(gap)
    shop.world.must(
        SetShift(
            shift_id=gap, store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.li, template="early", based_on=cell.version
        )
    )
    assert shop.world.row(ShiftLoan, loan).state == "accepted", "a draft is no news"
    shop.publish(days=1)
    assert shop.world.row(ShiftLoan, loan).state == "cancelled" and shop.world.row(PersonStore, loan) is None
    assert len(shop.told(shop.qiang, "loan_cancelled")) == 1


def test_a_question_nobody_answers_ends_in_time_once(shop: Shop) -> None:
    loan = ask(shop, shop.shift(None), shop.qiang, hours=2).loan_id
    shop.world.clock.pass_(hours=3)
    assert shop.refused(shop.qiang, AcceptLoan(loan_id=loan, accept=True)) == "market.loan_over"
    assert [end_all(shop.world.db, shop.world.clock(), SECRET) for _ in range(2)] == [1, 0]
    assert shop.world.row(ShiftLoan, loan).state == "expired"
    assert [len(shop.told(one, "loan_expired")) for one in (shop.qiang, shop.sun, shop.wu)] == [1, 1, 1]
    assert shop.to_dos(shop.sun) == []


def test_a_refused_loan_names_both_shifts_as_the_grid_would(shop: Shop) -> None:
    """A late shift at home, early at the other store the day after."""
    shop.shift(shop.qiang, MONDAY, "late", store=shop.b)
    early = shop.shift(None, MONDAY + DAY)
    until = ms(shop.world.clock() + DAY)
    refused = shop.do(shop.wu, AskLoan(loan_id=new_id(), shift_id=early, person_id=shop.qiang, until_ms=until))
    assert refused.code == "rosters.breaks_rest_between"
    for language in ("en", "zh"):
        said = refused.facts[f"said_{language}"]
        assert "14:00–22:00" in said and "08:00–16:00" in said and "门店A" in said and "门店B" not in said, said

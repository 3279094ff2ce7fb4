"""A sick call opens shifts and asks each desk once; availability and wishes count where rosters are judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.approvals import SubmitRequest, WithdrawRequest
from contract.attendance import KioskProof
from contract.ids import new_id
from contract.moments import TimeTaken
from contract.rosters import SetShift
from contract.shift_market import (
    AnswerOffer,
    CandidatesQuery,
    ClaimShift,
    MakeWish,
    OfferShift,
    ReportAbsence,
    SetAvailability,
    WeekStretch,
    WithdrawAbsence,
    WithdrawWish,
)
from contract.shifts import Window
from server.approvals.presets import ensure_presets
from server.kernel.actors import Actor
from server.kernel.perform import Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from server.leave import presets as leave_kinds
from server.rosters.gathering import gather
from server.rosters.market import absences
from server.rosters.market.candidates import candidates
from server.rosters.market.model import AbsenceShift, ShiftAbsence
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.world import SECRET
from tests.support.planted import instead

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        made.approval()
        yield made


def sick(first: date = MONDAY, last: date = MONDAY, **more: Any) -> ReportAbsence:
    return ReportAbsence(absence_id=new_id(), from_day=first.isoformat(), to_day=last.isoformat(), **more)


def test_a_sick_call_opens_the_shifts_and_the_manager_gets_one_thing_to_do(shop: Shop) -> None:
    shifts = [shop.cell(shop.li, day) for day in (MONDAY, TUESDAY)]
    shop.publish()
    call = sick(MONDAY, TUESDAY)
    shop.must(shop.li, call)
    assert [shop.holder(one) for one in shifts] == [None, None]
    assert (shop.due(shop.li, MONDAY), shop.due(shop.li, TUESDAY)) == ("", ""), "nobody expects them: they are not absent"
    assert shop.to_dos(shop.wu) == ["absence_cover"]
    (item,) = shop.told(shop.wu, "absence_cover")
    assert (item.facts["who"], item.facts["count"], item.about_id) == ("李伟", "2", call.absence_id)


def test_the_list_names_who_can_within_caps_beyond_them_and_not_at_all(shop: Shop) -> None:
    shop.cell(shop.min, TUESDAY, starts=5 * 60, ends=9 * 60)
    shop.cell(shop.fang, MONDAY, starts=16 * 60, ends=20 * 60)
    shift = shop.cell(shop.li, MONDAY, starts=14 * 60, ends=22 * 60)
    shop.publish()
    shop.must(shop.li, sick())
    with shop.world.looking(shop.as_wu) as session:
        found = candidates(session, CandidatesQuery(shift_id=shift))
    rules = {one.name: {verdict.rule for verdict in one.breaks} for one in (*found.beyond, *found.cannot)}
    assert found.free == [] and [one.name for one in found.beyond] == ["张敏"] and "rest_between" in rules["张敏"]
    assert {one.name for one in found.cannot} == {"李伟", "王芳"}
    assert "overlap" in rules["王芳"] and "approved_leave" in rules["李伟"], "who is ill is asked for nothing"


def test_the_first_who_accepts_mends_the_day_and_nothing_is_left_to_do(shop: Shop) -> None:
    shift = shop.shift(shop.li)
    call = sick()
    shop.must(shop.li, call)
    asked = OfferShift(
        offer_id=new_id(), shift_id=shift, people=[shop.min, shop.fang], until_ms=ms(shop.world.clock() + timedelta(hours=5))
    )
    shop.must(shop.wu, asked)
    shop.must(shop.fang, AnswerOffer(offer_id=asked.offer_id, accept=True))
    assert shop.holder(shift) == shop.fang and shop.to_dos(shop.wu) == []
    day = {"from_day": MONDAY.isoformat(), "to_day": MONDAY.isoformat()}
    (row,) = shop.world.client("wu").get("/api/v1/market", store_id=shop.a, **day).json["absences"]
    assert (row["state"], row.get("open_shift_ids", [])) == ("covered", [])


def test_a_desk_that_mends_it_by_hand_has_done_it_too(shop: Shop) -> None:
    shift = shop.shift(shop.li)
    shop.must(shop.li, sick())
    cell = shop.cell_of(shift)
    filled = SetShift(
        shift_id=shift, store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.min, template="early", based_on=cell.version
    )
    shop.world.must(filled)
    assert shop.to_dos(shop.wu) == ["absence_cover"], "a draft covers nothing yet"
    shop.publish(days=1)
    assert shop.to_dos(shop.wu) == []


def test_a_to_do_that_nobody_closes_is_found(shop: Shop) -> None:
    """The control: a desk whose publish nobody listens to."""
    shift = shop.shift(shop.li)
    shop.must(shop.li, sick())
    with instead(absences, "cover", lambda _wide, _shift: None):
        shop.world.must(
            SetShift(
                shift_id=shift, store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.min, template="early",
                based_on=shop.cell_of(shift).version,
            )
        )  # fmt: skip
        shop.publish(days=1)
    assert shop.to_dos(shop.wu) == ["absence_cover"]


def test_the_manager_reports_it_for_her_people_and_for_nobody_elses(shop: Shop) -> None:
    shift = shop.shift(shop.li)
    assert shop.refused(shop.sun, sick(person_id=shop.li)) == "access.out_of_scope"
    assert shop.refused(shop.min, sick(person_id=shop.li)) == "access.out_of_scope", "a colleague is no manager"
    call = sick(person_id=shop.li)
    shop.must(shop.wu, call)
    assert shop.holder(shift) is None and shop.world.row(ShiftAbsence, call.absence_id).reported_by == shop.wu
    assert shop.refused(shop.wu, sick(person_id=shop.li)) == "market.known_already"
    assert shop.refused(shop.wu, sick(MONDAY - timedelta(days=20), MONDAY, person_id=shop.li)) == "market.too_long_ago"


def test_who_comes_after_all_has_back_what_nobody_took(shop: Shop) -> None:
    kept, lost = (shop.cell(shop.li, day) for day in (MONDAY, TUESDAY))
    shop.publish()
    call = sick(MONDAY, TUESDAY)
    shop.must(shop.li, call)
    shop.must(shop.min, ClaimShift(claim_id=new_id(), shift_id=lost, version=shop.version(lost)))
    assert shop.must(shop.li, WithdrawAbsence(absence_id=call.absence_id)) == {"state": "some"}
    assert (shop.holder(kept), shop.holder(lost)) == (shop.li, shop.min) and shop.to_dos(shop.wu) == []
    assert shop.refused(shop.li, WithdrawAbsence(absence_id=call.absence_id)) == "market.absence_over"
    assert shop.refused(shop.fang, WithdrawAbsence(absence_id=call.absence_id)) == "access.out_of_scope"
    assert all(row.covered_at is not None for row in shop.world.rows(sa.select(AbsenceShift)))


def test_a_shift_that_has_begun_can_still_be_taken_and_one_that_is_over_stays_theirs(shop: Shop) -> None:
    morning, evening = (shop.cell(shop.li, MONDAY, starts=a * 60, ends=b * 60) for a, b in ((5, 9), (9, 13)))
    shop.publish()
    shop.world.clock.pass_(days=2, hours=22, minutes=10)  # Monday 10:10 in Shanghai
    shop.must(shop.li, sick())
    assert (shop.holder(morning), shop.holder(evening)) == (shop.li, None)
    assert shop.must(shop.min, ClaimShift(claim_id=new_id(), shift_id=evening, version=shop.version(evening))) == {"state": "won"}


# -- availability and wishes ---------------------------------------------------------------------------------------------


def weeks(first: date, *stretches: WeekStretch, until: date | None = None) -> SetAvailability:
    return SetAvailability(
        availability_id=new_id(), from_day=first.isoformat(), until=until.isoformat() if until is not None else None,
        stretches=list(stretches),
    )  # fmt: skip


def away(shop: Shop, person: str, day: date) -> list[tuple[str, int]]:
    """What the judge knows of a day: kinds with the hours they last."""
    with shop.world.looking(Actor.system()) as session:
        known = gather(session, [shop.a], day, day, [person]).workers[person].away
    midnight = ms(shop.world.clock()) - 12 * 3_600_000 + (day - shop.world.clock().date()).days * 86_400_000
    return [
        (one.kind, (one.ends_ms - one.starts_ms) // 3_600_000)
        for one in known
        if one.starts_ms < midnight + 86_400_000 and one.ends_ms > midnight
    ]


def test_who_said_they_cannot_is_not_planned_without_a_reason_and_takes_nothing_by_themselves(shop: Shop) -> None:
    shop.must(shop.li, weeks(MONDAY, WeekStretch(weekday=0, from_min=12 * 60, to_min=24 * 60)))
    planned = SetShift(
        shift_id=new_id(), store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.li, template="early",
        windows=[Window(starts_min=10 * 60, ends_min=14 * 60)],
    )  # fmt: skip
    assert shop.refused(shop.wu, planned) == "rosters.breaks_unavailable"
    shift = shop.shift(None, MONDAY, starts=10 * 60, ends=14 * 60)
    claim = ClaimShift(claim_id=new_id(), shift_id=shift, version=1)
    assert shop.refused(shop.li, claim) == "rosters.breaks_unavailable"


def test_what_begins_last_counts_until_it_ends_and_wishes_stand_beside_it(shop: Shop) -> None:
    week_later = MONDAY + timedelta(days=7)
    shop.must(shop.li, weeks(MONDAY, WeekStretch(weekday=0)))
    other = WeekStretch(weekday=0, kind="undesired", to_min=360)
    shop.must(shop.li, weeks(week_later, other, until=week_later + timedelta(days=7)))
    wish = MakeWish(wish_id=new_id(), day=TUESDAY.isoformat(), kind="desired", from_min=480, to_min=960)
    shop.must(shop.li, wish)
    assert away(shop, shop.li, MONDAY) == [("unavailable", 24)]
    assert away(shop, shop.li, week_later) == [("undesired", 6)]
    assert away(shop, shop.li, week_later + timedelta(days=7)) == [("unavailable", 24)], "the word before counts again"
    assert away(shop, shop.li, TUESDAY) == [("desired", 8)]
    assert shop.refused(shop.min, WithdrawWish(wish_id=wish.wish_id)) == "market.wish_unknown"
    assert shop.do(shop.li, WithdrawWish(wish_id=wish.wish_id)).answer == "applied"
    assert shop.do(shop.li, WithdrawWish(wish_id=wish.wish_id)).answer == "merged"
    assert away(shop, shop.li, TUESDAY) == []


def test_weeks_and_wishes_that_end_before_they_begin_are_refused(shop: Shop) -> None:
    assert shop.refused(shop.li, weeks(MONDAY, until=MONDAY)) == "market.ends_before_start"
    assert shop.refused(shop.li, weeks(MONDAY, WeekStretch(weekday=0, from_min=60, to_min=60))) == "market.ends_before_start"
    wish = MakeWish(wish_id=new_id(), day="2026-11-31", kind="desired")
    assert shop.refused(shop.li, wish) == "shifts.no_such_day"


def test_the_manager_reads_her_peoples_weeks_and_another_stores_manager_does_not(shop: Shop) -> None:
    shop.must(shop.li, weeks(MONDAY, WeekStretch(weekday=6)))
    read = {login: shop.world.client(login).get("/api/v1/market/availability", person_id=shop.li).json for login in ("wu", "sun")}
    assert [len(read[login]["weeks"]) for login in ("wu", "sun")] == [1, 0]


def at_a_tablet(shop: Shop, store: str, who: str, operation: ReportAbsence) -> str | None:
    """What the tablet of a store gets for an operation of somebody who typed their PIN at it: a refusal, or None."""
    op_id, now = new_id(), shop.world.clock()
    act = Act(op_id, None, who, TimeTaken(ms(now), ms(now), ms(now), "exact"), now)
    tablet = DeviceFacts(new_id(), "kiosk", None, store, "hardware", None)
    actor = Actor.device(tablet.device_id, None)
    try:
        with writing(shop.world.db, actor, op_id=op_id, now=now) as session:
            absences.report_absence(Work(session, actor, now, act, SECRET, tablet), operation)
    except Problem as refused:
        return refused.code
    return None


def test_at_the_tablet_the_manager_of_that_store_reports_with_the_proof_of_her_pin_only(shop: Shop) -> None:
    shift = shop.shift(shop.li)
    proven = sick(person_id=shop.li, kiosk=KioskProof(pin=True))
    assert at_a_tablet(shop, shop.a, shop.wu, sick(person_id=shop.li)) == "rosters.pin_needed"
    assert at_a_tablet(shop, shop.b, shop.wu, proven) == "rosters.not_your_store"
    assert at_a_tablet(shop, shop.a, shop.min, proven) == "rosters.not_your_store"
    assert shop.holder(shift) == shop.li
    assert at_a_tablet(shop, shop.a, shop.wu, proven) is None and shop.holder(shift) is None


def leave(person: str, first: date = MONDAY, last: date = MONDAY, **more: Any) -> SubmitRequest:
    form = {"leave_kind": "sick", "from_day": first.isoformat(), "to_day": last.isoformat(), **more}
    return SubmitRequest(request_id=new_id(), kind="leave", person_id=person, form=form)


def test_leave_that_is_asked_for_with_a_sick_call_stands_beside_it_whichever_came_first(shop: Shop) -> None:
    leave_kinds.ensure(shop.world.db, shop.world.clock(), SECRET)
    ensure_presets(shop.world.db, now=shop.world.clock(), secret=SECRET)
    first, other = sick(MONDAY, TUESDAY), leave(shop.min, MONDAY, TUESDAY)
    half = leave(shop.li, MONDAY, MONDAY, part="first_half")
    shop.must(shop.li, first)
    shop.must(shop.li, half)
    assert shop.world.row(ShiftAbsence, first.absence_id).request_id is None, "half a day is not what the sick call says"
    shop.must(shop.li, WithdrawRequest(request_id=half.request_id))
    asked = leave(shop.li, MONDAY, TUESDAY, part="whole")
    shop.must(shop.li, asked)
    shop.must(shop.min, other)
    call = sick(TUESDAY, TUESDAY)
    shop.must(shop.min, call)
    assert shop.world.row(ShiftAbsence, first.absence_id).request_id == asked.request_id
    assert shop.world.row(ShiftAbsence, call.absence_id).request_id == other.request_id


def test_leave_of_other_days_does_not_stand_beside_a_sick_call(shop: Shop) -> None:
    leave_kinds.ensure(shop.world.db, shop.world.clock(), SECRET)
    ensure_presets(shop.world.db, now=shop.world.clock(), secret=SECRET)
    call = sick(MONDAY, TUESDAY)
    shop.must(shop.li, call)
    shop.must(shop.li, leave(shop.li, TUESDAY, TUESDAY))
    assert shop.world.row(ShiftAbsence, call.absence_id).request_id is None

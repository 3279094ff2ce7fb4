"""Overtime from the request to the day: granted by its flow, counted as far as it was granted, given back once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from contract.hours import GiveUpOvertime, WithdrawOvertime
from contract.ids import derived_id, new_id
from contract.leave import AdjustBalance
from contract.shifts import Allowance, DefineRules, WorkRules
from contract.statements import CloseMonth
from server.approvals.model import RequestNote, Signature
from server.approvals.presets import ensure_presets
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.leave import presets
from server.leave import rules as leave_rules
from server.leave.model import LeaveBalance, LieuCredit
from server.shifts import presets as shift_presets
from server.timesheets import marking, overtime, recompute
from server.timesheets.overtime_model import OvertimeGrant
from tests.server.hours_world import HoursWorld, at_work
from tests.server.requests_of import as_employee, ask, decide_all
from tests.server.test_exports import read_csv
from tests.server.world import SECRET, World
from tests.support.planted import instead

DAY, NEXT = "2026-11-20", "2026-11-21"  # a Friday
ASKED = {"from_day": DAY, "to_day": DAY}


def _set_up(world: World) -> HoursWorld:
    made = HoursWorld(world)
    made.at("2026-01-05 08:00")
    presets.ensure(world.db, world.clock(), SECRET)
    ensure_presets(world.db, now=world.clock(), secret=SECRET)
    shift_presets.ensure(world.db, world.clock(), SECRET)
    return at_work(world)


@pytest.fixture
def late(tmp_path: Path) -> Iterator[HoursWorld]:
    """The shop under rules by which overtime needs a request; Li Wei was due 9 to 18 and stayed until 19:20."""
    made = _set_up(World.on_sqlite(tmp_path))
    rules(made, overtime_needs_request=True)
    stays(made)
    yield made
    made.world.close()


def rules(made: HoursWorld, from_day: str = "2026-11-01", **body: Any) -> None:
    made.world.must(
        DefineRules(
            rules_id=new_id(), code="standard", name_zh="标准", name_en="Standard", from_day=from_day, body=WorkRules(**body),
            reason="overtime is asked for",
        )
    )  # fmt: skip


def stays(made: HoursWorld, day: str = DAY, left: str = "19:20", name: str = "李伟") -> None:
    made.shift(name, day, ("09:00", "18:00"))
    made.punch(name, "in", f"{day} 09:00")
    made.punch(name, "out", f"{day} {left}")
    made.at(f"{NEXT} 12:00")
    made.round()


def form(day: str = DAY, **more: Any) -> dict[str, Any]:
    values = {"day": day, "compensation": "pay", "reason": "stock-taking", **more}
    return values if {"minutes", "from_time", "to_time"} & values.keys() else {**values, "minutes": 60}


def granted(made: HoursWorld, **more: Any) -> str:
    request_id = ask(made.world, "overtime", "李伟", form(**more))
    decide_all(made.world, request_id)
    made.round()
    return str(request_id)


def lieu_left(made: HoursWorld) -> int:
    found = sa.select(LeaveBalance).where(LeaveBalance.kind == "lieu", LeaveBalance.person_id == made.id("李伟"))
    return sum(row.accrued + row.carried + row.adjusted - row.taken for row in made.world.rows(found))


def test_overtime_that_was_granted_counts_as_far_as_it_was_granted_and_the_day_says_by_which_request(late: HoursWorld) -> None:
    before = late.day("李伟", DAY)
    assert before is not None and (before.overtime_normal_min, before.not_granted_min) == (0, 80)
    request_id = granted(late)
    row = late.day("李伟", DAY)
    assert row is not None and (row.overtime_normal_min, row.granted_min, row.not_granted_min) == (60, 60, 20)
    assert "not_granted" in row.flags
    steps = {step.code: step.facts for step in row.steps}
    assert steps["overtime_granted"]["request_id"] == request_id and steps["overtime_granted"]["number"].startswith("R26")
    assert (steps["overtime_unasked"]["rest_min"], steps["overtime_unasked"]["rules"]) == (20, "standard")
    # what is left is asked for afterwards
    granted(late, minutes=20)
    all_of_it = late.day("李伟", DAY)
    assert all_of_it is not None and (all_of_it.overtime_normal_min, all_of_it.flags) == (80, [])


def test_of_a_grant_for_a_stretch_only_minutes_in_it_count_by_the_clock_of_the_store(late: HoursWorld) -> None:
    granted(late, from_time="19:00", to_time="20:00")
    row = late.day("李伟", DAY)
    assert row is not None and (row.overtime_normal_min, row.granted_min, row.not_granted_min) == (20, 60, 60)
    assert {step.code: step.facts for step in row.steps}["overtime_outside"]["rest_min"] == 60
    granted(late, minutes=60)  # asked for afterwards, wherever they lie
    all_of_it = late.day("李伟", DAY)
    assert all_of_it is not None and (all_of_it.overtime_normal_min, all_of_it.flags) == (80, [])


def test_a_grant_that_marks_no_day_is_found(late: HoursWorld) -> None:
    with instead(marking, "mark_days", lambda *args, **more: None):
        granted(late)
    row = late.day("李伟", DAY)
    assert row is not None and row.overtime_normal_min == 0


def test_a_refused_request_grants_nothing_and_a_withdrawn_grant_counts_no_more(late: HoursWorld) -> None:
    refused = ask(late.world, "overtime", "李伟", form())
    decide_all(late.world, refused, "refuse", "not needed")
    assert late.world.rows(sa.select(OvertimeGrant)) == []
    request_id = granted(late)
    op = WithdrawOvertime(grant_id=derived_id("overtime_grant", request_id), reason="a mistake")
    assert late.world.refusal(op, as_employee(late.world, late.id("李伟"))) == "access.not_allowed"
    late.world.must(op)
    late.round()
    row = late.day("李伟", DAY)
    assert row is not None and (row.overtime_normal_min, row.not_granted_min) == (0, 80)
    assert late.world.refusal(op) == "overtime.already_withdrawn"


def told(made: HoursWorld, trigger: str) -> set[str]:
    return {row.receiver_id for row in made.world.rows(sa.select(InboxItem).where(InboxItem.trigger == trigger))}


def test_who_was_granted_overtime_can_do_without_it_and_whoever_approved_it_is_told(late: HoursWorld) -> None:
    request_id = granted(late)
    mine = as_employee(late.world, late.id("李伟"))
    op = GiveUpOvertime(request_id=request_id, reason="I took the time off instead")
    assert late.world.refusal(op, as_employee(late.world, late.id("王芳"))) == "overtime.unknown"
    late.world.must(op, mine)
    late.round()
    row = late.day("李伟", DAY)
    assert row is not None and (row.overtime_normal_min, row.not_granted_min) == (0, 80)
    [grant] = late.world.rows(sa.select(OvertimeGrant))
    assert (grant.withdrawn_by, grant.withdrawn_because) == (late.id("李伟"), op.reason), "it stays to be seen"
    signers = set(late.world.rows(sa.select(Signature.signer_id).where(Signature.request_id == request_id))) - {late.id("李伟")}
    assert signers and told(late, overtime.GIVEN_UP) == signers
    noted = late.world.rows(sa.select(RequestNote).where(RequestNote.request_id == request_id))
    assert [note.facts["reason"] for note in noted if note.code == overtime.GIVEN_UP] == [op.reason]
    assert late.world.refusal(op, mine) == "overtime.already_withdrawn"
    assert granted(late, minutes=80), "and the minutes may be asked for again"


def test_whose_grant_somebody_else_withdraws_is_told(late: HoursWorld) -> None:
    request_id = granted(late)
    late.world.must(WithdrawOvertime(grant_id=derived_id("overtime_grant", request_id), reason="a mistake"))
    assert overtime.WITHDRAWN == "overtime_withdrawn"
    assert told(late, overtime.WITHDRAWN) == {late.id("李伟")} and told(late, overtime.GIVEN_UP) == set()


def test_overtime_of_a_closed_month_is_not_given_up(late: HoursWorld) -> None:
    request_id = granted(late)
    late.at("2026-12-03 12:00")
    late.world.must(CloseMonth(closing_id=new_id(), month="2026-11", override=True, reason="pay day"))
    op = GiveUpOvertime(request_id=request_id, reason="too late")
    assert late.world.refusal(op, as_employee(late.world, late.id("李伟"))) == "statements.month_closed"
    with instead(overtime, "tell", lambda work, event: None):
        assert late.world.refusal(op, as_employee(late.world, late.id("李伟"))) is None, "the control: nobody is asked"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"from_time": "18:00"}, "overtime.how_long"),
        ({"from_time": "18:00", "to_time": "19:00", "minutes": 90}, "overtime.longer_than_stretch"),
        ({"from_time": "18:00", "to_time": "25:00"}, "overtime.no_such_time"),
        ({"day": "2026-09-01"}, "overtime.too_long_ago"),
        ({"day": "2026-10-01", "compensation": "lieu"}, "overtime.too_long_ago"),
        ({"from_time": "18:30", "to_time": "20:00"}, "overtime.overlaps"),
        ({"minutes": 961}, "form.too_big"),
    ],
)  # fmt: skip
def test_overtime_that_could_not_count_is_refused_when_it_is_asked_for(late: HoursWorld, said: dict[str, Any], code: str) -> None:
    granted(late, from_time="18:00", to_time="19:00")
    outcome = ask(late.world, "overtime", "李伟", form(**said), must=False)
    assert (outcome.status, outcome.code) == ("rejected", code)


def test_work_on_a_public_holiday_is_paid_and_never_given_back(late: HoursWorld) -> None:
    with instead(overtime, "kind_of_day", lambda session, day: "holiday"):
        outcome = ask(late.world, "overtime", "李伟", form(compensation="lieu"), must=False)
        assert outcome.code == "overtime.holiday_is_paid"
    assert ask(late.world, "overtime", "李伟", form(compensation="lieu"))


def test_two_grants_of_one_person_never_share_a_minute_whoever_writes(late: HoursWorld) -> None:
    granted(late, from_time="22:00", to_time="01:00")
    [grant] = late.world.rows(sa.select(OvertimeGrant))
    assert (grant.minutes, grant.ends_min - (grant.starts_min or 0)) == (180, 180)
    other = ask(late.world, "overtime", "李伟", form(minutes=5))
    with pytest.raises(IntegrityError), writing(late.world.db, Actor.system(), op_id=new_id(), now=late.world.clock()) as session:
        session.add(
            OvertimeGrant(
                id=new_id(), person_id=grant.person_id, store_id=None, request_id=other, day=date(2026, 11, 21), minutes=30,
                compensation="pay", starts_min=(grant.ends_min or 0) - 30, ends_min=grant.ends_min, granted_at=late.world.clock(),
            )
        )  # fmt: skip


def test_who_passes_the_limit_of_the_month_is_told_and_asks_all_the_same(late: HoursWorld) -> None:
    for number in (23, 24):  # 2 x 960 granted, days to come: 32 hours
        granted(late, day=f"2026-11-{number}", minutes=960)
    outcome = ask(late.world, "overtime", "李伟", form(day="2026-11-25", minutes=300), must=False)
    assert outcome.code == "approvals.warning"
    [[code, facts]] = outcome.facts["warnings"]
    # 1,920 + 300 = 2,220 minutes: 37 hours
    assert (code, facts) == ("overtime_limit", {"month": "2026-11", "limit_h": "36", "total_h": "37.0"})
    assert ask(late.world, "overtime", "李伟", form(day="2026-11-25", minutes=240))  # 36 hours exactly


def test_time_off_in_lieu_is_credited_once_and_follows_the_day(late: HoursWorld) -> None:
    granted(late, compensation="lieu")
    assert lieu_left(late) == 60
    with writing(late.world.db, Actor.system(), op_id=new_id(), now=late.world.clock()) as session:
        marking.mark_stretch(session, None, date(2026, 11, 1), None)
    late.round()
    assert lieu_left(late) == 60  # computed again, credited once
    late.punch("李伟", "in", f"{DAY} 19:30", received=f"{NEXT} 12:00")
    late.punch("李伟", "out", f"{DAY} 19:40", received=f"{NEXT} 12:00")
    [credit] = late.world.rows(sa.select(LieuCredit))
    late.world.must(WithdrawOvertime(grant_id=late.world.rows(sa.select(OvertimeGrant.id))[0], reason="a mistake"))
    late.round()
    assert credit.minutes == 60 and late.world.rows(sa.select(LieuCredit)) == [] and lieu_left(late) == 0


def test_a_credit_that_does_not_follow_the_day_is_found(late: HoursWorld) -> None:
    with instead(recompute, "credit_days", lambda session, earned, now: None):
        granted(late, compensation="lieu")
    row = late.day("李伟", DAY)
    assert row is not None and row.in_lieu_min == 60 and lieu_left(late) == 0


def test_rest_days_that_rules_give_back_are_credited_too(late: HoursWorld) -> None:
    rules(late, "2026-11-02", weekend_in_lieu=True)
    late.shift("李伟", "2026-11-14", day_kind="weekend")
    late.punch("李伟", "in", "2026-11-14 10:00")
    late.punch("李伟", "out", "2026-11-14 13:00")
    late.round()
    row = late.day("李伟", "2026-11-14")
    assert row is not None and (row.overtime_weekend_min, row.in_lieu_min) == (180, 180) and lieu_left(late) == 180


def test_a_closed_month_keeps_its_credit_and_grants_no_more(late: HoursWorld) -> None:
    granted(late, compensation="lieu")
    waits = ask(late.world, "overtime", "李伟", form(minutes=20))
    late.at("2026-12-03 12:00")
    late.world.must(CloseMonth(closing_id=new_id(), month="2026-11", override=True, reason="pay day"))
    assert ask(late.world, "overtime", "李伟", form(minutes=10), must=False).code == "statements.month_closed"
    with pytest.raises(AssertionError, match="month_closed"):
        decide_all(late.world, waits)
    late.punch("李伟", "in", f"{DAY} 08:00", received="2026-12-03 11:00")
    late.round()
    assert lieu_left(late) == 60


def test_by_default_overtime_needs_no_request_and_a_simulation_tells_what_the_switch_would_do(tmp_path: Path) -> None:
    made = _set_up(World.on_sqlite(tmp_path))
    stays(made)
    row = made.day("李伟", DAY)
    assert row is not None and (row.overtime_normal_min, row.flags) == (80, [])
    body = {"rules": "standard", "body": {"overtime_needs_request": True}, **ASKED}
    told = made.world.client("chen").post("/api/v1/rules/simulations", body).json
    [one] = told["changed"]
    assert (one["before"]["overtime_normal_min"], one["after"]["overtime_normal_min"]) == (80, 0)
    assert (one["after"]["not_granted_min"], told["days_changed"]) == (80, 1)
    made.world.close()


def test_allowances_in_the_pay_file_are_the_apis_and_those_of_a_hand_calculation(late: HoursWorld) -> None:
    rules(
        late, "2026-11-02",
        allowances=[Allowance(kind="meal", after_min=480, amount=1_550), Allowance(kind="night_shift", after_min=60)],
    )  # fmt: skip
    late.full_day("王芳")
    for day in ("2026-11-18", "2026-11-19"):
        stays(late, day)
    late.round()
    client = late.world.client("chen")
    asked = {"from_day": "2026-11-18", "to_day": DAY}
    total = client.get("/api/v1/days/sums", **asked).json["total"]
    # by hand: Li on three days, Wang on one: 4 x 15.50 = 62.00
    assert total["allowances"] == [{"kind": "meal", "count": 4, "amount": 6_200, "currency": "CNY"}]
    heads, *lines, last = read_csv(client.get("/api/v1/days/exports", **asked, language="en"))
    column = {head: number for number, head in enumerate(heads)}
    count, amount = column["Meal allowance, count"], column["Meal allowance, amount (CNY)"]
    assert [(line[count], line[amount]) for line in lines] == [("3", "46.50"), ("1", "15.50")]
    assert (last[count], last[amount]) == ("4", "62.00")


def test_granted_overtime_is_read_by_whom_it_concerns(late: HoursWorld) -> None:
    granted(late, from_time="23:30", to_time="01:00", minutes=60, compensation="lieu")
    [row] = late.world.client("chen").get("/api/v1/overtime", **ASKED).json["items"]
    assert (row["name"], row["minutes"], row["compensation"]) == ("李伟", 60, "lieu")
    assert (row["from_time"], row["to_time"]) == ("23:30", "+01:00")


def _by_hand(made: HoursWorld, minutes: int, on: str = DAY) -> AdjustBalance:
    return AdjustBalance(
        adjustment_id=new_id(), person_id=made.id("李伟"), kind="lieu", minutes=minutes, on=on, reason="worked on a rest day"
    )


def test_time_off_for_a_day_is_given_by_the_day_or_by_hand_and_never_by_both(late: HoursWorld) -> None:
    granted(late, compensation="lieu")
    assert lieu_left(late) == 60
    assert late.world.refusal(_by_hand(late, 60)) == "leave.lieu_credited"
    late.world.must(_by_hand(late, -15))  # less may always be said, with its reason
    late.world.must(_by_hand(late, 120, NEXT))
    assert late.world.refusal(_by_hand(late, 30, NEXT)) == "leave.lieu_given", "one day, one gift"
    assert lieu_left(late) == 60 - 15 + 120


@pytest.mark.parametrize("by_hand", [45, 90])
def test_what_was_given_by_hand_before_the_day_gave_it_counts_once(late: HoursWorld, by_hand: int) -> None:
    late.world.must(_by_hand(late, by_hand))
    assert lieu_left(late) == by_hand
    granted(late, compensation="lieu")
    assert lieu_left(late) == max(60, by_hand)
    late.world.must(_by_hand(late, -by_hand))
    assert lieu_left(late) == 60, "taken back: the day's own stands"


def test_a_balance_that_adds_up_both_is_found(late: HoursWorld) -> None:
    with instead(leave_rules, "beside_what_was_given", lambda credits, by_hand: credits):
        late.world.must(_by_hand(late, 45))
        granted(late, compensation="lieu")
        assert lieu_left(late) == 105

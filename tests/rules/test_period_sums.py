"""Weeks, months and comprehensive periods: each sum worked by hand beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contract.hours import DayRow, DaySpan
from contract.shifts import Allowance, WorkRules
from server.timesheets.rules import period
from server.timesheets.rules.allowances import allowances_of
from server.timesheets.rules.facts import Granted
from server.timesheets.rules.overtime import Amounts, given_back
from server.timesheets.rules.period import periods_in, short_rests, sum_days
from tests.support.planted import instead

pytestmark = pytest.mark.fast
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
MONDAY = date(2026, 3, 2)
# March 2026 has 22 weekdays: 2-6, 9-13, 16-20, 23-27, 30-31
WORKING = frozenset(date(2026, 3, day) for day in range(1, 32) if date(2026, 3, day).weekday() < 5)


def _row(day: date, regular: int = 480, **more: Any) -> DayRow:
    extra = sum(more.get(f"overtime_{name}_min", 0) for name in ("normal", "weekend", "holiday"))
    facts: dict[str, Any] = {"state": "present", "due_min": 480, "worked_min": regular + extra} | more
    return DayRow(person_id="p", day=day.isoformat(), regular_min=regular, **facts)


def _sum(rows: list[DayRow], rules: WorkRules, from_day: date = MARCH[0], to_day: date = MARCH[1]) -> Any:
    return sum_days(
        rows, rules, person_id="p", number="0001", name="Li", from_day=from_day, to_day=to_day, working_days=WORKING
    )


def test_a_month_is_the_sum_of_its_days() -> None:
    rows = [
        _row(MONDAY, overtime_normal_min=60),
        _row(MONDAY + timedelta(days=1), 470, late_min=10, missing_min=10, flags=["late"], state="late"),
        _row(MONDAY + timedelta(days=2), 0, state="absent", missing_min=480, worked_min=0),
        _row(MONDAY + timedelta(days=3), 0, state="leave", leave_min=480, worked_min=0),
        _row(MONDAY + timedelta(days=5), 0, due_min=0, overtime_weekend_min=300, flags=["not_planned"]),
        _row(date(2026, 4, 1)),  # April is not March
    ]
    total = _sum(rows, WorkRules())
    # due 4 x 480; worked 540 + 470 + 300; missing 10 + 480
    assert (total.days_due, total.days_worked, total.days_absent, total.times_late) == (4, 3, 1, 1)
    assert (total.due_min, total.worked_min, total.regular_min) == (1_920, 1_310, 950)
    assert (total.overtime_normal_min, total.overtime_weekend_min, total.missing_min, total.leave_min) == (60, 300, 490, 480)
    assert total.flags == ["late", "not_planned"]


def test_comprehensive_hours_pay_only_what_the_period_has_too_much_and_holidays_apart() -> None:
    # 12 days of 11 hours in the first half of the month and 10 of 6 hours after: 12 x 660 + 10 x 360 = 11,520
    days = sorted(WORKING)
    rows = [_row(day, 660) for day in days[:12]] + [_row(day, 360) for day in days[12:]]
    rules = WorkRules(system="comprehensive", period="month")
    # 22 working days x 480 = 10,560; 11,520 - 10,560 = 960
    assert _sum(rows, rules).overtime_period_min == 960
    holiday = _row(date(2026, 3, 8), 0, overtime_holiday_min=480)
    with_holiday = _sum([*rows, holiday], rules)
    assert (with_holiday.overtime_period_min, with_holiday.overtime_holiday_min) == (960, 480)


def test_long_days_and_short_days_balance_within_a_comprehensive_period() -> None:
    days = sorted(WORKING)
    rows = [_row(day, 600 if n % 2 else 360) for n, day in enumerate(days)]  # 11 x 600 + 11 x 360 = 10,560
    assert _sum(rows, WorkRules(system="comprehensive")).overtime_period_min == 0
    # two days of leave (960) lower what is asked to 9,600; the 20 others worked 10 x 600 + 10 x 360 = 9,600
    rows[0], rows[1] = _row(days[0], 0, leave_min=480), _row(days[1], 0, leave_min=480)
    assert _sum(rows, WorkRules(system="comprehensive")).overtime_period_min == 0
    assert _sum([*rows[:-1], _row(days[-1], 660)], WorkRules(system="comprehensive")).overtime_period_min == 60


def test_half_a_period_has_no_excess_yet() -> None:
    rows = [_row(day, 660) for day in sorted(WORKING)[:5]]
    assert _sum(rows, WorkRules(system="comprehensive"), MARCH[0], date(2026, 3, 15)).overtime_period_min == 0
    assert _sum(rows, WorkRules(system="comprehensive", period="week"), MONDAY, date(2026, 3, 15)).overtime_period_min == 900
    # a week of 5 x 660 = 3,300 against 5 x 480 = 2,400; the next week is worth 0 of 2,400


def test_six_days_of_eight_hours_are_a_day_beyond_the_week() -> None:
    week = [_row(MONDAY + timedelta(days=n)) for n in range(6)]  # 2,880 of 2,400
    assert _sum(week, WorkRules()).overtime_period_min == 480
    assert _sum(week[:5], WorkRules()).overtime_period_min == 0
    assert _sum(week, WorkRules(week_min=2_640)).overtime_period_min == 240  # a 44-hour week


def test_a_week_belongs_to_the_month_in_which_it_ends() -> None:
    monday = date(2026, 3, 30)  # Monday to Wednesday are March's and April's
    week = [_row(monday + timedelta(days=n)) for n in range(6)]  # 30 March to 4 April, ends on 5 April
    april = (date(2026, 4, 1), date(2026, 4, 30))
    assert _sum(week, WorkRules()).overtime_period_min == 0
    total = _sum(week, WorkRules(), *april)
    assert (total.overtime_period_min, total.regular_min) == (480, 4 * 480)  # March's two days: the week's only


@pytest.mark.parametrize(("minutes", "over"), [(180, False), (181, True)])
def test_more_than_36_hours_of_overtime_in_a_month_are_flagged(minutes: int, over: bool) -> None:
    rows = [_row(day, overtime_normal_min=180) for day in sorted(WORKING)[:11]]  # 11 x 180 = 1,980
    rows.append(_row(sorted(WORKING)[11], overtime_normal_min=minutes))  # + 180 = 2,160 = 36 h
    rules = WorkRules(week_min=10_080)
    assert ("over_limit" in _sum(rows, rules).flags) is over


def test_the_limit_holds_for_each_month_of_a_longer_range() -> None:
    april = [_row(date(2026, 4, day), overtime_normal_min=200) for day in range(1, 7)]  # 1,200
    march = [_row(date(2026, 3, day), overtime_normal_min=200) for day in range(20, 26)]  # 1,200
    rules = WorkRules(week_min=10_080)
    assert "over_limit" not in _sum([*march, *april], rules, MARCH[0], date(2026, 4, 30)).flags
    assert "over_limit" in _sum(march, WorkRules(week_min=10_080, month_overtime_limit_min=1_199)).flags


def test_rest_days_worked_are_given_back_where_the_rule_says_so() -> None:
    assert given_back(Amounts(weekend=300), (), WorkRules(weekend_in_lieu=True)) == 300
    assert given_back(Amounts(weekend=300), (), WorkRules()) == 0
    saturdays = [_row(date(2026, 3, day), 0, overtime_weekend_min=300, in_lieu_min=lieu) for day, lieu in ((7, 300), (14, 120))]
    assert _sum(saturdays, WorkRules()).in_lieu_min == 420


def test_time_that_was_granted_in_lieu_is_given_back_minute_for_minute_and_holidays_never() -> None:
    paid_first = (Granted(60), Granted(60, lieu=True))
    # 100 beyond: 60 paid, 40 given back
    assert given_back(Amounts(regular=480, normal=100), paid_first, WorkRules()) == 40
    assert given_back(Amounts(holiday=300), (Granted(300, lieu=True),), WorkRules(weekend_in_lieu=True)) == 0
    with instead(Granted, "lieu", False):  # the control: a grant that forgets what it is to be given back as
        assert given_back(Amounts(normal=100), paid_first, WorkRules()) == 0


def test_allowances_count_what_was_reached_and_sum_to_whole_minor_units() -> None:
    rules = WorkRules(
        allowances=[
            Allowance(kind="night_shift", after_min=240, amount=2_050), Allowance(kind="meal", after_min=480, amount=1_500),
            Allowance(kind="travel", amount=3_333), Allowance(kind="on_call", after_min=60),
        ]
    )  # fmt: skip
    night = allowances_of(rules, worked=480, night=240, on_call=0, stores=1)
    assert [(one.kind, one.count, one.amount, one.currency) for one in night] == [
        ("night_shift", 1, 2_050, "CNY"), ("meal", 1, 1_500, "CNY")
    ]  # fmt: skip
    short = allowances_of(rules, worked=479, night=239, on_call=60, stores=3)
    # two ways between three stores: 2 x 33.33; on call is only counted
    assert [(one.kind, one.count, one.amount) for one in short] == [("travel", 2, 6_666), ("on_call", 1, None)]
    rows = [_row(MONDAY + timedelta(days=n), allowances=some) for n, some in enumerate((night, night, short))]
    found = {one.kind: (one.count, one.amount) for one in _sum(rows, rules).allowances}
    # 2 x 20.50, 2 x 15.00, 66.66
    assert found == {"night_shift": (2, 4_100), "meal": (2, 3_000), "travel": (2, 6_666), "on_call": (1, None)}
    with instead(period, "added_up", lambda days: list(next(iter(days)))):  # the control: sums that stop after the first day
        assert {one.kind: (one.count, one.amount) for one in _sum(rows, rules).allowances} != found


def _worked(day: date, starts_hour: float, hours: float) -> DayRow:
    begin = int((day - date(1970, 1, 1)).days * 1_440 + starts_hour * 60)
    span = DaySpan(in_ms=begin * 60_000, out_ms=int(begin + hours * 60) * 60_000, store_id="A", minutes=int(hours * 60))
    return _row(day, int(hours * 60), spans=[span])


@pytest.mark.parametrize(("starts", "short"), [(9, False), (8.99, True)])
def test_eleven_hours_lie_between_two_days_of_work(starts: float, short: bool) -> None:
    rows = [_worked(MONDAY, 14, 8), _worked(MONDAY + timedelta(days=1), starts, 8)]  # until 22:00; 22:00 + 11 h = 9:00
    found = short_rests(rows, WorkRules(daily_rest_min=660), MONDAY)
    assert found == (["2026-03-03"] if short else [])
    assert ("short_rest" in _sum(rows, WorkRules(daily_rest_min=660)).flags) is short
    assert short_rests(rows, WorkRules(), MONDAY) == []


def test_the_rest_before_the_first_day_of_a_month_looks_at_the_last_of_the_one_before() -> None:
    rows = [_worked(date(2026, 2, 28), 14, 8), _worked(date(2026, 3, 1), 6, 8)]  # 22:00 to 6:00 is 8 h
    assert "short_rest" in _sum(rows, WorkRules(daily_rest_min=660)).flags


def test_a_week_needs_35_hours_in_one_piece() -> None:
    rules = WorkRules(weekly_rest_min=35 * 60)
    seven = [_worked(MONDAY + timedelta(days=n), 9, 8) for n in range(7)]
    # from Monday 9:00 on, 133 h without such a rest end on Saturday 22:00; Sunday's work ends at 152 h
    assert short_rests(seven, rules, MONDAY) == ["2026-03-08"]
    six = [*seven[:6], _worked(MONDAY + timedelta(days=7), 9, 8)]  # Saturday 17:00 to Monday 9:00 is 40 h
    assert short_rests(six, rules, MONDAY) == []


def test_periods_are_whole_or_not_at_all() -> None:
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert [len(list(periods_in(kind, *year))) for kind in ("week", "month", "quarter", "year")] == [51, 12, 4, 1]
    # 52 Mondays lie in 2026 from 5 January to 28 December; the last week ends in January 2027
    assert list(periods_in("quarter", date(2026, 1, 2), year[1]))[0][0] == date(2026, 4, 1)


def test_a_sum_that_forgot_the_leave_of_a_comprehensive_period_is_found() -> None:
    real = period._comprehensive
    forgetful = lambda days, rules, *more: real([row for row in days if not row.leave_min], rules, *more)
    with instead(period, "_comprehensive", forgetful), pytest.raises(AssertionError):
        test_long_days_and_short_days_balance_within_a_comprehensive_period()
    assert period._comprehensive is real

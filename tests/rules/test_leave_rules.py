"""Leave: minutes of stretches, what is earned, what is left. Worked by hand, with the arithmetic beside each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import leave_days
from contract.leave_days import Stretch, without_what_was_called_off
from server.leave import rules
from server.leave.rules import KindRule

pytestmark = pytest.mark.fast
ANNUAL = KindRule("annual", "by_service", steps=((1, 5), (10, 10), (20, 15)), carry_over_days=5)
YEARLY = KindRule("yearly", "yearly", days_a_year=12)
MONTHLY = KindRule("monthly", "monthly", days_a_year=6, smallest_min=60)
DAY = 480


def _weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("stretch", "minutes"),
    [
        (Stretch(date(2026, 3, 2), date(2026, 3, 2)), 480),  # a Monday
        (Stretch(date(2026, 3, 6), date(2026, 3, 9)), 960),  # Friday and Monday; the weekend between is free
        (Stretch(date(2026, 3, 7), date(2026, 3, 8)), 0),  # a weekend
        (Stretch(date(2026, 3, 2), date(2026, 3, 2), None, 720), 240),  # Monday's first half
        (Stretch(date(2026, 3, 2), date(2026, 3, 2), 720, None), 240),
        (Stretch(date(2026, 3, 2), date(2026, 3, 2), 600, 750), 150),  # 10:00 to 12:30
        (Stretch(date(2026, 3, 2), date(2026, 3, 2), 0, 1_200), 480),  # never more than a day's work
        (Stretch(date(2026, 3, 2), date(2026, 3, 4), 720, 720), 960),  # half + whole + half
    ],
)
def test_a_stretch_takes_the_working_time_in_it(stretch: Stretch, minutes: int) -> None:
    assert sum(leave_days.minutes_by_day(stretch, DAY, _weekday).values()) == minutes


@pytest.mark.parametrize(
    ("rule", "hired", "as_of", "days"),
    [
        (ANNUAL, date(2025, 6, 1), date(2026, 5, 31), 0),  # not a year yet
        # 214 days from 1 June to 31 December: 5 * 214 / 365 = 2.93
        (ANNUAL, date(2025, 6, 1), date(2026, 6, 1), 2),
        (ANNUAL, date(2020, 6, 1), date(2026, 1, 1), 5),
        # ten years on 1 July 2026: (5 * 181 + 10 * 184) / 365 = 7.52
        (ANNUAL, date(2016, 7, 1), date(2026, 2, 1), 7),
        (ANNUAL, date(2006, 1, 1), date(2026, 1, 1), 15),  # twenty years on that very day
        (YEARLY, date(2020, 1, 1), date(2026, 1, 1), 12),
        # joined on 1 July: 12 * 184 / 365 = 6.05
        (YEARLY, date(2026, 7, 1), date(2026, 7, 1), 6),
        (YEARLY, date(2026, 7, 1), date(2026, 6, 30), 0),
        (MONTHLY, date(2020, 1, 1), date(2026, 1, 31), 0.5),
        (MONTHLY, date(2020, 1, 1), date(2026, 12, 1), 6),
        (MONTHLY, date(2026, 3, 2), date(2026, 4, 1), 0.5),  # March was begun elsewhere
    ],
)
def test_what_is_earned_by_a_day(rule: KindRule, hired: date, as_of: date, days: float) -> None:
    assert rules.accrued_min(rule, hired, as_of.year, as_of) == days * DAY


def test_somebody_born_to_the_company_on_29_february_has_a_year_on_1_march() -> None:
    assert rules.full_years(date(2024, 2, 29), date(2025, 2, 28)) == 0
    assert rules.full_years(date(2024, 2, 29), date(2025, 3, 1)) == 1
    assert rules.accrued_min(ANNUAL, date(2024, 2, 29), 2025, date(2025, 3, 1)) == 5 * 306 // 365 * DAY  # 306 days are left


def test_what_was_left_is_carried_over_up_to_the_limit() -> None:
    had = rules.balance_on(YEARLY, date(2024, 1, 1), date(2026, 5, 1), taken={2025: 2 * DAY, 2026: DAY}, adjusted={2026: DAY})
    assert (had.carried, had.left) == (0, 12 * DAY)  # 12 + 1 - 1, nothing is carried
    kept = KindRule("kept", "yearly", days_a_year=10, carry_over_days=3)
    had = rules.balance_on(kept, date(2024, 1, 1), date(2026, 5, 1), taken={2024: 8 * DAY, 2025: 11 * DAY}, adjusted={})
    assert had.carried == 1 * DAY  # 10 - 8 = 2 carried into 2025; 10 + 2 - 11 = 1 into 2026
    had = rules.balance_on(kept, date(2024, 1, 1), date(2026, 5, 1), taken={}, adjusted={}, asked=DAY)
    assert (had.carried, had.left) == (3 * DAY, 12 * DAY)


def test_an_amount_that_is_too_small_or_too_much_is_named() -> None:
    assert rules.judge_amount(ANNUAL, 0, 9_999) == "leave.no_working_day"
    assert rules.judge_amount(ANNUAL, 120, 9_999) == "leave.too_little"
    assert rules.judge_amount(ANNUAL, 480, 240) == "leave.not_enough"
    assert rules.judge_amount(MONTHLY, 90, 9_999) == "leave.too_little"  # whole hours
    assert rules.judge_amount(ANNUAL, 240, 240) is None
    assert rules.judge_amount(KindRule("sick", "none"), 480, 0) is None


def test_what_is_called_off_before_it_began_does_not_take_place() -> None:
    week = Stretch(date(2026, 3, 2), date(2026, 3, 6), 720, 720)
    assert without_what_was_called_off(week, None) == week
    assert without_what_was_called_off(week, date(2026, 3, 2)) is None
    assert without_what_was_called_off(week, date(2026, 3, 4)) == Stretch(date(2026, 3, 2), date(2026, 3, 3), 720, None)
    assert without_what_was_called_off(week, date(2026, 3, 7)) == week


def test_stretches_that_cannot_be_are_named() -> None:
    assert leave_days.judge_stretch(Stretch(date(2026, 3, 2), date(2026, 3, 1))) == "leave.ends_before_start"
    assert leave_days.judge_stretch(Stretch(date(2026, 3, 2), date(2026, 3, 2), 720, 700)) == "leave.ends_before_start"
    assert leave_days.judge_stretch(Stretch(date(2026, 3, 2), date(2028, 3, 2))) == "leave.too_long"
    assert leave_days.judge_stretch(Stretch(date(2026, 3, 2), date(2026, 3, 2))) is None


_days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(_days, st.integers(0, 40), st.integers(0, 40))
def test_a_stretch_cut_in_two_takes_as_much_as_in_one(first: date, one: int, two: int) -> None:
    middle, last = first + timedelta(days=one), first + timedelta(days=one + two + 1)
    whole = leave_days.minutes_by_day(Stretch(first, last), DAY, _weekday)
    halves = {
        **leave_days.minutes_by_day(Stretch(first, middle), DAY, _weekday),
        **leave_days.minutes_by_day(Stretch(middle + timedelta(days=1), last), DAY, _weekday),
    }
    assert whole == halves


@given(_days, _days, _days, st.sampled_from([ANNUAL, YEARLY, MONTHLY]))
def test_nobody_loses_what_they_earned_as_the_year_goes_on(hired: date, one: date, other: date, rule: KindRule) -> None:
    early, late = sorted((one, other.replace(year=one.year) if (other.month, other.day) != (2, 29) else one))
    assert 0 <= rules.accrued_min(rule, hired, early.year, early) <= rules.accrued_min(rule, hired, late.year, late)


@given(_days, st.integers(0, 9), _days, st.integers(0, 9))
def test_overlap_is_symmetric_and_means_a_shared_day(a: date, n: int, b: date, m: int) -> None:
    one, other = Stretch(a, a + timedelta(days=n)), Stretch(b, b + timedelta(days=m))
    share = bool({a + timedelta(days=i) for i in range(n + 1)} & {b + timedelta(days=i) for i in range(m + 1)})
    assert leave_days.overlap(one, other) == leave_days.overlap(other, one) == share

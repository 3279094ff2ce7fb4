"""Judgments about leave: what somebody has earned, what is left, and whether an amount can be granted.

Amounts are whole minutes of working time. What a stretch takes is reckoned in contract/leave_days.py, on phones too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class KindRule:
    """A kind of leave as its version in force says. `steps`: (full years of service, days a year), rising."""

    code: str
    accrual: str
    days_a_year: int = 0
    steps: tuple[tuple[int, int], ...] = ()
    carry_over_days: int = 0
    smallest_min: int = 240
    day_min: int = 480

    @property
    def is_limited(self) -> bool:
        return self.accrual != "none"


@dataclass(frozen=True)
class Balance:
    """What somebody has of a kind, in minutes, as of a day."""

    accrued: int
    carried: int
    adjusted: int
    taken: int
    asked: int = 0

    @property
    def left(self) -> int:
        return self.accrued + self.carried + self.adjusted - self.taken - self.asked


def full_years(since: date, day: date) -> int:
    """Completed years of service on a day. Who began on 29 February completes a year on 1 March."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def accrued_min(rule: KindRule, hired_on: date, year: int, as_of: date) -> int:
    """What of a year's leave somebody has earned by a day of that year (or, later, in the whole of it), in minutes.

    yearly: all on 1 January; who joins during the year has a share by calendar days, whole days only.
    monthly: a twelfth with the first day of each month begun in the company.
    by_service: the days that full years of service give, by calendar days where the step changes during the year, whole
    days only, from the day on which there are any: 职工带薪年休假条例 article 3 (5 days from 1 year, 10 from 10, 15 from 20)
    and 企业职工带薪年休假实施办法 article 5 (a share below one whole day does not count).
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    begun, seen = max(first, hired_on), min(last, as_of)
    if begun > seen:
        return 0
    days_of_year = (last - first).days + 1
    if rule.accrual == "yearly":
        return rule.days_a_year * ((last - begun).days + 1) // days_of_year * rule.day_min
    if rule.accrual == "monthly":
        months = seen.month - begun.month + 1 - (begun.day > 1)
        return max(0, months) * rule.days_a_year * rule.day_min // 12
    if rule.accrual == "by_service":
        turns = _anniversary(hired_on, year)
        before, after = _service_days(rule, year - hired_on.year - 1), _service_days(rule, year - hired_on.year)
        if before == 0 and seen < turns:
            return 0
        share = before * max(0, (turns - first).days) + after * ((last - max(first, turns)).days + 1)
        return share // days_of_year * rule.day_min
    return 0


def _anniversary(since: date, year: int) -> date:
    try:
        return since.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _service_days(rule: KindRule, years: int) -> int:
    return max((days for least, days in rule.steps if years >= least), default=0)


def beside_what_was_given(credits: Mapping[date, int], by_hand: Mapping[date, int]) -> dict[date, int]:
    """What overtime of each day gives back beside what somebody gave by hand for that day: never both for the same minutes,
    whichever came first. What was taken away by hand is taken away from it."""
    return {day: max(0, minutes - max(0, by_hand.get(day, 0))) for day, minutes in credits.items()}


def balance_on(
    rule: KindRule,
    hired_on: date,
    as_of: date,
    *,
    taken: Mapping[int, int],
    adjusted: Mapping[int, int],
    earned: Mapping[int, int] | None = None,
    asked: int = 0,
) -> Balance:
    """What somebody has as of a day: this year's, and what was carried over from the years before. `taken`, `adjusted` and
    `earned` (by overtime, beside what the rule accrues) are minutes by calendar year; leave already granted for later this
    year counts as taken."""
    credits = earned or {}
    carried = 0
    for year in range(hired_on.year, as_of.year):
        left = accrued_min(rule, hired_on, year, as_of) + credits.get(year, 0) + carried
        left += adjusted.get(year, 0) - taken.get(year, 0)
        carried = min(max(left, 0), rule.carry_over_days * rule.day_min)
    year = as_of.year
    return Balance(
        accrued_min(rule, hired_on, year, as_of) + credits.get(year, 0), carried, adjusted.get(year, 0), taken.get(year, 0), asked
    )  # fmt: skip


def judge_amount(rule: KindRule, minutes: int, left: int) -> str | None:
    """The refusal code of an amount of leave that cannot be granted; None when it can."""
    if minutes == 0:
        return "leave.no_working_day"
    if minutes < rule.smallest_min or minutes % min(rule.smallest_min, 60):
        return "leave.too_little"
    if rule.is_limited and minutes > left:
        return "leave.not_enough"
    return None


def by_year(days: Mapping[date, int]) -> dict[int, int]:
    """Minutes by calendar year."""
    found: dict[int, int] = {}
    for day, minutes in days.items():
        found[day.year] = found.get(day.year, 0) + minutes
    return found


def version_on(versions: Sequence[tuple[date, KindRule]], day: date) -> KindRule | None:
    """The version of a kind that counts on a day; None before the first."""
    counted = [(valid_from, rule) for valid_from, rule in versions if valid_from <= day]
    return max(counted, key=lambda found: found[0])[1] if counted else None

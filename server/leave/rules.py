"""Judgments about leave: how much working time a stretch takes, what somebody has earned, and what is left.

Amounts are whole minutes of working time. Which days are working days is asked of the company calendar by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY_MIN, NOON_MIN = 1_440, 720
_EPOCH = date(2000, 1, 1)
LONGEST_DAYS = 730


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
class Stretch:
    """From a day to a day, both included. `from_min` begins the first day later, `to_min` ends the last day sooner
    (minutes after midnight)."""

    from_day: date
    to_day: date
    from_min: int | None = None
    to_min: int | None = None

    @property
    def starts(self) -> int:
        """Minutes of the calendar since 2000-01-01, where it begins."""
        return minute_of(self.from_day) + (self.from_min or 0)

    @property
    def ends(self) -> int:
        """The same, where it ends; what begins there does not touch it."""
        return minute_of(self.to_day) + (self.to_min if self.to_min is not None else DAY_MIN)


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


def minute_of(day: date) -> int:
    """Where a day begins, in minutes of the calendar since 2000-01-01."""
    return (day - _EPOCH).days * DAY_MIN


def judge_stretch(stretch: Stretch) -> str | None:
    """The refusal code of a stretch that cannot be; None when it can."""
    if stretch.to_day < stretch.from_day or stretch.ends <= stretch.starts:
        return "leave.ends_before_start"
    if (stretch.to_day - stretch.from_day).days >= LONGEST_DAYS:
        return "leave.too_long"
    return None


def part_of_day(part: str) -> tuple[int | None, int | None]:
    """(from_min, to_min) of `whole`, `first_half` or `second_half` of one day."""
    return {"first_half": (None, NOON_MIN), "second_half": (NOON_MIN, None)}.get(part, (None, None))


def minutes_by_day(stretch: Stretch, day_min: int, is_working: Callable[[date], bool]) -> dict[date, int]:
    """How much working time each day of the stretch takes: none on days off, half a day's for a half, hours as they are
    but never more than a day's."""
    found: dict[date, int] = {}
    for n in range((stretch.to_day - stretch.from_day).days + 1):
        day = stretch.from_day + timedelta(days=n)
        if not is_working(day):
            continue
        begins = stretch.from_min or 0 if day == stretch.from_day else 0
        ends = stretch.to_min if day == stretch.to_day and stretch.to_min is not None else DAY_MIN
        if (begins, ends) == (0, DAY_MIN):
            found[day] = day_min
        elif (begins, ends) in ((0, NOON_MIN), (NOON_MIN, DAY_MIN)):
            found[day] = day_min // 2
        else:
            found[day] = min(day_min, ends - begins)
    return found


def overlap(one: Stretch, other: Stretch) -> bool:
    """Whether two stretches share a minute."""
    return one.starts < other.ends and other.starts < one.ends


def without_what_was_called_off(stretch: Stretch, called_off_from: date | None) -> Stretch | None:
    """What still takes place; None: nothing of it."""
    if called_off_from is None or called_off_from > stretch.to_day:
        return stretch
    if called_off_from <= stretch.from_day:
        return None
    return Stretch(stretch.from_day, called_off_from - timedelta(days=1), stretch.from_min, None)


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


def balance_on(
    rule: KindRule,
    hired_on: date,
    as_of: date,
    *,
    taken: Mapping[int, int],
    adjusted: Mapping[int, int],
    asked: int = 0,
) -> Balance:
    """What somebody has as of a day: this year's, and what was carried over from the years before. `taken` and `adjusted`
    are minutes by calendar year; leave already granted for later this year counts as taken."""
    carried = 0
    for year in range(hired_on.year, as_of.year):
        left = accrued_min(rule, hired_on, year, as_of) + carried + adjusted.get(year, 0) - taken.get(year, 0)
        carried = min(max(left, 0), rule.carry_over_days * rule.day_min)
    year = as_of.year
    return Balance(
        accrued_min(rule, hired_on, year, as_of), carried, adjusted.get(year, 0), taken.get(year, 0), asked
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

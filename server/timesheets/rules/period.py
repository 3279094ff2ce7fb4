"""What days come to over a week, a month, a quarter: sums, comprehensive hours, the monthly limit, rests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from contract.hours import DayFlag, DayRow, PeriodSum
from contract.shifts import WorkRules
from server.timesheets.rules.allowances import added_up

_DAY = timedelta(days=1)
_WEEK_MIN = 7 * 24 * 60
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def sum_days(
    days: Sequence[DayRow], rules: WorkRules, *, person_id: str, number: str, name: str, from_day: date, to_day: date,
    working_days: Collection[date],
) -> PeriodSum:  # fmt: skip
    """The sums of one person from a day to a day (inclusive), in minutes.

    days: in any order; days before `from_day` may be among them (a week's worth): they are not summed, they belong to the
    week that ends inside and to the rest before the first day. rules: those in force on `to_day`. working_days: the dates
    that the calendar calls working and on which this person was employed.

    `overtime_period_min`: comprehensive (劳部发[1994]503 art. 5): per whole `rules.period` inside the range, what was worked
    on other days than public holidays beyond working days times `day_min` less leave. Standard (劳动法 art. 36): per week
    (Monday to Sunday) that ends inside the range, regular hours beyond `week_min`.
    `in_lieu_min`: of the days' overtime, what is given back as time off (劳动法 art. 44 (2)).
    Flags: `over_limit` when a calendar month's overtime passes the limit (劳动法 art. 41: 36 hours), `short_rest` when a
    daily or weekly rest is too short (2003/88/EC art. 3 and 5), and what the days are flagged with.
    """
    known = sorted(days, key=lambda row: row.day)
    first, last = from_day.isoformat(), to_day.isoformat()
    mine = [row for row in known if first <= row.day <= last]
    if rules.system == "comprehensive":
        excess_by_end = list(_comprehensive(mine, rules, from_day, to_day, working_days))
    elif rules.system == "standard":
        excess_by_end = list(_weekly(known, rules, from_day, to_day))
    else:
        excess_by_end = []
    flags: list[DayFlag] = []
    for row in mine:
        flags += [flag for flag in row.flags if flag not in flags]
    if _over_limit(mine, excess_by_end, rules) and "over_limit" not in flags:
        flags.append("over_limit")
    if "short_rest" not in flags and short_rests(known, rules, from_day):
        flags.append("short_rest")
    return PeriodSum(
        person_id=person_id, number=number, name=name,
        days_due=sum(row.due_min > 0 for row in mine),
        days_worked=sum(row.worked_min > 0 for row in mine),
        days_absent=sum(row.state == "absent" for row in mine),
        times_late=sum("late" in row.flags for row in mine),
        times_early=sum("early" in row.flags for row in mine),
        due_min=sum(row.due_min for row in mine),
        worked_min=sum(row.worked_min for row in mine),
        regular_min=sum(row.regular_min for row in mine),
        overtime_normal_min=sum(row.overtime_normal_min for row in mine),
        overtime_weekend_min=sum(row.overtime_weekend_min for row in mine),
        overtime_holiday_min=sum(row.overtime_holiday_min for row in mine),
        overtime_period_min=sum(excess for _, excess in excess_by_end),
        in_lieu_min=sum(row.in_lieu_min for row in mine),
        leave_min=sum(row.leave_min for row in mine),
        missing_min=sum(row.missing_min for row in mine),
        night_min=sum(row.night_min for row in mine),
        on_call_min=sum(row.on_call_min for row in mine),
        not_granted_min=sum(row.not_granted_min for row in mine),
        allowances=added_up(row.allowances for row in mine if row.allowances),
        flags=flags,
    )  # fmt: skip


def short_rests(days: Sequence[DayRow], rules: WorkRules, from_day: date) -> list[str]:
    """The days (ISO, from `from_day` on) that begin before the daily rest was over, or that end seven days without a weekly
    rest. days: in order. Pauses within one day are no rests: they lie between stretches of the same business date."""
    if not rules.daily_rest_min and not rules.weekly_rest_min:
        return []
    found: list[str] = []
    since: int | None = None  # when work began after the last weekly rest
    until: int | None = None  # when work ended last
    for row in days:
        ended = [span for span in row.spans if span.out_ms is not None]
        if not ended:
            continue
        starts = min(span.in_ms for span in ended) // 60_000
        ends = max(span.out_ms or 0 for span in ended) // 60_000
        rest = None if until is None else starts - until
        if since is None or (rest is not None and rest >= rules.weekly_rest_min):
            since = starts
        short = rest is not None and rest < rules.daily_rest_min
        without_weekly = rules.weekly_rest_min > 0 and ends - since > _WEEK_MIN - rules.weekly_rest_min
        if (short or without_weekly) and row.day >= from_day.isoformat():
            found.append(row.day)
        until = ends
    return found


def periods_in(period: str, from_day: date, to_day: date) -> Iterator[tuple[date, date]]:
    """The whole weeks, months, quarters or years that lie in a range, each as first and last day."""
    start = from_day - timedelta(days=from_day.weekday()) if period == "week" else from_day.replace(day=1)
    if period == "quarter":
        start = start.replace(month=(start.month - 1) // 3 * 3 + 1)
    elif period == "year":
        start = start.replace(month=1)
    while start <= to_day:
        if period == "week":
            following = start + timedelta(days=7)
        else:
            months = start.year * 12 + start.month - 1 + _MONTHS[period]
            following = date(months // 12, months % 12 + 1, 1)
        if start >= from_day and following - _DAY <= to_day:
            yield start, following - _DAY
        start = following


def _comprehensive(
    days: Sequence[DayRow], rules: WorkRules, from_day: date, to_day: date, working_days: Collection[date]
) -> Iterator[tuple[date, int]]:
    for first, last in periods_in(rules.period, from_day, to_day):
        mine = [row for row in days if first.isoformat() <= row.day <= last.isoformat()]
        target = sum(first <= day <= last for day in working_days) * rules.day_min - sum(row.leave_min for row in mine)
        yield last, max(0, sum(row.regular_min for row in mine) - max(0, target))


def _weekly(days: Sequence[DayRow], rules: WorkRules, from_day: date, to_day: date) -> Iterator[tuple[date, int]]:
    regular: dict[date, int] = {}
    for row in days:
        day = date.fromisoformat(row.day)
        sunday = day + timedelta(days=6 - day.weekday())
        regular[sunday] = regular.get(sunday, 0) + row.regular_min
    for sunday, minutes in sorted(regular.items()):
        if from_day <= sunday <= to_day and minutes > rules.week_min:
            yield sunday, minutes - rules.week_min


def _over_limit(days: Sequence[DayRow], excess_by_end: Sequence[tuple[date, int]], rules: WorkRules) -> bool:
    by_month: dict[str, int] = {}
    for row in days:
        overtime = row.overtime_normal_min + row.overtime_weekend_min + row.overtime_holiday_min
        by_month[row.day[:7]] = by_month.get(row.day[:7], 0) + overtime
    for end, excess in excess_by_end:
        month = end.isoformat()[:7]
        by_month[month] = by_month.get(month, 0) + excess
    # a comprehensive period longer than a month shares its excess over its months (1994 no. 503 allows 36 h a month on average)
    months = _MONTHS.get(rules.period, 1) if rules.system == "comprehensive" else 1
    if months > 1:
        return sum(by_month.values()) > rules.month_overtime_limit_min * max(months, len(by_month))
    return any(minutes > rules.month_overtime_limit_min for minutes in by_month.values())

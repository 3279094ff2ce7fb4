"""Hours on the wire: the derived day, with its working.

A day is a function of facts: punches and corrections that count, the duty, leave, the calendar, the version of the rules.
It is never edited; a correction is one more fact.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Reason
from contract.shifts import AllowanceKind, WorkRules
from contract.wire import Wire, operation

# What is shown of a day, one word. `unknown`: a device that could hold the punch has not reported since.
DayState = Literal["present", "late", "early", "absent", "leave", "not_due", "off", "unknown", "unplanned"]
# What else is to be said of it.
DayFlag = Literal[
    "late", "early", "left_open", "assumed_out", "missing_in", "corrected", "synced_later", "doubtful", "not_planned",
    "elsewhere", "short_break", "short_rest", "over_limit", "overlapping", "locked", "missed",
    "not_granted",
]  # fmt: skip


class DayStep(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a day's working: the message key `hours.step.<code>` with its facts (instants as `*_ms`, amounts as `*_min`,
    `punch_id`, `rule`)."""

    code: str
    facts: dict[str, Any] = {}


class DaySpan(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of presence: from an "in" to an "out". `assumed`: nobody punched the end, the rule assumes it.

    `in_id`, `out_id`: the punch or correction; `out_ms` absent: still there.
    """

    in_ms: int
    out_ms: int | None = None
    in_id: str | None = None
    out_id: str | None = None
    store_id: str
    assumed: bool = False
    minutes: int = 0


class StoreMinutes(Wire, frozen=True, kw_only=True):
    """What was worked at one store, in minutes."""

    store_id: str
    minutes: int


class DayAllowance(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a day counts for besides its hours. `amount`: `count` times what the rules of that day say, in minor units of
    `currency`; both absent where the rules only count."""

    kind: AllowanceKind
    count: int
    amount: int | None = None
    currency: str = ""


class DayRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One person's business date. All amounts are minutes.

    worked = regular + overtime (normal + weekend + holiday). Once the day is over, due = done + leave + missing + forgiven,
    where `done` is what was worked of what was due (regular_min; on a public holiday it is part of overtime_holiday_min) and
    `forgiven_min` lies within grace or was a pause the law asked for. `not_counted_min`: presence that does not count (before
    the shift, overtime nobody asked for, unpaid pauses); `rounded_min`: what rounding added or, below zero, took. So
    presence + rounded = worked + not_counted. `store_id`: where most was worked, else where the duty is. Flag `missed`: to a
    window of the day nobody came. `granted_min`: overtime that was asked for and granted; `not_granted_min`: worked beyond
    what was due and not counted because nobody granted it (flag `not_granted`); `in_lieu_min`: of the overtime, what is given
    back as time off instead of being paid.
    """

    id: str = ""
    person_id: str
    day: str
    store_id: str | None = None
    state: DayState
    flags: list[DayFlag] = []
    due_min: int = 0
    presence_min: int = 0
    worked_min: int = 0
    regular_min: int = 0
    overtime_normal_min: int = 0
    overtime_weekend_min: int = 0
    overtime_holiday_min: int = 0
    not_counted_min: int = 0
    break_min: int = 0
    late_min: int = 0
    early_min: int = 0
    missing_min: int = 0
    forgiven_min: int = 0
    rounded_min: int = 0
    leave_min: int = 0
    night_min: int = 0
    on_call_min: int = 0
    granted_min: int = 0
    not_granted_min: int = 0
    in_lieu_min: int = 0
    allowances: list[DayAllowance] = []
    first_in_ms: int | None = None
    last_out_ms: int | None = None
    silent_since_ms: int | None = None
    stores: list[StoreMinutes] = []
    spans: list[DaySpan] = []
    steps: list[DayStep] = []
    rules: str = ""
    rules_from: str = ""
    rules_zh: str = ""  # what the rules are called: for devices, which do not hold them
    rules_en: str = ""
    revision: int = 1


class DaysQuery(Wire, frozen=True, kw_only=True):
    """Days of a person, a store or a unit, from a day to a day (inclusive, 62 at most)."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    from_day: Day
    to_day: Day
    limit: Annotated[int, Meta(ge=1, le=2_000)] = 200
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class DaysPage(Wire, frozen=True, kw_only=True):
    """Days, by person and date."""

    items: list[DayRow]
    next_cursor: str | None


class ExportQuery(Wire, frozen=True, kw_only=True):
    """A file of hours. pay: a line per person; days: a line per person and day. What partners are billed: `InvoiceFileQuery`.

    columns: keys in the order wanted, separated by commas; absent: the usual ones. unit: amounts as whole minutes or as hours
    and minutes (in XLSX a number that adds up either way).
    """

    kind: Literal["pay", "days"] = "pay"
    format: Literal["csv", "xlsx"] = "csv"
    from_day: Day
    to_day: Day
    store_id: Id | None = None
    unit_id: Id | None = None
    columns: Annotated[str, Meta(max_length=800)] = ""
    unit: Literal["minutes", "hours"] = "minutes"
    language: Literal["zh", "en"] = "zh"


class PeriodSum(Wire, frozen=True, kw_only=True):
    """What the days of a period come to for one person, in minutes.

    `overtime_period_min`: the excess of comprehensive hours over a whole period, or of regular hours over a whole week's.
    `in_lieu_min`: of the overtime, what is given back as time off instead of being paid; `not_granted_min`: worked beyond
    what was due, where the rules ask for a request that there was not. `allowances`: by kind and currency.
    """

    person_id: str
    number: str
    name: str
    days_due: int
    days_worked: int
    days_absent: int
    times_late: int
    times_early: int
    due_min: int
    worked_min: int
    regular_min: int
    overtime_normal_min: int
    overtime_weekend_min: int
    overtime_holiday_min: int
    overtime_period_min: int
    in_lieu_min: int
    leave_min: int
    missing_min: int
    night_min: int
    on_call_min: int
    not_granted_min: int = 0
    allowances: list[DayAllowance] = []
    flags: list[DayFlag]


class SumsPage(Wire, frozen=True, kw_only=True):
    """Sums of people by number, and (on the first page) of everybody who was asked for together: a sum without a person."""

    items: list[PeriodSum]
    next_cursor: str | None
    total: PeriodSum | None = None


class SimulateRules(Wire, frozen=True, kw_only=True):
    """What a set of rules would make of days that have been. It is computed and shown; nothing is kept."""

    rules: Code
    body: WorkRules
    unit_id: Id | None = None
    from_day: Day
    to_day: Day


class SimulatedPerson(Wire, frozen=True, kw_only=True):
    """One person whose days would change: sums before and after."""

    person_id: str
    number: str
    name: str
    before: PeriodSum
    after: PeriodSum
    days: list[str]


class Simulated(Wire, frozen=True, kw_only=True):
    """Whom a change would touch. `late_more`: people who would be late more often than they are now."""

    people_looked_at: int
    days_looked_at: int
    days_changed: int
    late_more: int
    late_less: int
    changed: list[SimulatedPerson]


Compensation = Literal["pay", "lieu"]


@operation("timesheets.withdraw_overtime/1")
class WithdrawOvertime(Wire, frozen=True, kw_only=True):
    """Granted overtime is not granted any more: HQ, or whoever may vouch where the person is at home; never for oneself."""

    grant_id: Id
    reason: Reason


@operation("timesheets.give_up_overtime/1")
class GiveUpOvertime(Wire, frozen=True, kw_only=True):
    """Whoever was granted overtime does without it: the grant of this request of theirs counts no more."""

    request_id: Id
    reason: Reason


class OvertimeGrantRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Overtime that was asked for and granted: so many minutes of a business date, paid or given back as time off.

    `from_time`, `to_time`: the stretch that was asked for, where one was (`+01:00` lies on the next calendar day).
    """

    id: str
    person_id: str
    name: str
    number: str
    request_id: str
    request_number: str
    day: str
    minutes: int
    compensation: Compensation
    from_time: str | None = None
    to_time: str | None = None
    granted_ms: int
    withdrawn_ms: int | None = None
    withdrawn_because: str | None = None


class GrantedOvertime(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What of it a device reads (entity `overtime`, scope `person:<id>`): for whom, when and how long, never why.

    `from_min`, `to_min`: the stretch in minutes after midnight of `day`, where one was asked for; past midnight above 1,440.
    `withdrawn`: it counts no more.
    """

    id: str
    person_id: str
    day: str
    minutes: int
    from_min: int | None = None
    to_min: int | None = None
    withdrawn: bool = False


class OvertimeGrants(Wire, frozen=True, kw_only=True):
    """Granted overtime by day, the latest first."""

    items: list[OvertimeGrantRow]
    next_cursor: str | None

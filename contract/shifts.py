"""Shifts on the wire: templates, patterns that repeat, who follows which, single days, and the duty that comes of them.

Minutes of a day count from the local midnight of the business date; more than 1,440 is the day after: 22:00 to 06:00 is
1,320 to 1,800. A duty carries instants instead: devices and rules need no zones.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Note, Reason
from contract.money import Currency
from contract.wire import Wire, operation

ShiftKind = Literal["fixed", "flexible", "windows", "on_call"]
BreakKind = Literal["automatic", "punched"]
DayKind = Literal["working", "weekend", "holiday"]
MinuteOfDay = Annotated[int, Meta(ge=0, le=2_880, description="minutes after the midnight with which the business date begins")]
Duration = Annotated[int, Meta(ge=0, le=2_880, description="minutes")]


class Break(Wire, frozen=True, kw_only=True):
    """A pause of a shift. automatic: taken off without punches; punched: what lies between an "out" and the next "in".

    With `starts_min` an automatic pause is that stretch of the day and takes off only what was worked inside it; without, it
    is `minutes` long and taken off once more than `after_min` minutes were worked.
    """

    kind: BreakKind = "automatic"
    paid: bool = False
    minutes: Duration
    after_min: Duration = 0
    starts_min: MinuteOfDay | None = None


class Window(Wire, frozen=True, kw_only=True):
    """A stretch of a day in which somebody is due. `store_id` absent: at the store they are posted to."""

    starts_min: MinuteOfDay
    ends_min: MinuteOfDay
    store_id: Id | None = None


@operation("shifts.define_template/1")
class DefineTemplate(Wire, frozen=True, kw_only=True):
    """A kind of shift, or its next version from a day on; the code stays.

    fixed: due from start to end of its one window. windows: the same for each of several windows, perhaps in several
    stores. flexible: `required_min` minutes anywhere inside its window, all of the core (`core_starts_min` to
    `core_ends_min`) included. on_call: not due; what is worked inside counts as worked, the rest as on call.
    """

    template_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    from_day: Day
    kind: ShiftKind
    windows: Annotated[list[Window], Meta(min_length=1, max_length=6)]
    breaks: Annotated[list[Break], Meta(max_length=6)] = []
    required_min: Duration | None = None
    core_starts_min: MinuteOfDay | None = None
    core_ends_min: MinuteOfDay | None = None
    grace_min: Annotated[int, Meta(ge=0, le=240)] | None = None


@operation("shifts.define_pattern/1")
class DefinePattern(Wire, frozen=True, kw_only=True):
    """Which template on which day, over and over. `cycle` holds a template's code per day, "" is a day off; its first day is
    `starts_on` and every `len(cycle)` days after it. A fixed week is a cycle of seven that starts on a Monday.

    calendar `company`: public holidays are off, and a make-up working day is worked like the last working day of the cycle;
    `none`: the cycle alone decides (shops are open on holidays; they are then paid as holidays).
    """

    pattern_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    from_day: Day
    starts_on: Day
    cycle: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=84)]
    calendar: Literal["company", "none"] = "company"


@operation("shifts.assign_pattern/1")
class AssignPattern(Wire, frozen=True, kw_only=True):
    """Who follows a pattern from a day on, until (exclusive) another or none. Exactly one of person and unit is given.

    What is said of a person comes before what is said of a unit, the nearer unit before the one above; of a person posted to
    a store the store is the nearest unit. `pattern` absent: from that day on without one. `shifted_by` moves the cycle.
    """

    assignment_id: Id
    person_id: Id | None = None
    unit_id: Id | None = None
    pattern: Code | None = None
    from_day: Day
    until: Day | None = None
    shifted_by: Annotated[int, Meta(ge=0, le=83)] = 0


class PlannedShift(Wire, frozen=True, kw_only=True):
    """One shift of a planned day: a template, perhaps with other windows, perhaps at another store."""

    template: Code
    store_id: Id | None = None
    windows: Annotated[list[Window], Meta(max_length=6)] = []


@operation("shifts.plan_day/1")
class PlanDay(Wire, frozen=True, kw_only=True):
    """What somebody works on one day, instead of what the pattern says. Without shifts: off. `by_pattern`: as it was."""

    person_id: Id
    day: Day
    shifts: Annotated[list[PlannedShift], Meta(max_length=4)] = []
    by_pattern: bool = False
    note: Note | None = None


class DutyWindow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch in which somebody is due, as instants (epoch milliseconds, whole minutes). `core`: (starts, ends) or absent."""

    starts_ms: int
    ends_ms: int
    store_id: str | None = None
    kind: ShiftKind = "fixed"
    required_min: int | None = None
    core_starts_ms: int | None = None
    core_ends_ms: int | None = None
    grace_min: int | None = None
    breaks: list[DutyBreak] = []
    template: str = ""
    name_zh: str = ""
    name_en: str = ""


class DutyBreak(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A `Break` with its stretch as instants."""

    kind: BreakKind = "automatic"
    paid: bool = False
    minutes: int = 0
    after_min: int = 0
    starts_ms: int | None = None


class DutyRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What one person is due on one business date. No windows: off. No row at all: nobody planned anything.

    `starts_ms` to `ends_ms` is the business day itself, in the zone of the store or home; `day_kind` is the company
    calendar's word, which decides the class of overtime. `source`: pattern, planned (a single day), or roster.
    """

    id: str = ""
    person_id: str
    day: str
    zone: str
    starts_ms: int
    ends_ms: int
    day_kind: DayKind = "working"
    holiday_zh: str = ""
    holiday_en: str = ""
    windows: list[DutyWindow] = []
    source: str = "pattern"


class DutyQuery(Wire, frozen=True, kw_only=True):
    """Duties of a person, a store or a unit, from a day to a day (inclusive, 62 at most)."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    from_day: Day
    to_day: Day
    limit: Annotated[int, Meta(ge=1, le=2_000)] = 500
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class Duties(Wire, frozen=True, kw_only=True):
    """Duties, by day and person."""

    items: list[DutyRow]
    next_cursor: str | None = None


class TemplateRow(Wire, frozen=True, kw_only=True):
    """A version of a template as the API reads it."""

    id: str
    code: str
    name_zh: str
    name_en: str
    from_day: str
    kind: ShiftKind
    windows: list[Window]
    breaks: list[Break]
    required_min: int | None
    core_starts_min: int | None
    core_ends_min: int | None
    grace_min: int | None


class PatternRow(Wire, frozen=True, kw_only=True):
    """A version of a pattern as the API reads it."""

    id: str
    code: str
    name_zh: str
    name_en: str
    from_day: str
    starts_on: str
    cycle: list[str]
    calendar: str


class AssignmentRow(Wire, frozen=True, kw_only=True):
    """Who follows which pattern, from a day until another."""

    id: str
    person_id: str | None
    unit_id: str | None
    name: str
    pattern: str | None
    from_day: str
    until: str | None
    shifted_by: int


class Templates(Wire, frozen=True, kw_only=True):
    """All templates with their versions."""

    items: list[TemplateRow]


class Patterns(Wire, frozen=True, kw_only=True):
    """All patterns with their versions."""

    items: list[PatternRow]


class AssignmentsQuery(Wire, frozen=True, kw_only=True):
    """What is said of a person, of a unit, or (neither) of all."""

    person_id: Id | None = None
    unit_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class Assignments(Wire, frozen=True, kw_only=True):
    """Who follows which pattern, the latest first."""

    items: list[AssignmentRow]
    next_cursor: str | None = None


AllowanceKind = Literal["night_shift", "meal", "travel", "on_call"]


class Allowance(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a day is counted for besides its hours, at most once a day (travel: once for each further store).

    night_shift: at least `after_min` of it were night work; meal: at least `after_min` were worked; travel: worked at more
    than one store, at least `after_min` in all; on_call: on call for at least `after_min`. `amount`: what one of them is
    worth, in minor units of the rules' `allowance_currency`; absent: they are only counted.
    """

    kind: AllowanceKind
    after_min: Annotated[int, Meta(ge=1, le=2_880)] = 1
    amount: Annotated[int, Meta(ge=0, le=100_000_000)] | None = None


class WorkRules(Wire, frozen=True, kw_only=True):
    """How hours are made of punches and duties, as data. Amounts are minutes; evidence is never rounded, derived minutes may be.

    Presets: 标准工时 (standard), 综合工时 (comprehensive, balanced over a period), 不定时 (none), and EU rests.
    Sources: 劳动法 art. 36, 41, 44; 劳部发[1994]503 (comprehensive); Directive 2003/88/EC art. 3-6; German ArbZG § 4.
    """

    # punches
    grace_in_min: Annotated[int, Meta(ge=0, le=240)] = 0
    grace_out_min: Annotated[int, Meta(ge=0, le=240)] = 0
    late_from: Literal["start", "grace"] = "start"
    belongs_before_min: Duration = 180
    belongs_after_min: Duration = 360
    double_tap_min: Annotated[int, Meta(ge=0, le=30)] = 2
    auto_close: Literal["at_shift_end", "never"] = "at_shift_end"
    longest_span_min: Duration = 960
    counts_before_shift: bool = False
    # breaks the law asks for: once more than `after_min` was worked at least `minutes` must have been a pause
    legal_breaks: Annotated[list[Break], Meta(max_length=4)] = []
    # rounding of a day's derived minutes
    rounding: Literal["none", "down", "nearest", "up"] = "none"
    rounding_step_min: Annotated[int, Meta(ge=1, le=60)] = 1
    # overtime
    system: Literal["standard", "comprehensive", "none"] = "standard"
    period: Literal["week", "month", "quarter", "year"] = "month"
    overtime_needs_request: bool = False
    overtime_after_min: Duration = 30
    overtime_step_min: Annotated[int, Meta(ge=1, le=60)] = 1
    day_min: Duration = 480
    week_min: Annotated[int, Meta(ge=0, le=10_080)] = 2_400
    rate_normal: Annotated[int, Meta(ge=100, le=1_000, description="percent")] = 150
    rate_weekend: Annotated[int, Meta(ge=100, le=1_000, description="percent")] = 200
    rate_holiday: Annotated[int, Meta(ge=100, le=1_000, description="percent")] = 300
    weekend_in_lieu: bool = False
    month_overtime_limit_min: Annotated[int, Meta(ge=0, le=44_640)] = 2_160
    # rests, 0: not looked at
    daily_rest_min: Duration = 0
    weekly_rest_min: Annotated[int, Meta(ge=0, le=10_080)] = 0
    night_starts_min: MinuteOfDay = 1_320
    night_ends_min: MinuteOfDay = 1_800
    # allowances, each kind once
    allowances: Annotated[list[Allowance], Meta(max_length=4)] = []
    allowance_currency: Currency = "CNY"
    # corrections
    corrections_a_month: Annotated[int, Meta(ge=0, le=99)] | None = None
    correctable_days: Annotated[int, Meta(ge=0, le=366)] = 31


@operation("shifts.define_rules/1")
class DefineRules(Wire, frozen=True, kw_only=True):
    """A set of rules, or its next version from a day on. What lies in a closed month is not computed anew."""

    rules_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    from_day: Day
    body: WorkRules
    reason: Reason


@operation("shifts.assign_rules/1")
class AssignRules(Wire, frozen=True, kw_only=True):
    """Whose hours a set of rules makes from a day on: a person's, a unit's and all below, or (neither given) the company's."""

    assignment_id: Id
    person_id: Id | None = None
    unit_id: Id | None = None
    rules: Code
    from_day: Day


class RulesRow(Wire, frozen=True, kw_only=True):
    """A version of a set of rules."""

    id: str
    code: str
    name_zh: str
    name_en: str
    from_day: str
    body: WorkRules
    reason: str


class RulesPage(Wire, frozen=True, kw_only=True):
    """All sets of rules with their versions."""

    items: list[RulesRow]


class RuleAssignmentRow(Wire, frozen=True, kw_only=True):
    """Whose hours a set of rules makes from a day on. Neither person nor unit: the company's."""

    id: str
    person_id: str | None
    unit_id: str | None
    name: str
    rules: str
    from_day: str


class RuleAssignments(Wire, frozen=True, kw_only=True):
    """Whose hours which rules make, the latest first."""

    items: list[RuleAssignmentRow]
    next_cursor: str | None = None

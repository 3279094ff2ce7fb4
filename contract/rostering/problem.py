"""A roster to be made or judged, as the solver reads it on stdin, and what it answers on stdout: plain JSON with local times.

A worker process knows no database: whatever counts is in the problem. Local times are "YYYY-MM-DDTHH:MM" by the clock of the
shift's store; an end after midnight carries the next date. The same problem, seed and version of the solver give the same roster.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from contract.limits import Day
from contract.rostering.shapes import Lack, RuleSetting
from contract.wire import Wire

Ref = Annotated[str, Meta(min_length=1, max_length=64)]
LocalTime = Annotated[str, Meta(min_length=16, max_length=16, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$(?!\n)")]
HourMinute = Annotated[str, Meta(min_length=5, max_length=5, pattern=r"^[0-9]{2}:[0-9]{2}$(?!\n)")]
# a weekday or a time of day: the three of a stretch of opening hours are described alike, and judged in from_problem
OpenWord = Annotated[str, Meta(pattern=r"^(mon|tue|wed|thu|fri|sat|sun|[0-9]{2}:[0-9]{2})$(?!\n)")]
Count = Annotated[int, Meta(ge=0, le=10_000)]


class Limits(Wire, frozen=True, kw_only=True):
    """`seconds` are CPU seconds of all processes together."""

    seconds: Annotated[int, Meta(ge=1, le=7_200)] = 30
    cores: Annotated[int, Meta(ge=1, le=8)] = 2
    first_solution_seconds: Annotated[int, Meta(ge=1, le=600)] = 2


class Horizon(Wire, frozen=True, kw_only=True):
    """The days to plan; `tz` is the zone of stores that name none; `slot_min` the step of demand and of starts."""

    start: Day
    days: Annotated[int, Meta(ge=1, le=366)]
    tz: str = "Asia/Shanghai"
    slot_min: Literal[15, 30, 60] = 15


class ProblemStore(Wire, frozen=True, kw_only=True):
    """A store: when it is open by weekday (absent: always), on single days otherwise (an empty list: closed), and how many
    minutes others are away. What closes at or before it opens closes the next day."""

    id: Ref
    tz: str | None = None
    open: list[tuple[OpenWord, OpenWord, OpenWord]] = []
    open_days: Annotated[dict[str, list[tuple[HourMinute, HourMinute]]], Meta(max_length=800)] = {}
    travel_min: dict[str, int] = {}


class Dispatch(Wire, frozen=True, kw_only=True, rename={"from_day": "from", "to_day": "to"}):
    """May work at the store from a day to a day, both included."""

    store: Ref
    from_day: Day
    to_day: Day | None = None


class SkillTerm(Wire, frozen=True, kw_only=True):
    """A skill with the last day its certificate counts."""

    level: int = 1
    valid_to: Day | None = None


class Terms(Wire, frozen=True, kw_only=True):
    """What a contract says; absent: the profile's rules alone count. Minutes."""

    system: Literal["standard", "comprehensive", "flexible", "part_time"] = "standard"
    week_min: Count | None = None
    week_max: Count | None = None
    day_max: Count | None = None
    overtime_month_left: Count | None = None


class History(Wire, frozen=True, kw_only=True):
    """What lies before the first day (shapes.Past), `last_end` local."""

    last_end: LocalTime | None = None
    days_in_row: Count = 0
    nights_in_row: Count = 0
    days_since_rest: Count = 0
    week_min: Count = 0
    month_overtime_min: Count = 0
    period_min: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    weekends_8w: Count = 0
    nights_8w: Count = 0
    early_8w: Count = 0
    closings_8w: Count = 0


class Availability(Wire, frozen=True, kw_only=True, rename={"from_time": "from", "to_time": "to"}):
    """When somebody cannot, would rather not, would like to, or is on leave."""

    kind: Literal["leave", "unavailable", "undesired", "desired"]
    from_time: LocalTime
    to_time: LocalTime


class Employee(Wire, frozen=True, kw_only=True):
    """One person. `home`: their home store or unit; skills by code, a number is a level without an end. `lacks`: what stores wait
    for before they work there."""

    id: Ref
    name: str = ""
    home: str | None = None
    dispatch: list[Dispatch] = []
    skills: dict[str, int | SkillTerm] = {}
    contract: Terms = Terms()
    protect: list[str] = []
    born_on: Day | None = None
    history: History = History()
    availability: list[Availability] = []
    wage_cents_hour: Count | None = None
    lacks: Annotated[list[Lack], Meta(max_length=500)] = []


class Demand(Wire, frozen=True, kw_only=True, rename={"from_time": "from", "to_time": "to", "at_least": "min", "at_most": "max"}):
    """How many of a role a store needs in a stretch: at least, rather, at most."""

    store: Ref
    role: str
    from_time: LocalTime
    to_time: LocalTime
    at_least: Count = 0
    target: Count | None = None
    at_most: Count | None = None
    criticality: Annotated[int, Meta(ge=1, le=10)] = 1


class PauseTerm(Wire, frozen=True, kw_only=True, rename={"minutes": "min"}):
    """A pause of so many minutes once a shift is longer than `after`."""

    after: Count
    minutes: Count


class Template(Wire, frozen=True, kw_only=True, rename={"pause": "break"}):
    """Shifts that may be made: starts between two times of day in steps, with lengths between two, in minutes.

    `code` names a template of the company whose times these are; equal ends mean one shift. `kind` "rotation" keeps a name.
    """

    role: str = "*"
    code: str | None = None
    store: str | None = None
    start: tuple[HourMinute, HourMinute]
    step: Annotated[int, Meta(ge=5, le=1_440)] = 30
    length: tuple[Count, Count]
    pause: PauseTerm | None = None


class Assignment(Wire, frozen=True, kw_only=True):
    """A shift that is there. locked and published ones stay, drafts may go; `employee` None: an open shift to be filled."""

    id: Ref
    employee: Ref | None
    store: Ref
    start: LocalTime
    end: LocalTime
    role: str = ""
    template: str | None = None
    break_min: Count = 0
    on_call: bool = False
    state: Literal["draft", "published", "locked", "done"] = "draft"


class Replan(Wire, frozen=True, kw_only=True, rename={"from_day": "from", "to_day": "to"}):
    """Somebody falls out from a day to a day (both included); nothing before `freeze_until` may change."""

    event: Literal["sick", "no_show", "extra_demand", "store_closed", "dispatch_ended"] = "sick"
    employee: Ref | None = None
    from_day: Day
    to_day: Day
    freeze_until: LocalTime | None = None
    allow: list[Literal["overtime", "call_in", "other_stores"]] = []
    alternatives: Annotated[int, Meta(ge=1, le=10)] = 5


class RosterProblem(Wire, frozen=True, kw_only=True):
    """Everything that counts. `rules` change single settings of the profile; `profile` is a preset's code or one in full."""

    version: Literal[1] = 1
    problem_id: Ref
    seed: int = 1
    limits: Limits = Limits()
    horizon: Horizon
    profile: str = "cn-2025"
    profile_rules: list[RuleSetting] = []
    rules: dict[str, dict[str, Any]] = {}
    stores: Annotated[list[ProblemStore], Meta(max_length=500)]
    employees: Annotated[list[Employee], Meta(max_length=10_000)]
    demand: Annotated[list[Demand], Meta(max_length=100_000)] = []
    templates: Annotated[list[Template], Meta(max_length=200)] = []
    assignments: Annotated[list[Assignment], Meta(max_length=100_000)] = []
    holidays: list[Day] = []
    replan: Replan | None = None


class Segment(Wire, frozen=True, kw_only=True, rename={"from_time": "from", "to_time": "to"}):
    """A role for a stretch of a shift."""

    role: str
    from_time: HourMinute
    to_time: HourMinute


class MadeShift(Wire, frozen=True, kw_only=True):
    """A shift of the answer. `pinned`: it was given and stays."""

    employee: str | None
    store: str
    start: LocalTime
    end: LocalTime
    id: str | None = None
    template: str | None = None
    segments: list[Segment] = []
    breaks: list[tuple[HourMinute, HourMinute]] = []
    break_min: int = 0
    pinned: bool = False


class Candidate(Wire, frozen=True, kw_only=True):
    """Why somebody cannot take it: the first hard rule with its numbers; or what it would cost if they can."""

    employee: str
    rule: str | None = None
    value: int | None = None
    need: int | None = None
    with_shift: str | None = msgspec.field(name="with", default=None)
    points: int = 0


class Relaxation(Wire, frozen=True, kw_only=True):
    """Rules of people that, set aside together, let the gap be filled, and what that costs in points."""

    relax: list[str]
    employee: str | None = None
    cost: int = 0


class Why(Wire, frozen=True, kw_only=True):
    """Candidates one by one; the smallest set of rules that already forbids it (rule:employee); the cheapest ways out."""

    candidates: list[Candidate] = []
    core: list[str] = []
    fixes: list[Relaxation] = []


class Gap(Wire, frozen=True, kw_only=True, rename={"from_time": "from", "to_time": "to"}):
    """A stretch that stays short of `missing` heads, and why."""

    store: str
    role: str
    from_time: LocalTime
    to_time: LocalTime
    missing: int
    why: Why | None = None


class ScoreLine(Wire, frozen=True, kw_only=True):
    """What a soft goal costs in points, how often, and whom. tier 1 weighs more than all of tier 2."""

    rule: str
    tier: int
    points: int
    count: int = 0
    by: list[dict[str, Any]] = []


class Change(Wire, frozen=True, kw_only=True):
    """One changed assignment of an alternative: what it was (a shift's id or None), what it is now, how many hours of notice."""

    employee: str
    was: str | None
    now: str | None
    notice_h: int = 0


class Alternative(Wire, frozen=True, kw_only=True):
    """One way of mending the plan: its changes, how many people it disturbs, what it costs, whether it stays within caps."""

    alternative: int
    changes: list[Change]
    people: int
    points: int = 0
    beyond: list[str] = []


class RosterAnswer(Wire, frozen=True, kw_only=True):
    """A roster with its proof: objective, lower bound, gap, CPU seconds; `checked`: the judge found no hard rule broken."""

    version: Literal[1] = 1
    status: Literal["optimal", "feasible", "timeout", "infeasible", "invalid_input", "cancelled"]
    objective: int | None = None
    bound: int | None = None
    gap: float | None = None
    seconds: float = 0.0
    engine: str = ""
    checked: bool = False
    problem_hash: str = ""
    assignments: list[MadeShift] = []
    gaps: list[Gap] = []
    score: list[ScoreLine] = []
    diff: list[Alternative] = []
    duals: list[dict[str, Any]] = []
    trace: list[tuple[float, int]] = []
    errors: list[dict[str, Any]] = []

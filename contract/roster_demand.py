"""How many people a store needs, by role and time: said by hand, copied, or reckoned from sales and visitors."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id
from contract.shifts import MinuteOfDay
from contract.wire import Wire, operation

Heads = Annotated[int, Meta(ge=0, le=500)]
Step = Literal[15, 30, 60]
Measure = Literal["sales", "footfall"]
Weekday = Annotated[int, Meta(ge=0, le=6, description="0 is Monday")]
MOST_SLOTS = 192


class Need(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """So many heads in a stretch of a day: at least, rather, at most. `criticality` weighs a lack, 1 to 10."""

    from_min: MinuteOfDay
    to_min: MinuteOfDay
    at_least: Heads
    target: Heads | None = None
    at_most: Heads | None = None
    criticality: Annotated[int, Meta(ge=1, le=10)] = 1


@operation("rosters.define_demand/1")
class DefineDemand(Wire, frozen=True, kw_only=True):
    """What a store needs of a role on some weekdays from a day on, until it is said again; or on the one `day`, which comes
    before any weekday. `role` absent: anybody. Without slots: nobody is needed."""

    demand_id: Id
    store_id: Id
    role: Code | None = None
    weekdays: Annotated[list[Weekday], Meta(max_length=7)] = []
    from_day: Day | None = None
    day: Day | None = None
    slots: Annotated[list[Need], Meta(max_length=MOST_SLOTS)] = []


@operation("rosters.copy_demand/1")
class CopyDemand(Wire, frozen=True, kw_only=True):
    """The demand of a week (its Monday), of this store or another, once more: for the week of `onto_week` only, or every week
    from then on. `percent` makes it more or less; a fraction of a head is a head."""

    demand_id: Id
    store_id: Id
    from_store_id: Id
    from_week: Day
    onto_week: Day
    every_week: bool = False
    percent: Annotated[int, Meta(ge=10, le=500)] = 100


@operation("rosters.define_demand_rule/1")
class DefineDemandRule(Wire, frozen=True, kw_only=True):
    """How figures become heads, at a store or (absent) at all without a rule of their own, from a day on: one head for every
    `per_head` an hour of the measure (sales in minor units of money, visitors), rounded up, never fewer than `at_least`."""

    rule_id: Id
    store_id: Id | None = None
    role: Code | None = None
    measure: Measure
    per_head: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    at_least: Heads = 0
    at_most: Heads | None = None
    from_day: Day


class Figure(Wire, frozen=True, kw_only=True):
    """What was sold (minor units of money) or how many came in a stretch of a day."""

    from_min: MinuteOfDay
    to_min: MinuteOfDay
    amount: Annotated[int, Meta(ge=0, le=1_000_000_000_000)]


@operation("rosters.note_figures/1")
class NoteFigures(Wire, frozen=True, kw_only=True):
    """Sales or visitors of a store on a day, measured or expected: the demand of that day follows by the rules. The same figures
    again change nothing; others replace them. A demand said by hand for the day stays."""

    store_id: Id
    day: Day
    measure: Measure
    figures: Annotated[list[Figure], Meta(max_length=MOST_SLOTS)]


class DemandRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A curve of demand as desks hold it: of a weekday from a day on, or of one day. Rows of `source` figures follow from
    figures by rule."""

    id: str
    store_id: str
    role: str = ""
    weekday: int | None = None
    from_day: str | None = None
    day: str | None = None
    slots: list[Need] = []
    source: str = "hand"


class DemandRuleRow(Wire, frozen=True, kw_only=True):
    """How figures become heads."""

    id: str
    store_id: str | None
    role: str
    measure: str
    per_head: int
    at_least: int
    at_most: int | None
    from_day: str


class DemandQuery(Wire, frozen=True, kw_only=True):
    """A store's demand from a day to a day."""

    store_id: Id
    from_day: Day
    to_day: Day


class DemandOfDay(Wire, frozen=True, kw_only=True):
    """What counts on a date for a role, and the row that says so."""

    day: str
    role: str
    slots: list[Need]
    source: str
    row_id: str


class DemandAnswer(Wire, frozen=True, kw_only=True):
    """What is needed day by day, the curves that say it, and the rules of figures that count here."""

    store_id: str
    days: list[DemandOfDay]
    curves: list[DemandRow]
    rules: list[DemandRuleRow]


class FigureImportTerms(Wire, frozen=True, kw_only=True):
    """What a file of figures does not say. Columns: store (number), date, time ("09:30" or "09:30-10:00"), and sales or footfall
    or both. `step_min`: how long a stretch is that names only its beginning."""

    dry_run: bool = False
    step_min: Step = 60

"""What is asked about rosters and answered: a store's grid, coverage, stores side by side, fairness, weekends without rest.

Read at /api/v1/rosters/ grid, coverage, across, fairness, weekend-rest, person; a change is judged by POST /api/v1/rosters/check.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Day, Id
from contract.roster_demand import Step
from contract.rostering.shapes import Placed, Verdict
from contract.rosters import RosterCellRow, RosterShiftRow, Said
from contract.wire import Wire

Limit = Annotated[int, Meta(ge=1, le=500)]
Cursor = Annotated[str, Meta(max_length=600)]


class GridQuery(Wire, frozen=True, kw_only=True):
    """A store's roster from a day to a day (both included, 42 at most): a week, a month."""

    store_id: Id
    from_day: Day
    to_day: Day


class RosterExportQuery(Wire, frozen=True, kw_only=True):
    """A store's roster as a file: a line for each shift (in XLSX hours are numbers that add up), or a table with people down and
    days across, as it hangs on the wall. Both come in again (imports/rosters)."""

    store_id: Id
    from_day: Day
    to_day: Day
    format: Literal["csv", "xlsx"] = "csv"
    language: Literal["zh", "en"] = "zh"
    layout: Literal["lines", "table"] = "lines"


class GridDay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A column: the kind of day, heads at work, and how many head-minutes are missing or too many against the demand."""

    day: str
    day_kind: str = "working"
    holiday_zh: str = ""
    holiday_en: str = ""
    heads: int = 0
    needed_min: int = 0
    planned_min: int = 0
    lack_min: int = 0
    surplus_min: int = 0


class GridAway(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """On a day somebody is on leave, cannot, would rather not, or would like to. Why is not said."""

    day: str
    kind: str


class GridPerson(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A row: somebody who may work at the store in these days. `here_from` and `here_until` (exclusive) where that is not all
    the time; `lent`: from another store. Counters are of these days and the eight weeks before."""

    person_id: str
    name: str
    number: str = ""
    roles: list[str] = []
    here_from: str | None = None
    here_until: str | None = None
    lent: bool = False
    planned_min: int = 0
    week_min_min: int | None = None
    week_max_min: int | None = None
    weekends_8w: int = 0
    nights_8w: int = 0
    early_8w: int = 0
    closings_8w: int = 0
    away: list[GridAway] = []
    elsewhere: list[Placed] = []


class Grid(Wire, frozen=True, kw_only=True):
    """A store's roster: rows, columns, cells (open shifts are cells without a person), and what the rules say of it.

    `drafts`: cells that differ from what is published. `may_plan`: the reader may change it. `said`: each verdict in words.
    """

    store_id: str
    store_name: str
    zone: str
    from_day: str
    to_day: str
    days: list[GridDay]
    people: list[GridPerson]
    cells: list[RosterCellRow]
    verdicts: list[Verdict]
    said: list[Said]
    drafts: int
    unconfirmed: int
    published_ms: int | None
    profile: str
    may_plan: bool


class CoverageQuery(Wire, frozen=True, kw_only=True):
    """Demand against plan of a store, by stretches of the day. `published`: what is published instead of the working copy."""

    store_id: Id
    from_day: Day
    to_day: Day
    step_min: Step = 30
    published: bool = False


class CoverageLine(Wire, frozen=True, kw_only=True):
    """A role on a day: from `from_min` on, step by step, how many are needed at least, rather, at most (-1: no bound), and
    planned. `role` "" is anybody: all heads together."""

    day: str
    role: str
    from_min: int
    at_least: list[int]
    target: list[int]
    at_most: list[int]
    planned: list[int]
    lack_min: int
    surplus_min: int


class Coverage(Wire, frozen=True, kw_only=True):
    """The staffing curve against the plan. Minutes are head-minutes: a lack below `at_least`, a surplus above `at_most` or,
    without one, above the target. Surpluses count only where somebody asked for anything at all that day."""

    store_id: str
    step_min: int
    lines: list[CoverageLine]
    needed_min: int
    planned_min: int
    lack_min: int
    surplus_min: int


class AcrossQuery(Wire, frozen=True, kw_only=True):
    """Stores side by side (of a unit; else all within reach), at most 14 days."""

    unit_id: Id | None = None
    from_day: Day
    to_day: Day
    limit: Limit = 50
    cursor: Cursor | None = None


class AcrossDay(Wire, frozen=True, kw_only=True):
    """A cell of the heat map, in head-minutes; `open_shifts` nobody has."""

    day: str
    needed_min: int
    planned_min: int
    lack_min: int
    surplus_min: int
    shifts: int
    open_shifts: int
    drafts: int


class AcrossStore(Wire, frozen=True, kw_only=True):
    """A row of the heat map."""

    store_id: str
    number: str
    name: str
    days: list[AcrossDay]


class Across(Wire, frozen=True, kw_only=True):
    """Stores by number."""

    items: list[AcrossStore]
    next_cursor: str | None = None


class FairnessQuery(Wire, frozen=True, kw_only=True):
    """Who carried what in the eight weeks up to a day (included), at a store or in a unit; by name or by a counter."""

    store_id: Id | None = None
    unit_id: Id | None = None
    to_day: Day
    sort: Literal["name", "hours", "weekends", "nights", "early", "closings"] = "name"


class FairnessLine(Wire, frozen=True, kw_only=True):
    """One person's eight weeks: minutes, weekends with work, nights, early starts, closings, and weekends wholly free."""

    person_id: str
    name: str
    store_id: str | None
    store_name: str
    work_min: int
    weekends: int
    nights: int
    early: int
    closings: int
    free_weekends: int


class Fairness(Wire, frozen=True, kw_only=True):
    """The board. `spread`: most less fewest of each counter (by name of FairnessLine's fields); `mean_tenths`: ten times the
    mean."""

    from_day: str
    to_day: str
    items: list[FairnessLine]
    spread: dict[str, int]
    mean_tenths: dict[str, int]


class WeekendRestQuery(Wire, frozen=True, kw_only=True):
    """Who had (or by plan will have) no weekend rest in the four weeks from a Monday on."""

    store_id: Id | None = None
    unit_id: Id | None = None
    from_day: Day


class WeekendRestLine(Wire, frozen=True, kw_only=True):
    """Somebody who works on every weekend, with the days they do."""

    person_id: str
    name: str
    store_id: str
    store_name: str
    worked: list[str]


class WeekendRest(Wire, frozen=True, kw_only=True):
    """Named people and stores: `stores` are those in which nobody had a free weekend."""

    from_day: str
    to_day: str
    items: list[WeekendRestLine]
    stores: list[str]


class PersonLineQuery(Wire, frozen=True, kw_only=True):
    """One person's published shifts from a day to a day, wherever one may see them."""

    person_id: Id
    from_day: Day
    to_day: Day


class PersonLine(Wire, frozen=True, kw_only=True):
    """Somebody's published shifts, and what the rules say of them."""

    person_id: str
    name: str
    shifts: list[RosterShiftRow]
    verdicts: list[Verdict]

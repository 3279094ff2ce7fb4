"""The organisation on the wire: units, posts with approved headcount (编制), the company calendar. All of it effective-dated."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Reason
from contract.wire import Wire, operation

UnitKind = Literal["company", "department", "region", "own_store", "partner_store"]


@operation("org.add_unit/1")
class AddUnit(Wire, frozen=True, kw_only=True):
    """A department or region begins. Stores join the tree when they are opened: a store's unit has the store's id."""

    unit_id: Id
    kind: Literal["department", "region"]
    name: Label
    parent_id: Id
    from_day: Day


@operation("org.change_unit/1")
class ChangeUnit(Wire, frozen=True, kw_only=True):
    """From a day on a unit has another name, parent or manager; what is absent stays. A manager of null text `""` is none."""

    unit_id: Id
    from_day: Day
    name: Label | None = None
    parent_id: Id | None = None
    manager_id: Annotated[str, Meta(max_length=36, pattern=r"^[0-9a-f-]*$(?!\n)")] | None = None


@operation("org.close_unit/1")
class CloseUnit(Wire, frozen=True, kw_only=True):
    """A unit ends. Refused while people or units are in it, with their names: move them first."""

    unit_id: Id
    from_day: Day
    reason: Reason


@operation("org.define_post/1")
class DefinePost(Wire, frozen=True, kw_only=True):
    """A post (岗位) that people hold: store chef, sales, manager."""

    post_id: Id
    code: Code
    name_zh: Label
    name_en: Label


@operation("org.approve_headcount/1")
class ApproveHeadcount(Wire, frozen=True, kw_only=True):
    """How many may hold a post in a unit, from a day on."""

    headcount_id: Id
    unit_id: Id
    post_id: Id
    from_day: Day
    approved: Annotated[int, Meta(ge=0, le=100_000)]


@operation("org.move_home/1")
class MoveHome(Wire, frozen=True, kw_only=True):
    """From a day on a person's home is another unit and post. Their postings stay what they are."""

    move_id: Id
    person_id: Id
    unit_id: Id
    post_id: Id | None = None
    from_day: Day
    reason: Reason


@operation("org.set_calendar_day/1")
class SetCalendarDay(Wire, frozen=True, kw_only=True):
    """The company's word on a day, over the public calendar: holiday, working day (make-up), or weekend; null takes it back."""

    day: Day
    kind: Literal["holiday", "working", "weekend"] | None
    name: Label = "-"


@operation("org.keep_names/1")
class KeepNames(Wire, frozen=True, kw_only=True):
    """The system writes on people's cards what their home is called as of a day: a move or a new name has taken effect."""

    as_of: Day


class UnitRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A unit as of a day. `heads`: who is at home or posted there that day, `approved`: the headcount; both with all below."""

    id: str
    kind: UnitKind
    name: str
    parent_id: str | None
    manager_id: str | None = None
    manager_name: str | None = None
    heads: int = 0
    approved: int | None = None
    closes_on: str | None = None


class UnitTree(Wire, frozen=True, kw_only=True):
    """The tree as of a day, parents before children."""

    as_of: str
    items: list[UnitRow]


class TreeQuery(Wire, frozen=True, kw_only=True):
    """The tree as of a day (today, when absent), below a unit."""

    as_of: Day | None = None
    below: Id | None = None


class WhereRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Where somebody belongs on a day: home unit, host store while posted, and the managers of both."""

    person_id: str
    as_of: str
    home_id: str | None
    home_name: str | None
    home_manager: str | None = None
    post_zh: str | None = None
    post_en: str | None = None
    host_id: str | None = None
    host_name: str | None = None
    host_manager: str | None = None
    posting_id: str | None = None


class PostRow(Wire, frozen=True, kw_only=True):
    """A post."""

    id: str
    code: str
    name_zh: str
    name_en: str


class Posts(Wire, frozen=True, kw_only=True):
    """The posts, by code."""

    items: list[PostRow]


class HeadcountRow(Wire, frozen=True, kw_only=True):
    """Approved and filled heads of a post in a unit as of a day; `approved` null: people hold it and nobody approved a number.

    Filled are those whose home it is and those who are posted there with this post.
    """

    unit_id: str
    unit_name: str
    post_id: str
    post_zh: str
    post_en: str
    approved: int | None
    filled: int


class Headcounts(Wire, frozen=True, kw_only=True):
    """Approved and filled heads."""

    items: list[HeadcountRow]


class UnitVersionRow(Wire, frozen=True, kw_only=True):
    """What a unit was from a day on; `until` is the first day it no longer was, null while it is."""

    from_day: str
    until: str | None
    name: str
    parent_id: str | None
    parent_name: str | None
    manager_id: str | None


class UnitHistory(Wire, frozen=True, kw_only=True):
    """Everything a unit has been and will be, the earliest first."""

    id: str
    kind: UnitKind
    items: list[UnitVersionRow]


class StayRow(Wire, frozen=True, kw_only=True):
    """A home somebody had, has or will have. `until` is the first day it no longer is."""

    unit_id: str
    unit_name: str
    post_id: str | None
    from_day: str
    until: str | None
    reason: str | None


class Stays(Wire, frozen=True, kw_only=True):
    """The homes of a person, the latest first."""

    items: list[StayRow]


class AsOfQuery(Wire, frozen=True, kw_only=True):
    """As of which day; today, when absent."""

    as_of: Day | None = None


class CalendarQuery(Wire, frozen=True, kw_only=True):
    """Which year; the running one, when absent."""

    year: Annotated[int, Meta(ge=2000, le=2100)] | None = None


class CalendarDayRow(Wire, frozen=True, kw_only=True):
    """A day that is not what its weekday says, or that the company has spoken about. `public`: without the company's word."""

    day: str
    kind: Literal["holiday", "working", "weekend"]
    public: Literal["holiday", "working", "weekend"]
    name_zh: str
    name_en: str
    by_company: bool


class CalendarYear(Wire, frozen=True, kw_only=True):
    """The special days of a year. `listed` false: no public list for that year is known here, weekdays alone decide."""

    year: int
    listed: bool
    working_days: int
    items: list[CalendarDayRow]

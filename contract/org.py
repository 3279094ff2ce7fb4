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


class HeadcountRow(Wire, frozen=True, kw_only=True):
    """Approved and filled heads of a post in a unit as of a day."""

    unit_id: str
    post_id: str
    approved: int
    filled: int

"""How feedback is arranged, on the wire: kinds of tickets, desks (departments) that answer, who is on duty, rules of routing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contract.approvals import FormField
from contract.feedback import Icon, Priority
from contract.limits import Code, Day, Id, Label, Note, Reason
from contract.wire import Wire, operation
from contract.worktime import WorkHours


@operation("feedback.set_category/1")
class SetCategory(Wire, frozen=True, kw_only=True):
    """A kind of ticket, its fields and how it reads; without code. `store_sees`: its store's manager hears of it and sees it on
    the tablet (not for complaints about the store). `stores`, `posts`: who is offered it; both empty: everybody."""

    category_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    hint_zh: Note = ""
    hint_en: Note = ""
    icon: Icon = "other"
    fields: Annotated[list[FormField], Meta(max_length=20)] = []
    priority: Priority = "normal"
    store_sees: bool = True
    answered: bool = True  # false: a report that nobody answers; it is closed as it comes
    position: Annotated[int, Meta(ge=0, le=1_000)] = 100
    stores: Annotated[list[Id], Meta(max_length=2_000)] = []
    posts: Annotated[list[Id], Meta(max_length=200)] = []


@operation("feedback.retire_category/1")
class RetireCategory(Wire, frozen=True, kw_only=True):
    """No more tickets of this kind; those there are go on."""

    category_id: Id
    reason: Reason


class DutyTurn(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who of a desk is on duty from a day to a day (both included); weekdays 0 (Monday) to 6, all where empty."""

    person_id: Id
    from_day: Day
    to_day: Day
    weekdays: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(max_length=7)] = []


@operation("feedback.set_desk/1")
class SetDesk(Wire, frozen=True, kw_only=True):
    """A department that answers: its people, who is on duty when, and its working hours (`contract.worktime.WorkHours` as JSON
    fields of `hours`). Without a turn that fits, all its people are on duty. `leader_id` hears of what is late."""

    desk_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    people: Annotated[list[Id], Meta(max_length=200)] = []
    turns: Annotated[list[DutyTurn], Meta(max_length=500)] = []
    hours_id: Id
    leader_id: Id | None = None


@operation("feedback.retire_desk/1")
class RetireDesk(Wire, frozen=True, kw_only=True):
    """It answers no more; what it has goes to `to_desk_id`."""

    desk_id: Id
    to_desk_id: Id
    reason: Reason


class RuleBody(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Which tickets, and who gets them. Empty lists: all. The first rule by `position` that fits decides.

    `unit_id`: the ticket's store lies in or below it. Targets in minutes of the desk's working time: to the first reply of
    somebody who answers, and to the solution; `escalate_min`: so long after a missed target the next above is told, and so on.
    """

    categories: Annotated[list[Code], Meta(max_length=50)] = []
    unit_id: Id | None = None
    priorities: Annotated[list[Priority], Meta(max_length=4)] = []
    desk_id: Id
    also: Annotated[list[Id], Meta(max_length=20)] = []  # desks that hear of it
    first_reply_min: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    resolve_min: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    escalate_min: Annotated[int, Meta(ge=1, le=100_000)] = 60


@operation("feedback.set_rule/1")
class SetRule(Wire, frozen=True, kw_only=True):
    """A rule of routing, for tickets from now on."""

    rule_id: Id
    name: Label
    position: Annotated[int, Meta(ge=0, le=10_000)]
    body: RuleBody
    reason: Reason


@operation("feedback.retire_rule/1")
class RetireRule(Wire, frozen=True, kw_only=True):
    """It decides no more."""

    rule_id: Id
    reason: Reason


@operation("feedback.turn_clocks/1")
class TurnClocks(Wire, frozen=True, kw_only=True):
    """The system's minute: targets that are missed (each told once, then the next above), solved tickets nobody closed, closed
    ones that leave devices."""

    first_late: Annotated[list[Id], Meta(max_length=500)] = []
    late: Annotated[list[Id], Meta(max_length=500)] = []
    escalate: Annotated[list[Id], Meta(max_length=500)] = []
    close: Annotated[list[Id], Meta(max_length=500)] = []
    put_away: Annotated[list[Id], Meta(max_length=500)] = []


# -- what is read over the API ---------------------------------------------------------------------------------------------


class HoursRow(Wire, frozen=True, kw_only=True):
    """Working hours by name."""

    id: str
    name: str
    hours: WorkHours


class DeskView(Wire, frozen=True, kw_only=True):
    """A desk as it is set now. `names`: of everybody it names, by id. `on_duty`: who answers at this moment; `open`: whether this
    moment is working time."""

    id: str
    code: str
    name_zh: str
    name_en: str
    people: list[str]
    turns: list[DutyTurn]
    hours_id: str
    hours_name: str
    leader_id: str | None = None
    names: dict[str, str] = {}
    on_duty: list[str] = []
    open: bool = False


class Desks(Wire, frozen=True, kw_only=True):
    """Every desk that answers, and the working hours there are."""

    items: list[DeskView]
    hours: list[HoursRow]


class RuleRow(Wire, frozen=True, kw_only=True):
    """A rule that decides now."""

    id: str
    name: str
    position: int
    body: RuleBody
    reason: str
    unit_name: str = ""


class Rules(Wire, frozen=True, kw_only=True):
    """The rules in force, the first first."""

    items: list[RuleRow]


class TryRule(Wire, frozen=True, kw_only=True):
    """What would have been if this rule had been so (`body` null: not at all), for tickets of the last `days`."""

    rule_id: Id
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0
    body: RuleBody | None = None
    days: Annotated[int, Meta(ge=1, le=92)] = 30


class Moved(Wire, frozen=True, kw_only=True):
    """So many tickets would have gone to another desk first."""

    from_desk_id: str
    to_desk_id: str
    tickets: int


class TriedRule(Wire, frozen=True, kw_only=True):
    """What the rules of now and those with the change would have made of the same tickets, answered at the moments at which they
    were answered. `breaches_*`: targets of either kind that would have been missed. `cut`: there were more than were tried."""

    tickets: int
    decided: int
    moved: list[Moved]
    breaches_now: int
    breaches_then: int
    examples: list[str] = []
    cut: bool = False


class BreachLine(Wire, frozen=True, kw_only=True):
    """A desk in the breach list: open tickets, those that missed a target, those due within four hours, and the median minutes to
    the first reply over the tickets of the last 30 days (null: none was answered)."""

    desk_id: str
    name_zh: str
    name_en: str
    open: int
    late: int
    due_soon: int
    unassigned: int
    first_reply_median: int | None = None


class Breaches(Wire, frozen=True, kw_only=True):
    """All desks, the one with most late tickets first."""

    items: list[BreachLine]

"""Leave on the wire: kinds with their rules, balances, and what was granted."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Reason
from contract.wire import Wire, operation

Minutes = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Accrual = Literal["none", "yearly", "monthly", "by_service"]


class ServiceStep(Wire, frozen=True, kw_only=True):
    """From so many full years of service on, so many days a year."""

    years: Annotated[int, Meta(ge=0, le=60)]
    days: Annotated[int, Meta(ge=0, le=366)]


@operation("leave.define_kind/1")
class DefineLeaveKind(Wire, frozen=True, kw_only=True):
    """A kind of leave and its rule, valid from a day on. Amounts are minutes of working time; a day is `day_min` of them.

    accrual none: unlimited, only recorded; yearly: `days_a_year` on 1 January; monthly: a twelfth each month;
    by_service: days by full years of service (China's paid annual leave: 5 from 1 year, 10 from 10, 15 from 20).
    """

    kind_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    from_day: Day
    paid: bool = True
    accrual: Accrual = "none"
    days_a_year: Annotated[int, Meta(ge=0, le=366)] = 0
    steps: Annotated[list[ServiceStep], Meta(max_length=20)] = []
    carry_over_days: Annotated[int, Meta(ge=0, le=366)] = 0
    smallest_min: Annotated[int, Meta(ge=15, le=480)] = 240
    day_min: Annotated[int, Meta(ge=60, le=1_440)] = 480
    needs_document: bool = False
    is_sensitive: bool = False


@operation("leave.adjust_balance/1")
class AdjustBalance(Wire, frozen=True, kw_only=True):
    """HR corrects a balance: a fact beside the accrual, with its reason."""

    adjustment_id: Id
    person_id: Id
    kind: Code
    minutes: Minutes
    on: Day
    reason: Reason


@operation("leave.call_off/1")
class CallOffLeave(Wire, frozen=True, kw_only=True):
    """Granted leave does not take place (any more): from `from_day` on the person works."""

    leave_id: Id
    from_day: Day
    reason: Reason


class LeaveRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Granted leave. `from_min`/`to_min`: minutes after midnight on the first and the last day; absent: the whole day.

    On a shared tablet and for the host store `kind` is absent: that somebody is away is theirs to know, why is not.
    """

    id: str
    person_id: str
    name: str | None = None  # of the person, in lists; devices know it from the person's own row
    kind: str | None = None
    from_day: str
    to_day: str  # the last day, inclusive
    from_min: int | None = None
    to_min: int | None = None
    minutes: int | None = None
    called_off_from: str | None = None


class BalanceRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody may still take of a kind this year, in minutes: accrued + carried + adjusted - taken - asked for."""

    id: str
    person_id: str
    kind: str
    name_zh: str
    name_en: str
    unlimited: bool = False
    accrued: int = 0
    carried: int = 0
    adjusted: int = 0
    taken: int = 0
    asked: int = 0
    left: int = 0
    day_min: int = 480
    as_of: str


class LeaveKindRow(Wire, frozen=True, kw_only=True):
    """A kind of leave with its rule in force. `steps`: (full years of service, days a year)."""

    id: str
    code: str
    name_zh: str
    name_en: str
    from_day: str
    paid: bool
    accrual: str
    days_a_year: int
    steps: list[tuple[int, int]]
    carry_over_days: int
    smallest_min: int
    day_min: int
    needs_document: bool
    is_sensitive: bool


class LeaveKinds(Wire, frozen=True, kw_only=True):
    """The kinds of leave there are."""

    items: list[LeaveKindRow]


class BalancesQuery(Wire, frozen=True, kw_only=True):
    """Whose balances; one's own when absent."""

    person_id: Id | None = None


class LeaveQuery(Wire, frozen=True, kw_only=True):
    """Granted leave that touches these days."""

    person_id: Id | None = None
    unit_id: Id | None = None
    store_id: Id | None = None
    from_day: Day | None = None
    to_day: Day | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class LeavePage(Wire, frozen=True, kw_only=True):
    """Some leave, the latest first, and where the next page begins."""

    items: list[LeaveRow]
    next_cursor: str | None


class Balances(Wire, frozen=True, kw_only=True):
    """The balances of one person."""

    items: list[BalanceRow]

"""The weekly statement on the wire: employee, store and HQ confirm the same bytes; and the month that is closed.

A statement is one person's week at one store. Its text is canonical JSON (`contract.sealing`), its digest the SHA-256 of it.
What is confirmed is a digest: somebody who saw something else has signed something else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import BornId, Day, Id, Reason, Sha256Hex
from contract.wire import Wire, operation

Side = Literal["employee", "store", "hq"]
StatementState = Literal["open", "disputed", "complete", "superseded"]
Month = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$(?!\n)")]


@operation("statements.confirm_week/1")
class ConfirmWeek(Wire, frozen=True, kw_only=True):
    """One side confirms a revision of a week. Which side is computed: the employee, the store's manager, or HQ. Nobody is two."""

    statement_id: Id
    revision: Annotated[int, Meta(ge=1, le=10_000)]
    digest: Sha256Hex
    side: Side


@operation("statements.dispute_week/1")
class DisputeWeek(Wire, frozen=True, kw_only=True):
    """One side does not agree. `day`: the day it is about; absent: the whole week."""

    dispute_id: BornId
    statement_id: Id
    revision: Annotated[int, Meta(ge=1, le=10_000)]
    day: Day | None = None
    reason: Reason


@operation("statements.settle_dispute/1")
class SettleDispute(Wire, frozen=True, kw_only=True):
    """HQ ends a dispute: the statement stands, or it was corrected (the correction is a fact of its own)."""

    dispute_id: Id
    outcome: Literal["stands", "corrected"]
    reason: Reason


@operation("statements.close_month/1")
class CloseMonth(Wire, frozen=True, kw_only=True):
    """The hours of a month are final for a unit and all below: late facts become the next revision's, never this one's."""

    closing_id: Id
    month: Month
    unit_id: Id | None = None
    reason: Reason


@operation("statements.ask_reopen/1")
class AskReopen(Wire, frozen=True, kw_only=True):
    """Somebody wants a closed month opened again; another person has to agree."""

    closing_id: Id
    reason: Reason


@operation("statements.decide_reopen/1")
class DecideReopen(Wire, frozen=True, kw_only=True):
    """Another person than the one who asked agrees, or does not."""

    closing_id: Id
    agreed: bool
    reason: Reason


class StatementDay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A day of a statement: minutes at this store, by class."""

    day: str
    state: str
    worked_min: int = 0
    regular_min: int = 0
    overtime_normal_min: int = 0
    overtime_weekend_min: int = 0
    overtime_holiday_min: int = 0
    leave_min: int = 0
    night_min: int = 0
    spans: list[tuple[int, int]] = []


class StatementText(Wire, frozen=True, kw_only=True):
    """What is signed. Integers and texts only; `previous` is the digest of the revision before."""

    v: Literal[1] = 1
    statement_id: str
    revision: int
    previous: str | None
    person_number: str
    person_name: str
    home: str
    store_number: str
    store_name: str
    partner: str
    zone: str
    week: str
    from_day: str
    to_day: str
    rules: list[str]
    days: list[StatementDay]
    worked_min: int
    regular_min: int
    overtime_normal_min: int
    overtime_weekend_min: int
    overtime_holiday_min: int
    leave_min: int
    night_min: int


class ConfirmationRow(Wire, frozen=True, kw_only=True):
    """Who confirmed for which side, when, with which operation."""

    side: Side
    person_id: str | None
    name: str
    confirmed_ms: int
    op_id: str


class DisputeRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A disagreement and how it ended."""

    id: str
    statement_id: str
    revision: int
    side: Side
    day: str | None = None
    reason: str
    made_ms: int
    outcome: str | None = None
    settled_reason: str | None = None
    settled_ms: int | None = None


class StatementRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of a week as devices and the API read it. `code` is what a stranger types to check the paper."""

    id: str
    person_id: str
    store_id: str
    week: str
    from_day: str
    to_day: str
    revision: int
    digest: str
    code: str
    state: StatementState
    text: StatementText | None = None
    confirmed: list[ConfirmationRow] = []
    disputes: list[DisputeRow] = []
    closed: bool = False


class StatementsQuery(Wire, frozen=True, kw_only=True):
    """Statements of a person, a store or a unit, of some weeks (`2026-W47`)."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    week: Annotated[str, Meta(min_length=8, max_length=8, pattern=r"^[0-9]{4}-W[0-5][0-9]$(?!\n)")] | None = None
    state: StatementState | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class StatementsPage(Wire, frozen=True, kw_only=True):
    """Some statements, the latest week first."""

    items: list[StatementRow]
    next_cursor: str | None


class Difference(Wire, frozen=True, kw_only=True):
    """What a revision changed: a day's amount before and after, in minutes."""

    day: str
    field: str
    before: int
    after: int


class StatementDetail(Wire, frozen=True, kw_only=True):
    """All revisions of a week, the newest first, and what each changed."""

    revisions: list[StatementRow]
    differences: list[list[Difference]]


class ClosingRow(Wire, frozen=True, kw_only=True):
    """A closed month of a unit."""

    id: str
    month: str
    unit_id: str
    unit: str
    state: Literal["closed", "reopen_asked", "reopened"]
    revision: int
    people: int
    closed_by: str | None
    closed_ms: int
    reason: str
    asked_by: str | None
    asked_reason: str | None


class Closings(Wire, frozen=True, kw_only=True):
    """Closed months, the latest first."""

    items: list[ClosingRow]

"""The weekly statement on the wire: employee, store and HQ confirm the same bytes; and the month that is closed.

A statement is one person's week at one store. Its text is canonical JSON (`contract.sealing`), its digest the SHA-256 of it.
What is confirmed is a digest: somebody who saw something else has signed something else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import Day, DayTurn, Id, Reason, Sha256Hex, Zone
from contract.wire import Wire, operation

Side = Literal["employee", "store", "hq"]
StatementState = Literal["open", "disputed", "complete", "superseded"]
# how a side said yes: a tap on their own phone, their PIN at the store's tablet, or signed in at the console
Way = Literal["phone", "tablet", "console"]
Month = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")]


@operation("statements.confirm_week/1")
class ConfirmWeek(Wire, frozen=True, kw_only=True):
    """One side confirms a revision of a week. Which side is computed: the employee, the store's manager, or HQ. Nobody is two.

    `kiosk`: a shared tablet says that it checked this person's PIN, in what it signs.
    """

    statement_id: Id
    revision: Annotated[int, Meta(ge=1, le=10_000)]
    digest: Sha256Hex
    side: Side
    kiosk: KioskProof | None = None


@operation("statements.dispute_week/1")
class DisputeWeek(Wire, frozen=True, kw_only=True):
    """One side does not agree. `day`: the day it is about; absent: the whole week. `kiosk`: as in `ConfirmWeek`."""

    dispute_id: Id
    statement_id: Id
    revision: Annotated[int, Meta(ge=1, le=10_000)]
    day: Day | None = None
    kiosk: KioskProof | None = None
    reason: Reason


@operation("statements.settle_dispute/1")
class SettleDispute(Wire, frozen=True, kw_only=True):
    """HQ ends a dispute: the statement stands, or it was corrected (the correction is a fact of its own)."""

    dispute_id: Id
    outcome: Literal["stands", "corrected"]
    reason: Reason


@operation("statements.close_month/1")
class CloseMonth(Wire, frozen=True, kw_only=True):
    """The hours of a month are final for a unit and all below: late facts become the next revision's, never this one's.

    `unit_id` absent: the whole company. `override`: also with what is still open (reviews, disputes, unknown days, weeks nobody
    confirmed); the reason then says why, and what was open stays listed.
    """

    closing_id: Id
    month: Month
    unit_id: Id | None = None
    reason: Reason
    override: bool = False


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


Week = Annotated[str, Meta(min_length=8, max_length=8, pattern=r"^[0-9]{4}-W[0-5][0-9]$(?!\n)")]


@operation("statements.set_deadline/1")
class SetDeadline(Wire, frozen=True, kw_only=True):
    """From a day on: after how many days who has not confirmed a week is reminded, and after how many it counts as overdue.

    An unconfirmed week stays unconfirmed: nothing is ever assumed.
    """

    deadline_id: Id
    from_day: Day
    remind_days: Annotated[int, Meta(ge=0, le=60)]
    due_days: Annotated[int, Meta(ge=1, le=90)]


@operation("statements.make_week/1")
class MakeWeek(Wire, frozen=True, kw_only=True):
    """The server itself: a week is over in a zone; statements of these people at that zone's stores. `last`: of all of them."""

    week: Week
    zone: Zone
    day_turns_at_min: DayTurn
    people: Annotated[list[Id], Meta(max_length=500)]
    last: bool = False


@operation("statements.watch_weeks/1")
class WatchWeeks(Wire, frozen=True, kw_only=True):
    """The server itself, once a day: remind whoever has not confirmed, and let go from devices what is long over."""

    week: Week


class StatementDay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A day of a statement: minutes at this store, by class. `spans`: from and to as instants in ms; an end that nobody knows is
    its beginning. `flags` as in `contract.hours.DayRow`, those that say something about the amounts."""

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
    flags: list[str] = []


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


class ConfirmationRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who confirmed for which side, when, with which operation and how. `way` absent: said before that was kept."""

    side: Side
    person_id: str | None
    name: str
    confirmed_ms: int
    op_id: str
    way: Way | None = None


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
    """A revision of a week as devices and the API read it. `code` is what a stranger types to check the paper.

    `id`: of the revision; `statement_id`: of the week, whose newest revision is the one that is not `superseded`. `text` is
    absent once it was erased. `overdue`: the deadline is over and not all sides have confirmed. `closed`: in a closed month,
    as of when it was last looked at.
    """

    id: str
    statement_id: str = ""
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
    made_ms: int = 0
    due_day: str | None = None
    overdue: bool = False


class StatementsQuery(Wire, frozen=True, kw_only=True):
    """Statements of a person, a store or a unit, of some weeks (`2026-W47`)."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    week: Week | None = None
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


FindingKind = Literal["reviews", "disputes", "unknown", "unconfirmed", "uncomputed"]


class Finding(Wire, frozen=True, kw_only=True):
    """Something that is still open in a month: how many, and the first few of them by id and in words."""

    kind: FindingKind
    count: int
    ids: list[str] = []
    names: list[str] = []


class MonthCheck(Wire, frozen=True, kw_only=True):
    """What stands between a unit and the closing of its month. Nothing found: it can be closed without an override."""

    month: str
    unit_id: str
    unit: str
    is_over: bool
    people: int
    found: list[Finding]


class MonthQuery(Wire, frozen=True, kw_only=True):
    """A month of a unit; without one, of the whole company."""

    month: Month
    unit_id: Id | None = None


class ClosingRow(Wire, frozen=True, kw_only=True):
    """A closed month of a unit. `found`: what was open and overridden, counts by kind."""

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
    decided_by: str | None = None
    decided_reason: str | None = None
    found: dict[str, int] = {}
    late_changes: int = 0


class Closings(Wire, frozen=True, kw_only=True):
    """Closed months, the latest first."""

    items: list[ClosingRow]


class PersonDifference(Wire, frozen=True, kw_only=True):
    """What came out differently for one person than in the closing before, in minutes."""

    person_id: str
    number: str
    name: str
    field: str
    before: int
    after: int


LateReason = Literal["leave", "punch", "correction", "other"]


class LateChangeRow(Wire, frozen=True, kw_only=True):
    """What a fact that came after the closing would make of a day. It waits for the next revision, or goes into the next month's
    pay. `because`: what came later than the closing; `other`: rules, shifts, a decision."""

    person_id: str
    number: str
    name: str
    day: str
    found_ms: int
    worked_before: int
    worked_after: int
    leave_before: int
    leave_after: int
    because: list[LateReason]


class ClosingDetail(Wire, frozen=True, kw_only=True):
    """A closing, what changed since the revision before, and what waits for the next one."""

    closing: ClosingRow
    differences: list[PersonDifference]
    late: list[LateChangeRow]


class VerifyAnswer(Wire, frozen=True, kw_only=True):
    """What the server says to whoever holds a paper and types its code. `person`: masked; the paper has the name."""

    code: str
    state: Literal["genuine", "superseded", "unknown"]
    revision: int = 0
    newest: int = 0
    person: str = ""
    store: str = ""
    week: str = ""
    from_day: str = ""
    to_day: str = ""
    worked_min: int = 0
    regular_min: int = 0
    overtime_min: int = 0
    leave_min: int = 0
    confirmed: list[Side] = []
    disputed: bool = False
    erased: bool = False

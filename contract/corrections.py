"""Corrections on the wire: facts beside punches, appeals, and cases that people look into.

A missed or wrong punch is asked for with the flow `missed_punch`; its approval makes a correction. A manager vouches directly.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.attendance import KioskProof, PunchKind, PunchRow, ReviewRow
from contract.limits import BornId, Day, Id, Millis, Reason, Sha256Hex
from contract.wire import Wire, operation

CorrectionSource = Literal["request", "vouch", "hq"]
CaseKind = Literal["pairs", "one_phone", "same_coordinates", "travel", "code_relay"]


@operation("attendance.vouch/1")
class Vouch(Wire, frozen=True, kw_only=True):
    """The store's manager says that somebody came or left, when no device of theirs could say it. A fact, with her name.

    `replaces`: the punch that does not count any more because of this one. `kiosk`: at a shared tablet, how it knew her.
    """

    correction_id: BornId
    person_id: Id
    store_id: Id
    kind: PunchKind
    at_ms: Millis
    replaces: Id | None = None
    kiosk: KioskProof | None = None
    reason: Reason


@operation("attendance.withdraw_correction/1")
class WithdrawCorrection(Wire, frozen=True, kw_only=True):
    """A correction does not count any more. It stays visible, with the reason."""

    correction_id: Id
    reason: Reason


@operation("attendance.review_punches/1")
class ReviewPunches(Wire, frozen=True, kw_only=True):
    """One decision on several punches; each gets it as its own fact. All or none."""

    punch_ids: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    decision: Literal["accept", "reject"]
    reason: Reason


@operation("attendance.flag_punches/1")
class FlagPunches(Wire, frozen=True, kw_only=True):
    """The system tells the store's manager and HR of punches that wait for a decision, each once (N-10); what needs none any more
    leaves their inbox."""

    punches: Annotated[list[Id], Meta(min_length=1, max_length=200)]


@operation("attendance.appeal/1")
class Appeal(Wire, frozen=True, kw_only=True):
    """The employee does not agree with the decision on a punch or with what a day came to. Somebody else than before decides.

    `photo`: evidence, as a blob. Exactly one of `punch_id` and `day` is given.
    """

    appeal_id: BornId
    punch_id: Id | None = None
    day: Day | None = None
    text: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"^[^\x00]*$(?!\n)")]
    photo: Sha256Hex | None = None


@operation("attendance.answer_appeal/1")
class AnswerAppeal(Wire, frozen=True, kw_only=True):
    """The answer to an appeal. Upheld against a punch: the decision on it is taken anew, as given here.

    About a day there is nothing to decide anew: what is wrong with it is put right by a correction.
    """

    appeal_id: Id
    upheld: bool
    decision: Literal["accept", "correct", "reject"] | None = None
    corrected_ms: Millis | None = None
    corrected_kind: PunchKind | None = None
    reason: Reason


@operation("attendance.close_case/1")
class CloseCase(Wire, frozen=True, kw_only=True):
    """Somebody looked into a case and says what it was. It never changes a punch by itself."""

    case_id: Id
    finding: Literal["explained", "misused", "unclear"]
    reason: Reason


@operation("attendance.find_cases/1")
class FindCases(Wire, frozen=True, kw_only=True):
    """Look through a month's punches now. It happens each night by itself; what is known already is not found twice."""

    month: Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")]


class CorrectionRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A correction as devices and the API read it. It counts unless `withdrawn_ms` is given.

    A shared tablet reads neither reasons nor who made it; the names stand only in the API's lists.
    """

    id: str
    person_id: str
    store_id: str
    kind: PunchKind
    at_ms: int
    business_date: str
    source: CorrectionSource
    replaces: str | None = None
    request_id: str | None = None
    made_by: str | None = None
    made_by_name: str | None = None
    made_ms: int
    reason: str = ""
    withdrawn_ms: int | None = None
    withdrawn_because: str | None = None
    person_name: str | None = None
    store_name: str | None = None


class AppealRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An appeal and its answer."""

    id: str
    person_id: str
    punch_id: str | None = None
    day: str | None = None
    store_id: str | None = None
    text: str
    photo: str | None = None
    made_ms: int
    state: Literal["open", "upheld", "refused"]
    answer: str | None = None
    answered_ms: int | None = None
    answered_by_name: str | None = None
    person_name: str | None = None
    store_name: str | None = None


class PunchFile(Wire, frozen=True, kw_only=True):
    """A punch with all that people said about it: every decision, the corrections that replace it, the appeals."""

    punch: PunchRow
    reviews: list[ReviewRow]
    corrections: list[CorrectionRow]
    appeals: list[AppealRow]


class CaseRow(Wire, frozen=True, kw_only=True):
    """Something in the punches that a person should look at. `facts` fill `case.<kind>`; `punch_ids`: its traces, by time.

    `period`: the month (YYYY-MM) its punches are of; there is one case per kind, people and month at most.
    """

    id: str
    kind: CaseKind
    store_id: str | None
    people: list[str]
    names: list[str]
    facts: dict[str, Any]
    punch_ids: list[str]
    found_ms: int
    finding: str | None
    reason: str | None
    closed_ms: int | None
    period: str = ""
    store_name: str = ""
    closed_by_name: str | None = None


class CasesQuery(Wire, frozen=True, kw_only=True):
    """Cases: open ones, or all; of a store or a person."""

    open: bool = True
    kind: CaseKind | None = None
    store_id: Id | None = None
    person_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class CasesPage(Wire, frozen=True, kw_only=True):
    """Some cases, the latest first."""

    items: list[CaseRow]
    next_cursor: str | None


class CorrectionsQuery(Wire, frozen=True, kw_only=True):
    """Corrections of a person, a store or a unit with all below, of some business dates; `standing`: only those that count."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    from_day: Day | None = None
    to_day: Day | None = None
    source: CorrectionSource | None = None
    standing: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class AppealsQuery(Wire, frozen=True, kw_only=True):
    """Appeals: of all states or one, of a person or a store."""

    person_id: Id | None = None
    store_id: Id | None = None
    state: Literal["open", "upheld", "refused"] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class CorrectionsPage(Wire, frozen=True, kw_only=True):
    """Some corrections, the latest first."""

    items: list[CorrectionRow]
    next_cursor: str | None


class AppealsPage(Wire, frozen=True, kw_only=True):
    """Some appeals, the open ones first, of each state the oldest first."""

    items: list[AppealRow]
    next_cursor: str | None



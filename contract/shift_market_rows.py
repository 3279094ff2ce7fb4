"""The shift market as it is read: rows on devices, lists and questions of the API."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Day, Id
from contract.rostering.shapes import Verdict
from contract.rosters import Said
from contract.wire import Wire

WishKind = Literal["unavailable", "undesired", "desired"]
AbsenceKind = Literal["sick", "other"]
# by which kind of leave an absence is asked for with it
LEAVE_OF: dict[AbsenceKind, str] = {"sick": "sick", "other": "personal"}
Approval = Literal["never", "when_costly", "always"]
ClaimState = Literal["asked", "won", "lost", "refused", "withdrawn"]
OfferState = Literal["open", "accepted", "declined", "taken", "ended"]
SwapState = Literal["asked", "consented", "done", "declined", "refused", "withdrawn", "expired", "void"]
AbsenceState = Literal["open", "covered", "withdrawn"]
LoanState = Literal["asked", "lent", "accepted", "refused", "declined", "cancelled", "expired"]
Minute = Annotated[int, Meta(ge=0, le=2_880, description="minutes after the midnight with which the day begins")]


class WeekStretch(Wire, frozen=True, kw_only=True):
    """A stretch of each week. weekday 0 is Monday; past 1,440 is the night after; the clock is that of whoever says it."""

    weekday: Annotated[int, Meta(ge=0, le=6)]
    from_min: Minute = 0
    to_min: Minute = 1_440
    kind: WishKind = "unavailable"


class ShiftBrief(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A shift as the market shows it: where and when. `starts_min` and `ends_min` by the store's own clock."""

    id: str
    store_id: str
    store_name: str
    day: str
    zone: str
    starts_ms: int
    ends_ms: int
    starts_min: int
    ends_min: int
    template: str = ""
    name_zh: str = ""
    name_en: str = ""
    role: str = ""


class ClaimRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asked for an open shift. Entity `shift_claim`, in `private:<person>` and `desk:<store>`.

    `costs`: what the rules say against it without forbidding it. `lost`: another was first.
    """

    id: str
    shift: ShiftBrief
    person_id: str
    person_name: str
    state: ClaimState
    asked_ms: int
    costs: list[Verdict] = []
    decided_ms: int | None = None
    decided_by_name: str | None = None
    reason: str = ""


class OfferRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An open shift offered to one person. Entity `shift_offer`, in `private:<person>` and `desk:<store>`; `id` is this one's,
    `offer_id` that of the offer to all of them."""

    id: str
    offer_id: str
    shift: ShiftBrief
    person_id: str
    person_name: str
    state: OfferState
    offered_ms: int
    until_ms: int
    offered_by_name: str = ""
    answered_ms: int | None = None
    note: str = ""


class SwapRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A swap or (without `theirs`) a shift given away. Entity `shift_swap`, in `private:` of both and `desk:` of the stores.

    asked: the colleague is to answer until `until_ms`; consented: the manager is to decide; done: the shifts have changed
    hands; void: a shift changed meanwhile. `costs`: what the rules say against it without forbidding it, of both.
    """

    id: str
    asker_id: str
    asker_name: str
    colleague_id: str
    colleague_name: str
    mine: ShiftBrief
    theirs: ShiftBrief | None = None
    state: SwapState
    asked_ms: int
    until_ms: int
    costs: list[Verdict] = []
    answered_ms: int | None = None
    decided_ms: int | None = None
    decided_by_name: str | None = None
    reason: str = ""
    note: str = ""


class AvailabilityRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody's weeks. Entity `availability`, in `private:<person>`; the desk has them in `roster_worker`."""

    id: str
    person_id: str
    from_day: str
    until: str | None = None
    stretches: list[WeekStretch] = []
    note: str = ""
    said_ms: int


class WishRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A one-off wish. Entity `shift_wish`, in `private:<person>`; the desk has it in `roster_worker`."""

    id: str
    person_id: str
    day: str
    kind: WishKind
    from_min: int
    to_min: int
    note: str = ""
    said_ms: int
    withdrawn_ms: int | None = None


class AbsenceRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody reported that they (or another) will not come. Entity `shift_absence`, in `private:<person>` and `desk:<store>` of
    each store a shift became open in; `kind` and `note` are absent on a shared tablet.

    covered: somebody has each of the shifts, or they were removed. `request_id`: the leave that was asked for with it.
    """

    id: str
    person_id: str
    person_name: str
    from_day: str
    to_day: str
    state: AbsenceState
    reported_ms: int
    reported_by_name: str = ""
    kind: AbsenceKind | None = None
    note: str = ""
    shifts: list[ShiftBrief] = []
    open_shift_ids: list[str] = []
    request_id: str | None = None


class LoanRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A loan for one shift. Entity `shift_loan`, in `private:` of the employee and `desk:` of host and lending store.

    asked: the lending manager is to answer (`needs_lender`) and the employee; lent: only the employee; accepted: it stands, the
    person is the host's guest on `shift.day` and on no other day.
    """

    id: str
    shift: ShiftBrief
    person_id: str
    person_name: str
    lender_id: str
    lender_name: str
    state: LoanState
    needs_lender: bool
    asked_ms: int
    until_ms: int
    asked_by_name: str = ""
    distance_m: int | None = None
    travel_min: int | None = None
    lent_ms: int | None = None
    consented_ms: int | None = None
    ended_ms: int | None = None
    costs: list[Verdict] = []
    reason: str = ""
    note: str = ""


class ApprovalRow(Wire, frozen=True, kw_only=True):
    """What needs a manager's approval in a unit. Entity `shift_approval`, in `company`."""

    id: str
    unit_id: str
    unit_name: str
    claims: Approval
    swaps: Approval
    loans: Approval


class FeedRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One's calendar address. Entity `calendar_feed`, in `private:<person>`. The token is not known here."""

    id: str
    language: str
    opened_ms: int
    revoked_ms: int | None = None


class CandidateRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who could take an open shift. `breaks`: what the rules say, and `said` each of it in words for this reader;
    `from_id`: the store or unit they belong to.

    `distance_m`: from the store they are posted to (or their home's) to the store of the shift; None: not known.
    """

    person_id: str
    name: str
    number: str = ""
    from_id: str | None = None
    from_name: str = ""
    distance_m: int | None = None
    travel_min: int | None = None
    points: int = 0
    breaks: list[Verdict] = []
    said: list[Said] = []
    offered: OfferState | None = None
    loan: LoanState | None = None


class Candidates(Wire, frozen=True, kw_only=True):
    """Who could take a shift: `free` within all caps; `beyond` only if rules are set aside; `cannot`: whom a rule that nobody may
    set aside forbids it, with that rule. Each list nearest first, then by what it costs."""

    shift: ShiftBrief
    free: list[CandidateRow]
    beyond: list[CandidateRow]
    cannot: list[CandidateRow]


class CandidatesQuery(Wire, frozen=True, kw_only=True):
    """Of which open shift; own: people of that store; others: people of other stores and homes, to be borrowed."""

    shift_id: Id
    whose: Literal["own", "others"] = "own"
    within_km: Annotated[int, Meta(ge=1, le=500)] = 100
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class MarketQuery(Wire, frozen=True, kw_only=True):
    """What is on the market: of a store's desk, or (no store) one's own; shifts from a day to a day, 62 at most.

    `open`: only what still waits for somebody.
    """

    store_id: Id | None = None
    from_day: Day
    to_day: Day
    open: bool = False


class Market(Wire, frozen=True, kw_only=True):
    """Everything on the market, each list by the day of its shift; of each at most 500, `more` names those that were cut."""

    claims: list[ClaimRow]
    offers: list[OfferRow]
    swaps: list[SwapRow]
    absences: list[AbsenceRow]
    loans: list[LoanRow]
    more: list[str]


class AvailabilityQuery(Wire, frozen=True, kw_only=True):
    """Whose weeks and wishes; absent: one's own."""

    person_id: Id | None = None
    from_day: Day | None = None
    to_day: Day | None = None


class AvailabilityBook(Wire, frozen=True, kw_only=True):
    """Somebody's weeks, the latest first, and their wishes that count, by day."""

    weeks: list[AvailabilityRow]
    wishes: list[WishRow]


class Approvals(Wire, frozen=True, kw_only=True):
    """What needs a manager's approval where."""

    items: list[ApprovalRow]


class Feeds(Wire, frozen=True, kw_only=True):
    """One's calendar addresses, the open one first."""

    items: list[FeedRow]

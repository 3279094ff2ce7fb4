"""The shift market on the wire: claims, offers, swaps, availability, wishes, sick calls, loans between stores, calendar feeds.

Nothing here changes a roster by itself: the server judges each step by the rules of rosters (contract/rostering) when it is
asked, when somebody consents and when it is decided, and says honestly what has changed meanwhile. At a store's tablet the
operation's `actor` acts, whose PIN it checked; what a manager does there carries `kiosk`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Day, Id, Millis, Note, Reason, Sha256Hex
from contract.rostering.shapes import Verdict
from contract.wire import Wire, operation

WishKind = Literal["unavailable", "undesired", "desired"]
AbsenceKind = Literal["sick", "other"]
Approval = Literal["never", "when_costly", "always"]
ClaimState = Literal["asked", "won", "lost", "refused", "withdrawn"]
OfferState = Literal["open", "accepted", "declined", "taken", "ended"]
SwapState = Literal["asked", "consented", "done", "declined", "refused", "withdrawn", "expired", "void"]
AbsenceState = Literal["open", "covered", "withdrawn"]
LoanState = Literal["asked", "lent", "accepted", "refused", "declined", "cancelled", "expired"]
Minute = Annotated[int, Meta(ge=0, le=2_880, description="minutes after the midnight with which the day begins")]


# What somebody asks for


@operation("market.claim_shift/1")
class ClaimShift(Wire, frozen=True, kw_only=True):
    """I take this open shift. The first claim that the rules and, where it is needed, the manager let through wins."""

    claim_id: BornId
    shift_id: Id
    version: int


@operation("market.withdraw_claim/1")
class WithdrawClaim(Wire, frozen=True, kw_only=True):
    """I do not ask for it any more; only while nobody has decided."""

    claim_id: Id


@operation("market.decide_claim/1")
class DecideClaim(Wire, frozen=True, kw_only=True):
    """The manager gives the shift to whoever asked, or does not. `override`: why a rule that may be set aside is set aside."""

    claim_id: Id
    approve: bool
    reason: Note = ""
    override: Reason | None = None
    kiosk: KioskProof | None = None


@operation("market.offer_shift/1")
class OfferShift(Wire, frozen=True, kw_only=True):
    """The manager offers an open shift to these people until a moment; the first who accepts has it.

    `override`: a reason for which rules that may be set aside do not stand in the way of those who accept.
    """

    offer_id: BornId
    shift_id: Id
    people: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    until_ms: Millis
    note: Note = ""
    override: Reason | None = None
    kiosk: KioskProof | None = None


@operation("market.withdraw_offer/1")
class WithdrawOffer(Wire, frozen=True, kw_only=True):
    """The manager takes an offer back; whoever has accepted keeps the shift."""

    offer_id: Id
    kiosk: KioskProof | None = None


@operation("market.answer_offer/1")
class AnswerOffer(Wire, frozen=True, kw_only=True):
    """I take the shift that was offered to me, or not."""

    offer_id: Id
    accept: bool


@operation("market.ask_swap/1")
class AskSwap(Wire, frozen=True, kw_only=True):
    """My shift for a colleague's, or (without `their_shift_id`) my shift given away to them. They are asked until `until_ms`."""

    swap_id: BornId
    shift_id: Id
    version: int
    colleague_id: Id
    their_shift_id: Id | None = None
    their_version: int | None = None
    until_ms: Millis
    note: Note = ""


@operation("market.answer_swap/1")
class AnswerSwap(Wire, frozen=True, kw_only=True):
    """The colleague agrees or does not."""

    swap_id: Id
    accept: bool


@operation("market.decide_swap/1")
class DecideSwap(Wire, frozen=True, kw_only=True):
    """The manager lets a swap happen or does not. `override`: why a rule that may be set aside is set aside."""

    swap_id: Id
    approve: bool
    reason: Note = ""
    override: Reason | None = None
    kiosk: KioskProof | None = None


@operation("market.withdraw_swap/1")
class WithdrawSwap(Wire, frozen=True, kw_only=True):
    """Whoever asked does not any more; or the colleague takes back that they agreed, while nobody has decided."""

    swap_id: Id


class WeekStretch(Wire, frozen=True, kw_only=True):
    """A stretch of each week. weekday 0 is Monday; past 1,440 is the night after; the clock is that of whoever says it."""

    weekday: Annotated[int, Meta(ge=0, le=6)]
    from_min: Minute = 0
    to_min: Minute = 1_440
    kind: WishKind = "unavailable"


@operation("market.set_availability/1")
class SetAvailability(Wire, frozen=True, kw_only=True):
    """My weeks from a day on, until (exclusive) a day or until I say something else. No stretches: I am always available.

    What covers a day is what begins last; of two that begin together, what was said last.
    """

    availability_id: BornId
    from_day: Day
    until: Day | None = None
    stretches: Annotated[list[WeekStretch], Meta(max_length=42)] = []
    note: Note = ""


@operation("market.wish/1")
class MakeWish(Wire, frozen=True, kw_only=True):
    """One day, or a part of it: I cannot, I would rather not, I would like to work."""

    wish_id: BornId
    day: Day
    kind: WishKind
    from_min: Minute = 0
    to_min: Minute = 1_440
    note: Note = ""


@operation("market.withdraw_wish/1")
class WithdrawWish(Wire, frozen=True, kw_only=True):
    """A wish does not count any more."""

    wish_id: Id


@operation("market.report_absence/1")
class ReportAbsence(Wire, frozen=True, kw_only=True):
    """Somebody will not come from a day to a day (both included). Their published shifts of those days become open.

    `person_id` absent: I myself; the manager of the store names whom.
    """

    absence_id: BornId
    person_id: Id | None = None
    from_day: Day
    to_day: Day
    kind: AbsenceKind = "sick"
    note: Note = ""
    kiosk: KioskProof | None = None


@operation("market.withdraw_absence/1")
class WithdrawAbsence(Wire, frozen=True, kw_only=True):
    """They will come after all. Shifts that nobody has taken are theirs again, where the rules allow it; those taken are gone."""

    absence_id: Id
    kiosk: KioskProof | None = None


@operation("market.ask_loan/1")
class AskLoan(Wire, frozen=True, kw_only=True):
    """A store with an open shift asks another store (or a home unit) for one of its people, for that shift only.

    `until_ms`: until when both must have answered; at most the beginning of the shift.
    """

    loan_id: BornId
    shift_id: Id
    person_id: Id
    until_ms: Millis
    note: Note = ""
    override: Reason | None = None
    kiosk: KioskProof | None = None


@operation("market.answer_loan/1")
class AnswerLoan(Wire, frozen=True, kw_only=True):
    """The lending manager lets them go, or does not (a reason is needed then)."""

    loan_id: Id
    lend: bool
    reason: Note = ""
    kiosk: KioskProof | None = None


@operation("market.accept_loan/1")
class AcceptLoan(Wire, frozen=True, kw_only=True):
    """The employee agrees to help out there that day, or does not. Nobody is lent against their will."""

    loan_id: Id
    accept: bool


@operation("market.cancel_loan/1")
class CancelLoan(Wire, frozen=True, kw_only=True):
    """The borrowing manager does not need them any more, or the lending manager needs them back; before the shift begins."""

    loan_id: Id
    reason: Reason
    kiosk: KioskProof | None = None


@operation("market.open_feed/1", secret_fields=("token_hash",))
class OpenFeed(Wire, frozen=True, kw_only=True):
    """My shifts as a calendar at a secret address. Whoever asks makes the token; the server knows its SHA-256 only.

    The address is /calendar/<token>.ics. An earlier one of mine ends with this.
    """

    feed_id: BornId
    token_hash: Sha256Hex
    language: Literal["zh", "en"] = "zh"


@operation("market.revoke_feed/1")
class RevokeFeed(Wire, frozen=True, kw_only=True):
    """The address answers no more, at once."""

    feed_id: Id


@operation("market.set_approval/1")
class SetApproval(Wire, frozen=True, kw_only=True):
    """What needs a manager's approval in a unit and all below it; the nearest unit's word counts, without any: always.

    never: what the rules allow happens at once. when_costly: the manager is asked when it costs overtime or breaks a soft rule.
    loans: whether the lending manager must answer before the employee's word is enough.
    """

    unit_id: Id
    claims: Approval
    swaps: Approval
    loans: Approval


@operation("market.end_what_is_over/1")
class EndWhatIsOver(Wire, frozen=True, kw_only=True):
    """The system ends offers, swaps and loans whose time has passed, and tells whom it concerns."""

    offers: Annotated[list[Id], Meta(max_length=500)] = []
    swaps: Annotated[list[Id], Meta(max_length=500)] = []
    loans: Annotated[list[Id], Meta(max_length=500)] = []


class Settled(Wire, frozen=True, kw_only=True):
    """What came of it at once: won, lost (another was first), asked (the manager decides), and the states of the rows."""

    state: str


# What is read


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
    """Somebody who could take an open shift. `breaks`: what the rules say; `elsewhere_id`: the store or unit they belong to.

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

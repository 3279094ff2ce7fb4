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
from contract.shift_market_rows import (
    AbsenceKind,
    AbsenceRow,
    AbsenceState,
    Approval,
    ApprovalRow,
    Approvals,
    AvailabilityBook,
    AvailabilityQuery,
    AvailabilityRow,
    CandidateRow,
    Candidates,
    CandidatesQuery,
    ClaimRow,
    ClaimState,
    FeedRow,
    Feeds,
    LoanRow,
    LoanState,
    Market,
    MarketQuery,
    Minute,
    OfferRow,
    OfferState,
    ShiftBrief,
    SwapRow,
    SwapState,
    WeekStretch,
    WishKind,
    WishRow,
)
from contract.wire import Wire, operation

__all__ = (  # rows and questions are read from here too
    "AbsenceKind", "AbsenceRow", "AbsenceState", "AcceptLoan", "AnswerLoan", "AnswerOffer", "AnswerSwap",
    "Approval", "ApprovalRow", "Approvals", "AskLoan", "AskSwap", "AvailabilityBook", "AvailabilityQuery",
    "AvailabilityRow", "CancelLoan", "CandidateRow", "Candidates", "CandidatesQuery", "ClaimRow", "ClaimShift",
    "ClaimState", "DecideClaim", "DecideSwap", "EndWhatIsOver", "FeedRow", "Feeds", "LoanRow",
    "LoanState", "MakeWish", "Market", "MarketQuery", "Minute", "OfferRow", "OfferShift",
    "OfferState", "OpenFeed", "ReportAbsence", "RevokeFeed", "SetApproval", "SetAvailability", "Settled",
    "ShiftBrief", "SwapRow", "SwapState", "WeekStretch", "WishKind", "WishRow", "WithdrawAbsence",
    "WithdrawClaim", "WithdrawOffer", "WithdrawSwap", "WithdrawWish",
)  # fmt: skip


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



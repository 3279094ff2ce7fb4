"""The shift market over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.shift_market import (
    AcceptLoan,
    AnswerLoan,
    AnswerOffer,
    AnswerSwap,
    Approvals,
    AskLoan,
    AskSwap,
    AvailabilityBook,
    AvailabilityQuery,
    CancelLoan,
    Candidates,
    CandidatesQuery,
    ClaimShift,
    DecideClaim,
    DecideSwap,
    Feeds,
    MakeWish,
    Market,
    MarketQuery,
    OfferShift,
    OpenFeed,
    ReportAbsence,
    RevokeFeed,
    SetApproval,
    SetAvailability,
    WithdrawAbsence,
    WithdrawClaim,
    WithdrawOffer,
    WithdrawSwap,
    WithdrawWish,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.rosters.market import candidates as in_question
from server.rosters.market import queries, service

blueprint = Blueprint(
    "market", __name__, url_prefix="/api/v1", description="Claims, swaps, wishes, sick calls, loans, calendar addresses"
)
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/market/claims": (ClaimShift, Permission.OWN_SHIFTS),
        "/market/claims/withdraw": (WithdrawClaim, Permission.OWN_SHIFTS),
        "/market/claims/decide": (DecideClaim, Permission.PLAN_SHIFTS),
        "/market/offers": (OfferShift, Permission.PLAN_SHIFTS),
        "/market/offers/withdraw": (WithdrawOffer, Permission.PLAN_SHIFTS),
        "/market/offers/answer": (AnswerOffer, Permission.OWN_SHIFTS),
        "/market/swaps": (AskSwap, Permission.OWN_SHIFTS),
        "/market/swaps/answer": (AnswerSwap, Permission.OWN_SHIFTS),
        "/market/swaps/decide": (DecideSwap, Permission.PLAN_SHIFTS),
        "/market/swaps/withdraw": (WithdrawSwap, Permission.OWN_SHIFTS),
        "/market/availability": (SetAvailability, Permission.OWN_SHIFTS),
        "/market/wishes": (MakeWish, Permission.OWN_SHIFTS),
        "/market/wishes/withdraw": (WithdrawWish, Permission.OWN_SHIFTS),
        "/market/absences": (ReportAbsence, Permission.OWN_SHIFTS),
        "/market/absences/withdraw": (WithdrawAbsence, Permission.OWN_SHIFTS),
        "/market/loans": (AskLoan, Permission.PLAN_SHIFTS),
        "/market/loans/answer": (AnswerLoan, Permission.OWN_SHIFTS),
        "/market/loans/accept": (AcceptLoan, Permission.OWN_SHIFTS),
        "/market/loans/cancel": (CancelLoan, Permission.OWN_SHIFTS),
        "/market/approval": (SetApproval, Permission.MANAGE_RULES),
        "/market/feeds": (OpenFeed, Permission.OWN_SHIFTS),
        "/market/feeds/revoke": (RevokeFeed, Permission.OWN_SHIFTS),
    },
)


@reads(blueprint, "/market", needs=Permission.READ_SELF, answers=Market, asks=MarketQuery)
def market(session: ScopedSession, asked: MarketQuery) -> Market:
    """What is on the market: of a store whose shifts one may see, else one's own."""
    return queries.market(session, asked)


@reads(blueprint, "/market/availability", needs=Permission.READ_SELF, answers=AvailabilityBook, asks=AvailabilityQuery)
def availability(session: ScopedSession, asked: AvailabilityQuery) -> AvailabilityBook:
    """One's own weeks and wishes, or those of somebody whose shifts one may see."""
    return queries.availability(session, asked)


@reads(blueprint, "/market/candidates", needs=Permission.PLAN_SHIFTS, answers=Candidates, asks=CandidatesQuery)
def candidates(session: ScopedSession, asked: CandidatesQuery) -> Candidates:
    """Who could take an open shift of a store that one plans: free, beyond caps, not at all; nearest first."""
    return in_question.candidates(session, asked)


@reads(blueprint, "/market/approval", needs=Permission.READ_SELF, answers=Approvals)
def approval(session: ScopedSession) -> Approvals:
    """What needs a manager's approval where."""
    return queries.approvals(session)


@reads(blueprint, "/market/feeds", needs=Permission.READ_SELF, answers=Feeds)
def feeds(session: ScopedSession) -> Feeds:
    """One's own calendar addresses, without their secrets."""
    return queries.feeds(session)

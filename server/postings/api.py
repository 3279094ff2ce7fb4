"""Postings over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.postings import (
    ArrivalRow,
    ArrivalsPage,
    ArrivalsQuery,
    CancelPosting,
    Checklists,
    EndPosting,
    ExtendPosting,
    PostEmployee,
    PostingCard,
    PostingsPage,
    PostingsQuery,
    RecallEmployee,
    SetChecklist,
    TickItem,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.kernel.problems import Problem
from server.postings import cards, queries, service

blueprint = Blueprint("postings", __name__, url_prefix="/api/v1", description="Who works at which store, from when to when")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/postings": (PostEmployee, Permission.MANAGE_POSTINGS),
        "/postings/ended": (EndPosting, Permission.MANAGE_POSTINGS),
        "/postings/cancelled": (CancelPosting, Permission.MANAGE_POSTINGS),
        "/postings/extended": (ExtendPosting, Permission.MANAGE_POSTINGS),
        "/postings/recalled": (RecallEmployee, Permission.MANAGE_POSTINGS),
        "/postings/checklists": (SetChecklist, Permission.MANAGE_POSTINGS),
        "/arrivals/ticks": (TickItem, Permission.TICK_HANDOVER),
    },
)


@reads(blueprint, "/postings", needs=Permission.READ_POSTINGS, answers=PostingsPage, asks=PostingsQuery)
def postings(session: ScopedSession, asked: PostingsQuery) -> PostingsPage:
    """Postings, of a person, to a store, or as they stood at a moment."""
    return queries.postings_page(session, asked)


@reads(blueprint, "/postings/checklists", needs=Permission.READ_POSTINGS, answers=Checklists)
def checklists(session: ScopedSession) -> Checklists:
    """What is handed over at arrivals and returns."""
    return queries.checklists(session)


@reads(blueprint, "/arrivals", needs=Permission.READ_POSTINGS, answers=ArrivalsPage, asks=ArrivalsQuery)
def arrivals(session: ScopedSession, asked: ArrivalsQuery) -> ArrivalsPage:
    """Who comes to a store, with what was handed over."""
    return cards.arrivals_page(session, asked)


@reads(blueprint, "/arrivals/<posting_id>", needs=Permission.READ_POSTINGS, answers=ArrivalRow)
def arrival(session: ScopedSession, posting_id: str) -> ArrivalRow:
    """One arrival."""
    found = cards.one_card(session, posting_id)
    if found is None:
        raise Problem("postings.unknown", id=posting_id)
    return found


@reads(blueprint, "/postings/<posting_id>", needs=Permission.READ_POSTINGS, answers=PostingCard)
def posting(session: ScopedSession, posting_id: str) -> PostingCard:
    """One posting."""
    found = queries.one_posting(session, posting_id)
    if found is None:
        raise Problem("postings.unknown", id=posting_id)
    return found

"""Tickets over HTTP."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from contract.desks import RetireCategory, SetCategory
from contract.feedback import (
    AmendTicket,
    CategoryRow,
    CloseTicket,
    FileTicket,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketAsk,
    TicketPage,
    TicketQuery,
    TicketStory,
    WatchTicket,
)
from contract.wire import Wire
from server.feedback import photos, queries, service
from server.feedback.model import FILE, MANAGE
from server.kernel.db import ScopedSession
from server.kernel.http import actor, declare, document_refusals, reads, writes

blueprint = Blueprint("feedback", __name__, url_prefix="/api/v1", description="Tickets: what stores say, who answers")
assert service  # importing it registers the handlers


class Categories(Wire, frozen=True, kw_only=True):
    """The kinds of tickets that may be filed."""

    items: list[CategoryRow]


writes(
    blueprint,
    {
        "/tickets": (FileTicket, FILE),
        "/tickets/replies": (ReplyToTicket, FILE),
        "/tickets/amendments": (AmendTicket, FILE),
        "/tickets/passed-on": (PassOn, FILE),
        "/tickets/taken": (TakeTicket, FILE),
        "/tickets/pauses": (PauseTicket, FILE),
        "/tickets/resumed": (ResumeTicket, FILE),
        "/tickets/resolved": (ResolveTicket, FILE),
        "/tickets/closed": (CloseTicket, FILE),
        "/tickets/reopened": (ReopenTicket, FILE),
        "/tickets/watchers": (WatchTicket, FILE),
        "/tickets/categories": (SetCategory, MANAGE),
        "/tickets/categories/retired": (RetireCategory, MANAGE),
    },
)
declare("GET", "/api/v1/tickets/<ticket_id>/photos/<sha256>", FILE)


@reads(blueprint, "/tickets", needs=FILE, answers=TicketPage, asks=TicketQuery)
def tickets(session: ScopedSession, asked: TicketQuery) -> TicketPage:
    """Tickets: one's own, those one watches or answers, those of the stores one reads."""
    return queries.tickets_page(session, asked)


@reads(blueprint, "/tickets/story", needs=FILE, answers=TicketStory, asks=TicketAsk)
def story(session: ScopedSession, asked: TicketAsk) -> TicketStory:
    """One ticket with all that happened to it, as far as the reader may read it."""
    return queries.story(session, asked.ticket_id)


@reads(blueprint, "/tickets/categories", needs=FILE, answers=Categories)
def categories(session: ScopedSession) -> Categories:
    """The kinds of tickets that may be filed, with their fields."""
    return Categories(items=queries.categories(session))


def photo(ticket_id: str, sha256: str) -> Response:
    """A photo as the server has drawn it anew; `?size=thumb` small."""
    return photos.photo_response(actor(), ticket_id, sha256, small=request.args.get("size") == "thumb")


_documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")(photo)
_documented = document_refusals(blueprint, blueprint.doc(summary="A photo of a ticket", security=[{"bearer": []}])(_documented))
blueprint.route("/tickets/<ticket_id>/photos/<sha256>", methods=["GET"])(_documented)

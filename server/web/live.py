"""The console's line of news: a ticket for it, and the numbers beside entries of the menu as they are now."""

from __future__ import annotations

from flask import Response, jsonify, request

from server.hints.giving import listens_at, ticket_of_person
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.web.shell import Look, badges, page


@page("/news", needs=Permission.READ_SELF)
def news(look: Look) -> Response:
    """Where to listen, and with what. `where` is empty where nothing listens."""
    found = outpost()
    ticket = ticket_of_person(found, look.session, look.actor)
    return jsonify(where=listens_at(ticket, request.scheme, request.host), token=ticket.token)


@page("/news/badges", needs=Permission.READ_SELF)
def news_badges(look: Look) -> Response:
    """Open items and what waits, as the menu shows them."""
    return jsonify(badges(look))

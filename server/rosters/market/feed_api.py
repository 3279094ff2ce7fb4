"""A person's calendar at its secret address: text/calendar, without cookie or sign-in; whoever has the address reads it.

An address that is unknown, revoked or misspelt answers the same. The token stands in no log and in no error.
"""

from __future__ import annotations

import hashlib
import re
from typing import cast

import sqlalchemy as sa
from flask import Blueprint, Response, request

from contract.messages import Language
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.http import declare, outpost
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.rosters.market.calendar import calendar_of, etag_of, events_of
from server.rosters.market.limits import PerMinute
from server.rosters.market.loan_model import CalendarFeed

blueprint = Blueprint("calendar", __name__)
declare("GET", "/calendar/<secret>.ics", "public", "who holds the secret address is its person, or has it from them")

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,86}")
_KNOWN, _UNKNOWN = "calendar_known", "calendar_unknown"
A_MINUTE, GUESSES = 30, 60
_feed = table_of(CalendarFeed)


def token_hash(token: str) -> str:
    """What the server keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@blueprint.get("/calendar/<secret>.ics")
def calendar(secret: str) -> Response:
    """The person's shifts; 304 where the reader has them as they are."""
    server = outpost()
    now = server.clock()
    asker = request.remote_addr or ""
    if not _TOKEN.fullmatch(secret):
        raise _nothing_here(asker)
    with reading(server.db, Actor.system()) as session:
        connection = session.connection()
        feed = connection.execute(
            sa.select(_feed).where(_feed.c.token_hash == token_hash(secret), _feed.c.revoked_at.is_(None))
        ).one_or_none()
        if feed is None:
            raise _nothing_here(asker)
        _not_too_often(_KNOWN, A_MINUTE, feed.id)
        events = events_of(connection, feed.person_id, now)
    response = Response(mimetype="text/calendar")
    etag = etag_of(feed.id, feed.language, events)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Disposition"] = 'inline; filename="shifts.ics"'
    if etag not in request.if_none_match:
        response.set_data(calendar_of(server.settings.company, cast(Language, feed.language), events))
        return response
    response.status_code = 304
    return response


def _nothing_here(asker: str) -> Problem:
    _not_too_often(_UNKNOWN, GUESSES, asker)
    return Problem("access.not_found")


def _not_too_often(kind: str, most: int, asker: str) -> None:
    server = outpost()
    limit: PerMinute = server.notes.setdefault(kind, PerMinute(most))
    wait_s = limit.wait_s(asker, server.clock())
    if wait_s:
        raise Problem("access.too_many_tries", retry_after_s=wait_s)

"""Who fills an approved headcount: those whose home the unit is, and those who are posted there. One more than approved takes
a request with the extra approver: the request is warned, the direct way is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from server.approvals.events import RequestApproved, RequestChecked
from server.approvals.model import Request
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org import queries as org
from server.org import rules as org_rules
from server.org.model import HomeStay
from server.org.queries import Room
from server.org.service import must_have_room
from server.postings.model import Posting

WARNING = "over_headcount"
MOVES_PEOPLE = frozenset({"transfer", "transfer_store"})
STORE, POST, FROM = "store", "post", "from"


def posted_on(day: date) -> sa.ColumnElement[bool]:
    """The condition for postings that have that business day in them."""
    return sa.and_(Posting.starts_on <= day, sa.or_(Posting.ends_on.is_(None), Posting.ends_on > day))


def room_at(session: ScopedSession, unit_id: str, post_id: str, day: date, *, apart_from: str | None = None) -> Room:
    """Approved and filled heads of a post in a unit on a day, homes and postings together, each person once.

    `apart_from`: a person who is not counted, because it is they who come.
    """
    at_home = sa.select(HomeStay.person_id).where(
        HomeStay.unit_id == unit_id, HomeStay.post_id == post_id, org.at_home_on(day)
    )
    posted = sa.select(Posting.person_id).where(Posting.store_id == unit_id, Posting.post_id == post_id, posted_on(day))
    both = at_home.union(posted).subquery()
    counted = sa.select(sa.func.count()).select_from(both)
    if apart_from is not None:
        counted = counted.where(both.c.person_id != apart_from)
    with whole(session) as everything:
        filled = everything.execute(counted).scalar_one()
    return Room(org.room_in(session, unit_id, post_id, day).approved, filled)


def would_exceed(
    session: ScopedSession, unit_id: str, post_id: str, day: date, *, coming: str | None = None
) -> dict[str, Any] | None:
    """The facts of the warning when one more (`coming`) would be too many there on that day; None while there is room."""
    room = room_at(session, unit_id, post_id, day, apart_from=coming)
    if not org_rules.exceeds(room.approved, room.filled):
        return None
    return org.over_facts(session, unit_id, post_id, day, room)


@reacts_to(RequestChecked)
def warn_above_headcount(work: Work, event: RequestChecked) -> None:
    """Who asks to move somebody where all places are taken is told so; the flow's extra step then takes place."""
    unit_id, post_id = event.form.get(STORE), event.form.get(POST)
    day = org_rules.day_of(str(event.form.get(FROM) or ""))
    if event.kind not in MOVES_PEOPLE or not unit_id or not post_id or day is None:
        return
    facts = would_exceed(work.session, unit_id, post_id, day, coming=event.person_id)
    if facts is not None:
        event.warnings.append((WARNING, facts))


@reacts_to(RequestApproved)
def must_still_have_room(work: Work, event: RequestApproved) -> None:
    """The last place may have been taken while the request ran. Whoever was not warned then has no extra signature for it:
    the last approval fails with the reason, and a new request will be warned."""
    unit_id, post_id = event.form.get(STORE), event.form.get(POST)
    day = org_rules.day_of(str(event.form.get(FROM) or ""))
    if event.kind not in MOVES_PEOPLE or not unit_id or not post_id or day is None:
        return
    request: Request = work.find(Request, event.request_id, "approvals.unknown")
    facts = would_exceed(work.session, unit_id, post_id, day, coming=event.person_id)
    if facts is not None and WARNING not in [code for code, _ in request.warnings]:
        raise Problem("org.over_headcount", field=f"form.{POST}", **facts)


def must_find_room(work: Work, unit_id: str, post_id: str | None, day: date, person_id: str) -> None:
    """Refuse to post one more than approved without a request."""
    if post_id is not None:
        must_have_room(work, unit_id, post_id, day, room_at(work.session, unit_id, post_id, day, apart_from=person_id))

"""The organisation and the calendar over HTTP. The tree as of a day, with heads, is beside postings, which fill it."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.org import (
    AddUnit,
    ApproveHeadcount,
    CalendarQuery,
    CalendarYear,
    ChangeUnit,
    CloseUnit,
    DefinePost,
    MoveHome,
    Posts,
    SetCalendarDay,
    UnitHistory,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem
from server.org import listings, queries, service

blueprint = Blueprint("org", __name__, url_prefix="/api/v1", description="Units, posts, headcounts, homes, the calendar")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/org/units": (AddUnit, Permission.MANAGE_ORG),
        "/org/units/changes": (ChangeUnit, Permission.MANAGE_ORG),
        "/org/units/closed": (CloseUnit, Permission.MANAGE_ORG),
        "/org/posts": (DefinePost, Permission.MANAGE_ORG),
        "/org/headcounts": (ApproveHeadcount, Permission.MANAGE_ORG),
        "/org/homes": (MoveHome, Permission.MANAGE_ORG),
        "/org/calendar": (SetCalendarDay, Permission.MANAGE_ORG),
    },
)


@reads(blueprint, "/org/posts", needs=Permission.READ_ORG, answers=Posts)
def posts(session: ScopedSession) -> Posts:
    """The posts people hold."""
    return listings.posts(session)


@reads(blueprint, "/org/units/<unit_id>/history", needs=Permission.READ_ORG, answers=UnitHistory)
def unit_history(session: ScopedSession, unit_id: str) -> UnitHistory:
    """Everything a unit has been and will be."""
    found = listings.unit_history(session, unit_id)
    if found is None:
        raise Problem("org.unit_unknown", id=unit_id)
    return found


@reads(blueprint, "/org/calendar", needs=Permission.READ_ORG, answers=CalendarYear, asks=CalendarQuery)
def calendar(session: ScopedSession, asked: CalendarQuery) -> CalendarYear:
    """The special days of a year: public holidays, make-up working days, and what the company says over them."""
    return listings.calendar_year(session, asked.year or queries.company_day(outpost().clock()).year)

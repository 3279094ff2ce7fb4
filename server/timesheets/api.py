"""Derived days, what they come to, and what other rules would make of them, over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.hours import DaysPage, DaysQuery, SumsPage
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads
from server.timesheets import queries, sums

blueprint = Blueprint("timesheets", __name__, url_prefix="/api/v1", description="Hours: days, their working, sums")


@reads(blueprint, "/days", needs=Permission.READ_SELF, answers=DaysPage, asks=DaysQuery)
def days(session: ScopedSession, asked: DaysQuery) -> DaysPage:
    """Derived days with their working: one's own, and those of the stores and people where one may read hours."""
    return queries.days_page(session, asked)


@reads(blueprint, "/days/sums", needs=Permission.READ_SELF, answers=SumsPage, asks=DaysQuery)
def day_sums(session: ScopedSession, asked: DaysQuery) -> SumsPage:
    """What the days of a period come to, person by person, and all together."""
    return sums.sums_page(session, asked)

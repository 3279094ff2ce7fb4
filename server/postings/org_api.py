"""The organisation as of a day over HTTP: the tree with heads, headcounts, and where somebody belongs."""

from __future__ import annotations

from datetime import date

from flask_smorest import Blueprint

from contract.org import AsOfQuery, Headcounts, Stays, TreeQuery, UnitTree, WhereRow
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads
from server.kernel.problems import Problem
from server.org import rules
from server.org.queries import company_day
from server.postings import org_queries

blueprint = Blueprint("org_as_of", __name__, url_prefix="/api/v1", description="The organisation as of a day")


def _day(text: str | None) -> date:
    if text is None:
        return company_day(outpost().clock())
    day = rules.day_of(text)
    if day is None:
        raise Problem("org.no_such_day", field="as_of", day=text)
    return day


@reads(blueprint, "/org/tree", needs=Permission.READ_ORG, answers=UnitTree, asks=TreeQuery)
def tree(session: ScopedSession, asked: TreeQuery) -> UnitTree:
    """The tree as of a day, with heads and approved heads of each unit and all below it."""
    found = org_queries.unit_tree(session, _day(asked.as_of), asked.below)
    if found is None:
        raise Problem("org.unit_unknown", id=asked.below)
    return found


@reads(blueprint, "/org/units/<unit_id>/headcounts", needs=Permission.READ_ORG, answers=Headcounts, asks=AsOfQuery)
def headcounts(session: ScopedSession, asked: AsOfQuery, unit_id: str) -> Headcounts:
    """Approved and filled heads per post, of a unit and all below it."""
    found = org_queries.headcounts(session, unit_id, _day(asked.as_of))
    if found is None:
        raise Problem("org.unit_unknown", id=unit_id)
    return found


@reads(blueprint, "/people/<person_id>/where", needs=Permission.READ_PEOPLE, answers=WhereRow, asks=AsOfQuery)
def where(session: ScopedSession, asked: AsOfQuery, person_id: str) -> WhereRow:
    """Where somebody belongs on a day: the home, the host store while posted, the managers of both."""
    found = org_queries.where(session, person_id, _day(asked.as_of))
    if found is None:
        raise Problem("people.unknown", id=person_id)
    return found


@reads(blueprint, "/people/<person_id>/homes", needs=Permission.READ_PEOPLE, answers=Stays)
def homes(session: ScopedSession, person_id: str) -> Stays:
    """The homes a person had, has and will have, as far as the reader's units go."""
    found = org_queries.stays(session, person_id)
    if found is None:
        raise Problem("people.unknown", id=person_id)
    return found

"""Leave over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.leave import (
    AdjustBalance,
    Balances,
    BalancesQuery,
    CallOffLeave,
    DefineLeaveKind,
    LeaveKinds,
    LeavePage,
    LeaveQuery,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem
from server.leave import queries, service
from server.people.model import Person

blueprint = Blueprint("leave", __name__, url_prefix="/api/v1", description="Leave: kinds, balances, what was granted")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/leave/kinds": (DefineLeaveKind, Permission.MANAGE_LEAVE),
        "/leave/adjustments": (AdjustBalance, Permission.MANAGE_LEAVE),
        "/leave/called-off": (CallOffLeave, Permission.MANAGE_LEAVE),
    },
)


@reads(blueprint, "/leave", needs=Permission.READ_SELF, answers=LeavePage, asks=LeaveQuery)
def leave(session: ScopedSession, asked: LeaveQuery) -> LeavePage:
    """Granted leave: one's own, and that of the people one may see. Why somebody is away is shown to them and to HQ."""
    return queries.leave_page(session, asked)


@reads(blueprint, "/leave/kinds", needs=Permission.READ_SELF, answers=LeaveKinds)
def kinds(session: ScopedSession) -> LeaveKinds:
    """The kinds of leave and their rules as of today."""
    return queries.kinds_page(session, queries.company_day(session, outpost().clock()))


@reads(blueprint, "/leave/balances", needs=Permission.READ_SELF, answers=Balances, asks=BalancesQuery)
def balances(session: ScopedSession, asked: BalancesQuery) -> Balances:
    """What somebody may still take this year: of oneself, or of another where one may know."""
    reader: Actor = session.info["actor"]
    person_id = asked.person_id or reader.person_id
    if person_id is None or session.get(Person, person_id) is None:
        raise Problem("people.unknown", id=person_id)
    return queries.balances(session, person_id, queries.today_of(session, person_id, outpost().clock()))

"""Derived days, what they come to, and what other rules would make of them, over HTTP."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from contract.hours import (
    DaysPage,
    DaysQuery,
    GiveUpOvertime,
    OvertimeGrants,
    Simulated,
    SimulateRules,
    SumsPage,
    WithdrawOvertime,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.schemas import schema_of
from server.timesheets import exports_api, overtime, queries, sums
from server.timesheets.simulation import simulate

blueprint = Blueprint("timesheets", __name__, url_prefix="/api/v1", description="Hours: days, their working, sums")


@reads(blueprint, "/days", needs=Permission.READ_SELF, answers=DaysPage, asks=DaysQuery)
def days(session: ScopedSession, asked: DaysQuery) -> DaysPage:
    """Derived days with their working: one's own, and those of the stores and people where one may read hours."""
    return queries.days_page(session, asked)


@reads(blueprint, "/days/sums", needs=Permission.READ_SELF, answers=SumsPage, asks=DaysQuery)
def day_sums(session: ScopedSession, asked: DaysQuery) -> SumsPage:
    """What the days of a period come to, person by person, and all together."""
    return sums.sums_page(session, asked)


@reads(blueprint, "/overtime", needs=Permission.READ_SELF, answers=OvertimeGrants, asks=DaysQuery)
def granted_overtime(session: ScopedSession, asked: DaysQuery) -> OvertimeGrants:
    """Overtime that was granted: one's own, and that of the stores and people where one may read hours."""
    return overtime.grants_page(session, asked)


writes(
    blueprint,
    {
        "/overtime/withdrawn": (WithdrawOvertime, Permission.VOUCH),
        "/overtime/given-up": (GiveUpOvertime, Permission.SUBMIT_REQUEST),
    },
)
exports_api.add_to(blueprint)
declare("POST", "/api/v1/rules/simulations", Permission.MANAGE_RULES)


@blueprint.route("/rules/simulations", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="What other rules would make of days that have been", security=[{"bearer": []}])
@blueprint.arguments(schema_of(SimulateRules), location="json")
@blueprint.response(200, schema_of(Simulated))
def simulated(asked: SimulateRules) -> Response:
    """Whom a change of rules would touch, person by person. It is computed and shown; nothing is kept."""
    who = actor()
    who.must(Permission.MANAGE_RULES)
    with reading(outpost().db, who) as session:
        return answer(simulate(session, asked, outpost().clock()))

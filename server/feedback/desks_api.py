"""Desks, their hours and rules over HTTP; part of feedback's blueprint."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from contract.desks import Breaches, Desks, RetireDesk, RetireRule, Rules, SetDesk, SetRule, TriedRule, TryRule
from contract.worktime import SetWorkHours
from server.feedback import desks as service
from server.feedback import desks_queries as queries
from server.feedback.simulate import try_rule
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.schemas import schema_of

assert service  # importing it registers the handlers
READ, MANAGE = Permission.READ_TICKETS, Permission.MANAGE_FEEDBACK
blueprint = Blueprint("desks", __name__, url_prefix="/api/v1", description="Desks that answer tickets, their hours and rules")

writes(
    blueprint,
    {
        "/feedback/hours": (SetWorkHours, MANAGE),
        "/feedback/desks": (SetDesk, MANAGE),
        "/feedback/desks/retired": (RetireDesk, MANAGE),
        "/feedback/rules": (SetRule, MANAGE),
        "/feedback/rules/retired": (RetireRule, MANAGE),
    },
)
declare("POST", "/api/v1/feedback/rules/trials", MANAGE)


@reads(blueprint, "/feedback/desks", needs=READ, answers=Desks)
def desks(session: ScopedSession) -> Desks:
    """Every desk that answers, with its people, hours and who is on duty now."""
    return queries.desks(session, outpost().clock())


@reads(blueprint, "/feedback/rules", needs=READ, answers=Rules)
def rules(session: ScopedSession) -> Rules:
    """The rules of routing in force, the first first."""
    return queries.rules(session, outpost().clock())


@reads(blueprint, "/feedback/breaches", needs=READ, answers=Breaches)
def breaches(session: ScopedSession) -> Breaches:
    """By desk: open, late and due soon, of the tickets one may see."""
    return queries.breaches(session, outpost().clock())


@blueprint.route("/feedback/rules/trials", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="What a rule would have made of the last tickets", security=[{"bearer": []}])
@blueprint.arguments(schema_of(TryRule), location="json")
@blueprint.response(200, schema_of(TriedRule))
def tried(asked: TryRule) -> Response:
    """Which tickets would have gone elsewhere, and how many targets missed. It is computed and shown; nothing is kept."""
    who = actor()
    who.must(MANAGE)
    with reading(outpost().db, who) as session:
        return answer(try_rule(session, asked, outpost().clock()))

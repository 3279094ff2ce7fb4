"""Metrics, schemes and formulas over HTTP."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, RetireMetric, RetireScheme, SetStoreChannel, SetWeights
from contract.score_library import HeldSchemes, LibraryMetrics, MetricQuery, TriedFormula, TryFormula
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.scoring import library, schemes
from server.scoring import library_queries as queries
from server.scoring.model_library import manages

assert library and schemes  # importing them registers the handlers
OWN, MANAGE = Permission.OWN_SCORES, Permission.MANAGE_SCORING
blueprint = Blueprint("score_library", __name__, url_prefix="/api/v1", description="What people are measured by")

writes(
    blueprint,
    {
        "/scoring/metrics": (DefineMetric, MANAGE),
        "/scoring/metrics/activated": (ActivateMetric, MANAGE),
        "/scoring/metrics/retired": (RetireMetric, MANAGE),
        "/scoring/schemes": (DefineScheme, MANAGE),
        "/scoring/schemes/weights": (SetWeights, MANAGE),
        "/scoring/schemes/retired": (RetireScheme, MANAGE),
        "/scoring/channels": (SetStoreChannel, MANAGE),
    },
)
declare("POST", "/api/v1/scoring/formulas/trials", MANAGE)


@reads(blueprint, "/scoring/metrics", needs=OWN, answers=LibraryMetrics, asks=MetricQuery)
def metrics(session: ScopedSession, asked: MetricQuery) -> LibraryMetrics:
    """The library of metrics."""
    return queries.metrics(session, asked)


@reads(blueprint, "/scoring/schemes", needs=OWN, answers=HeldSchemes)
def held_schemes(session: ScopedSession) -> HeldSchemes:
    """Schemes with all their weights, and where stores sell."""
    return queries.schemes(session)


@blueprint.route("/scoring/formulas/trials", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="What a formula comes to on real figures, with its working", security=[{"bearer": []}])
@blueprint.arguments(schema_of(TryFormula), location="json")
@blueprint.response(200, schema_of(TriedFormula))
def tried(asked: TryFormula) -> Response:
    """It is computed and shown; nothing is kept."""
    who = actor()
    who.must(MANAGE)
    if not manages(who):
        raise Problem("access.out_of_scope", kind="metric")
    with reading(outpost().db, who) as session:
        return answer(queries.try_formula(session, asked))

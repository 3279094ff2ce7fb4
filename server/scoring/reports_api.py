"""Month reports over HTTP."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from contract.ids import is_id
from contract.score_reports import (
    RunScoreMonth,
    ScoreReportList,
    ScoreReportPage,
    ScoreReportQuery,
    ScoreReportsQuery,
    ScoreRuns,
    TriedWeights,
    TryWeights,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, language, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.scoring import month_end, report_queries
from server.scoring.report_paper import report_paper

blueprint = Blueprint("score_reports", __name__, url_prefix="/api/v1", description="Month reports with their working")
assert month_end  # importing it registers the handler

writes(blueprint, {"/scoring/runs": (RunScoreMonth, Permission.MANAGE_SCORING)})


@reads(blueprint, "/scoring/reports", needs=Permission.OWN_SCORES, answers=ScoreReportList, asks=ScoreReportsQuery)
def reports(session: ScopedSession, asked: ScoreReportsQuery) -> ScoreReportList:
    """Month reports: one's own, and those of the stores whose scores one reads."""
    return report_queries.reports(session, asked)


@reads(blueprint, "/scoring/reports/one", needs=Permission.OWN_SCORES, answers=ScoreReportPage, asks=ScoreReportQuery)
def report(session: ScopedSession, asked: ScoreReportQuery) -> ScoreReportPage:
    """A month report line by line, its revisions with what each changed, its appeals."""
    return report_queries.report(session, asked)


@reads(blueprint, "/scoring/runs", needs=Permission.READ_SCORES, answers=ScoreRuns)
def runs(session: ScopedSession) -> ScoreRuns:
    """When the system looked at a month, and what was new, changed, the same."""
    return report_queries.runs(session)


def paper_answer(who: Actor, report_id: str) -> Response:
    """The paper of a revision (`?revision=`, the newest without), in the reader's language."""
    number = request.args.get("revision", "")
    revision = int(number) if number.isascii() and number.isdigit() and 0 < len(number) <= 4 and int(number) else None
    with reading(outpost().db, who) as session:
        found = report_queries.report(session, ScoreReportQuery(report_id=report_id, revision=revision))
    response = Response(report_paper(found, language(), company=outpost().settings.company), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="report-{found.row.month}-{found.code}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


_WHICH = {
    "in": "query", "name": "revision", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 9_999},
    "description": "which revision; the newest without",
}  # fmt: skip
declare("GET", "/api/v1/scoring/reports/<report_id>/paper", Permission.OWN_SCORES)


@blueprint.route("/scoring/reports/<report_id>/paper", methods=["GET"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="A month report as PDF", security=[{"bearer": []}], parameters=[_WHICH])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def paper(report_id: str) -> Response:
    """One page with the working, the revision, its digest and code."""
    who = actor()
    who.must(Permission.OWN_SCORES)
    if not is_id(report_id):
        raise Problem("access.not_found", id=report_id[:60])
    return paper_answer(who, report_id)


declare("POST", "/api/v1/scoring/simulations", Permission.MANAGE_SCORING)


@blueprint.route("/scoring/simulations", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="What other weights would have made of a month", security=[{"bearer": []}])
@blueprint.arguments(schema_of(TryWeights), location="json")
@blueprint.response(200, schema_of(TriedWeights))
def simulated(asked: TryWeights) -> Response:
    """Who would move by how much. It is reckoned and shown; nothing is kept."""
    who = actor()
    who.must(Permission.MANAGE_SCORING)
    with reading(outpost().db, who) as session:
        return answer(report_queries.try_weights(session, asked))

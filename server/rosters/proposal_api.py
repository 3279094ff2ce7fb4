"""Proposals over HTTP: asked for, watched, compared, taken; and questions on a problem or a store's roster that need no job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from contract.proposals import (
    AskProposal,
    AskReplan,
    CancelProposal,
    CheckRoster,
    CompareQuery,
    Comparison,
    ExplainGap,
    GapExplained,
    ProposalDetail,
    ProposalPage,
    ProposalQuery,
    Recommended,
    RecommendFor,
    RosterCheck,
    TakeAlternative,
    TakeProposal,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.schemas import schema_of
from server.rosters import proposal_answers, proposal_queries, proposal_service

blueprint = Blueprint("proposals", __name__, url_prefix="/api/v1", description="Rosters that are proposed, and why")
assert proposal_service  # importing it registers the handlers
PLAN = Permission.PLAN_SHIFTS

writes(
    blueprint,
    {
        "/rosters/proposals": (AskProposal, PLAN),
        "/rosters/proposals/cancelled": (CancelProposal, PLAN),
        "/rosters/proposals/taken": (TakeProposal, PLAN),
        "/rosters/replans": (AskReplan, PLAN),
        "/rosters/replans/taken": (TakeAlternative, PLAN),
    },
)


@reads(blueprint, "/rosters/proposals", needs=PLAN, answers=ProposalPage, asks=ProposalQuery)
def proposals(session: ScopedSession, asked: ProposalQuery) -> ProposalPage:
    """Proposals, the newest first."""
    return proposal_queries.proposals(session, asked)


@reads(blueprint, "/rosters/proposals/<proposal_id>", needs=PLAN, answers=ProposalDetail)
def proposal(session: ScopedSession, proposal_id: str) -> ProposalDetail:
    """A proposal with all it offers, also while it is computed."""
    return proposal_queries.proposal_detail(session, proposal_id)


@reads(blueprint, "/rosters/comparison", needs=PLAN, answers=Comparison, asks=CompareQuery)
def comparison(session: ScopedSession, asked: CompareQuery) -> Comparison:
    """Two rosters side by side: two proposals, or a proposal and what stands now."""
    return proposal_queries.comparison(session, asked)


def _asks(path: str, summary: str, shape: type, answers: type, fn: Callable[..., Any]) -> None:
    """A question too long for an address: judged and answered, nothing is kept."""
    declare("POST", f"/api/v1{path}", PLAN)

    def view(asked: Any) -> Response:
        who = actor().at(outpost().clock())
        who.must(PLAN)
        with reading(outpost().db, who) as session:
            return answer(fn(session, who, asked))

    view.__name__ = fn.__name__
    view.__doc__ = fn.__doc__
    documented: Any = blueprint.response(200, schema_of(answers))(view)
    documented = blueprint.arguments(schema_of(shape), location="json")(documented)
    documented = blueprint.doc(summary=summary, security=[{"bearer": []}])(documented)
    blueprint.route(path, methods=["POST"])(document_refusals(blueprint, documented))


_asks("/rosters/solve/check", "Judge a whole roster", CheckRoster, RosterCheck, proposal_answers.check_roster)
_asks("/rosters/solve/explain", "Why nobody can cover a stretch", ExplainGap, GapExplained, proposal_answers.explain_gap)
_asks("/rosters/solve/recommend", "Who should take a shift", RecommendFor, Recommended, proposal_answers.recommend)

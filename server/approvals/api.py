"""Requests, flows and delegations over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.approvals import (
    DecideStep,
    Delegate,
    Delegations,
    EndDelegation,
    Flows,
    NameDecider,
    PublishFlow,
    RequestRow,
    RequestsPage,
    RequestsQuery,
    RetireFlow,
    SubmitRequest,
    WithdrawRequest,
)
from server.approvals import queries, service
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem

blueprint = Blueprint("approvals", __name__, url_prefix="/api/v1", description="Requests, who decides them, and flows as data")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/flows": (PublishFlow, Permission.MANAGE_FLOWS),
        "/flows/retired": (RetireFlow, Permission.MANAGE_FLOWS),
        "/requests": (SubmitRequest, Permission.SUBMIT_REQUEST),
        "/requests/decisions": (DecideStep, Permission.DECIDE_STEP),
        "/requests/withdrawals": (WithdrawRequest, Permission.SUBMIT_REQUEST),
        "/requests/deciders": (NameDecider, Permission.NAME_DECIDER),
        "/delegations": (Delegate, Permission.DECIDE_STEP),
        "/delegations/ended": (EndDelegation, Permission.DECIDE_STEP),
    },
)


@reads(blueprint, "/requests", needs=Permission.SUBMIT_REQUEST, answers=RequestsPage, asks=RequestsQuery)
def requests(session: ScopedSession, asked: RequestsQuery) -> RequestsPage:
    """Requests that concern the reader, or lie where they may read requests; the newest first."""
    return queries.requests_page(session, asked)


@reads(blueprint, "/requests/<request_id>", needs=Permission.SUBMIT_REQUEST, answers=RequestRow)
def one(session: ScopedSession, request_id: str) -> RequestRow:
    """A request with its whole trail."""
    found = queries.one_request(session, request_id)
    if found is None:
        raise Problem("approvals.unknown", id=request_id)
    return found


@reads(blueprint, "/flows", needs=Permission.SUBMIT_REQUEST, answers=Flows)
def flows(session: ScopedSession) -> Flows:
    """The kinds of requests and who decides them."""
    return queries.flows(session)


@reads(blueprint, "/delegations", needs=Permission.DECIDE_STEP, answers=Delegations)
def delegations(session: ScopedSession) -> Delegations:
    """Who stands in for whom."""
    return queries.delegations(session, outpost().clock())

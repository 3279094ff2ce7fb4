"""What is done for requests by time: deciders are computed anew, reminders go out, managers hear of delay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contract.approvals import WatchRequests
from contract.ids import new_id
from server.approvals import engine
from server.approvals.model import Request, RequestStep
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import perform, reading

AT_ONCE = 50


def look_after_all(server: Outpost, _facts: dict[str, Any] | None = None) -> None:
    """The running requests at which something is to be done, some at a time, as operations of the system. Safe to do twice."""
    now = server.clock()
    with reading(server.db, Actor.system()) as session:
        waiting = session.execute(
            sa.select(Request, RequestStep)
            .join(RequestStep, RequestStep.request_id == Request.id)
            .where(Request.state == "running", RequestStep.state == "open")
        ).all()
        running = sorted({request.id for request, step in waiting if engine.needs_a_look(session, request, step, now)})
    for n in range(0, len(running), AT_ONCE):
        operation = WatchRequests(requests=running[n : n + AT_ONCE])
        outcome = perform(
            server.db, Actor.system(), operation, op_id=new_id(), now=now, secret=server.settings.secret
        )
        if outcome.status == "rejected":
            raise RuntimeError(f"running requests could not be looked after: {outcome.code}")


@does("approvals_watch", every=lambda _server: timedelta(minutes=5))
def watch(server: Outpost, facts: dict[str, Any]) -> None:
    """So that no request waits for somebody who is gone, and nobody's delay stays their secret."""
    look_after_all(server, facts)


@does("approvals_refresh")
def refresh(server: Outpost, facts: dict[str, Any]) -> None:
    """Right after the organisation has changed."""
    look_after_all(server, facts)

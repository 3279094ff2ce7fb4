"""What follows for requests when people leave and the organisation changes.

Somebody who leaves is followed at once, in the same transaction. Other changes of the organisation and of rights are
followed by a job right after they are committed, by the round every few minutes, and in any case when somebody decides.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.approvals import engine
from server.approvals.model import Request, RequestParty
from server.kernel.events import reacts_to
from server.kernel.jobs import ask_for
from server.kernel.perform import Work
from server.org.events import HomeMoves, ManagerNamed
from server.people.events import PersonLeft

REFRESH = "approvals_refresh"


@reacts_to(PersonLeft)
def follow_leaver(work: Work, event: PersonLeft) -> None:
    """Steps that waited for them find others; requests about them are nobody's wish any more."""
    with engine.as_system(work) as inner:
        about = sa.select(Request.id).where(Request.person_id == event.person_id, Request.state == "running")
        for request_id in sorted(inner.session.scalars(about)):
            request = engine.lock(inner.session, request_id)
            if request is not None and request.state == "running":
                said = engine.names(inner.session, [event.person_id])
                engine.note(inner, request, None, "person_left", who=said[event.person_id])
                engine.withdraw(inner, request, "")
        refresh_waiting_for(inner, event.person_id)


def refresh_waiting_for(work: Work, person_id: str) -> None:
    """Compute anew who decides what waits for this person. `work` has the system's reach."""
    asked = (
        sa.select(RequestParty.request_id)
        .join(Request, Request.id == RequestParty.request_id)
        .where(RequestParty.person_id == person_id, RequestParty.waits, Request.state == "running")
    )
    for request_id in sorted(set(work.session.scalars(asked))):
        request = engine.lock(work.session, request_id)
        if request is None or request.state != "running":
            continue
        for step in engine.steps_of(work.session, request_id):
            if step.state == "open":
                engine.refresh(work, request, step)


@reacts_to(ManagerNamed)
def follow_manager(work: Work, _event: ManagerNamed) -> None:
    """Another manager: the steps that waited for the old one are looked at as soon as this is committed."""
    _look_soon(work)


@reacts_to(HomeMoves)
def follow_home(work: Work, _event: HomeMoves) -> None:
    """Another home: other managers."""
    _look_soon(work)


def _look_soon(work: Work) -> None:
    with engine.as_system(work) as inner:
        running = sa.select(Request.id).where(Request.state == "running").limit(1)
        if inner.session.execute(running).first() is not None:
            ask_for(inner, REFRESH, key="now")

"""Questions about requests, flows and delegations. Which requests a reader sees is the rule of the model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.approvals import (
    DelegationRow,
    Delegations,
    FlowRow,
    Flows,
    RequestRow,
    RequestsPage,
    RequestsQuery,
)
from contract.moments import to_ms
from server.approvals import rows
from server.approvals.model import Delegation, Request, RequestParty
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import containing, page_of
from server.people.model import Person
from server.people.queries import belongs_below

_person = table_of(Person)
REMEMBERED = timedelta(days=90)


def requests_page(session: ScopedSession, asked: RequestsQuery) -> RequestsPage:
    """Requests, the newest first, narrowed by what is asked and by who asks."""
    found = sa.select(Request.id)
    if asked.q.strip():
        wanted = asked.q.strip()
        # whoever may read the request may find it by the name that stands on it
        named = sa.select(_person.c.id).where(
            sa.or_(containing(_person.c.name_key, wanted), containing(_person.c.number, wanted))
        )  # fmt: skip
        found = found.where(sa.or_(containing(Request.number, wanted), Request.person_id.in_(named)))
    if asked.kind is not None:
        found = found.where(Request.kind == asked.kind)
    if asked.state is not None:
        found = found.where(Request.state == asked.state)
    if asked.ended is not None:
        found = found.where((Request.state != "running") if asked.ended else (Request.state == "running"))
    if asked.person_id is not None:
        found = found.where(Request.person_id == asked.person_id)
    if asked.unit_id is not None:
        found = found.where(belongs_below(session, asked.unit_id, Request.person_id))
    if asked.mine_to_decide:
        found = found.where(Request.id.in_(_waiting_for(session)))
    page, following = page_of(
        session, found, [Request.submitted_at, Request.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    ids = [row[0] for row in page]
    made = rows.request_rows(session.connection(), ids)
    return RequestsPage(items=[made[request_id] for request_id in ids], next_cursor=following)


def _waiting_for(session: ScopedSession) -> Any:
    reader: Actor = session.info["actor"]
    return sa.select(RequestParty.request_id).where(RequestParty.person_id == reader.person_id, RequestParty.waits)


def to_decide(session: ScopedSession) -> int:
    """How many requests wait for the reader."""
    asked = sa.select(sa.func.count()).select_from(Request).where(Request.id.in_(_waiting_for(session)))
    return session.scalar(asked.where(Request.state == "running")) or 0


def one_request(session: ScopedSession, request_id: str) -> RequestRow | None:
    """A request, if the reader may know of it."""
    found = session.scalars(sa.select(Request.id).where(Request.id == request_id)).one_or_none()
    return rows.request_rows(session.connection(), [found])[found] if found is not None else None


def flows(session: ScopedSession) -> Flows:
    """Every kind with the version in force."""
    return Flows(items=list(rows.flow_rows(session.connection()).values()))


def versions_of(session: ScopedSession, kind: str) -> list[FlowRow]:
    """Every version of a kind, the newest first."""
    return rows.version_rows(session.connection(), kind)


def delegations(session: ScopedSession, now: datetime) -> Delegations:
    """The delegations the reader may know of."""
    asked = sa.select(Delegation).where(Delegation.ends_at > now - REMEMBERED)
    found = session.scalars(asked.order_by(Delegation.starts_at.desc(), Delegation.id)).all()
    # whoever may know of a delegation may know the two names on it
    known = rows.names(session.connection(), {person for row in found for person in (row.person_id, row.delegate_id)})
    return Delegations(
        items=[
            DelegationRow(
                id=row.id, person_id=row.person_id, person_name=known.get(row.person_id, ""), delegate_id=row.delegate_id,
                delegate_name=known.get(row.delegate_id, ""), starts_ms=to_ms(row.starts_at), ends_ms=to_ms(row.ends_at),
            )
            for row in found
        ]
    )  # fmt: skip

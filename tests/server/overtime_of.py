"""Granted overtime for the rights matrix: an hour of today at each store."""

from __future__ import annotations

from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.timesheets.overtime_model import OvertimeGrant
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> str:
    """The grant's id. It belongs to the request about that store's person."""
    grant_id = new_id()
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            OvertimeGrant(
                id=grant_id, person_id=things["person_id"], store_id=things["store_id"], request_id=things["request_id"],
                day=company.today(), minutes=60, compensation="lieu", granted_at=company.now(),
            )
        )  # fmt: skip
    return grant_id

"""Tickets for the rights matrix: one of each store's people, which its store sees."""

from __future__ import annotations

from typing import Any

from contract.feedback import FileTicket
from contract.ids import derived_id, new_id
from server.feedback import desks, service
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor
from server.kernel.perform import perform
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A ticket of this store's person, and another that is solved, closed and opened by who asks."""
    secret = company.settings.secret
    desks.ensure(company.db, company.now(), secret)
    service.ensure(company.db, company.now(), secret)
    things["ticket_id"] = filed(company, things)
    things["watcher_id"] = company.people["p3"]  # not of whom the matrix says goodbye to


def filed(company: Company, things: dict[str, str]) -> str:
    """One more ticket of this store."""
    said = FileTicket(ticket_id=new_id(), category="customer", text="客户要 44 码", store_id=things["store_id"])
    author = Actor.person(things["person_id"], new_id(), [("employee", None)])
    done = perform(company.db, author, said, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done
    return said.ticket_id


def bodies(company: Company, endpoint: str, mine: dict[str, str]) -> dict[str, Any]:
    """By path, a body that asks for something that can be done to a ticket of this store."""
    fresh = new_id()
    if endpoint.startswith("feedback"):
        return _arranging(fresh)
    if not endpoint.startswith("tickets"):
        return {}
    ticket = mine["ticket_id"] if endpoint in ("tickets", "tickets/replies", "tickets/amendments") else filed(company, mine)
    on: dict[str, Any] = {"event_id": fresh, "ticket_id": ticket}
    kind = {"category_id": fresh, "code": f"c-{fresh[-12:]}", "name_zh": "n", "name_en": "n"}
    return {
        "tickets": {"ticket_id": fresh, "category": "suggestion", "text": "t", "store_id": mine["store_id"]},
        "tickets/replies": {**on, "text": "t"},
        "tickets/amendments": {**on, "text": "t", "base": 2},
        "tickets/passed-on": {**on, "desk_id": GENERAL_DESK},
        "tickets/taken": {**on, "person_id": None},
        "tickets/pauses": {**on, "reason": "r"},
        "tickets/resumed": on,
        "tickets/resolved": {**on, "text": "t"},
        "tickets/closed": on,
        "tickets/reopened": {**on, "reason": "r"},
        "tickets/watchers": {**on, "person_id": mine["watcher_id"]},
        "tickets/categories": kind,
        "tickets/categories/retired": {"category_id": derived_id("ticket_category", "nothing"), "reason": "r"},
    }


def _arranging(fresh: str) -> dict[str, Any]:
    """By path, a body that arranges desks, hours and rules."""
    body = {"desk_id": GENERAL_DESK, "categories": ["none"]}
    nothing = derived_id("desk", "nothing")
    desk = {"desk_id": fresh, "code": f"d-{fresh[-12:]}", "name_zh": "n", "name_en": "n", "hours_id": desks.OFFICE_HOURS}
    return {
        "feedback/hours": {"hours_id": fresh, "name": fresh, "hours": {"week": [[]] * 7}},
        "feedback/desks": desk,
        "feedback/desks/retired": {"desk_id": nothing, "to_desk_id": GENERAL_DESK, "reason": "r"},
        "feedback/rules": {
            "rule_id": fresh,
            "name": "n",
            "position": 900,
            "body": body,
            "reason": "r",
        },
        "feedback/rules/retired": {"rule_id": nothing, "reason": "r"},
        "feedback/rules/trials": {"rule_id": fresh, "body": body},
    }


def query(rule: str, mine: dict[str, str]) -> str:
    """What is asked of a path that reads tickets."""
    return f"?ticket_id={mine['ticket_id']}" if rule.endswith("/tickets/story") else ""

"""Who speaks for which side of a statement. Nobody says it of themselves: it follows from who they are and what they hold."""

from __future__ import annotations

from contract.statements import Side
from server.kernel.actors import Permission
from server.kernel.perform import Work
from server.org.queries import company_day
from server.people.queries import holders_of
from server.postings.sides import host_managers
from server.statements.model import Statement


def sides_of(work: Work, statement: Statement, who: str) -> list[Side]:
    """The sides `who` may speak for, of this week.

    employee: the person themselves, who then is nothing else. store: who manages the store, in the organisation or by a role
    over it (a region manager for hers). hq: who settles disputes for the whole company, at the console. A tablet speaks for its
    own store and its people, a phone for its person; neither is HQ.
    """
    device = work.device
    if device is not None and device.kind != "phone" and device.store_id != statement.store_id:
        return []
    if who == statement.person_id:
        return ["employee"]
    found: list[Side] = []
    if who in host_managers(work.session, statement.store_id, company_day(work.now)):
        found.append("store")
    if device is not None:
        return found
    at_store = statement.store_id in work.actor.stores_for(Permission.REVIEW_PUNCHES)
    if not found and at_store and not work.actor.has_everywhere(Permission.REVIEW_PUNCHES):
        found.append("store")
    if work.actor.has_everywhere(Permission.SETTLE_DISPUTE):
        found.append("hq")
    return found


def people_of(work: Work, statement: Statement, side: Side) -> list[str]:
    """Who could speak for a side now: for reminders and notices."""
    day = company_day(work.now)
    if side == "employee":
        return [statement.person_id]
    if side == "store":
        found = host_managers(work.session, statement.store_id, day)
        return sorted(found - {statement.person_id})
    return [person for person in holders_of(work.session, "hr", None, day) if person != statement.person_id]

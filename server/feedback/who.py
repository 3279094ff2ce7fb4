"""Who acts on a ticket, and whether they are among those who answer it. For devices computed of the person, not of the device."""

from __future__ import annotations

import sqlalchemy as sa

from contract.attendance import KioskProof
from server.approvals.service import acting
from server.feedback.desks_model import DeskPerson
from server.feedback.model import ANSWER, MANAGE, READ, Ticket, TicketStop
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.people.model import Account
from server.people.queries import actor_of_account


def person_here(work: Work, kiosk: KioskProof | None) -> str:
    """The person who acts; at a shared tablet whoever typed their PIN."""
    if work.device is not None and work.device.kind == "kiosk" and (kiosk is None or not kiosk.pin):
        raise Problem("feedback.pin_needed", field="kiosk")
    return acting(work)


def actors_of(work: Work, session: ScopedSession, person_id: str) -> list[Actor]:
    """With which rights somebody acts: those they are signed in with; on a device those of all their open accounts."""
    if work.device is None:
        return [work.actor]
    asked = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    return [actor_of_account(session, account, work.now) for account in session.scalars(asked).all()]


def reaches(actors: list[Actor], right: Permission, ticket: Ticket) -> bool:
    """Whether a right over stores reaches a ticket: its kind lets the store see it, and the right counts there."""
    return ticket.store_sees and any(one.has_everywhere(right) or ticket.unit_id in one.stores_for(right) for one in actors)


def manages_store(session: ScopedSession, person_id: str, ticket: Ticket, work: Work) -> bool:
    """Whether the ticket's store is theirs to manage, and the kind lets the store see it."""
    return (
        ticket.store_sees and ticket.unit_id is not None
        and manager_of(session, ticket.unit_id, company_day(work.now)) == person_id
    )  # fmt: skip


def is_at(session: ScopedSession, person_id: str, desk_id: str | None) -> bool:
    """Whether somebody answers at a desk."""
    asked = sa.select(DeskPerson.id).where(DeskPerson.desk_id == desk_id, DeskPerson.person_id == person_id)
    return desk_id is not None and session.execute(asked).first() is not None


def answers(work: Work, wide: Work, person_id: str, ticket: Ticket) -> bool:
    """Whether somebody answers a ticket: at the desk that has it, as its store's manager, by a right that reaches it."""
    session = wide.session
    if is_at(session, person_id, ticket.desk_id) or manages_store(session, person_id, ticket, work):
        return True
    actors = actors_of(work, session, person_id)
    return any(one.has_everywhere(MANAGE) for one in actors) or reaches(actors, ANSWER, ticket)


def sees(work: Work, wide: Work, person_id: str, ticket: Ticket) -> bool:
    """Whether a ticket is there for somebody: whoever answers it, its author, watchers, the people of desks where it was."""
    if person_id == ticket.author_id or person_id in ticket.watchers or answers(work, wide, person_id, ticket):
        return True
    was_at = (
        sa.select(TicketStop.id)
        .join(DeskPerson, DeskPerson.desk_id == TicketStop.desk_id)
        .where(TicketStop.ticket_id == ticket.id, DeskPerson.person_id == person_id)
    )
    if wide.session.execute(was_at.limit(1)).first() is not None:
        return True
    return reaches(actors_of(work, wide.session, person_id), READ, ticket)

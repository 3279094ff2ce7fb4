"""What time alone does to tickets: a target is missed, the next above is told, what is solved closes by itself.

Each miss is an event of its own id, and each telling an item of its own id: a job that runs twice, or on two workers at once,
tells once. Whether it is so is looked at again under the ticket's lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from contract.desks import TurnClocks
from contract.ids import derived_id
from contract.moments import to_ms
from contract.tickets import CLOSES_AFTER_DAYS, ON_DEVICES_DAYS
from server.feedback.clocks import Hours, hours_now, lies_late
from server.feedback.desks_model import Desk
from server.feedback.events import TicketMoved
from server.feedback.model import Ticket, TicketEvent
from server.feedback.on_duty import on_duty
from server.feedback.story import append, lock, put_away
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, ScopedSession
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day, tree_on
from server.postings.life import with_reach

log = structlog.get_logger()
TOGETHER = 100  # tickets of a kind in one transaction
LATE = "N-17_late"
FIRST, SOLUTION, ABOVE = "first_reply_late", "late", "escalated"
_LISTS = ("first_late", "late", "escalate", "close", "put_away")
_WHAT = {
    FIRST: {"what_zh": "首次回复", "what_en": "first reply"},
    SOLUTION: {"what_zh": "解决", "what_en": "solution"},
}


class Turn(NamedTuple):
    """Something that is due: which list of the operation it belongs to, whose, and the moment it came."""

    kind: str
    ticket_id: str
    at: datetime


@handles(TurnClocks, needs=Permission.REPLAY_OPERATIONS)
def turn_clocks(work: Work, op: TurnClocks) -> dict[str, int]:
    """The system's alone. What was told already, or is not so any more, is left. Answers how many tickets that moved."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    made = 0
    with with_reach(work) as wide:
        for ticket_id in sorted(op.first_late):
            made += _missed(wide, ticket_id, FIRST)
        for ticket_id in sorted(op.late):
            made += _missed(wide, ticket_id, SOLUTION)
        hours = hours_now(wide.session) if op.escalate else Hours({}, {})
        for ticket_id in sorted(op.escalate):
            made += _escalate(wide, ticket_id, hours)
        for ticket_id in sorted(op.close):
            made += _close(wide, ticket_id)
        for ticket_id in sorted(op.put_away):
            made += _put_away(wide, ticket_id)
    return {"events": made}


def _missed(wide: Work, ticket_id: str, kind: str) -> bool:
    """A target ran out: it stands in the story, whoever has the ticket is to see to it, the desk's leader hears of it."""
    ticket = lock(wide.session, ticket_id)
    if ticket is None:
        return False
    due, told = (ticket.first_due_at, ticket.first_late) if kind == FIRST else (ticket.resolve_due_at, ticket.late)
    if due is None or due > wide.now or told:
        return False
    since = "" if kind == FIRST else str(to_ms(ticket.resolve_from or ticket.arrived_at))
    event_id = derived_id(kind, ticket_id, since)
    if not append(wide, ticket_id, kind, event_id=event_id):  # type: ignore[arg-type]  # one of the two above
        return False
    see_to_it = _who_has(wide, ticket)
    desk = wide.session.get(Desk, ticket.desk_id) if ticket.desk_id is not None else None
    leader = desk.leader_id if desk is not None else None
    items = [_item(ticket, person, "to_do", kind, event_id) for person in see_to_it]
    if leader is not None and leader not in see_to_it:
        items.append(_item(ticket, leader, "notice", kind, event_id))
    put_items(wide, items)
    return True


def _who_has(wide: Work, ticket: Ticket) -> list[str]:
    if ticket.holder_id is not None:
        return [ticket.holder_id]
    return on_duty(wide.session, ticket.desk_id, wide.now) if ticket.desk_id is not None else []


def _item(ticket: Ticket, person_id: str, kind: Any, missed: str, event_id: str) -> NewItem:
    facts = {
        "number": ticket.number, "category_zh": ticket.category_zh, "category_en": ticket.category_en, **_WHAT[missed],
    }  # fmt: skip
    return NewItem(LATE, person_id, kind, "ticket", ticket.id, facts, f"{missed} {event_id}")


def _escalate(wide: Work, ticket_id: str, hours: Hours) -> bool:
    """The next manager above hears that it is late still."""
    ticket = lock(wide.session, ticket_id)
    if ticket is None or not _is_late_still(ticket):
        return False
    due = _next_above_at(wide.session, ticket, hours)
    if due is None or due > wide.now:
        return False
    person = _next_above(wide, ticket)
    if person is None:
        return False
    missed = SOLUTION if ticket.late and ticket.resolved_at is None else FIRST
    event_id = derived_id(ABOVE, ticket_id, str(to_ms(ticket.resolve_from or ticket.arrived_at)), person)
    if not append(wide, ticket_id, "escalated", event_id=event_id, person_id=person):
        return False
    put_items(wide, [_item(ticket, person, "notice", missed, event_id)])
    return True


def _is_late_still(ticket: Any) -> bool:
    waits_for_reply = ticket.first_late and ticket.first_reply_at is None
    return ticket.state == "open" and (waits_for_reply or (ticket.late and ticket.resolved_at is None))


def _next_above_at(session: ScopedSession, ticket: Ticket, hours: Hours) -> datetime | None:
    """When the next above is told: so many working minutes after the last miss or the last telling, whichever was later."""
    asked = sa.select(sa.func.max(TicketEvent.arrived_at)).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind.in_((FIRST, SOLUTION, ABOVE))
    )
    last = session.execute(asked).scalar_one_or_none()
    return lies_late(ticket, hours, last, ticket.escalate_min) if last is not None else None


def _next_above(wide: Work, ticket: Ticket) -> str | None:
    """The lowest manager of the ticket's store (where it may see the ticket) and the units above it who was not told yet."""
    tree = tree_on(wide.session, company_day(wide.now))
    start = ticket.unit_id or next((one.unit_id for one in tree.units.values() if one.parent_id is None), None)
    if start is None:
        return None
    units = [start, *tree.above(start)]
    if not ticket.store_sees and ticket.unit_id is not None:
        units = units[1:]
    asked = sa.select(TicketEvent.person_id).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == ABOVE,
        TicketEvent.arrived_at >= (ticket.resolve_from or ticket.arrived_at),
    )  # fmt: skip
    known = {*wide.session.scalars(asked), ticket.author_id, ticket.holder_id}
    managers = (tree.units[unit].manager_id for unit in units if unit in tree.units)
    return next((one for one in managers if one is not None and one not in known), None)


def _close(wide: Work, ticket_id: str) -> bool:
    """Solved, and nobody closed it for days."""
    ticket = lock(wide.session, ticket_id)
    if ticket is None or ticket.state != "resolved" or ticket.resolved_at is None:
        return False
    if ticket.resolved_at > wide.now - timedelta(days=CLOSES_AFTER_DAYS):
        return False
    return append(wide, ticket_id, "closed", event_id=derived_id("close", ticket_id, str(to_ms(ticket.resolved_at))))


def _put_away(wide: Work, ticket_id: str) -> bool:
    """Closed, and nothing happened to it for weeks: phones and tablets need not carry it on."""
    ticket = lock(wide.session, ticket_id)
    if ticket is None or ticket.state != "closed" or ticket.put_away:
        return False
    if ticket.moved_at > wide.now - timedelta(days=ON_DEVICES_DAYS):
        return False
    put_away(wide, ticket)
    return True


@reacts_to(TicketMoved)
def late_no_more(work: Work, event: TicketMoved) -> None:
    """Whoever was to see to a late ticket need not any more once it is answered, or solved."""
    if event.kind in ("resolved", "closed"):
        close_items(work, event.ticket_id, triggers=[LATE])
    elif event.kind == "replied":
        with with_reach(work) as wide:
            ticket = wide.session.get(Ticket, event.ticket_id)
            is_answered = ticket is not None and ticket.first_reply_at is not None
        if is_answered:
            close_items(work, event.ticket_id, triggers=[LATE], key=FIRST)


@does("turn_clocks", every=lambda server: timedelta(minutes=1))
def turn_clocks_of(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that what is late is told within a minute, at whatever hour."""
    turn_what_is_due(server.db, server.clock(), server.settings.secret)


def turn_what_is_due(db: Database, now: datetime, secret: bytes) -> int:
    """Let everything happen that time has brought. Answers how many turns that were; asked again at once it is none."""
    with reading(db, Actor.system()) as session:
        turns = list(due_turns(session, now))
    for start in range(0, len(turns), TOGETHER):
        page = turns[start : start + TOGETHER]
        lists = {
            kind: [one.ticket_id for one in page if one.kind == kind] for kind in _LISTS
        }
        op_id = derived_id("turn_clocks", *(f"{one.kind} {one.ticket_id} {to_ms(one.at)}" for one in page))
        outcome = perform(db, Actor.system(), TurnClocks(**lists), op_id=op_id, now=now, secret=secret)
        if outcome.status != "applied":
            log.error("clocks could not be turned", code=outcome.code, facts=outcome.facts)
    return len(turns)


def due_turns(session: ScopedSession, now: datetime) -> Iterable[Turn]:
    """Targets that ran out and nobody was told of, tickets that are late still and whose next manager is to hear of it, solved
    ones to close, closed ones that devices need no longer."""
    first = sa.select(Ticket.id, Ticket.first_due_at).where(Ticket.first_due_at <= now, Ticket.first_late.is_(False))
    late = sa.select(Ticket.id, Ticket.resolve_due_at).where(Ticket.resolve_due_at <= now, Ticket.late.is_(False))
    done = sa.select(Ticket.id, Ticket.resolved_at).where(
        Ticket.state == "resolved", Ticket.resolved_at <= now - timedelta(days=CLOSES_AFTER_DAYS)
    )
    old = sa.select(Ticket.id, Ticket.moved_at).where(
        Ticket.state == "closed", Ticket.put_away.is_(False), Ticket.moved_at <= now - timedelta(days=ON_DEVICES_DAYS)
    )
    for kind, asked in (("first_late", first), ("late", late), ("close", done), ("put_away", old)):
        yield from (Turn(kind, ticket_id, at) for ticket_id, at in session.execute(asked.order_by(Ticket.id)) if at is not None)
    hours = hours_now(session)
    for ticket in session.scalars(sa.select(Ticket).where(Ticket.is_late, Ticket.state == "open").order_by(Ticket.id)):
        if _is_late_still(ticket) and (at := _next_above_at(session, ticket, hours)) is not None and at <= now:
            yield Turn("escalate", ticket.id, at)

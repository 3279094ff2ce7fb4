"""What is told of tickets: a new one (N-16), words, hand-over and solution (N-17); and what follows when desks change.

Each thing once to each receiver: its key is the event. What is to be done goes when it is done, by whomever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.feedback import RefoldTickets, TicketEventKind
from contract.ids import derived_id, new_id
from contract.messages import LANGUAGES, say
from server.feedback.desks_model import Desk
from server.feedback.events import DeskRetired, DesksChanged, TicketFiled, TicketMoved
from server.feedback.model import Ticket, TicketEvent, TicketStop
from server.feedback.on_duty import on_duty
from server.feedback.story import append, refold
from server.inbox.model import InboxItem
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.people.model import Person
from server.postings.life import with_reach
from server.stores.model import Store

NEW, NEWS, PASSED, LATE, RATE = "N-16", "N-17", "N-17_passed", "N-17_late", "N-17_rate"
REFOLD = "refold_tickets"
AT_ONCE = 200  # tickets made anew within an operation; more by a job right after
_LONGEST = 60


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _facts(ticket: Ticket, **more: Any) -> dict[str, Any]:
    return {"number": ticket.number, "category_zh": ticket.category_zh, "category_en": ticket.category_en, **more}


def _due(ticket: Ticket) -> datetime | None:
    return min((one for one in (ticket.first_due_at, ticket.resolve_due_at) if one is not None), default=None)


def _news(work: Work, ticket: Ticket, event: TicketEvent, key: str, receivers: Iterable[str | None]) -> None:
    """A notice of what happened, to each but whoever did it."""
    by = work.session.get(Person, event.by_id) if event.by_id is not None else None
    told = {"by": by.name if by is not None else "", "text": _short(event.text), "rating": event.rating}
    what = {f"what_{language}": say(language, f"ticket_news.{key}", **told) for language in LANGUAGES}
    facts = _facts(ticket, **what)
    put_items(work, [
        NewItem(NEWS, one, "notice", "ticket", ticket.id, facts, event.id)
        for one in sorted({one for one in receivers if one is not None} - {event.by_id or ""})
    ])  # fmt: skip


def _concerned(ticket: Ticket, *, inner: bool = False) -> list[str | None]:
    """Who hears of words: author, watchers, whoever looks after it. Of internal ones those among them who answer."""
    if not inner:
        return [ticket.author_id, *ticket.watchers, ticket.holder_id]
    readers = {scope.removeprefix("private:") for scope in ticket.inner_scopes}
    return [one for one in (*ticket.watchers, ticket.holder_id) if one in readers]


def _at_desk(work: Work, ticket: Ticket) -> list[str]:
    """Who is on duty at the desk that has it; the author among them only where there is nobody else."""
    people = on_duty(work.session, ticket.desk_id, work.now) if ticket.desk_id is not None else []
    return [one for one in people if one != ticket.author_id] or people


def _close_to_dos(work: Work, ticket: Ticket, *, but: str | None = None) -> None:
    """Those who were to look after it need not, but for one."""
    asked = sa.select(InboxItem.receiver_id).where(
        InboxItem.about_id == ticket.id, InboxItem.kind == "to_do", InboxItem.done_at.is_(None),
        InboxItem.trigger.in_((NEW, PASSED, LATE)),
    )  # fmt: skip
    for receiver in sorted(set(work.session.scalars(asked)) - {but or ""}):
        close_items(work, ticket.id, triggers=(NEW, PASSED, LATE), receiver_id=receiver)


@reacts_to(TicketFiled)
def tell_new(work: Work, event: TicketFiled) -> None:
    """To the desk's people on duty, as something to do; to the store's manager, where the store sees it, and to desks that the
    rule tells of it."""
    ticket = work.session.get_one(Ticket, event.ticket_id)
    store = work.session.get(Store, ticket.store_id) if ticket.store_id is not None else None
    facts = _facts(ticket, store=store.name if store is not None else "—", text=_short(ticket.text))
    to_do = _at_desk(work, ticket)
    others = []
    if ticket.store_sees and ticket.unit_id is not None:
        others.append(manager_of(work.session, ticket.unit_id, company_day(work.now)))
    stops = sa.select(TicketStop.desk_id).where(TicketStop.ticket_id == ticket.id).order_by(TicketStop.desk_id)
    for desk in work.session.scalars(stops).all():
        others += on_duty(work.session, desk, work.now)
    noticed = sorted({one for one in others if one is not None} - {*to_do, ticket.author_id})
    put_items(work, [
        *(NewItem(NEW, one, "to_do", "ticket", ticket.id, facts, "", _due(ticket)) for one in to_do),
        *(NewItem(NEW, one, "notice", "ticket", ticket.id, facts, "") for one in noticed),
    ])  # fmt: skip


@reacts_to(TicketMoved)
def tell_moved(work: Work, event: TicketMoved) -> None:
    """What an event means to whom."""
    with with_reach(work) as wide:
        ticket = wide.session.get_one(Ticket, event.ticket_id)
        said = wide.session.get_one(TicketEvent, event.event_id)
        told = _TELLS.get(event.kind)
        if told is not None:
            told(wide, ticket, said)


def _replied(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _news(work, ticket, said, "replied", _concerned(ticket))


def _noted(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _news(work, ticket, said, "noted", _concerned(ticket, inner=True))


def _amended(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    """Whose words stand beside these, unseen, is told so; the others that it says something else."""
    asked = sa.select(TicketEvent.by_id).where(TicketEvent.id.in_(said.over))
    overtaken = {one for one in work.session.scalars(asked) if one is not None} if said.over else set()
    _news(work, ticket, said, "over", overtaken)
    _news(work, ticket, said, "amended", set(_concerned(ticket)) - overtaken)


def _passed(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _close_to_dos(work, ticket)
    desk = work.session.get_one(Desk, said.desk_id)
    facts = _facts(ticket, desk_zh=desk.name_zh, desk_en=desk.name_en, text=_short(said.text or ticket.text))
    at_desk = _at_desk(work, ticket)
    others = {ticket.author_id, *ticket.watchers} - {*at_desk, said.by_id or ""}
    put_items(work, [
        *(NewItem(PASSED, one, "to_do", "ticket", ticket.id, facts, said.id, _due(ticket)) for one in at_desk),
        *(NewItem(PASSED, one, "notice", "ticket", ticket.id, facts, said.id) for one in sorted(others)),
    ])  # fmt: skip


def _asked_again(work: Work, ticket: Ticket, said: TicketEvent, people: Iterable[str]) -> None:
    desk = work.session.get(Desk, ticket.desk_id)
    names = (desk.name_zh, desk.name_en) if desk is not None else ("—", "—")
    facts = _facts(ticket, desk_zh=names[0], desk_en=names[1], text=_short(said.text or ticket.text))
    put_items(work, [NewItem(PASSED, one, "to_do", "ticket", ticket.id, facts, said.id) for one in people])


def _taken(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    """Whoever takes it keeps it to do, the others need not; given back, it is everybody's on duty again."""
    holder = said.person_id
    _close_to_dos(work, ticket, but=holder)
    if holder is None:
        _asked_again(work, ticket, said, _at_desk(work, ticket))
    elif holder != said.by_id:
        _asked_again(work, ticket, said, [holder])


def _paused(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _news(work, ticket, said, "paused", [ticket.author_id])


def _resumed(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _news(work, ticket, said, "resumed", [ticket.holder_id])


def _resolved(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _close_to_dos(work, ticket)
    _news(work, ticket, said, "resolved", [*ticket.watchers, ticket.author_id])
    put_items(work, [NewItem(RATE, ticket.author_id, "to_do", "ticket", ticket.id, _facts(ticket), said.id)])


def _closed(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _close_to_dos(work, ticket)
    close_items(work, ticket.id, triggers=[RATE])
    if said.rating is not None:
        _news(work, ticket, said, "rated", [ticket.holder_id, *ticket.watchers])
    else:
        _news(work, ticket, said, "closed", [*ticket.watchers, ticket.author_id])


def _reopened(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    close_items(work, ticket.id, triggers=[RATE])
    to_do = [ticket.holder_id] if ticket.holder_id is not None else _at_desk(work, ticket)
    _asked_again(work, ticket, said, to_do)
    _news(work, ticket, said, "reopened", {ticket.author_id, *ticket.watchers} - set(to_do))


def _watched(work: Work, ticket: Ticket, said: TicketEvent) -> None:
    _news(work, ticket, said, "watched", [said.person_id])


_TELLS: dict[TicketEventKind, Any] = {
    "replied": _replied, "noted": _noted, "amended": _amended, "passed": _passed, "taken": _taken, "paused": _paused,
    "resumed": _resumed, "resolved": _resolved, "closed": _closed, "reopened": _reopened, "watched": _watched,
}  # fmt: skip


# -- desks that change --------------------------------------------------------------------------------------------------------


def _open_at(desk_ids: Iterable[str]) -> sa.Select[Any]:
    """Tickets that are not closed at these desks, or that were there; at all desks where none is named."""
    desks = sorted(desk_ids)
    asked = sa.select(Ticket.id).where(Ticket.state != "closed")
    if desks:
        were_there = sa.select(TicketStop.ticket_id).where(TicketStop.desk_id.in_(desks))
        asked = asked.where(sa.or_(Ticket.desk_id.in_(desks), Ticket.id.in_(were_there)))
    return asked.order_by(Ticket.id)


@reacts_to(DesksChanged)
def follow_desks(work: Work, event: DesksChanged) -> None:
    """Who may answer what a desk has, where devices find it, and its clocks, follow the desk."""
    with with_reach(work) as wide:
        waiting = list(wide.session.scalars(_open_at(event.desk_ids).limit(AT_ONCE + 1)))
        if len(waiting) > AT_ONCE:
            ask_for(wide, REFOLD, key=work.act.op_id, facts={"desks": sorted(event.desk_ids)})
        else:
            wide.cache.pop("desk hours", None)
            refold(wide, waiting)


@does(REFOLD)
def refold_all(server: Outpost, facts: dict[str, Any]) -> None:
    """The same for many tickets, some at a time. Safe to do twice."""
    with reading(server.db, Actor.system()) as session:
        waiting = list(session.scalars(_open_at(facts["desks"])))
    for start in range(0, len(waiting), AT_ONCE):
        some = RefoldTickets(tickets=waiting[start : start + AT_ONCE])
        perform(server.db, Actor.system(), some, op_id=new_id(), now=server.clock(), secret=server.settings.secret)


@handles(RefoldTickets, needs=Permission.REPLAY_OPERATIONS)
def refold_some(work: Work, op: RefoldTickets) -> None:
    """Said by the server itself."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    refold(work, op.tickets)


@reacts_to(DeskRetired)
def pass_to_another(work: Work, event: DeskRetired) -> None:
    """What a desk that answers no more has goes to the one named."""
    with with_reach(work) as wide:
        mine = sa.select(Ticket.id).where(Ticket.desk_id == event.desk_id, Ticket.state != "closed").order_by(Ticket.id)
        for ticket_id in wide.session.scalars(mine).all():
            key = derived_id("desk retired", event.desk_id, ticket_id)
            append(wide, ticket_id, "passed", event_id=key, text=event.reason, desk_id=event.to_desk_id)

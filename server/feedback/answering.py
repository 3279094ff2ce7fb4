"""What is done to tickets: words, hand-over, waiting, solution, closing, reopening. Each adds one event, once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.feedback import (
    AmendTicket,
    CloseTicket,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    WatchTicket,
)
from contract.moments import instant
from contract.tickets import may, verb_of
from server.feedback import rules
from server.feedback.desks_model import Desk
from server.feedback.model import FILE, Ticket
from server.feedback.story import Told, add, events_of, is_there, lock, said_of
from server.feedback.who import answers, is_at, person_here, sees
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.life import with_reach


class _Scene:
    """A ticket that somebody is about to do something to, held."""

    def __init__(self, work: Work, wide: Work, op: Any) -> None:
        self.wide, self.who = wide, person_here(work, op.kiosk)
        ticket = lock(wide.session, op.ticket_id)
        if ticket is None or not sees(work, wide, self.who, ticket):
            raise Problem("feedback.unknown", field="ticket_id", id=op.ticket_id)
        self.ticket: Ticket = ticket
        self.answers = answers(work, wide, self.who, ticket)
        if is_there(wide.session, op.event_id):
            raise Problem("operation.already_exists", field="event_id", id=op.event_id)
        verb = verb_of(op, self.who)
        refused = may(ticket, self.who, answers=self.answers, verb=verb)
        # watching oneself needs no more than to see it
        if refused is not None and not (verb == "watch" and refused == "feedback.not_yours"):
            raise Problem(refused, id=op.ticket_id)
        self.at = min(instant(work.act.taken.at_ms), work.now)

    def tell(self, kind: Any, event_id: str, **values: Any) -> None:
        """Add what was done."""
        add(self.wide, self.ticket, Told(kind, event_id, self.who, self.at, **values))


@handles(ReplyToTicket, needs=FILE)
def reply(work: Work, op: ReplyToTicket) -> None:
    """A word; a note where it is internal. Taken in every state."""
    with with_reach(work) as wide:
        scene = _Scene(work, wide, op)
        is_author = scene.who == scene.ticket.author_id
        facts = {"answers": scene.answers and not is_author and not op.internal, "by_author": is_author}
        scene.tell("noted" if op.internal else "replied", op.event_id, text=op.text, photos=op.photos, internal=op.internal,
                   facts=facts)  # fmt: skip


@handles(AmendTicket, needs=FILE)
def amend(work: Work, op: AmendTicket) -> dict[str, Any]:
    """It says something else. Answers whose words were changed without having been seen."""
    if op.text is None and not op.form and op.priority is None:
        raise Problem("feedback.nothing_said", field="text")
    with with_reach(work) as wide:
        scene = _Scene(work, wide, op)
        said = [said_of(row) for row in events_of(wide.session, scene.ticket.id)]
        changes = {f"form.{key}" for key in op.form} | ({"text"} if op.text is not None else set())
        changes |= {"priority"} if op.priority is not None else set()
        over = rules.overtaken(said, changes, op.base, scene.who)
        scene.tell("amended", op.event_id, text=op.text or "", form=op.form, priority=op.priority, over=over)
        return {"over": over}


@handles(PassOn, needs=FILE)
def pass_on(work: Work, op: PassOn) -> None:
    """To another desk. Who passes on keeps watching."""
    with with_reach(work) as wide:
        scene = _Scene(work, wide, op)
        desk = wide.session.get(Desk, op.desk_id)
        if desk is None or desk.retired_at is not None:
            raise Problem("feedback.desk_unknown", field="desk_id", id=op.desk_id)
        if desk.id == scene.ticket.desk_id:
            raise Problem("feedback.at_this_desk", field="desk_id", id=op.desk_id)
        scene.tell("passed", op.event_id, text=op.note, desk_id=desk.id)


@handles(TakeTicket, needs=FILE)
def take(work: Work, op: TakeTicket) -> None:
    """Somebody looks after it; nobody in particular any more."""
    with with_reach(work) as wide:
        scene = _Scene(work, wide, op)
        somebody = op.person_id
        if somebody not in (None, scene.who) and not is_at(wide.session, somebody or "", scene.ticket.desk_id):
            raise Problem("feedback.not_at_desk", field="person_id", id=somebody)
        scene.tell("taken", op.event_id, person_id=somebody)


@handles(PauseTicket, needs=FILE)
def pause(work: Work, op: PauseTicket) -> None:
    """It waits for the customer or the author."""
    with with_reach(work) as wide:
        _Scene(work, wide, op).tell("paused", op.event_id, text=op.reason)


@handles(ResumeTicket, needs=FILE)
def resume(work: Work, op: ResumeTicket) -> None:
    """It goes on."""
    with with_reach(work) as wide:
        _Scene(work, wide, op).tell("resumed", op.event_id)


@handles(ResolveTicket, needs=FILE)
def resolve(work: Work, op: ResolveTicket) -> None:
    """It is done."""
    with with_reach(work) as wide:
        _Scene(work, wide, op).tell("resolved", op.event_id, text=op.text, photos=op.photos)


@handles(CloseTicket, needs=FILE)
def close(work: Work, op: CloseTicket) -> None:
    """It is over, with its author's stars where they give some; also to one that closed by itself."""
    with with_reach(work) as wide:
        _Scene(work, wide, op).tell("closed", op.event_id, text=op.text, rating=op.rating)


@handles(ReopenTicket, needs=FILE)
def reopen(work: Work, op: ReopenTicket) -> None:
    """It is not done after all."""
    with with_reach(work) as wide:
        _Scene(work, wide, op).tell("reopened", op.event_id, text=op.reason)


@handles(WatchTicket, needs=FILE)
def watch(work: Work, op: WatchTicket) -> None:
    """Somebody hears of it, or no longer."""
    with with_reach(work) as wide:
        scene = _Scene(work, wide, op)
        person = wide.session.scalars(sa.select(Person).where(Person.id == op.person_id, Person.active)).one_or_none()
        if person is None:
            raise Problem("people.unknown", field="person_id", id=op.person_id)
        scene.tell("watched" if op.watch else "unwatched", op.event_id, person_id=op.person_id)

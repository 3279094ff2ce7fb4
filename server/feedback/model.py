"""Tickets: their kinds, their events that only add up, and the ticket as it stands, which follows from them.

An event is kept as it was said (migration 0028); a ticket's row is made anew from its events each time one is added. Who sees
a ticket: its author, its watchers, the people of desks it is or was at, who reads tickets at its store where the kind lets the
store see it, and who manages feedback. What is internal only those read who answer, and never its author.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.feedback.desks_model import DeskPerson
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import only_with, open_to_all, scoped
from server.kernel.sets import within

READ, ANSWER, MANAGE = Permission.READ_TICKETS, Permission.ANSWER_TICKETS, Permission.MANAGE_FEEDBACK
FILE = Permission.FILE_TICKET
_KINDS = (
    "'filed','routed','replied','noted','amended','passed','taken','paused','resumed','resolved','closed','reopened',"
    "'watched','unwatched','first_reply_late','late','escalated'"
)
_PRIORITIES = "'low','normal','high','urgent'"


class Category(Base):
    """A kind of ticket. `fields`: the contract's FormField; `stores`, `posts`: who is offered it, both empty: everybody.
    `scopes`: where devices find it."""

    __tablename__ = "ticket_category"
    __table_args__ = (
        sa.CheckConstraint(f"priority in ({_PRIORITIES})", name="priority_known"),
        sa.CheckConstraint("(retired_at is null) = (retired_because is null)", name="retired_with_reason"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    hint_zh: Mapped[str] = mapped_column(sa.String(1000))
    hint_en: Mapped[str] = mapped_column(sa.String(1000))
    icon: Mapped[str] = mapped_column(sa.String(20))
    fields: Mapped[list[Any]]
    priority: Mapped[str] = mapped_column(sa.String(10))
    store_sees: Mapped[bool]
    answered: Mapped[bool]
    position: Mapped[int]
    stores: Mapped[list[Any]]
    posts: Mapped[list[Any]]
    scopes: Mapped[list[Any]]
    set_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))


_UNRATED = "state = 'closed' and rating is null and desk_id is not null"


class Ticket(Base):
    """A ticket as it stands: what was filed, and what follows from its events (server/feedback/rules.py).

    `category`, `category_zh`, `category_en`, `icon`, `labels`, `store_sees`: as the kind was when it was filed. `unit_id`: the
    store or department it is about, `store_id` the same where that is a store. `hops`: [{kind, desk_id, name_zh, name_en,
    from_ms, until_ms, worked_min}]; `pauses`: [[from_ms, until_ms or null]]. Targets are minutes of the desk's working time,
    `*_due_at` the moments they run out (null: no target, met, or standing still). `resolve_from`: since when the clock of the
    solution counts. `escalated`: how many above were told. `marks`: what was not as it should be when it came (late, retired,
    form, store). `put_away`: it was closed so long ago that devices hold it no longer; HQ does.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        sa.CheckConstraint("state in ('open','waiting','resolved','closed')", name="state_known"),
        sa.CheckConstraint(f"priority in ({_PRIORITIES})", name="priority_known"),
        sa.CheckConstraint("(state = 'waiting') = (paused_at is not null)", name="waits_since"),
        sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_has_a_moment"),
        sa.CheckConstraint("state <> 'resolved' or resolved_at is not null", name="resolved_has_a_moment"),
        sa.CheckConstraint("rating is null or (rating between 1 and 5 and state = 'closed')", name="rated_when_closed"),
        sa.Index("ix_ticket_moved", "moved_at", "id"),
        sa.Index("ix_ticket_filed", "filed_at", "id"),
        sa.Index("ix_ticket_state", "state", "moved_at", "id"),
        sa.Index("ix_ticket_category", "category", "moved_at", "id"),
        sa.Index("ix_ticket_priority", "priority", "moved_at", "id"),
        sa.Index("ix_ticket_store", "store_id", "moved_at", "id"),
        sa.Index("ix_ticket_unit", "unit_id", "moved_at", "id"),
        sa.Index("ix_ticket_desk", "desk_id", "moved_at", "id"),
        sa.Index("ix_ticket_holder", "holder_id", "moved_at", "id"),
        sa.Index("ix_ticket_author", "author_id", "moved_at", "id"),
        sa.Index("ix_ticket_due", "due_at", "id"),
        sa.Index(
            "ix_ticket_open", "moved_at", "id",
            sqlite_where=sa.text("state in ('open','waiting')"), postgresql_where=sa.text("state in ('open','waiting')"),
        ),
        sa.Index(
            "ix_ticket_late", "moved_at", "id",
            sqlite_where=sa.text("is_late and state <> 'closed'"), postgresql_where=sa.text("is_late and state <> 'closed'"),
        ),
        sa.Index("ix_ticket_unrated", "moved_at", "id", sqlite_where=sa.text(_UNRATED), postgresql_where=sa.text(_UNRATED)),
        sa.Index(
            "ix_ticket_first_due", "first_due_at",
            sqlite_where=sa.text("first_due_at is not null"), postgresql_where=sa.text("first_due_at is not null"),
        ),
        sa.Index(
            "ix_ticket_resolve_due", "resolve_due_at",
            sqlite_where=sa.text("resolve_due_at is not null"), postgresql_where=sa.text("resolve_due_at is not null"),
        ),
        sa.Index(
            "ix_ticket_resolved", "resolved_at",
            sqlite_where=sa.text("state = 'resolved'"), postgresql_where=sa.text("state = 'resolved'"),
        ),
        sa.Index(
            "ix_ticket_to_put_away", "moved_at",
            sqlite_where=sa.text("state = 'closed' and not put_away"),
            postgresql_where=sa.text("state = 'closed' and not put_away"),
        ),
        sa.CheckConstraint("not put_away or state = 'closed'", name="put_away_when_closed"),
    )  # fmt: skip
    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(sa.String(20), index=True)
    category_id: Mapped[str] = ref("ticket_category.id")
    category: Mapped[str] = mapped_column(sa.String(40))
    category_zh: Mapped[str] = mapped_column(sa.String(120))
    category_en: Mapped[str] = mapped_column(sa.String(120))
    icon: Mapped[str] = mapped_column(sa.String(20))
    labels: Mapped[list[Any]]
    store_sees: Mapped[bool]
    unit_id: Mapped[str | None] = mapped_column(Uuid)
    store_id: Mapped[str | None] = ref("store.id")
    author_id: Mapped[str] = ref("person.id")
    spot: Mapped[str] = mapped_column(sa.String(120))
    fix: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    device_id: Mapped[str | None] = mapped_column(Uuid)
    marks: Mapped[list[Any]]
    filed_at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    # what follows from the events
    state: Mapped[str] = mapped_column(sa.String(10))
    priority: Mapped[str] = mapped_column(sa.String(10))
    text: Mapped[str] = mapped_column(sa.Text)
    form: Mapped[dict[str, Any]]
    photos: Mapped[list[Any]]
    desk_id: Mapped[str | None] = mapped_column(Uuid)
    holder_id: Mapped[str | None] = ref("person.id")
    rule_id: Mapped[str | None] = mapped_column(Uuid)
    hops: Mapped[list[Any]]
    pauses: Mapped[list[Any]]
    first_target_min: Mapped[int | None]
    resolve_target_min: Mapped[int | None]
    escalate_min: Mapped[int]
    first_reply_at: Mapped[datetime | None]
    first_reply_min: Mapped[int | None]
    first_due_at: Mapped[datetime | None]
    first_late: Mapped[bool]
    resolve_from: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolve_min: Mapped[int | None]
    resolve_due_at: Mapped[datetime | None]
    late: Mapped[bool]
    is_late: Mapped[bool]  # either target is missed
    due_at: Mapped[datetime]  # of the next target; the end of time where none runs
    escalated: Mapped[int]
    escalated_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(sa.String(500))
    rating: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    events: Mapped[int]
    moved_at: Mapped[datetime]
    watchers: Mapped[list[Any]]
    may_answer: Mapped[list[Any]]  # the people of the desk that has it
    scopes: Mapped[list[Any]]
    inner_scopes: Mapped[list[Any]]  # where its internal events go
    put_away: Mapped[bool] = mapped_column(server_default=sa.false())


class TicketEvent(Base):
    """Something that happened to a ticket; kept as it was said. `number` counts within the ticket, in the order of the record;
    `at` is when it was done where it was done. `author_id`: the ticket's. `facts`: targets and rule of a routing, whether
    somebody who answers spoke, what was told of a missed target."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        sa.UniqueConstraint("ticket_id", "number"),
        sa.CheckConstraint(f"kind in ({_KINDS})", name="kind_known"),
        sa.CheckConstraint("number >= 1", name="numbers_from_one"),
        sa.CheckConstraint("rating is null or (rating between 1 and 5 and kind = 'closed')", name="rating_is_one"),
    )
    id: Mapped[str] = id_column()
    ticket_id: Mapped[str] = ref("ticket.id")
    author_id: Mapped[str] = ref("person.id")
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    by_id: Mapped[str | None] = ref("person.id", index=True)
    at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text)
    form: Mapped[dict[str, Any]]
    photos: Mapped[list[Any]]
    internal: Mapped[bool]
    desk_id: Mapped[str | None] = mapped_column(Uuid)
    person_id: Mapped[str | None] = ref("person.id", index=True)
    priority: Mapped[str | None] = mapped_column(sa.String(10))
    rating: Mapped[int | None]
    over: Mapped[list[Any]] = mapped_column("over_ids")
    facts: Mapped[dict[str, Any]]
    scopes: Mapped[list[Any]]


class TicketWatcher(Base):
    """Somebody hears of each reply. Follows from the events."""

    __tablename__ = "ticket_watcher"
    __table_args__ = (sa.UniqueConstraint("person_id", "ticket_id"),)
    id: Mapped[str] = id_column()
    ticket_id: Mapped[str] = ref("ticket.id", index=True)
    person_id: Mapped[str] = ref("person.id")


class TicketStop(Base):
    """A desk where a ticket was, or that heard of it; not the one that has it. Follows from the events."""

    __tablename__ = "ticket_stop"
    __table_args__ = (sa.UniqueConstraint("desk_id", "ticket_id"),)
    id: Mapped[str] = id_column()
    ticket_id: Mapped[str] = ref("ticket.id", index=True)
    desk_id: Mapped[str] = mapped_column(Uuid)


class TicketPhoto(Base):
    """A photo that an event names, by the SHA-256 of what the device sends (none once it is forgotten). `state`: `awaited` until
    all of it has come and was judged, then `ok`, or `refused` with its `code`."""

    __tablename__ = "ticket_photo"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "photo"),
        sa.CheckConstraint("state in ('awaited','ok','refused')", name="state_known"),
        sa.CheckConstraint("(state = 'refused') = (code is not null)", name="refused_with_reason"),
    )
    id: Mapped[str] = id_column()
    ticket_id: Mapped[str] = ref("ticket.id", index=True)
    event_id: Mapped[str] = ref("ticket_event.id")
    author_id: Mapped[str] = ref("person.id")
    by_id: Mapped[str | None] = ref("person.id")
    device_id: Mapped[str | None] = mapped_column(Uuid)
    photo: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    shown: Mapped[str | None] = mapped_column(sa.String(64), index=True)  # the hash of what the server shows of it
    internal: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    code: Mapped[str | None] = mapped_column(sa.String(40))


class TicketWords(Base):
    """What a search finds a ticket by, lower case: number, kind, store, text. Beside the ticket, so that looking through all of
    them reads little."""

    __tablename__ = "ticket_words"
    id: Mapped[str] = id_column()  # the ticket's
    words: Mapped[str] = mapped_column(sa.Text)


_ticket, _watcher, _stop, _member = (table_of(one) for one in (Ticket, TicketWatcher, TicketStop, DeskPerson))


def desks_of_person(person_id: str | None) -> sa.Select[Any]:
    """The question for the desks somebody answers at."""
    return sa.select(_member.c.desk_id).where(_member.c.person_id == person_id)


def _were_at_desks(person_id: str | None) -> sa.Select[Any]:
    return sa.select(_stop.c.ticket_id).where(_stop.c.desk_id.in_(desks_of_person(person_id)))


def _watched_by(person_id: str | None) -> sa.Select[Any]:
    return sa.select(_watcher.c.ticket_id).where(_watcher.c.person_id == person_id)


def _over_stores(actor: Actor, right: Permission, t: Any) -> list[sa.ColumnElement[bool]]:
    if actor.has_everywhere(right):
        return [t.store_sees]
    units = actor.stores_for(right)
    return [sa.and_(t.store_sees, within(t.unit_id, units))] if units else []


def _seen(actor: Actor, t: Any) -> sa.ColumnElement[bool]:
    """The condition that somebody who does not manage feedback sees a ticket; `t` has a ticket's columns."""
    me = actor.person_id
    if me is None:
        return sa.or_(sa.false(), *_over_stores(actor, READ, t))
    mine = [t.author_id == me, t.id.in_(_watched_by(me))] if actor.may(FILE) else []
    return sa.or_(*mine, _at_my_desks(me, t), *_over_stores(actor, READ, t))


def _at_my_desks(person_id: str | None, t: Any) -> sa.ColumnElement[bool]:
    return sa.or_(t.desk_id.in_(desks_of_person(person_id)), t.id.in_(_were_at_desks(person_id)))


def _all(actor: Actor) -> bool:
    return actor.has_everywhere(MANAGE) or actor.device_id is not None


def _ticket_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    return None if _all(actor) else _seen(actor, Ticket)


def _finds(session: Any, condition: sa.ColumnElement[bool], ticket_id: str | None) -> bool:
    if session is None or ticket_id is None:
        return False
    asked = sa.select(_ticket.c.id).where(_ticket.c.id == ticket_id, condition).limit(1)
    return session.connection().execute(asked).first() is not None


def _ticket_covers(actor: Actor, row: Ticket) -> bool:
    return _all(actor) or _finds(sa.inspect(row).session, _seen(actor, _ticket.c), row.id)


def _of_ticket(actor: Actor, model: Any) -> sa.ColumnElement[bool] | None:
    """What stands in a ticket's story: with the ticket; what is internal to who answers, and never to the ticket's author."""
    if actor.device_id is not None or actor.is_system:
        return None
    me = actor.person_id
    not_mine = sa.or_(sa.not_(model.internal), model.author_id != me)
    if actor.has_everywhere(MANAGE):
        return not_mine
    t = _ticket.alias().c
    seen = sa.exists().where(t.id == model.ticket_id, _seen(actor, t))
    answers = sa.exists().where(t.id == model.ticket_id, sa.or_(_at_my_desks(me, t), *_over_stores(actor, ANSWER, t)))
    return sa.and_(not_mine, seen, sa.or_(sa.not_(model.internal), answers))


def _of_ticket_covers(actor: Actor, row: Any) -> bool:
    if actor.device_id is not None or actor.is_system:
        return True
    if row.internal and row.author_id == actor.person_id:
        return False
    if actor.has_everywhere(MANAGE):
        return True
    session, t = sa.inspect(row).session, _ticket.c
    if not _finds(session, _seen(actor, t), row.ticket_id):
        return False
    answers = sa.or_(_at_my_desks(actor.person_id, t), *_over_stores(actor, ANSWER, t))
    return not row.internal or _finds(session, answers, row.ticket_id)


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: who may was judged by the operation


scoped(Ticket, visible=_ticket_visible, covers=_ticket_covers, writes=_nobody)
scoped(TicketEvent, visible=lambda actor: _of_ticket(actor, TicketEvent), covers=_of_ticket_covers, writes=_nobody)
scoped(TicketPhoto, visible=lambda actor: _of_ticket(actor, TicketPhoto), covers=_of_ticket_covers, writes=_nobody)
for _model in (TicketWatcher, TicketStop, TicketWords):
    only_with(_model, MANAGE, MANAGE)
open_to_all(Category, because="whoever files a ticket picks its kind and fills in its form")

synced(Ticket, "ticket", lambda row: list(row.scopes))
synced(TicketEvent, "ticket_event", lambda row: list(row.scopes))
synced(Category, "ticket_category", lambda row: list(row.scopes))

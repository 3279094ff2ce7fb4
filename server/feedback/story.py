"""The one way in which a ticket moves: an event is added, the ticket is made anew from all of them, and what follows is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.feedback import TicketEventKind
from contract.ids import derived_id
from contract.moments import instant, to_ms
from server.feedback import rules
from server.feedback.clocks import Hours, hours_now, wind
from server.feedback.desks_model import Desk
from server.feedback.events import TicketMoved
from server.feedback.model import Ticket, TicketEvent, TicketPhoto, TicketStop, TicketWatcher, TicketWords
from server.feedback.on_duty import members
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work
from server.org.queries import company_day, manager_of
from server.stores.model import Store

_OVER = frozenset({"paused", "resumed", "resolved", "taken", "passed", "first_reply_late", "late", "escalated"})


class Told(NamedTuple):
    """An event that is to be added. `at`: when it was done, where that is not now."""

    kind: TicketEventKind
    event_id: str
    by_id: str | None = None
    at: datetime | None = None
    text: str = ""
    form: Mapping[str, Any] = {}
    photos: Sequence[str] = ()
    internal: bool = False
    desk_id: str | None = None
    person_id: str | None = None
    priority: str | None = None
    rating: int | None = None
    over: Sequence[str] = ()
    facts: Mapping[str, Any] = {}


class _Said(NamedTuple):
    """A row of the story as the fold reads it (rules.Said)."""

    id: str
    number: int
    kind: str
    by_id: str | None
    at_ms: int
    arrived_ms: int
    text: str
    form: Mapping[str, Any]
    photos: Sequence[str]
    internal: bool
    desk_id: str | None
    person_id: str | None
    priority: str | None
    rating: int | None
    facts: Mapping[str, Any]


def said_of(row: TicketEvent) -> rules.Said:
    """An event as the fold reads it."""
    return _Said(
        row.id, row.number, row.kind, row.by_id, to_ms(row.at), to_ms(row.arrived_at), row.text, row.form, row.photos,
        row.internal, row.desk_id, row.person_id, row.priority, row.rating, row.facts,
    )  # fmt: skip


def lock(session: ScopedSession, ticket_id: str) -> Ticket | None:
    """The ticket, held until the transaction ends: what happens to it, happens one after the other."""
    return session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)


def events_of(session: ScopedSession, ticket_id: str) -> list[TicketEvent]:
    """All its events, the first first. The session reaches all."""
    asked = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.number)
    return list(session.scalars(asked))


def is_there(session: ScopedSession, event_id: str) -> bool:
    """Whether an event was added already."""
    return session.get(TicketEvent, event_id) is not None


def add(wide: Work, ticket: Ticket, *told: Told) -> list[TicketEvent]:
    """Add events to a ticket that is held, and make it anew; one that was put away is on devices again. What follows elsewhere is
    told for each. With the system's reach."""
    session, rows = wide.session, []
    ticket.put_away = False
    for number, one in enumerate(told, start=ticket.events + 1):
        row = TicketEvent(
            id=one.event_id, ticket_id=ticket.id, author_id=ticket.author_id, number=number, kind=one.kind, by_id=one.by_id,
            at=one.at or wide.now, arrived_at=wide.now, text=one.text, form=dict(one.form), photos=list(one.photos),
            internal=one.internal, desk_id=one.desk_id, person_id=one.person_id, priority=one.priority, rating=one.rating,
            over=list(one.over), facts=dict(one.facts), scopes=[],
        )  # fmt: skip
        rows.append(wide.add(row))
        session.flush()  # the photos point at it
        for photo in dict.fromkeys(one.photos):
            wide.add(_photo(wide, row, photo))
    make_anew(wide, ticket)
    for row in rows:
        tell(wide, TicketMoved(ticket.id, row.id, row.kind))
    return rows


def _photo(wide: Work, row: TicketEvent, photo: str) -> TicketPhoto:
    known = wide.session.scalars(sa.select(TicketPhoto).where(TicketPhoto.photo == photo, TicketPhoto.state != "awaited")).first()
    return TicketPhoto(
        id=derived_id("ticket_photo", row.id, photo), ticket_id=row.ticket_id, event_id=row.id, author_id=row.author_id,
        by_id=row.by_id, device_id=wide.device.device_id if wide.device is not None else None, photo=photo,
        internal=row.internal, state=known.state if known is not None else "awaited",
        code=known.code if known is not None else None,
    )  # fmt: skip


def append(
    wide: Work, ticket_id: str, kind: TicketEventKind, *, event_id: str, text: str = "", person_id: str | None = None,
    facts: Mapping[str, Any] | None = None, desk_id: str | None = None,
) -> bool:  # fmt: skip
    """Add an event of the system's own, once. False where it is there already, or the ticket is past it."""
    ticket = lock(wide.session, ticket_id)
    if ticket is None or is_there(wide.session, event_id) or (ticket.state == "closed" and kind in (*_OVER, "closed")):
        return False
    add(wide, ticket, Told(kind, event_id, text=text, person_id=person_id, facts=facts or {}, desk_id=desk_id))
    return True


def refold(wide: Work, ticket_ids: Iterable[str]) -> None:
    """Make tickets anew: their desks have other people or hours."""
    for ticket_id in ticket_ids:
        ticket = lock(wide.session, ticket_id)
        if ticket is not None:
            make_anew(wide, ticket)


def make_anew(wide: Work, ticket: Ticket) -> None:
    """Everything of a ticket that follows from its events, its desk's people and hours, and where devices find it."""
    session = wide.session
    session.flush()
    rows = events_of(session, ticket.id)
    said = [said_of(row) for row in rows]
    found = rules.fold(said)
    _set(ticket, found)
    ticket.hops = _hops(session, wide, found)
    since = found.resolve_from_ms or found.arrived_ms
    reached = {one.kind for one in said if one.kind != "late" or one.arrived_ms >= since}
    wind(ticket, _hours(wide), told=reached.__contains__)
    _keep_lists(session, ticket, found)
    _place(wide, ticket, found, rows)
    session.flush()


def _hours(wide: Work) -> Hours:
    known = wide.cache.get("desk hours")
    if known is None:
        known = wide.cache["desk hours"] = hours_now(wide.session)
    assert isinstance(known, Hours)
    return known


def _moment(ms: int | None) -> datetime | None:
    return instant(ms) if ms is not None else None


def _set(ticket: Ticket, found: rules.Folded) -> None:
    ticket.state, ticket.text, ticket.form, ticket.priority = found.state, found.text, found.form, found.priority
    ticket.photos, ticket.desk_id, ticket.holder_id, ticket.rule_id = found.photos, found.desk_id, found.holder_id, found.rule_id
    ticket.first_target_min, ticket.resolve_target_min = found.first_target_min, found.resolve_target_min
    ticket.escalate_min, ticket.pauses = found.escalate_min, found.pauses
    ticket.first_reply_at, ticket.resolve_from = _moment(found.first_reply_ms), _moment(found.resolve_from_ms)
    ticket.resolved_at, ticket.closed_at = _moment(found.resolved_ms), _moment(found.closed_ms)
    ticket.escalated, ticket.escalated_at = found.escalated, _moment(found.escalated_ms)
    ticket.paused_at, ticket.pause_reason, ticket.rating = _moment(found.paused_ms), found.pause_reason, found.rating
    ticket.events, ticket.moved_at, ticket.watchers = found.events, instant(found.moved_ms), found.watchers


def _hops(session: ScopedSession, wide: Work, found: rules.Folded) -> list[dict[str, Any]]:
    desks = {one.desk_id for one in found.stays if one.desk_id is not None}
    names = {row.id: (row.name_zh, row.name_en) for row in session.scalars(sa.select(Desk).where(Desk.id.in_(desks)))}
    return [
        {
            "kind": one.kind, "desk_id": one.desk_id, "name_zh": names.get(one.desk_id or "", ("", ""))[0],
            "name_en": names.get(one.desk_id or "", ("", ""))[1], "from_ms": one.from_ms, "until_ms": one.until_ms,
            "worked_min": None,
        }
        for one in found.stays
    ]  # fmt: skip


def _keep_lists(session: ScopedSession, ticket: Ticket, found: rules.Folded) -> None:
    """Who watches and which desks it was at, one row each, for questions from the other side."""
    asked = sa.select(TicketWatcher).where(TicketWatcher.ticket_id == ticket.id)
    watching = {row.person_id: row for row in session.scalars(asked)}
    for person in found.watchers:
        if person not in watching:
            session.add(TicketWatcher(id=derived_id("ticket_watcher", ticket.id, person), ticket_id=ticket.id, person_id=person))
    stops = {row.desk_id: row for row in session.scalars(sa.select(TicketStop).where(TicketStop.ticket_id == ticket.id))}
    for desk in found.stops:
        if desk not in stops:
            session.add(TicketStop(id=derived_id("ticket_stop", ticket.id, desk), ticket_id=ticket.id, desk_id=desk))
    for gone in [row for person, row in watching.items() if person not in found.watchers]:
        session.delete(gone)
    for left in [row for desk, row in stops.items() if desk not in found.stops]:
        session.delete(left)
    words = words_of(session, ticket)
    row = session.get(TicketWords, ticket.id)
    if row is None:
        session.add(TicketWords(id=ticket.id, words=words))
    elif row.words != words:
        row.words = words


def words_of(session: ScopedSession, ticket: Ticket) -> str:
    """What a search finds it by, lower case: number, kind, store, spot, text and answers."""
    store = session.get(Store, ticket.store_id) if ticket.store_id is not None else None
    answers = [one for one in ticket.form.values() if isinstance(one, str)]
    where = [store.name, store.number] if store is not None else []
    parts = [ticket.number, ticket.category_zh, ticket.category_en, *where, ticket.spot, ticket.text, *answers]
    return " ".join(parts).lower()[:2_400]


def _place(wide: Work, ticket: Ticket, found: rules.Folded, rows: Sequence[TicketEvent]) -> None:
    """Which devices hold it: the people concerned, and the store where its kind lets the store see it. Internal events go to who
    answers, and never where the author would read them."""
    session = wide.session
    ticket.may_answer = members(session, found.desk_id) if found.desk_id is not None else []
    answering = set(ticket.may_answer)
    for desk in found.stops:
        answering.update(members(session, desk))
    people = {ticket.author_id, *found.watchers, *answering}
    at_store = [f"desk:{ticket.store_id}"] if ticket.store_sees and ticket.store_id is not None else []
    ticket.scopes = _sorted(people) + at_store
    is_managers = at_store and manager_of(session, ticket.store_id or "", company_day(wide.now)) == ticket.author_id
    ticket.inner_scopes = _sorted(answering - {ticket.author_id}) + ([] if is_managers else at_store)
    if ticket.put_away:
        ticket.scopes = []
    for row in rows:
        scopes = ticket.inner_scopes if row.internal and not ticket.put_away else ticket.scopes
        if row.scopes != scopes:
            row.scopes = list(scopes)


def put_away(wide: Work, ticket: Ticket) -> None:
    """Devices give it up with all its events. What HQ keeps is as it was."""
    ticket.put_away, ticket.scopes = True, []
    for row in events_of(wide.session, ticket.id):
        row.scopes = []


def _sorted(people: Collection[str]) -> list[str]:
    return [f"private:{person}" for person in sorted(people)]

"""Questions about who works where, at which moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import get_args

import sqlalchemy as sa

from contract.moments import instant, to_ms
from contract.postings import (
    Checklist,
    Checklists,
    Direction,
    PostingCard,
    PostingsPage,
    PostingsQuery,
    Side,
    TemplateItem,
)
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.org.queries import at_home_below, is_below
from server.people.model import Person, PersonStore
from server.postings.model import Arrival, ChecklistLine, Posting
from server.stores.model import Store

_stay = table_of(PersonStore)


def in_force(moment: datetime) -> sa.ColumnElement[bool]:
    """The condition for a posting that counts at a moment."""
    return sa.and_(Posting.starts_at <= moment, sa.or_(Posting.ends_at.is_(None), Posting.ends_at > moment))


def stage_is(stage: str, moment: datetime) -> sa.ColumnElement[bool]:
    """`rules.stage_of` as a condition."""
    if stage == "coming":
        return Posting.starts_at > moment
    if stage == "running":
        return in_force(moment)
    return sa.and_(Posting.ends_at.is_not(None), Posting.ends_at <= moment)


def posting_at(session: ScopedSession, person_id: str, moment: datetime) -> Posting | None:
    """Where the person works at that moment. Where two zones leave a gap or a lap of some hours, the later posting counts."""
    found = sa.select(Posting).where(Posting.person_id == person_id, in_force(moment)).order_by(Posting.starts_at.desc())
    return session.scalars(found.limit(1)).first()


def is_posted(session: ScopedSession, person_id: str, store_id: str, moment: datetime) -> bool:
    """Whether the person works at this store at that moment: posted there, or lent for the day."""
    running = sa.and_(_stay.c.from_at <= moment, sa.or_(_stay.c.until_at.is_(None), _stay.c.until_at > moment))
    found = sa.select(_stay.c.id).where(_stay.c.person_id == person_id, _stay.c.store_id == store_id, running)
    return session.connection().execute(found.limit(1)).first() is not None


def people_posted(session: ScopedSession, store_id: str, moment: datetime) -> list[str]:
    """Who works at this store at that moment, by id."""
    found = sa.select(Posting.person_id).where(Posting.store_id == store_id, in_force(moment)).distinct()
    return sorted(session.scalars(found))


def stores_of(session: ScopedSession, person_id: str, moment: datetime) -> list[str]:
    """The stores the person works at at that moment, by id."""
    found = sa.select(Posting.store_id).where(Posting.person_id == person_id, in_force(moment)).distinct()
    return sorted(session.scalars(found))


def overlapping(
    session: ScopedSession, person_id: str, starts_on: date, ends_on: date | None, *, apart_from: str | None = None
) -> Posting | None:
    """A posting of the person that shares a day with this stretch, but for the one that is meant itself."""
    found = sa.select(Posting).where(
        Posting.person_id == person_id, sa.or_(Posting.ends_on.is_(None), Posting.ends_on > starts_on)
    )
    if ends_on is not None:
        found = found.where(Posting.starts_on < ends_on)
    if apart_from is not None:
        found = found.where(Posting.id != apart_from)
    return session.scalars(found.order_by(Posting.starts_on).limit(1)).first()


def running_or_next(session: ScopedSession, person_id: str, moment: datetime) -> Posting | None:
    """The posting that runs at that moment, else the first to come."""
    not_over = sa.or_(Posting.ends_at.is_(None), Posting.ends_at > moment)
    found = sa.select(Posting).where(Posting.person_id == person_id, not_over).order_by(Posting.starts_at)
    return session.scalars(found.limit(1)).first()


def checklist(session: ScopedSession, direction: str) -> Sequence[ChecklistLine]:
    """The template of a hand-over list, in its order."""
    found = sa.select(ChecklistLine).where(ChecklistLine.direction == direction)
    return session.scalars(found.order_by(ChecklistLine.position, ChecklistLine.key)).all()


def checklists(session: ScopedSession) -> Checklists:
    """The templates in force."""
    found = []
    for direction in get_args(Direction):
        lines = [
            TemplateItem(key=line.key, side=_side(line.side), title_zh=line.title_zh, title_en=line.title_en)
            for line in checklist(session, direction)
        ]
        found.append(Checklist(direction=direction, items=lines))
    return Checklists(items=found)


def _side(text: str) -> Side:
    return "home" if text == "home" else "host"


def postings_of(session: ScopedSession, person_id: str) -> Sequence[Posting]:
    """All postings of a person, the earliest first."""
    return session.scalars(sa.select(Posting).where(Posting.person_id == person_id).order_by(Posting.starts_at)).all()


def not_over(session: ScopedSession, store_id: str, moment: datetime) -> Sequence[Posting]:
    """Postings to a store that run at that moment or are still to come."""
    running = sa.or_(Posting.ends_at.is_(None), Posting.ends_at > moment)
    return session.scalars(sa.select(Posting).where(Posting.store_id == store_id, running)).all()


def postings_page(session: ScopedSession, asked: PostingsQuery) -> PostingsPage:
    """Postings by their first day, narrowed by what is asked and by who asks."""
    found = (
        sa.select(Posting, Person.name, Person.number, Store.name)
        .join(Person, Person.id == Posting.person_id)
        .join(Store, Store.id == Posting.store_id)
    )
    if asked.person_id is not None:
        found = found.where(Posting.person_id == asked.person_id)
    if asked.store_id is not None:
        found = found.where(Posting.store_id == asked.store_id)
    if asked.unit_id is not None:
        at_home = Posting.person_id.in_(at_home_below(session, asked.unit_id))
        found = found.where(sa.or_(is_below(session, Posting.store_id, asked.unit_id), at_home))
    if asked.as_of_ms is not None:
        found = found.where(in_force(instant(asked.as_of_ms)))
    rows, following = page_of(
        session,
        found,
        [Posting.starts_at, Posting.id],
        limit=asked.limit,
        cursor=asked.cursor,
        descending=asked.sort == "-starts",
    )
    return PostingsPage(items=[posting_card(*row[:4]) for row in rows], next_cursor=following)


def one_posting(session: ScopedSession, posting_id: str) -> PostingCard | None:
    """One posting, if the reader may know of it."""
    found = session.execute(
        sa.select(Posting, Person.name, Person.number, Store.name)
        .join(Person, Person.id == Posting.person_id)
        .join(Store, Store.id == Posting.store_id)
        .where(Posting.id == posting_id)
    ).one_or_none()
    return posting_card(*found) if found is not None else None


def posting_card(posting: Posting, person_name: str, person_number: str, store_name: str) -> PostingCard:
    """A posting as a list shows it."""
    return PostingCard(
        id=posting.id,
        person_id=posting.person_id,
        person_name=person_name,
        person_number=person_number,
        store_id=posting.store_id,
        store_name=store_name,
        starts_on=posting.starts_on.isoformat(),
        ends_on=posting.ends_on.isoformat() if posting.ends_on else None,
        starts_ms=to_ms(posting.starts_at),
        ends_ms=to_ms(posting.ends_at) if posting.ends_at else None,
        ended_because=posting.ended_because,
        post_id=posting.post_id,
        request_id=posting.request_id,
    )


def cards_of_store(session: ScopedSession, store_id: str) -> list[tuple[str, str]]:
    """(posting, person) of every posting at a store, past ones too."""
    found = session.execute(sa.select(Posting.id, Posting.person_id).where(Posting.store_id == store_id))
    return [(posting_id, person_id) for posting_id, person_id in found]


def arrivals_at(session: ScopedSession, store_id: str) -> Sequence[Arrival]:
    """The cards at a store of postings that are not over."""
    return session.scalars(sa.select(Arrival).where(Arrival.store_id == store_id, Arrival.over_at.is_(None))).all()


def posted_from(session: ScopedSession, store_id: str, day: date) -> list[str]:
    """The names of those who are posted to a store on that day or later."""
    found = (
        sa.select(Person.name)
        .join(Posting, Posting.person_id == Person.id)
        .where(Posting.store_id == store_id, sa.or_(Posting.ends_on.is_(None), Posting.ends_on > day))
        .distinct()
    )
    return sorted(session.scalars(found))

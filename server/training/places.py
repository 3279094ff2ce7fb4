"""Who works where just now: at the store they are posted to, else at home. What packs ask follows from it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.org.model import HomeStay
from server.org.queries import company_day, units_below
from server.people.model import Person
from server.postings.model import Posting
from server.stores.model import Store

_posting, _home, _person = table_of(Posting), table_of(HomeStay), table_of(Person)


class AtWork(NamedTuple):
    """Where somebody works: a store by a posting, or the unit of their home (a store or not); the post they have there."""

    person_id: str
    unit_id: str
    post_id: str | None
    posting_id: str | None
    since: datetime | None  # the posting's first instant


def at_work(
    session: ScopedSession, now: datetime, *, people: Collection[str] | None = None, units: Collection[str] | None = None
) -> dict[str, AtWork]:
    """Where these people, or all who work in these units, are at a moment; of whoever is with us. The session reaches all."""
    p, h, day = _posting.c, _home.c, company_day(now)
    posted = sa.select(p.person_id, p.store_id, p.post_id, p.id, p.starts_at).where(
        p.starts_at <= now, sa.or_(p.ends_at.is_(None), p.ends_at > now)
    )
    at_home = sa.select(h.person_id, h.unit_id, h.post_id).join(_person, _person.c.id == h.person_id).where(
        h.from_day <= day, sa.or_(h.until.is_(None), h.until > day), _person.c.active
    )  # fmt: skip
    if people is not None:
        posted, at_home = posted.where(within(p.person_id, people)), at_home.where(within(h.person_id, people))
    connection = session.connection()
    if units is not None:
        homes = connection.execute(at_home.where(within(h.unit_id, units))).all()
        posted = posted.where(sa.or_(within(p.store_id, units), within(p.person_id, [row.person_id for row in homes])))
    else:
        homes = connection.execute(at_home).all()
    away = {row.person_id: AtWork(row.person_id, row.store_id, row.post_id, row.id, row.starts_at)
            for row in connection.execute(posted)}  # fmt: skip
    home: dict[str, Any] = {row.person_id: AtWork(row.person_id, row.unit_id, row.post_id, None, None) for row in homes}
    found = {**home, **away}
    return found if units is None else {one: there for one, there in found.items() if there.unit_id in set(units)}


def in_unit(session: ScopedSession, unit_id: str, now: datetime) -> set[str]:
    """Who belongs to a unit or one below it: by home, and those who are posted to a store below it."""
    day = company_day(now)
    units = units_below(session, unit_id, day)
    h = _home.c
    homes = sa.select(h.person_id).join(_person, _person.c.id == h.person_id).where(
        within(h.unit_id, units), h.from_day <= day, sa.or_(h.until.is_(None), h.until > day), _person.c.active
    )  # fmt: skip
    return {*session.connection().scalars(homes), *at_work(session, now, units=units)}


def with_post(session: ScopedSession, post_id: str, now: datetime) -> set[str]:
    """Who has a post, by posting or by home."""
    day, h, p = company_day(now), _home.c, _posting.c
    homes = sa.select(h.person_id).join(_person, _person.c.id == h.person_id).where(
        h.post_id == post_id, h.from_day <= day, sa.or_(h.until.is_(None), h.until > day), _person.c.active
    )  # fmt: skip
    posted = sa.select(p.person_id).where(
        p.post_id == post_id, p.starts_at <= now, sa.or_(p.ends_at.is_(None), p.ends_at > now)
    )
    connection = session.connection()
    return {*connection.scalars(homes), *connection.scalars(posted)}


def is_store(session: ScopedSession, unit_id: str) -> bool:
    """Whether a unit is a store, which has tablets and shifts."""
    return session.get(Store, unit_id) is not None


def stores_among(session: ScopedSession, units: Collection[str]) -> set[str]:
    """Those of these units that are stores."""
    stores = table_of(Store).c
    return set(session.connection().scalars(sa.select(stores.id).where(within(stores.id, units))))

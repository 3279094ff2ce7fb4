"""Whom a notice is for at a moment, and whether somebody may write to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from contract.announcements import To
from server.announcements.model import PUBLISH
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.org.model import HomeStay
from server.org.queries import company_day, units_below
from server.people.model import Person
from server.training.places import AtWork, at_work, with_post

_home, _person = table_of(HomeStay), table_of(Person)


def audience(session: ScopedSession, to: To, now: datetime) -> dict[str, str]:
    """Whom it is for now, with the unit where each works: people by id. The session reaches all."""
    there = at_work(session, now)
    found = _who_fits(session, to, now, there) if _narrows(to) or not to.people else set()
    named = set(to.people) & there.keys()
    return {person: there[person].unit_id for person in found | named}


def _narrows(to: To) -> bool:
    return bool(to.units or to.posts or to.posted is not None)


def _who_fits(session: ScopedSession, to: To, now: datetime, there: Mapping[str, AtWork]) -> set[str]:
    found = set(there)
    if to.units:
        units = _below(session, to.units, now)
        at_home = _at_home_in(session, units, now)
        found = {person for person in found if there[person].unit_id in units or person in at_home}
    if to.posts:
        having: set[str] = set()
        for post in to.posts:
            having |= with_post(session, post, now)
        found &= having
    if to.posted is not None:
        found = {person for person in found if (there[person].posting_id is not None) is to.posted}
    return found


def _below(session: ScopedSession, units: Collection[str], now: datetime) -> set[str]:
    day, found = company_day(now), set[str]()
    for unit in units:
        found |= set(units_below(session, unit, day))
    return found


def _at_home_in(session: ScopedSession, units: Collection[str], now: datetime) -> set[str]:
    day, h = company_day(now), _home.c
    homes = sa.select(h.person_id).where(within(h.unit_id, units), h.from_day <= day, sa.or_(h.until.is_(None), h.until > day))
    return set(session.connection().scalars(homes))


def may_reach(actor: Actor, session: ScopedSession, to: To, now: datetime) -> bool:
    """Whether the actor may write to all of them: every unit named, and where each person named works, is theirs."""
    if actor.has_everywhere(PUBLISH):
        return True
    mine = actor.stores_for(PUBLISH)
    if not mine or not (to.units or to.people) or (not to.units and _narrows(to)):
        return False
    if not set(to.units) <= mine:
        return False
    there = at_work(session, now, people=to.people) if to.people else {}
    return all(person in there and there[person].unit_id in mine for person in to.people)


def names_of(session: ScopedSession, people: Collection[str]) -> dict[str, tuple[str, str]]:
    """Name and staff number of people, by id."""
    asked = sa.select(_person.c.id, _person.c.name, _person.c.number).where(within(_person.c.id, sorted(people)))
    return {row.id: (row.name, row.number) for row in session.connection().execute(asked)}

"""How a reader stands to a person, and which fields of their record that lets them see (ring 4; the rules: kernel/fields.py).

Every answer about a person goes through here: API, lists, exports, search. A search may match a field only where the reader
may read it whole (`readable`), or it would tell by its hits what it does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.fields import EVERYTHING, FieldView, Relation, view_of
from server.kernel.scope import whole
from server.kernel.sets import found_by, just, within
from server.org.model import HomeStay
from server.org.queries import at_home_in, at_home_on, company_day
from server.people.model import Person, PersonStore, guests_of

Stay = tuple[str, datetime, datetime | None]


def visible_fields(session: ScopedSession, reader: Actor, person_id: str) -> FieldView:
    """One person's record as this reader may see it now. Somebody with no business with the person reads nothing."""
    return views_of(session, reader, [person_id])[person_id]


def views_of(session: ScopedSession, reader: Actor, person_ids: Iterable[str]) -> dict[str, FieldView]:
    """The same for several people: two statements, however many they are; none for somebody whose roles count everywhere."""
    ids = sorted(set(person_ids))
    if reader.is_system:
        return dict.fromkeys(ids, EVERYTHING)
    bounded = any(held.units is not None for held in reader.held)
    stays: dict[str, list[Stay]] = {}
    homes: dict[str, str] = {}
    if bounded:
        with whole(session) as everything:
            asked = sa.select(PersonStore.person_id, PersonStore.store_id, PersonStore.from_at, PersonStore.until_at)
            for person_id, *stay in everything.execute(asked.where(within(PersonStore.person_id, ids))):
                stays.setdefault(person_id, []).append((stay[0], stay[1], stay[2]))
            home = sa.select(HomeStay.person_id, HomeStay.unit_id).where(at_home_on(_day(reader)))
            home = home.where(within(HomeStay.person_id, ids))
            homes = {row.person_id: row.unit_id for row in everything.execute(home)}
    known: dict[frozenset[tuple[str, Relation]], FieldView] = {}
    found: dict[str, FieldView] = {}
    for person_id in ids:
        stands = frozenset(stands_to(reader, person_id, homes.get(person_id), stays.get(person_id, ())))
        if stands not in known:
            known[stands] = view_of(reader.rules.fields, stands)
        found[person_id] = known[stands]
    return found


def stands_to(
    reader: Actor, person_id: str, home_id: str | None, stays: Sequence[Stay]
) -> list[tuple[str, Relation]]:
    """(role, relation), each, in which the reader stands to a person at home there and a guest there and then."""
    stands: list[tuple[str, Relation]] = []
    if reader.person_id == person_id:
        stands.append(("employee", "self"))
    if reader.device_id is not None:
        return stands or [("tablet", "host_during")]
    for held in reader.held:
        if held.units is None or home_id in held.units:
            stands.append((held.role, "home"))
        if held.units is not None:
            stands.extend((held.role, host_relation(reader.now, *stay[1:])) for stay in stays if stay[0] in held.units)
    return stands


def host_relation(now: datetime | None, from_at: datetime, until_at: datetime | None) -> Relation:
    """Where a moment lies to a stay. Without a moment: after everything that has an end."""
    if until_at is not None and (now is None or until_at <= now):
        return "host_after"
    return "host_before" if now is not None and now < from_at else "host_during"


def readable(reader: Actor, key: str) -> sa.ColumnElement[bool]:
    """The condition that the reader may read this field of a person (`Person`) whole: what search and sort by it may touch."""
    if reader.is_system:
        return sa.true()
    questions: list[sa.Select[tuple[str]]] = []

    def reads(role: str, relation: Relation) -> bool:
        return view_of(reader.rules.fields, [(role, relation)]).reads(key)

    if reader.person_id is not None and reads("employee", "self"):
        questions.append(just(reader.person_id))
    if reader.device_id is not None:
        # a device that is its person's own reads as that person, of whom the question above speaks
        others = Person.id != reader.person_id if reader.person_id is not None else sa.true()
        own = found_by(Person.id, *questions) if questions else sa.false()
        return sa.or_(own, others) if reads("tablet", "host_during") else own
    for held in reader.held:
        if held.units is None:
            if reads(held.role, "home"):
                return sa.true()
            continue
        if reads(held.role, "home"):
            questions.append(at_home_in(held.units, _day(reader)))
        read = [relation for relation in _HOSTS if reads(held.role, relation)]
        if read:
            guests = guests_of(held.units)
            if len(read) < len(_HOSTS):  # a guest stands in one of the three: who reads in all of them needs no dates
                guests = guests.where(sa.or_(*[_stay_is(relation, reader.now) for relation in read]))
            questions.append(guests)
    return found_by(Person.id, *questions) if questions else sa.false()


_HOSTS: tuple[Relation, ...] = ("host_before", "host_during", "host_after")


def _stay_is(relation: Relation, now: datetime | None) -> sa.ColumnElement[bool]:
    """`host_relation` as SQL, of a row of `guests_of`."""
    stay = table_of(PersonStore).c
    over = stay.until_at.is_not(None) if now is None else stay.until_at <= now
    if relation == "host_after":
        return sa.and_(stay.until_at.is_not(None), over)
    running = sa.or_(stay.until_at.is_(None), sa.not_(over))
    if now is None:
        return running if relation == "host_during" else sa.false()
    return sa.and_(running, stay.from_at <= now if relation == "host_during" else stay.from_at > now)


def _day(reader: Actor) -> date:
    return company_day(reader.now) if reader.now is not None else date.max

"""The list of people with where each of them is posted now, ordered and cut by the database: a company has ten thousand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.people import PeopleQuery, PersonCard
from server.kernel.db import ScopedSession
from server.people.model import Person
from server.people.queries import cards_of, narrowed
from server.people.readers import readable
from server.postings.model import Posting
from server.postings.queries import in_force
from server.stores.model import Store

# column of the list -> (column of the person, the field that must be readable to be ordered by)
_OWN: dict[str, tuple[Any, str]] = {
    "person": (Person.name_key, "name"),
    "person_number": (Person.number, "number"),
    "home_org": (Person.home_org, "home_org"),
    "mobile": (Person.mobile, "mobile"),
    "hired": (Person.hired_at, "hired"),
    "active": (Person.active, "active"),
    "pin": (Person.pin_verifier.is_not(None), "has_pin"),
}


class PersonLine(NamedTuple):
    """A person and the store they are posted to now: its name is empty where there is none the reader may know of."""

    card: PersonCard
    store: str
    store_id: str | None
    until: str


def people_lines(
    session: ScopedSession, asked: PeopleQuery, *, now: datetime, postings: bool, nowhere: bool = False, key: str = "person",
    descending: bool = False, offset: int = 0, limit: int | None = None,
) -> tuple[list[PersonLine], int]:  # fmt: skip
    """(lines, how many there are in all). What has no value, or none the reader may read, stands last either way.

    `postings`: whether the reader may know of any; `nowhere`: only people who are posted nowhere, as far as the reader knows.
    """
    people = narrowed(session, sa.select(Person), asked)
    if nowhere and postings:
        people = people.where(~sa.exists().where(Posting.person_id == Person.id, in_force(now)))
    total = session.scalar(sa.select(sa.func.count()).select_from(people.with_only_columns(Person.id).subquery())) or 0
    order = _order(session, key, now if postings else None)
    if key in ("posted_to", "until") and postings:
        people = people.outerjoin(Posting, sa.and_(Posting.person_id == Person.id, in_force(now)))
        people = people.outerjoin(Store, Store.id == Posting.store_id)
    ordered = order.desc() if descending else order.asc()
    people = people.order_by(ordered.nulls_last(), Person.name_key, Person.id)
    found = session.scalars(people.offset(offset).limit(limit)).unique().all()
    where = _posted(session, [person.id for person in found], now) if postings else {}
    lines = [
        PersonLine(card, *where.get(card.id, ("", None, ""))) for card in cards_of(session, found)
    ]  # fmt: skip
    return lines, total


def _order(session: ScopedSession, key: str, now: datetime | None) -> Any:
    if key == "posted_to":
        return Store.name if now is not None else sa.null()
    if key == "until":
        return Posting.ends_on if now is not None else sa.null()
    column, field = _OWN[key]
    may_read = readable(session.info["actor"], field)
    return sa.case((may_read, column), else_=sa.null())


def _posted(session: ScopedSession, person_ids: list[str], now: datetime) -> dict[str, tuple[str, str | None, str]]:
    """(store's name, store, last day) of each person's posting that counts now; of two, the later one."""
    found: dict[str, tuple[str, str | None, str]] = {}
    for start in range(0, len(person_ids), 1_000):
        asked = (
            sa.select(Posting.person_id, Store.name, Posting.store_id, Posting.ends_on)
            .join(Store, Store.id == Posting.store_id)
            .where(Posting.person_id.in_(person_ids[start : start + 1_000]), in_force(now))
            .order_by(Posting.starts_at)
        )
        for person_id, name, store_id, ends_on in session.execute(asked):
            found[person_id] = (name, store_id, ends_on.isoformat() if ends_on else "")
    return found

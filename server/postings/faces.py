"""Names on cards: postings and arrivals carry the names of people and posts, and read differently when those change.

Kept where nobody can forget it, with each flush that renames somebody or something, whoever does it and why.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, inspect

from server.kernel.db import ScopedSession
from server.kernel.feed import mark
from server.org.model import Post
from server.people.model import Person
from server.postings.model import Arrival, Posting, desks_of

_SHOWN = {Person: ("name", "number", "home_org"), Post: ("name_zh", "name_en")}


@event.listens_for(ScopedSession, "after_flush")
def mark_faces(session: ScopedSession, _context: Any) -> None:
    """Say that cards changed which show somebody or something that is called otherwise now."""
    people = {row.id for row in session.dirty if isinstance(row, Person) and _renamed(row)}
    posts = {row.id for row in session.dirty if isinstance(row, Post) and _renamed(row)}
    if not (people or posts):
        return
    shown = sa.or_(
        Arrival.person_id.in_(people),
        Arrival.home_manager_id.in_(people),
        Arrival.host_manager_id.in_(people),
        Posting.post_id.in_(posts),
    )
    read = (Arrival.id, Arrival.person_id, Arrival.store_id, Arrival.home_manager_id, Arrival.host_manager_id, Arrival.over_at)
    asked = sa.select(*read).join(Posting, Posting.id == Arrival.id).where(shown)
    for managed in session.connection().execute(sa.select(Person.id).where(Person.home_manager_id.in_(people))):
        mark(session, f"person:{managed.id}", "person", managed.id)
    for row in session.connection().execute(asked):
        mark(session, f"person:{row.person_id}", "posting", row.id)
        for scope in desks_of(row):
            mark(session, scope, "arrival", row.id)


def _renamed(row: Any) -> bool:
    return any(inspect(row).attrs[name].history.has_changes() for name in _SHOWN[type(row)])

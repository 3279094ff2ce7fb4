"""Who stands on both sides of a posting: the home unit and its manager, the host store's manager, HR.

What decides here does not depend on who asks: the questions reach every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from server.kernel.db import ScopedSession
from server.org.model import HomeStay
from server.org.queries import Tree, at_home_on, home_of, tree_on
from server.people import queries as people
from server.postings.model import Arrival


class Sides(NamedTuple):
    """Both sides as of a day. A manager is None while nobody has the place."""

    home_unit_id: str | None
    home_manager_id: str | None
    host_manager_id: str | None


def sides_of(session: ScopedSession, person_id: str, store_id: str, day: date) -> Sides:
    """The home and both managers of somebody posted to a store, as of a day."""
    tree = tree_on(session, day)
    home = home_of(session, person_id, day)
    unit_id = home.unit_id if home is not None else None
    return Sides(unit_id, home_manager_in(tree, person_id, unit_id), _host_manager(session, tree, store_id, day))


def home_manager_in(tree: Tree, person_id: str, unit_id: str | None) -> str | None:
    """Whoever manages the home unit; where that place is vacant, or the person's own, whoever manages the next unit above."""
    for above in (unit_id, *tree.above(unit_id)) if unit_id is not None else ():
        unit = tree.units.get(above)
        if unit is not None and unit.manager_id is not None and unit.manager_id != person_id:
            return unit.manager_id
    return None


def _host_manager(session: ScopedSession, tree: Tree, store_id: str, day: date) -> str | None:
    """The store's manager in the organisation; where nobody is named there, the first to whom that role was granted for it."""
    unit = tree.units.get(store_id)
    if unit is not None and unit.manager_id is not None:
        return unit.manager_id
    return next(iter(people.holders_of(session, "store_manager", store_id, day)), None)


def host_managers(session: ScopedSession, store_id: str, day: date) -> set[str]:
    """Everybody who speaks for the store: its manager in the organisation, and whoever holds that role over it."""
    named = _host_manager(session, tree_on(session, day), store_id, day)
    return {*people.holders_of(session, "store_manager", store_id, day), *([named] if named is not None else [])}


def hr_of(session: ScopedSession, unit_id: str, day: date) -> list[str]:
    """HR over a unit."""
    return people.holders_of(session, "hr", unit_id, day)


def moved_sides(
    session: ScopedSession, day: date, *, only: Sequence[str] | None = None
) -> Iterator[tuple[Arrival, Sides]]:
    """The cards of postings that are not over whose sides are others than they say, with what they should say."""
    tree = tree_on(session, day)
    asked = (
        sa.select(Arrival, HomeStay.unit_id)
        .outerjoin(HomeStay, sa.and_(HomeStay.person_id == Arrival.person_id, at_home_on(day)))
        .where(Arrival.over_at.is_(None))
        .order_by(Arrival.id)
    )
    if only is not None:
        asked = asked.where(Arrival.id.in_(only))
    hosts: dict[str, str | None] = {}
    for arrival, unit_id in session.execute(asked).all():
        if arrival.store_id not in hosts:
            hosts[arrival.store_id] = _host_manager(session, tree, arrival.store_id, day)
        known = Sides(unit_id, home_manager_in(tree, arrival.person_id, unit_id), hosts[arrival.store_id])
        if known != (arrival.home_unit_id, arrival.home_manager_id, arrival.host_manager_id):
            yield arrival, known

"""Who manages somebody's home stands on their card, for devices that show it. It follows from the organisation, by its dates.

Written by the system soon after the organisation changed, and every few minutes for what changes by its dates alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from contract.postings import NameManagers
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.org.model import HomeStay
from server.org.queries import at_home_on, company_day, tree_on
from server.people.model import Person
from server.postings import sides


def wrongly_managed(session: ScopedSession, day: date, *, only: Sequence[str] | None = None) -> dict[str, str | None]:
    """Whose card names somebody else than today's manager of their home: person -> manager. The session reaches everybody."""
    tree = tree_on(session, day)
    asked = sa.select(Person.id, Person.home_manager_id, HomeStay.unit_id).outerjoin(
        HomeStay, sa.and_(HomeStay.person_id == Person.id, at_home_on(day))
    )
    if only is not None:
        asked = asked.where(Person.id.in_(only))
    found: dict[str, str | None] = {}
    for person_id, said, unit_id in session.execute(asked).all():
        manager_id = sides.home_manager_in(tree, person_id, unit_id)
        if manager_id != said:
            found[person_id] = manager_id
    return found


@handles(NameManagers, needs=Permission.MANAGE_PEOPLE)
def name_managers(work: Work, op: NameManagers) -> None:
    with work.with_system_reach() as everything:
        wrong = wrongly_managed(everything, company_day(work.now), only=op.people)
        people = everything.scalars(sa.select(Person).where(Person.id.in_(wrong)).order_by(Person.id).with_for_update())
        for person in people.all():
            person.home_manager_id = wrong[person.id]

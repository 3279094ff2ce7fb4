"""What people have to do with the organisation: who may manage or move, who stands in the way of a unit's end, and the name
of the home that stands on everybody's card."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.events import HomeMoves, ManagerNamed, NamesChanged, UnitCloses
from server.org.model import HomeStay, UnitVersion
from server.org.queries import at_home_on, people_inside
from server.people.model import Person


def _must_be_with_us(work: Work, person_id: str, field: str) -> None:
    with work.with_system_reach() as everything:
        person = everything.get(Person, person_id)
    if person is None:
        raise Problem("people.unknown", field=field, id=person_id)
    if not person.active:
        raise Problem("people.has_left", field=field, id=person_id)


@reacts_to(ManagerNamed)
def manager_is_with_us(work: Work, event: ManagerNamed) -> None:
    """Who has left manages nothing."""
    _must_be_with_us(work, event.person_id, "manager_id")


@reacts_to(HomeMoves)
def mover_is_with_us(work: Work, event: HomeMoves) -> None:
    """Who has left is at home nowhere."""
    _must_be_with_us(work, event.person_id, "person_id")


@reacts_to(UnitCloses)
def name_who_is_at_home(work: Work, event: UnitCloses) -> None:
    """A unit does not end under those who belong to it."""
    inside = people_inside(work.session, event.unit_id, event.from_day)
    with whole(work.session) as everything:
        found = everything.scalars(sa.select(Person.name).where(Person.id.in_(inside)).order_by(Person.name_key))
        event.inside.extend(found)


def wrongly_named(today: date) -> sa.Select[tuple[Person, str]]:
    """(person, what their home is called today) of everybody whose card says something else."""
    named_today = sa.and_(
        UnitVersion.unit_id == HomeStay.unit_id,
        UnitVersion.from_day <= today,
        sa.or_(UnitVersion.until.is_(None), UnitVersion.until > today),
    )
    return (
        sa.select(Person, UnitVersion.name)
        .join(HomeStay, sa.and_(HomeStay.person_id == Person.id, at_home_on(today)))
        .join(UnitVersion, named_today)
        .where(Person.home_org != UnitVersion.name)
    )


def anybody_wrongly_named(session: ScopedSession, today: date) -> bool:
    """Whether a card shows a home by another name than it has today."""
    return session.execute(wrongly_named(today).limit(1)).first() is not None


@reacts_to(NamesChanged)
def write_homes_on_cards(work: Work, event: NamesChanged) -> None:
    """Cards carry the name of the home as it is today. It follows from the move or the new name, whoever made that."""
    with work.with_system_reach() as everything:
        for person, name in everything.execute(wrongly_named(event.today)).all():
            person.home_org = name

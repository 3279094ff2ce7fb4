"""When something that duties are made of changes, they are made anew: at once for a store, in the background for a company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.jobs import ask_for
from server.kernel.perform import Work
from server.org.queries import company_day, tree_on
from server.people.model import Person
from server.shifts.duty import AHEAD, OLDEST, refresh_duties
from server.shifts.places import load_places

REFRESH = "refresh_duties"
# person-days that an operation waits for; more are left to a worker, in portions
AT_ONCE = 6_000


def follow(work: Work, person_ids: Sequence[str] | None, from_day: date, to_day: date | None = None) -> None:
    """What these people (None: everybody) are due is computed anew from a day on, two weeks ahead at most.

    Reaches beyond the actor: whose plan changes because of a pattern is not for them to see.
    """
    today = company_day(work.now)
    first, last = max(from_day, today - OLDEST), min(to_day or date.max, today + AHEAD)
    if first > last or (person_ids is not None and not person_ids):
        return
    with work.with_system_reach() as everything:
        wide = replace(work, session=everything, actor=Actor.system())
        heads = len(person_ids) if person_ids is not None else _heads(everything)
        if heads * ((last - first).days + 1) > AT_ONCE:
            people = list(person_ids) if person_ids is not None else None
            ask_for(wide, REFRESH, facts={"people": people, "from_day": first.isoformat()})
            return
        changed = refresh_duties(everything, person_ids, first, last)
        if changed is not None:
            tell(wide, changed)


def _heads(session: ScopedSession) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(Person).where(Person.active)).scalar_one()


def everybody_below(work: Work, unit_id: str, from_day: date) -> list[str]:
    """Who is at home or posted in a unit or below it, on some day from then on, by id."""
    today = company_day(work.now)
    first = max(from_day, today - OLDEST)
    units: set[str] = set()
    for day in (first, today, today + AHEAD):
        units |= tree_on(work.session, day).below(unit_id)
    places = load_places(work.session, None, first, None)
    inside = {
        person_id
        for kept in (places.homes, places.postings)
        for person_id, stays in kept.items()
        if any(stay.unit_id in units for stay in stays)
    }
    return sorted(inside)

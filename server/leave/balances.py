"""Balances of limited leave, kept as rows for phones and lists. They are computed from facts and never decide anything."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import reading, writing
from server.leave import queries, requests, rules
from server.leave.model import LeaveBalance
from server.people.model import Person


def refresh_balances(session: ScopedSession, person: Person, day: date, *, also_asked: dict[str, int] | None = None) -> int:
    """Compute the balances of one person anew and write those that changed. Answers how many did.

    `also_asked`: minutes by kind of a request that is being accepted just now.
    """
    is_working = queries.working_days(session)
    facts = queries.facts_of(session, person, day, is_working)
    kinds = queries.kinds_on(session, day)
    asked = requests.asked_min(session, person.id, kinds, is_working)
    for kind, minutes in (also_asked or {}).items():
        asked[kind] = asked.get(kind, 0) + minutes
    changed = 0
    for code, kind in kinds.items():
        now = queries.balance_of(facts, kind, day, asked.get(code, 0))
        changed += _write_balance(session, person.id, code, day, now)
    return changed


def _write_balance(session: ScopedSession, person_id: str, code: str, day: date, now: rules.Balance) -> bool:
    row_id = derived_id("leave_balance", person_id, code)
    values = {
        "year": day.year, "accrued": now.accrued, "carried": now.carried, "adjusted": now.adjusted, "taken": now.taken,
        "asked": now.asked,
    }  # fmt: skip
    row = session.get(LeaveBalance, row_id)
    if row is None:
        session.add(LeaveBalance(id=row_id, person_id=person_id, kind=code, as_of=day, **values))
        return True
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    row.as_of = day
    for name, value in values.items():
        setattr(row, name, value)
    return True


AT_ONCE = 25


def accrue(db: Database, now: datetime) -> int:
    """Bring the balances of everybody up to date: what a new month or year of service has added. Answers how many changed.

    In small transactions, so that nobody waits for it; asking again on the same day changes nothing.
    """
    with reading(db, Actor.system()) as session:
        people = list(session.scalars(sa.select(Person.id).where(Person.active).order_by(Person.id)))
        day = queries.company_day(session, now)
    changed = 0
    for first in range(0, len(people), AT_ONCE):
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            for person in session.scalars(sa.select(Person).where(Person.id.in_(people[first : first + AT_ONCE]))):
                changed += refresh_balances(session, person, day)
    return changed

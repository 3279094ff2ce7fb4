"""What other rules would make of days that have been. It is computed from the same facts by the same rules; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.hours import DayRow, PeriodSum, Simulated, SimulatedPerson, SimulateRules
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.model import COMPANY_ID
from server.org.queries import kind_of_day, units_below
from server.people.model import Person
from server.shifts.model import RuleAssignment
from server.shifts.places import load_places
from server.shifts.queries import STANDARD, RulesInForce
from server.timesheets.gathering import Gathered, gather
from server.timesheets.model import AMOUNTS
from server.timesheets.rules.period import sum_days

MOST_DAYS, PEOPLE_AT_ONCE, MOST_NAMED = 31, 300, 200
_DAY = timedelta(days=1)


@dataclass
class _Found:
    """What has been counted so far."""

    people: int = 0
    days: int = 0
    changed: int = 0
    late_more: int = 0
    late_less: int = 0
    named: list[SimulatedPerson] = field(default_factory=list)


def simulate(session: ScopedSession, asked: SimulateRules, now: datetime) -> Simulated:
    """Whom these rules would touch, from a day to a day (a month at most) that have begun.

    With a unit: everybody who was posted or at home there, whatever rules are theirs now. Without: those whose days are made
    by a set of this code, or everybody when nobody's are. At most 200 people are named, by number; all are counted.
    Raises Problem for a unit out of the reader's reach.
    """
    from_day, to_day = _day(asked.from_day, "from_day"), _day(asked.to_day, "to_day")
    if to_day < from_day or (to_day - from_day).days >= MOST_DAYS:
        raise Problem("wire.out_of_range", field="to_day", want=f"{MOST_DAYS} days at most", got=asked.to_day)
    reader: Actor = session.info["actor"]
    _must_reach(session, reader, asked.unit_id, to_day)
    found = _Found()
    with whole(session) as everything:
        instead = RulesInForce(asked.rules, from_day, asked.body)
        all_of_them = asked.unit_id is not None or not _is_used(everything, asked.rules)
        for part in _people(everything, asked.unit_id, from_day, to_day):
            _simulate_part(everything, part, instead, from_day, to_day, now, found, all_of_them=all_of_them)
    named = sorted(found.named, key=lambda one: one.number)[:MOST_NAMED]
    return Simulated(
        people_looked_at=found.people, days_looked_at=found.days, days_changed=found.changed, late_more=found.late_more,
        late_less=found.late_less, changed=named,
    )  # fmt: skip


def _must_reach(session: ScopedSession, reader: Actor, unit_id: str | None, day: date) -> None:
    if reader.has_everywhere(Permission.MANAGE_RULES):
        if unit_id is None or unit_id == COMPANY_ID or unit_id in units_below(session, COMPANY_ID, day):
            return
    elif unit_id is not None and unit_id in reader.stores_for(Permission.MANAGE_RULES):
        return
    raise Problem("access.out_of_scope", kind="org_unit")


def _is_used(session: ScopedSession, code: str) -> bool:
    if code == STANDARD:
        return True
    said = sa.select(RuleAssignment.id).where(RuleAssignment.rules == code).limit(1)
    return session.execute(said).first() is not None


def _people(session: ScopedSession, unit_id: str | None, from_day: date, to_day: date) -> Iterator[Sequence[Any]]:
    """Those concerned, some at a time, by number."""
    found = sa.select(Person.id, Person.number, Person.name).order_by(Person.number)
    people = session.execute(found).all()
    if unit_id is not None and unit_id != COMPANY_ID:
        below = units_below(session, unit_id, to_day) | {unit_id}
        places = load_places(session, None, from_day, to_day)
        stays = [*places.postings.items(), *places.homes.items()]
        inside = {person_id for person_id, some in stays if any(stay.unit_id in below for stay in some)}
        people = [row for row in people if row.id in inside]
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        yield people[start : start + PEOPLE_AT_ONCE]


def _simulate_part(
    session: ScopedSession, people: Sequence[Any], instead: RulesInForce, from_day: date, to_day: date, now: datetime,
    found: _Found, *, all_of_them: bool,
) -> None:  # fmt: skip
    gathered = gather(session, [row.id for row in people], from_day, to_day)
    calendar = [from_day + n * _DAY for n in range((to_day - from_day).days + 1)]
    working = frozenset(day for day in calendar if kind_of_day(session, day) == "working")
    for person in people:
        days = [day for day in calendar if all_of_them or gathered.book.of(person.id, day).code == instead.code]
        before = [row.body for row in gathered.rows(person.id, days, now)]
        if not before:
            continue
        after = [row.body for row in gathered.rows(person.id, days, now, rules=instead)]
        found.people += 1
        found.days += len(before)
        differing = [new.day for old, new in zip(before, after, strict=True) if _differs(old, new)]
        found.changed += len(differing)
        was, would = (sum("late" in row.flags for row in rows) for rows in (before, after))
        found.late_more += would > was
        found.late_less += would < was
        if differing and len(found.named) < MOST_NAMED:
            employed = frozenset(day for day in working if gathered.places.of(person.id, day) is not None)
            sums = [
                _sum(gathered, rows, rules, person, from_day, to_day, employed)
                for rows, rules in ((before, None), (after, instead))
            ]
            found.named.append(
                SimulatedPerson(
                    person_id=person.id, number=person.number, name=person.name, before=sums[0], after=sums[1], days=differing
                )
            )


def _sum(
    gathered: Gathered, rows: Sequence[DayRow], rules: RulesInForce | None, person: Any, from_day: date, to_day: date,
    employed: frozenset[date],
) -> PeriodSum:  # fmt: skip
    body = (rules or gathered.book.of(person.id, to_day)).body
    return sum_days(
        rows, body, person_id=person.id, number=person.number, name=person.name, from_day=from_day, to_day=to_day,
        working_days=employed,
    )  # fmt: skip


def _differs(old: DayRow, new: DayRow) -> bool:
    if old.state != new.state or old.flags != new.flags or old.allowances != new.allowances:
        return True
    return any(getattr(old, name) != getattr(new, name) for name in AMOUNTS)


def _day(text: str, field_name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("wire.invalid", field=field_name) from None

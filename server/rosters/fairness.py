"""Who carries what: eight weeks of weekends, nights, early starts, closings and hours; and who has no weekend to rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from contract.roster_views import (
    Fairness,
    FairnessLine,
    FairnessQuery,
    PersonLine,
    PersonLineQuery,
    WeekendRest,
    WeekendRestLine,
    WeekendRestQuery,
)
from contract.rostering.local_time import day_of
from contract.rostering.rules import Calendar, load_of
from contract.rostering.rules.line import Line, weekends_worked
from contract.rostering.shapes import Placed, Worker
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.org.queries import tree_on
from server.people.model import Person
from server.rosters.desk import must_be_day, must_be_days, must_read_at
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterShift
from server.rosters.rows import shift_row
from server.rosters.verdicts import judge_person
from server.stores.model import Store

MOST_STORES = 60
A_DAY, WEEKS = timedelta(days=1), 8
_FOUR_WEEKS = timedelta(days=27)  # from the first day to the last
_COUNTERS = ("work_min", "weekends", "nights", "early", "closings", "free_weekends")
_SORTS = {"hours": "work_min", "weekends": "weekends", "nights": "nights", "early": "early", "closings": "closings"}


def stores_asked(session: ScopedSession, store_id: str | None, unit_id: str | None, day: date) -> list[str]:
    """The stores a question is about, as far as the reader reads shifts there. Raises Problem where that is too many at once."""
    actor: Actor = session.info["actor"]
    if store_id is not None:
        must_read_at(actor, store_id)
        return [store_id]
    reads = Permission.READ_SHIFTS
    found = set(session.scalars(sa.select(Store.id)))
    if not actor.has_everywhere(reads):
        found &= actor.stores_for(reads)
    if unit_id is not None:
        found &= tree_on(session, day).below(unit_id)
    if len(found) > MOST_STORES:
        raise Problem("wire.out_of_range", field="unit_id", want=f"{MOST_STORES} stores at most", got=str(len(found)))
    return sorted(found)


def fairness(session: ScopedSession, asked: FairnessQuery) -> Fairness:
    """The board of the people who are at these stores on the last day."""
    last = must_be_day(asked.to_day, "to_day")
    first = last - timedelta(days=7 * WEEKS - 1)
    stores = stores_asked(session, asked.store_id, asked.unit_id, last)
    g = gather(session, stores, last + A_DAY, last + A_DAY)
    lines = [line for person, worker in g.workers.items() if (line := _line(g, person, worker, first, last)) is not None]
    key = _SORTS.get(asked.sort)
    lines.sort(key=lambda one: (-getattr(one, key) if key is not None else 0, one.name, one.person_id))
    spread = {name: _spread([getattr(line, name) for line in lines]) for name in _COUNTERS}
    mean = {name: sum(getattr(line, name) for line in lines) * 10 // len(lines) if lines else 0 for name in _COUNTERS}
    return Fairness(from_day=first.isoformat(), to_day=last.isoformat(), items=lines, spread=spread, mean_tenths=mean)


def _spread(values: Sequence[int]) -> int:
    return max(values) - min(values) if values else 0


def _line(g: Gathered, person: str, worker: Worker, first: date, last: date) -> FairnessLine | None:
    store_id = worker.home_store or None
    if store_id not in g.stores:
        return None
    calendar = Calendar(first.isoformat(), last.isoformat())
    load = load_of(Worker(person_id=person), g.earlier[person], calendar, g.profiles[store_id or ""])
    return FairnessLine(
        person_id=person, name=worker.name, store_id=store_id, store_name=g.names.get(store_id or "", ("", ""))[1],
        work_min=load.minutes, weekends=load.weekends, nights=load.nights, early=load.early, closings=load.closings,
        free_weekends=max(0, WEEKS - load.weekends),
    )  # fmt: skip


def weekend_rest(session: ScopedSession, asked: WeekendRestQuery) -> WeekendRest:
    """Who has no free weekend in the four weeks from a Monday on, by what is planned and was worked."""
    first = must_be_day(asked.from_day, "from_day")
    return _weekend_rests(session, asked, [first])[0]


def weekend_rest_around(session: ScopedSession, asked: WeekendRestQuery) -> WeekendRest:
    """The same for a week within longer plans: of the spans of four weeks that have the week from `asked.from_day` in them the
    latest in which somebody has none, since it is the one that can still be changed; else the one that ends with that week."""
    week = must_be_day(asked.from_day, "from_day")
    found = _weekend_rests(session, asked, [week - timedelta(weeks=back) for back in (3, 2, 1, 0)])
    return next((one for one in reversed(found) if one.items), found[0])


def _weekend_rests(session: ScopedSession, asked: WeekendRestQuery, firsts: Sequence[date]) -> list[WeekendRest]:
    """The answer for spans of four weeks from each of these Mondays, in their order, from what is read once."""
    if any(first.weekday() for first in firsts):
        raise Problem("rosters.not_a_monday", field="from_day", day=asked.from_day)
    begins, ends = firsts[0], firsts[-1] + _FOUR_WEEKS
    g = gather(session, stores_asked(session, asked.store_id, asked.unit_id, begins), begins, ends)
    lines = [
        (worker, Line(worker, [one for one in g.placed[person] if one.day >= g.calendar.first_day], g.calendar))
        for person, worker in g.workers.items()
        if worker.home_store in g.stores
    ]
    weekends = [(worker, weekends_worked(line)) for worker, line in lines]
    return [_without_rest(g, weekends, first) for first in firsts]


def _without_rest(
    g: Gathered, weekends: Sequence[tuple[Worker, Mapping[int, Sequence[Placed]]]], first: date
) -> WeekendRest:  # fmt: skip
    saturdays = {(first + timedelta(days=5 + 7 * week)).toordinal() for week in range(4)}
    items: list[WeekendRestLine] = []
    at_all: dict[str, list[bool]] = {}
    for worker, worked_ever in weekends:
        home = worker.home_store or ""
        worked = {saturday: some for saturday, some in worked_ever.items() if saturday in saturdays}
        has_none = len(worked) == len(saturdays)
        at_all.setdefault(home, []).append(has_none)
        if has_none:
            days = sorted({one.day for some in worked.values() for one in some} & _weekend_days(saturdays))
            name = g.names.get(home, ("", ""))[1]
            items.append(
                WeekendRestLine(person_id=worker.person_id, name=worker.name, store_id=home, store_name=name, worked=days)
            )
    items.sort(key=lambda one: (one.store_name, one.name, one.person_id))
    stores = sorted(g.names[store][1] for store, some in at_all.items() if all(some))
    return WeekendRest(from_day=first.isoformat(), to_day=(first + _FOUR_WEEKS).isoformat(), items=items, stores=stores)


def _weekend_days(saturdays: set[int]) -> set[str]:
    """Their days, and the Fridays whose night goes on into them."""
    return {day_of(saturday + more) for saturday in saturdays for more in (-1, 0, 1)}


def person_line(session: ScopedSession, asked: PersonLineQuery) -> PersonLine:
    """Somebody's published shifts as far as the reader may see them, and what the rules of each one's store say."""
    first, last = must_be_days(asked.from_day, asked.to_day)
    person = session.get(Person, asked.person_id)
    if person is None:
        raise Problem("people.unknown", field="person_id", id=asked.person_id)
    found = sa.select(RosterShift).where(RosterShift.person_id == person.id, RosterShift.day.between(first, last))
    rows: Sequence[Any] = session.scalars(found.order_by(RosterShift.starts_at)).all()
    stores = sorted({row.store_id for row in rows})
    verdicts = []
    if stores:
        g = gather(session, stores, first, last, [person.id])
        mine = {row.id for row in rows}
        for store_id in stores:
            here = {row.id for row in rows if row.store_id == store_id}
            for one in judge_person(g, person.id, g.profiles[store_id]):
                if here & set(one.shifts) and set(one.shifts) <= mine and one not in verdicts:
                    verdicts.append(one)
        names = {store: name for store, (_, name) in g.names.items()}
    else:
        names, g = {}, None
    roles = g.skills if g is not None else {}
    shifts = [shift_row(row, store_name=names.get(row.store_id, ""), person_name=person.name, roles=roles) for row in rows]
    return PersonLine(person_id=person.id, name=person.name, shifts=shifts, verdicts=verdicts)

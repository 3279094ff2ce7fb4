"""What days come to: sums of people over a period, as the rules of their last day make them, and of everybody together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from contract.hours import DayAllowance, DayRow, DaysQuery, PeriodSum, SumsPage
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.scope import whole
from server.org.queries import kind_of_day
from server.people.model import Person
from server.shifts.places import load_places
from server.shifts.queries import rules_book
from server.timesheets.queries import asked_days, days_seen, matching, read_body
from server.timesheets.rules.allowances import added_up
from server.timesheets.rules.parts import together
from server.timesheets.rules.period import sum_days

_DAY = timedelta(days=1)
_person = table_of(Person).c  # whoever may read a day may read the name on it
# A week that ends inside the period begins before it, and so does the rest before its first day.
_BEFORE = timedelta(days=7)
PEOPLE_AT_ONCE = 500
_COUNTED = (
    "days_due", "days_worked", "days_absent", "times_late", "times_early", "due_min", "worked_min", "regular_min",
    "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "overtime_period_min", "in_lieu_min", "leave_min",
    "missing_min", "night_min", "on_call_min", "not_granted_min",
)  # fmt: skip


def sums_page(session: ScopedSession, asked: DaysQuery) -> SumsPage:
    """The sums of those who have days within reach there, by number; on the first page also of all of them together."""
    from_day, to_day = asked_days(asked)
    here = matching(session, asked)
    found = _people(session, here, from_day, to_day)
    rows, following = page_of(session, found, [_person.number, _person.id], limit=asked.limit, cursor=asked.cursor)
    total = None
    if asked.cursor is None:
        everybody = rows if following is None else session.execute(found.order_by(_person.number)).all()
        total = added(sum_ for part in _parts(everybody) for sum_ in _sums(session, part, from_day, to_day, here))
    return SumsPage(items=list(_sums(session, rows, from_day, to_day, here)), next_cursor=following, total=total)


def sums_of(
    session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date, *where: sa.ColumnElement[bool]
) -> list[PeriodSum]:
    """The sums of these people (None: of everybody who has days there) within reach, by number. `where` narrows the days."""
    found = _people(session, list(where), from_day, to_day).order_by(_person.number)
    if person_ids is not None:
        wanted = frozenset(person_ids)
        found = found.where(_person.id.in_(person_ids)) if len(person_ids) <= PEOPLE_AT_ONCE else found
        people = [row for row in session.execute(found) if row.id in wanted]
    else:
        people = list(session.execute(found))
    return [one for part in _parts(people) for one in _sums(session, part, from_day, to_day, list(where))]


def added(sums: Iterator[PeriodSum] | Sequence[PeriodSum]) -> PeriodSum:
    """Several sums as one, without a person."""
    counted = dict.fromkeys(_COUNTED, 0)
    flags: dict[Any, None] = {}
    extras: list[list[DayAllowance]] = []
    for one in sums:
        extras.append(one.allowances)
        for name in _COUNTED:
            counted[name] += getattr(one, name)
        flags.update(dict.fromkeys(one.flags))
    return PeriodSum(person_id="", number="", name="", flags=sorted(flags), allowances=added_up(extras), **counted)


def _people(session: ScopedSession, here: Sequence[sa.ColumnElement[bool]], from_day: date, to_day: date) -> Any:
    seen = days_seen(session)
    with_days = sa.select(seen.person_id).where(seen.day >= from_day, seen.day <= to_day, *here)
    return sa.select(_person.id, _person.number, _person.name).where(_person.id.in_(with_days))


def _parts(people: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (people[start : start + PEOPLE_AT_ONCE] for start in range(0, len(people), PEOPLE_AT_ONCE))


def _sums(
    session: ScopedSession, people: Sequence[Any], from_day: date, to_day: date, here: Sequence[sa.ColumnElement[bool]]
) -> Iterator[PeriodSum]:
    if not people:
        return
    ids = [row.id for row in people]
    seen = days_seen(session)
    stored = sa.select(seen.body).where(
        seen.person_id.in_(ids), seen.day >= from_day - _BEFORE, seen.day <= to_day, *here
    )
    parts: dict[tuple[str, str], list[DayRow]] = defaultdict(list)
    for body in session.scalars(stored):
        row = read_body(body)
        parts[row.person_id, row.day].append(row)
    days: dict[str, list[DayRow]] = defaultdict(list)
    for (person_id, _), mine in parts.items():
        days[person_id].append(together(mine))
    with whole(session) as everything:
        book = rules_book(everything)
        book.prepare(ids)
        places = load_places(everything, ids, from_day, to_day)
        calendar = [from_day + n * _DAY for n in range((to_day - from_day).days + 1)]
        working = [day for day in calendar if kind_of_day(everything, day) == "working"]
        for person in people:
            employed = [day for day in working if places.of(person.id, day) is not None]
            yield sum_days(
                days[person.id], book.of(person.id, to_day).body, person_id=person.id, number=person.number,
                name=person.name, from_day=from_day, to_day=to_day, working_days=frozenset(employed),
            )  # fmt: skip

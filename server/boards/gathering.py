"""What the board needs to know of people, read in bulk: postings, plans, punches and corrections, leave, rules.

Sessions here read every row (`kernel.scope.whole`): a state must not depend on who asks. Who may ask about whom is said where
the people are chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.leave_days import Stretch, without_what_was_called_off
from contract.moments import business_date, day_starts_at, instant, to_ms
from contract.shifts import DutyRow
from server.attendance.correction_model import PunchCorrection
from server.attendance.facts_of_days import CountedFact, counted_facts
from server.attendance.model import Punch
from server.boards.rules import Fact, Graces, Known, instant_of
from server.kernel.db import ScopedSession
from server.leave.model import Leave
from server.shifts.queries import RulesBook, duties_of, rules_book

AT_ONCE = 2_000
LOOKS_BACK = timedelta(hours=36)


class Clock(NamedTuple):
    """The business day that runs at a store, by its zone and the minute its day turns."""

    zone: str
    day_turns_at_min: int
    day: date
    starts_ms: int
    ends_ms: int


class Stay(NamedTuple):
    """A person and a store: posted from when to when (empty: seen there only), and the home they are lent by."""

    person_id: str
    store_id: str
    posted: tuple[tuple[int, int | None], ...] = ()
    home_unit_id: str | None = None


def clock_of(zone: str, day_turns_at_min: int, now: datetime) -> Clock:
    """The business day at a moment."""
    day = business_date(now, zone, day_turns_at_min=day_turns_at_min)
    starts = day_starts_at(day, zone, day_turns_at_min=day_turns_at_min)
    ends = day_starts_at(day + timedelta(days=1), zone, day_turns_at_min=day_turns_at_min)
    return Clock(zone, day_turns_at_min, day, to_ms(starts), to_ms(ends))


def clocks_of(stores: Iterable[Any], now: datetime) -> dict[str, Clock]:
    """The same for many stores, by id; each has `id`, `zone` and `day_turns_at_min`."""
    known: dict[tuple[str, int], Clock] = {}
    found = {}
    for store in stores:
        kind = (store.zone, store.day_turns_at_min)
        if kind not in known:
            known[kind] = clock_of(*kind, now)
        found[store.id] = known[kind]
    return found


def stays_of(postings: Iterable[Any], seen: Iterable[tuple[str, str]] = ()) -> list[Stay]:
    """One for each person and store. Postings have person_id, store_id, starts_at, ends_at, home_unit_id."""
    spans: dict[tuple[str, str], list[tuple[int, int | None]]] = defaultdict(list)
    homes: dict[tuple[str, str], str | None] = {}
    for row in postings:
        pair = (row.person_id, row.store_id)
        spans[pair].append((to_ms(row.starts_at), to_ms(row.ends_at) if row.ends_at is not None else None))
        homes[pair] = row.home_unit_id
    for pair in seen:
        spans.setdefault(pair, [])
    return [Stay(*pair, tuple(found), homes.get(pair)) for pair, found in spans.items()]


def seen_since(session: ScopedSession, days: tuple[date, date], where: tuple[Any, Any]) -> set[tuple[str, str]]:
    """Who has a punch or a correction at which store on these business days; `where` holds a condition for each of the two."""
    found: set[tuple[str, str]] = set()
    models: tuple[Any, Any] = (Punch, PunchCorrection)
    for model, condition in zip(models, where, strict=True):
        rows = session.execute(
            sa.select(model.person_id, model.store_id).where(model.business_date.between(*days), condition).distinct()
        )
        found.update((row.person_id, row.store_id) for row in rows)
    return found


@dataclass
class Gathered:
    """What is known of people at stores around a moment."""

    clocks: Mapping[str, Clock]
    book: RulesBook
    duties: dict[tuple[str, date], DutyRow] = field(default_factory=dict)
    facts: dict[str, list[CountedFact]] = field(default_factory=lambda: defaultdict(list))
    leaves: dict[str, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    _graces: dict[int, Graces] = field(default_factory=dict)
    _shown: dict[str, list[Fact]] = field(default_factory=dict)

    def known(self, stay: Stay, *, next_day: bool = False) -> Known:
        """One person at one store, on the business day that runs there or the one after it."""
        clock = self.clocks[stay.store_id]
        day = clock.day + timedelta(days=1) if next_day else clock.day
        person_id = stay.person_id
        return Known(
            stay.store_id, clock.ends_ms if next_day else clock.starts_ms, stay.posted, self._facts_of(person_id),
            self.duties.get((person_id, day)), self.duties.get((person_id, day - timedelta(days=1))),
            [self._away(stretch, person_id, clock) for stretch in self.leaves.get(person_id, ())],
            self._graces_of(person_id, day) if stay.posted else Graces(),
        )  # fmt: skip

    def _facts_of(self, person_id: str) -> list[Fact]:
        if person_id not in self._shown:
            found = [Fact(to_ms(fact.at), fact.kind, fact.store_id, fact.id) for fact in self.facts.get(person_id, ())]
            self._shown[person_id] = sorted(found, key=lambda fact: (fact.at_ms, fact.id))
        return self._shown[person_id]

    def _away(self, stretch: Stretch, person_id: str, clock: Clock) -> tuple[int, int]:
        whole = timedelta(days=1) if stretch.to_min is None else timedelta()
        return (
            self._edge(person_id, stretch.from_day, stretch.from_min, clock),
            self._edge(person_id, stretch.to_day + whole, stretch.to_min, clock),
        )

    def _edge(self, person_id: str, day: date, minute: int | None, clock: Clock) -> int:
        """Where leave begins or ends: by the hour at that time of the calendar day; by the day between two business dates, when
        the night shift of the day before is over and the shift of the day has not begun."""
        if minute is not None:
            return instant_of(day, minute, clock.zone)
        before, duty = self.duties.get((person_id, day - timedelta(days=1))), self.duties.get((person_id, day))
        edge = to_ms(day_starts_at(day, clock.zone, day_turns_at_min=clock.day_turns_at_min))
        edge = max([edge, *(window.ends_ms for window in (before.windows if before is not None else ()))])
        return min([edge, *(window.starts_ms for window in (duty.windows if duty is not None else ()))])

    def _graces_of(self, person_id: str, day: date) -> Graces:
        body = self.book.of(person_id, day).body
        if id(body) not in self._graces:
            self._graces[id(body)] = Graces(
                body.grace_in_min, body.grace_out_min, body.belongs_before_min, body.belongs_after_min, body.longest_span_min
            )
        return self._graces[id(body)]


def gather(session: ScopedSession, person_ids: Iterable[str], clocks: Mapping[str, Clock], now: datetime) -> Gathered:
    """Everything about these people around a moment, at stores with these clocks: some statements for every 2,000 people."""
    found = Gathered(clocks, rules_book(session))
    if not clocks:
        return found
    first, last = min(clock.day for clock in clocks.values()), max(clock.day for clock in clocks.values())
    begins = instant(min(clock.starts_ms for clock in clocks.values())) - LOOKS_BACK
    wanted = sorted(set(person_ids))
    found.book.prepare(wanted)
    day = timedelta(days=1)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        found.duties.update(duties_of(session, part, first - day, last + day))
        for fact in counted_facts(session, part, begins, now + timedelta(seconds=1)):
            found.facts[fact.person_id].append(fact)
        away = sa.select(
            Leave.person_id, Leave.from_day, Leave.to_day, Leave.from_min, Leave.to_min, Leave.called_off_from
        ).where(Leave.person_id.in_(part), Leave.to_day >= first - day, Leave.from_day <= last + 2 * day)
        for row in session.execute(away):
            stretch = without_what_was_called_off(
                Stretch(row.from_day, row.to_day, row.from_min, row.to_min), row.called_off_from
            )
            if stretch is not None:
                found.leaves[row.person_id].append(stretch)
    return found

"""What days are made of, read for many people at once: facts, duties, rules, leave, where they were, what devices reported.

One reading per kind, whoever many people and days there are; `Gathered.rows` then hands each person to the pure rules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from contract.hours import DayRow
from contract.leave_days import minute_of
from contract.moments import day_starts_at, instant, to_ms
from contract.shifts import DutyRow, WorkRules
from server.approvals.model import Request
from server.attendance.facts_of_days import minute_facts
from server.devices.queries import Heard, HeardUntil, heard_until, silent_since
from server.kernel.db import ScopedSession, table_of
from server.leave.model import Leave, LeaveKind
from server.leave.queries import stretch_of
from server.org.queries import kind_of_day
from server.org.rules import COMPANY_ZONE
from server.shifts.places import Places, load_places
from server.shifts.queries import RulesBook, RulesInForce, rules_book, shared_duties_of
from server.stores.model import Store
from server.timesheets.overtime_model import OvertimeGrant
from server.timesheets.rules.day import Away, Fact, Granted, PlannedDay, reckon
from server.timesheets.rules.parts import parts_of
from server.timesheets.rules.windows import Due

_DAY = timedelta(days=1)
_MINUTE_MS = 60_000
# Facts of the day before and after are read too: whose day they are is for the rules to say.
_MARGIN = timedelta(days=3)
# No shift, grace or span of a rule is longer: two days (`contract.shifts.Duration`).
_LONGEST_MS = 2 * 86_400_000
_store, _grant, _request = table_of(Store), table_of(OvertimeGrant), table_of(Request)


class Clock(NamedTuple):
    """Whose calendar a day without a plan follows."""

    zone: str
    turns_at_min: int


class Row(NamedTuple):
    """A day that came out, and when it may come out differently by time alone; None: it is over. `parts`: what of it is each
    store's, where it concerns several."""

    day: date
    body: DayRow
    look_again: datetime | None
    parts: tuple[DayRow, ...] = ()


@dataclass
class Gathered:
    """Everything about some people from a day to a day that does not depend on the moment of asking."""

    session: ScopedSession
    from_day: date
    to_day: date
    duties: dict[tuple[str, date], DutyRow]
    facts: dict[str, list[Fact]]
    leaves: dict[str, list[tuple[Leave, bool]]]
    book: RulesBook
    heard: Heard
    places: Places
    clocks: dict[str, Clock]
    grants: dict[tuple[str, date], tuple[Granted, ...]]
    _blank: dict[tuple[Clock, date], DutyRow] = field(default_factory=dict)

    def rows(self, person_id: str, days: Collection[date], now: datetime, *, rules: RulesInForce | None = None) -> list[Row]:
        """The days of a person that have begun and have something to say, in order. `rules`: instead of those in force."""
        wanted = [day for day in sorted(days) if self.begins_at(person_id, day) <= now]
        if not wanted:
            return []
        away = self._away(person_id)
        near = sorted({day + n * _DAY for day in wanted for n in (-2, -1, 0, 1)})
        plan = {day: self._planned(person_id, day, away, now, rules) for day in near}
        dues: dict[str, list[Due]] = {}
        found = reckon(
            person_id, list(plan.values()), self.facts.get(person_id, ()), away,
            wanted={day.isoformat() for day in wanted}, now_ms=to_ms(now), dues=dues,
        )  # fmt: skip
        rows = []
        for body in found:
            day = date.fromisoformat(body.day)
            if says_something(body, plan[day], away):
                row = self._at_store(person_id, day, body)
                parts = tuple(parts_of(row, dues[row.day]))
                rows.append(Row(day, row, _look_again(plan[day], row, away, now), parts))
        return rows

    def begins_at(self, person_id: str, day: date) -> datetime:
        """When a business date of somebody begins."""
        return instant(self._duty(person_id, day).starts_ms)

    def _duty(self, person_id: str, day: date) -> DutyRow:
        return self.duties.get((person_id, day)) or self._without_plan(self._clock(person_id, day), day)

    def _clock(self, person_id: str, day: date) -> Clock:
        place = self.places.of(person_id, day)
        if place is not None and place.store_id is not None:
            return self.clocks[place.store_id]
        midnight = to_ms(_midnight(day)) // _MINUTE_MS
        near = (fact for fact in self.facts.get(person_id, ()) if -1_440 <= fact.at_min - midnight < 2_880)
        seen = Counter(fact.store_id for fact in near)
        return self.clocks[min(seen, key=lambda store: (-seen[store], store))] if seen else Clock(COMPANY_ZONE, 0)

    def _without_plan(self, clock: Clock, day: date) -> DutyRow:
        row = self._blank.get((clock, day))
        if row is None:
            starts, ends = (day_starts_at(one, clock.zone, day_turns_at_min=clock.turns_at_min) for one in (day, day + _DAY))
            row = self._blank[clock, day] = DutyRow(
                person_id="", day=day.isoformat(), zone=clock.zone, starts_ms=to_ms(starts), ends_ms=to_ms(ends),
                day_kind=kind_of_day(self.session, day),
            )  # fmt: skip
        return row

    def _planned(
        self, person_id: str, day: date, away: Sequence[Away], now: datetime, instead: RulesInForce | None
    ) -> PlannedDay:
        duty = self._duty(person_id, day)
        rules = instead or self.book.of(person_id, day)
        return PlannedDay(
            duty, (person_id, day) in self.duties, rules.body, rules.code, rules.from_day.isoformat(),
            self._silent(person_id, day, duty, rules.body, away, now), self._grants_of(person_id, day, duty.zone),
        )  # fmt: skip

    def _grants_of(self, person_id: str, day: date, zone: str) -> tuple[Granted, ...]:
        """What was granted of a day, stretches as instants of the clock of the person's store."""
        found = self.grants.get((person_id, day), ())
        if all(one.starts_min is None for one in found):
            return found
        midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
        base = minute_of(day)

        def at(minute: int | None) -> int | None:
            return None if minute is None else to_ms(midnight + timedelta(minutes=minute - base)) // _MINUTE_MS

        return tuple(one._replace(starts_min=at(one.starts_min), ends_min=at(one.ends_min)) for one in found)

    def _silent(
        self, person_id: str, day: date, duty: DutyRow, rules: WorkRules, away: Sequence[Away], now: datetime
    ) -> int | None:
        """Since when a device that could hold the punch has said nothing of what was due by now. While the day runs, that
        is the latest moment by which somebody had to be there; when it is over, its end."""
        if not duty.windows:
            return None
        devices = list(self.heard.phones.get(person_id, ()))
        for store_id in self._stores(person_id, day, duty):
            devices += self.heard.tablets.get(store_id, ())
        if not devices or to_ms(min(devices, key=_until).until) >= duty.windows[-1].ends_ms + _LONGEST_MS:
            return None  # all have reported long after
        due_by = [at for at in _turns(duty, rules, away) if at <= to_ms(now)]
        if not due_by:
            return None
        since = silent_since(devices, instant(max(due_by)))
        return to_ms(since) if since is not None else None

    def _stores(self, person_id: str, day: date, duty: DutyRow) -> set[str]:
        named = {window.store_id for window in duty.windows if window.store_id is not None}
        place = self.places.of(person_id, day)
        return named | ({place.store_id} if place is not None and place.store_id is not None else set())

    def _away(self, person_id: str) -> list[Away]:
        found = []
        for leave, paid in self.leaves.get(person_id, ()):
            stretch = stretch_of(leave)
            if stretch is None:
                continue
            starts = self._edge(person_id, stretch.from_day, stretch.from_min)
            to_min = stretch.to_min
            ends = self._edge(person_id, stretch.to_day + (_DAY if to_min is None else timedelta()), to_min)
            found.append(Away(starts // _MINUTE_MS, ends // _MINUTE_MS, paid))
        return found

    def _edge(self, person_id: str, day: date, minute: int | None) -> int:
        """Where leave begins or ends. By the hour: at that time of the calendar day. By the day: between two business dates,
        where the night shift of the day before is over and the shift of the day has not begun."""
        duty = self._duty(person_id, day)
        if minute is not None:
            midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(duty.zone)).astimezone(UTC)
            local = datetime.combine(day, time(*divmod(minute, 60)), tzinfo=ZoneInfo(duty.zone)) if minute < 1_440 else None
            return to_ms(local.astimezone(UTC)) if local is not None else to_ms(midnight + _DAY)
        edge = duty.starts_ms
        before = self._duty(person_id, day - _DAY)
        edge = max([edge, *(window.ends_ms for window in before.windows)])
        return min([edge, *(window.starts_ms for window in duty.windows)])

    def _at_store(self, person_id: str, day: date, body: DayRow) -> DayRow:
        """A day at no store is at the one the person is posted to: its manager is to see it."""
        if body.store_id is not None:
            return body
        place = self.places.of(person_id, day)
        if place is None or place.store_id is None:
            return body
        return msgspec.structs.replace(body, store_id=place.store_id)


def gather(session: ScopedSession, person_ids: Sequence[str], from_day: date, to_day: date) -> Gathered:
    """Read what the days of these people from a day to a day are made of. The session reaches everything."""
    first, last = from_day - _MARGIN, to_day + _MARGIN
    facts: dict[str, list[Fact]] = defaultdict(list)
    for person_id, *fact in minute_facts(session, person_ids, _midnight(first), _midnight(last)):
        facts[person_id].append(Fact(*fact))
    book = rules_book(session)
    book.prepare(person_ids)
    places = load_places(session, person_ids, first, last)
    duties = shared_duties_of(session, person_ids, first, last)
    stores = {stay.unit_id for stays in places.postings.values() for stay in stays}
    stores |= {window.store_id for duty in duties.values() for window in duty.windows if window.store_id is not None}
    seen = sorted(stores | {fact.store_id for some in facts.values() for fact in some})
    asked = sa.select(_store.c.id, _store.c.zone, _store.c.day_turns_at_min).where(_store.c.id.in_(seen))
    clocks = {row.id: Clock(row.zone, row.day_turns_at_min) for row in session.connection().execute(asked)}
    heard = heard_until(session, person_ids=person_ids, store_ids=sorted(stores))
    return Gathered(
        session, from_day, to_day, duties, facts, _leaves(session, person_ids, first, last), book, heard, places, clocks,
        _grants(session, person_ids, first, last),
    )  # fmt: skip


def _leaves(session: ScopedSession, person_ids: Sequence[str], first: date, last: date) -> dict[str, list[tuple[Leave, bool]]]:
    """Leave by person, each with whether it is paid by the version of its kind that counts where it begins."""
    asked = sa.select(Leave).where(Leave.from_day <= last, Leave.to_day >= first, Leave.person_id.in_(person_ids))
    leaves = session.scalars(asked).all()
    if not leaves:
        return {}
    versions: dict[str, list[tuple[date, bool]]] = defaultdict(list)
    for code, from_day, paid in session.execute(sa.select(LeaveKind.code, LeaveKind.from_day, LeaveKind.paid)):
        versions[code].append((from_day, paid))
    found: dict[str, list[tuple[Leave, bool]]] = defaultdict(list)
    for leave in leaves:
        counted = [version for version in versions[leave.kind] if version[0] <= leave.from_day]
        found[leave.person_id].append((leave, max(counted)[1] if counted else True))
    return found


def _grants(
    session: ScopedSession, person_ids: Sequence[str], first: date, last: date
) -> dict[tuple[str, date], tuple[Granted, ...]]:
    """Granted overtime by person and day, in the order in which it was granted; stretches in minutes of the calendar."""
    asked = (
        sa.select(
            _grant.c.person_id, _grant.c.day, _grant.c.minutes, _grant.c.compensation, _grant.c.request_id, _request.c.number,
            _grant.c.starts_min, _grant.c.ends_min,
        )
        .join(_request, _request.c.id == _grant.c.request_id)
        .where(_grant.c.day >= first, _grant.c.day <= last, _grant.c.withdrawn_at.is_(None), _grant.c.person_id.in_(person_ids))
        .order_by(_grant.c.granted_at, _grant.c.id)
    )
    found: dict[tuple[str, date], tuple[Granted, ...]] = defaultdict(tuple)
    for person_id, day, minutes, compensation, *rest in session.connection().execute(asked):
        found[person_id, day] += (Granted(minutes, compensation == "lieu", *rest),)
    return found


def says_something(body: DayRow, planned: PlannedDay, away: Sequence[Away]) -> bool:
    """Whether a day is worth a row: it was planned, somebody was there, or somebody was on leave."""
    if planned.has_plan or body.spans or body.flags or body.presence_min or body.leave_min:
        return True
    starts, ends = planned.duty.starts_ms // _MINUTE_MS, planned.duty.ends_ms // _MINUTE_MS
    return any(one.starts_min < ends and one.ends_min > starts for one in away)


def _turns(duty: DutyRow, rules: WorkRules, away: Sequence[Away]) -> list[int]:
    """The moments by which somebody has to have come or gone, in epoch milliseconds: starts and ends of what is due with
    their grace, where leave inside it ends, and the end of it all. Nothing for a day off."""
    found: list[int] = []
    for window in duty.windows:
        grace = (window.grace_min if window.grace_min is not None else rules.grace_in_min) * _MINUTE_MS
        core = window.core_starts_ms if window.core_starts_ms is not None else window.starts_ms
        found += [core + grace, window.ends_ms + rules.grace_out_min * _MINUTE_MS]
        found += [
            one.ends_min * _MINUTE_MS + grace
            for one in away
            if window.starts_ms < one.ends_min * _MINUTE_MS < window.ends_ms
        ]  # fmt: skip
    return found


def _look_again(planned: PlannedDay, body: DayRow, away: Sequence[Away], now: datetime) -> datetime | None:
    """The next moment at which the day may come out differently although nothing new is learned."""
    rules, duty = planned.rules, planned.duty
    if to_ms(now) > duty.ends_ms + 2 * _LONGEST_MS:
        return None  # over, whatever the rules
    turns = _turns(duty, rules, away)
    last = max([duty.ends_ms, *(window.ends_ms for window in duty.windows)])
    turns += [window.starts_ms for window in duty.windows]
    turns += [last, last + rules.belongs_after_min * _MINUTE_MS]
    turns += [span.in_ms + rules.longest_span_min * _MINUTE_MS for span in body.spans if span.out_ms is None]
    coming = [at for at in turns if at > to_ms(now)]
    # a minute later: what is due at 09:00 with no grace is missing when the clock shows 09:01
    return instant(min(coming) + _MINUTE_MS) if coming else None


def _until(device: HeardUntil) -> datetime:
    return device.until


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)

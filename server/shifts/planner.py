"""Everything a plan is made of, read once, and what it makes of each person's day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.moments import instant
from contract.shifts import Break, DutyRow, PlannedShift, Window
from server.kernel.db import ScopedSession, table_of
from server.org.calendar import public_day
from server.org.model import CalendarDay
from server.org.queries import kind_of_day, pay_class_of_day, tree_on
from server.org.rules import COMPANY_ZONE
from server.shifts.model import PatternAssignment, PlannedDay, ShiftPattern, ShiftTemplate
from server.shifts.places import NAMED_AT_MOST, Place, Places, load_places, named
from server.shifts.rules.days import CalendarWord, Catalogue, Pattern, Template, Where, Worked, duty_on, template_on
from server.shifts.rules.said import Said, Spoken, chain
from server.stores.model import Store

_template, _pattern, _assignment = table_of(ShiftTemplate), table_of(ShiftPattern), table_of(PatternAssignment)
_planned, _store, _calendar = table_of(PlannedDay), table_of(Store), table_of(CalendarDay)
_SHIFTS = list[PlannedShift]
_AT_HOME = Where(COMPANY_ZONE, 0)


def load_catalogue(session: ScopedSession) -> Catalogue:
    """All versions of templates and patterns."""
    return catalogue_of(session.connection())


def catalogue_of(connection: sa.Connection) -> Catalogue:
    """The same, for those who have a connection only."""
    templates: dict[str, list[Template]] = {}
    for row in connection.execute(sa.select(_template).order_by(_template.c.from_day)):
        templates.setdefault(row.code, []).append(
            Template(
                row.code, row.from_day, row.kind, tuple(msgspec.convert(row.windows, list[Window])),
                tuple(msgspec.convert(row.breaks, list[Break])), row.required_min, row.core_starts_min, row.core_ends_min,
                row.grace_min, row.name_zh, row.name_en,
            )
        )  # fmt: skip
    patterns: dict[str, list[Pattern]] = {}
    for row in connection.execute(sa.select(_pattern).order_by(_pattern.c.from_day)):
        patterns.setdefault(row.code, []).append(Pattern(row.code, row.from_day, row.starts_on, tuple(row.cycle), row.calendar))
    return Catalogue(templates, patterns)


def load_said(session: ScopedSession, person_ids: Sequence[str] | None = None) -> Said:
    """Who follows which pattern, of people only these (None: all)."""
    c, said = _assignment.c, Said()
    asked = sa.select(c.person_id, c.unit_id, c.from_day, c.until, c.pattern, c.shifted_by)
    if person_ids is not None and len(person_ids) <= NAMED_AT_MOST:
        asked = asked.where(sa.or_(c.person_id.is_(None), c.person_id.in_(person_ids)))
    for person_id, unit_id, *spoken in session.connection().execute(asked.order_by(c.from_day, c.said_at, c.id)):
        said.add(person_id, unit_id, Spoken(*spoken))
    return said


class Made(NamedTuple):
    """A duty before it is anybody's: many people share it. `body`: a DutyRow without id and person, as JSON."""

    body: str
    starts_at: datetime | None
    ends_at: datetime | None


def _made(duty: DutyRow) -> Made:
    body = msgspec.json.encode(duty).decode()
    if not duty.windows:
        return Made(body, None, None)
    return Made(body, instant(duty.windows[0].starts_ms), instant(max(window.ends_ms for window in duty.windows)))


@dataclass
class Planner:
    """The facts of some people from a day to a day, both included."""

    session: ScopedSession
    catalogue: Catalogue
    said: Said
    planned: dict[tuple[str, date], Any]
    places: Places
    clocks: dict[str, Where]
    words: dict[date, CalendarWord]
    kinds: dict[date, Any]
    _by_unit: dict[tuple[Place, date], Spoken | None] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], Made | None] = field(default_factory=dict)

    def of(self, person_id: str, day: date) -> tuple[Made, str, str | None] | None:
        """(the duty, the unit they are at, the store if it is one) of somebody on a day; None: nobody planned anything."""
        place = self.places.of(person_id, day)
        if place is None:
            return None
        unit_id = place.store_id or place.home_id or ""
        where = self.clocks.get(unit_id, _AT_HOME)
        planned = self.planned.get((person_id, day))
        duty = self._of_plan(day, where, planned) if planned is not None else self._of_pattern(person_id, place, day, where)
        return (duty, unit_id, where.store_id) if duty is not None else None

    def spoken(self, person_id: str, place: Place, day: date) -> Spoken | None:
        """Whose word about a pattern counts."""
        mine = self.said.of(person_id, (), day) if person_id in self.said.people else None
        if mine is not None:
            return mine
        key = (place, day)
        if key not in self._by_unit:
            units = chain(tree_on(self.session, day).above, place.store_id, place.home_id)
            self._by_unit[key] = self.said.of("", units, day)
        return self._by_unit[key]

    def pattern_template(self, person_id: str, day: date) -> Template | None:
        """What the pattern alone has somebody work on a day, whatever was planned for it; None: off, or no pattern."""
        place = self.places.of(person_id, day)
        spoken = self.spoken(person_id, place, day) if place is not None else None
        pattern = self.catalogue.pattern(spoken.what, day) if spoken is not None and spoken.what is not None else None
        if pattern is None or spoken is None:
            return None
        code = template_on(pattern, day, self.kinds[day], shifted_by=spoken.shifted_by)
        return self.catalogue.template(code, day) if code else None

    def _of_pattern(self, person_id: str, place: Place, day: date, where: Where) -> Made | None:
        spoken = self.spoken(person_id, place, day)
        if spoken is None or spoken.what is None:
            return None
        key = (day, where, spoken.what, spoken.shifted_by)
        if key not in self._known:
            self._known[key] = self._make(day, where, spoken.what, spoken.shifted_by)
        return self._known[key]

    def _make(self, day: date, where: Where, code: str, shifted_by: int) -> Made | None:
        pattern = self.catalogue.pattern(code, day)
        if pattern is None:
            return None
        named_template = template_on(pattern, day, self.kinds[day], shifted_by=shifted_by)
        template = self.catalogue.template(named_template, day) if named_template else None
        if named_template and template is None:
            return None
        worked = [Worked(template)] if template is not None else []
        return _made(duty_on(day, where, self.words[day], worked, self._zones, source="pattern"))

    def _of_plan(self, day: date, where: Where, planned: Any) -> Made:
        worked = []
        for shift in msgspec.convert(planned.shifts, _SHIFTS):
            template = self.catalogue.template(shift.template, day)
            if template is not None:
                worked.append(Worked(template, tuple(shift.windows), shift.store_id))
        return _made(duty_on(day, where, self.words[day], worked, self._zones, source=planned.source))

    def __post_init__(self) -> None:
        self._zones = {store_id: where.zone for store_id, where in self.clocks.items()}


def load_planner(session: ScopedSession, person_ids: Sequence[str] | None, days: Sequence[date]) -> Planner:
    """What is planned for these people (None: all) on these days, which follow each other."""
    connection = session.connection()
    first, last = days[0], days[-1]
    asked = sa.select(_planned.c.person_id, _planned.c.day, _planned.c.shifts, _planned.c.source)
    rows = connection.execute(named(asked.where(_planned.c.day.between(first, last)), _planned.c.person_id, person_ids))
    planned = {(row.person_id, row.day): row for row in rows}
    catalogue, places = load_catalogue(session), load_places(session, person_ids, first, last)
    return Planner(
        session, catalogue, load_said(session, person_ids), planned, places,
        _clocks(connection, _stores_of(catalogue, places, planned.values())),
        load_words(session, days),
        {day: kind_of_day(session, day) for day in days},
    )  # fmt: skip


def _stores_of(catalogue: Catalogue, places: Places, planned: Iterable[Any]) -> set[str]:
    """The stores whose clocks are needed."""
    found = {stay.unit_id for kept in (places.postings, places.homes) for stays in kept.values() for stay in stays}
    found |= {w.store_id for versions in catalogue.templates.values() for one in versions for w in one.windows if w.store_id}
    for row in planned:
        for shift in row.shifts:
            found |= {place for place in (shift.get("store_id"), *(w.get("store_id") for w in shift.get("windows", ()))) if place}
    return found


def _clocks(connection: sa.Connection, store_ids: set[str]) -> dict[str, Where]:
    asked = sa.select(_store.c.id, _store.c.zone, _store.c.day_turns_at_min)
    if len(store_ids) <= NAMED_AT_MOST:
        asked = asked.where(_store.c.id.in_(store_ids))
    return {row.id: Where(row.zone, row.day_turns_at_min, row.id) for row in connection.execute(asked)}


def load_words(session: ScopedSession, days: Sequence[date]) -> dict[date, CalendarWord]:
    """What the company's calendar says of these days: what work counts as, and the name of the day."""
    asked = sa.select(_calendar.c.day, _calendar.c.name).where(_calendar.c.day.between(days[0], days[-1]))
    names = {row.day: row.name for row in session.connection().execute(asked)}
    found = {}
    for day in days:
        public = public_day(day)
        zh, en = (names[day], names[day]) if day in names else (public.name_zh, public.name_en)
        found[day] = CalendarWord(pay_class_of_day(session, day), zh, en)
    return found

"""All that rosters of some stores are judged by, read once: people, their shifts everywhere, leave, skills, terms, the past.

It reads with the reach of the system: that somebody works at a store the planner may not see decides all the same. What of it is
told to whom, verdicts.py says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract import leave_days
from contract.leave_days import Stretch
from contract.opening import Opening
from contract.rostering.local_time import at_minute
from contract.rostering.rules import Calendar, in_force
from contract.rostering.shapes import Away, Placed, Profile, Skill, Stay, Worker
from contract.rosters import PlacedWindow
from contract.shifts import Window
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.leave.model import Leave
from server.org.queries import company_day
from server.people.model import Person
from server.postings.model import Posting
from server.rosters import past
from server.rosters.model import RosterCell, RosterShift
from server.rosters.people_model import RosterTerms, SkillGrant
from server.rosters.people_model import Skill as SkillOfShift
from server.rosters.placing import of_duty, place, placed_of
from server.rosters.profile_queries import ProfileBook, profile_book
from server.shifts.model import Duty
from server.shifts.places import Places, load_places
from server.shifts.planner import load_catalogue, load_words
from server.shifts.queries import reader
from server.shifts.rules.days import CalendarWord, Catalogue
from server.stores.model import Store
from server.stores.opening import openings
from server.training.packs import lacks_of

A_DAY = timedelta(days=1)
EIGHT_WEEKS, AFTER = timedelta(days=56), timedelta(days=7)
_cell, _shift, _duty = table_of(RosterCell), table_of(RosterShift), table_of(Duty)
_person, _store, _posting = table_of(Person), table_of(Store), table_of(Posting)
_leave, _grant, _terms, _skill = table_of(Leave), table_of(SkillGrant), table_of(RosterTerms), table_of(SkillOfShift)
WINDOWS, _PLACED = list[Window], list[PlacedWindow]


class Extra(NamedTuple):
    """What another part knows of people: where else they may work, and when they cannot or would rather (not)."""

    stays: Mapping[str, Sequence[Stay]]
    away: Mapping[str, Sequence[Away]]


# fn(connection, stores, people or None, from_day, to_day): of these people; without: of whoever may work at these stores by it
Reader = Callable[[sa.Connection, Sequence[str], Sequence[str] | None, date, date], Extra]
READERS: list[Reader] = []


def add_reader(fn: Reader) -> Reader:
    """Enter a part's knowledge (loans, availability, wishes) into everything that is gathered from now on."""
    if fn not in READERS:
        READERS.append(fn)
    return fn


@dataclass
class Gathered:
    """The facts of stores from a day to a day. `placed`: by person, at all stores, from some weeks before to one after;
    `open_shifts`: those nobody has. `cells`: rows of the stores' cells in these days. Days of `zones` and `profiles` by store."""

    from_day: date
    to_day: date
    stores: tuple[str, ...]
    workers: dict[str, Worker] = field(default_factory=dict)
    placed: dict[str, list[Placed]] = field(default_factory=dict)
    earlier: dict[str, list[Placed]] = field(default_factory=dict)
    open_shifts: list[Placed] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=lambda: Calendar("2000-01-01", "2000-01-01"))
    words: dict[date, CalendarWord] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    opening: Mapping[str, Opening] = field(default_factory=dict)  # of stores that said when they are open
    names: dict[str, tuple[str, str]] = field(default_factory=dict)  # of stores: number and name
    numbers: dict[str, str] = field(default_factory=dict)  # of people
    skills: dict[str, tuple[str, str]] = field(default_factory=dict)  # names of skills in Chinese and English
    catalogue: Catalogue = field(default_factory=lambda: Catalogue({}, {}))
    places: Places = field(default_factory=Places)

    def windows_of(self, row: Any) -> list[PlacedWindow]:
        """A cell's windows ready-made."""
        template = self.catalogue.template(row.template, row.day)
        return place(row.day.isoformat(), self.zones[row.store_id], template, msgspec.convert(row.windows, WINDOWS))


def gather(
    session: ScopedSession, store_ids: Sequence[str], from_day: date, to_day: date, person_ids: Sequence[str] | None = None
) -> Gathered:
    """The facts of these stores from a day to a day, both included; of these people only, else of all who may work there or
    have a shift there. Days before `from_day` count where rules look back, and a week after `to_day`."""
    session.flush()
    connection = session.connection()
    found = Gathered(from_day, to_day, tuple(store_ids))
    first, last = from_day - EIGHT_WEEKS, to_day + AFTER
    found.catalogue = load_catalogue(session)
    cells = _cells(connection, store_ids, person_ids, first, last)
    found.cells = [row for row in cells if from_day <= row.day <= to_day and row.store_id in store_ids]
    people = list(person_ids) if person_ids is not None else _people(connection, found, store_ids)
    extras = [read(connection, store_ids, people, first, last) for read in READERS]
    shifts = _shifts_elsewhere(connection, store_ids, people, first, last)
    drafts = _drafts_elsewhere(connection, store_ids, people, first, last)
    found.places = load_places(session, people, first, last)
    _stores(connection, found, extras, shifts, drafts)
    found.skills = {row.code: (row.name_zh, row.name_en) for row in connection.execute(sa.select(_skill))}
    book = profile_book(session)
    found.profiles = {store_id: book.of(store_id, from_day) for store_id in store_ids}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found.words = load_words(session, days)
    kinds = {day.isoformat(): word.kind for day, word in found.words.items()}
    found.opening = openings(connection, sorted(found.zones), past.judged_from(from_day), last)
    calendar = Calendar(from_day.isoformat(), to_day.isoformat(), day_kinds=kinds)
    found.calendar = calendar.opened(found.opening.values())
    _place(connection, found, people, [*cells, *drafts], shifts, first, last, _today(session))
    _workers(session, found, people, extras, first, last)
    _look_back(connection, found, people, book)
    return found


def _cells(
    connection: sa.Connection, stores: Sequence[str], people: Sequence[str] | None, first: date, last: date
) -> list[Any]:
    asked = sa.select(_cell).where(within(_cell.c.store_id, stores), _cell.c.day.between(first, last))
    if people is not None:
        asked = asked.where(within(_cell.c.person_id, people))
    return list(connection.execute(asked.order_by(_cell.c.day, _cell.c.id)))


def _people(connection: sa.Connection, found: Gathered, stores: Sequence[str]) -> list[str]:
    """Who may work at the stores in these days, or has a shift there."""
    p = _posting.c
    asked = sa.select(p.person_id).where(
        within(p.store_id, stores), p.starts_on <= found.to_day, sa.or_(p.ends_on.is_(None), p.ends_on > found.from_day)
    )
    there = set(connection.scalars(asked)) | {row.person_id for row in found.cells if row.person_id is not None}
    for read in READERS:
        there |= read(connection, stores, None, found.from_day, found.to_day).stays.keys()
    return sorted(there)


def _shifts_elsewhere(
    connection: sa.Connection, stores: Sequence[str], people: Sequence[str], first: date, last: date
) -> list[Any]:
    """What other stores have published for these people: it counts whatever becomes of the cell."""
    s = _shift.c
    asked = sa.select(s.id, s.store_id, s.day, s.person_id, s.template, s.placed, s.on_call, s.role).where(
        within(s.person_id, people), s.day.between(first, last), sa.not_(within(s.store_id, stores))
    )
    return list(connection.execute(asked))


def _drafts_elsewhere(
    connection: sa.Connection, stores: Sequence[str], people: Sequence[str], first: date, last: date
) -> list[Any]:
    asked = sa.select(_cell).where(
        within(_cell.c.person_id, people), _cell.c.day.between(first, last), _cell.c.state == "draft",
        sa.not_(within(_cell.c.store_id, stores)),
    )  # fmt: skip
    return list(connection.execute(asked))


def _stores(
    connection: sa.Connection, found: Gathered, extras: Iterable[Extra], shifts: Iterable[Any], drafts: Iterable[Any]
) -> None:
    wanted = set(found.stores) | {row.store_id for row in (*shifts, *drafts)}
    for kept in (found.places.postings, found.places.homes):
        wanted |= {stay.unit_id for stays in kept.values() for stay in stays}
    wanted |= {stay.store_id for extra in extras for stays in extra.stays.values() for stay in stays}
    s = _store.c
    for row in connection.execute(sa.select(s.id, s.zone, s.number, s.name).where(within(s.id, sorted(wanted)))):
        found.zones[row.id] = row.zone
        found.names[row.id] = (row.number, row.name)


def _place(
    connection: sa.Connection, found: Gathered, people: Sequence[str], cells: Iterable[Any], shifts: Iterable[Any],
    first: date, last: date, today: date,
) -> None:  # fmt: skip
    """Every shift of everybody: the stores' cells as they would be, others' as published or drafted, and duties of days that
    nobody has rostered."""
    all_placed: dict[str, list[Placed]] = {person: [] for person in people}
    days: set[tuple[str, date]] = set()
    rostered: set[tuple[str, date]] = set()
    on_call = {code: versions[-1].kind == "on_call" for code, versions in found.catalogue.templates.items() if versions}
    for row in cells:
        rostered.add((row.store_id, row.day))
        if row.state == "removed":
            continue
        made = placed_of(
            row.id, row.person_id or "", row.store_id, row.day.isoformat(), found.windows_of(row), template=row.template,
            role=row.role, on_call=on_call.get(row.template, False), locked=row.locked, state=row.state,
        )  # fmt: skip
        if row.person_id is None:
            if row.store_id in found.stores and found.from_day <= row.day <= found.to_day:
                found.open_shifts += made
        elif row.person_id in all_placed:
            all_placed[row.person_id] += made
            days.add((row.person_id, row.day))
    for row in shifts:
        windows = msgspec.convert(row.placed, _PLACED)
        all_placed[row.person_id] += placed_of(
            row.id, row.person_id, row.store_id, row.day.isoformat(), windows, template=row.template, role=row.role,
            on_call=row.on_call, state="elsewhere" if row.store_id not in found.zones else "published",
        )  # fmt: skip
        days.add((row.person_id, row.day))
    rostered |= _rostered(connection, found.stores, first, last)
    rostered |= weeks_ahead(rostered, today)
    _duties(connection, found, all_placed, days, rostered, first, last)
    judged_from = past.judged_from(found.from_day).isoformat()
    for person, mine in all_placed.items():
        found.placed[person] = [one for one in mine if one.day >= judged_from]
        found.earlier[person] = [one for one in mine if one.day < found.calendar.first_day]


def _rostered(connection: sa.Connection, stores: Sequence[str], first: date, last: date) -> set[tuple[str, date]]:
    """The days of stores that have a roster: who has no shift then is off, whatever a pattern says."""
    asked = sa.select(_cell.c.store_id, _cell.c.day).where(within(_cell.c.store_id, stores), _cell.c.day.between(first, last))
    return {(row.store_id, row.day) for row in connection.execute(asked.distinct())}


def _today(session: ScopedSession) -> date:
    """The company's day for whoever asks; the first of all days for the system, which asks of no moment."""
    asked_at = session.info["actor"].now
    return company_day(asked_at) if asked_at is not None else date.min


def weeks_ahead(rostered: set[tuple[str, date]], today: date) -> set[tuple[str, date]]:
    """The days from today on of every week that a store has begun to roster: its desk plans the week, so what a pattern says of
    the days it has not come to yet does not count against those it plans."""
    days = {(store, day - timedelta(days=day.weekday()) + timedelta(days=n)) for store, day in rostered for n in range(7)}
    return {(store, day) for store, day in days if day >= today}


def _duties(
    connection: sa.Connection, found: Gathered, all_placed: dict[str, list[Placed]], days: set[tuple[str, date]],
    rostered: set[tuple[str, date]], first: date, last: date,
) -> None:  # fmt: skip
    d = _duty.c
    ids = sorted(all_placed)
    asked = sa.select(d.person_id, d.day, d.body).where(
        within(d.person_id, ids), d.day.between(first, last), d.is_off.is_(sa.false())
    )
    read = reader()
    known: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for person, day, body in connection.execute(asked):
        if (person, day) in days:
            continue
        if body not in known:
            duty = read("", body)
            known[body] = (duty.source, of_duty(duty, found.zones))
        source, windows = known[body]
        if source == "roster":
            continue
        for number, values in enumerate(windows):
            if day > found.to_day and values["store_id"] in found.stores:
                continue  # the desk that plans these days plans the next ones too, and not by the pattern
            if (values["store_id"], day) not in rostered:
                name = f"duty:{person}:{values['day']}#{number}"
                all_placed[person].append(Placed(id=name, person_id=person, state="worked", **values))


def _workers(
    session: ScopedSession, found: Gathered, people: Sequence[str], extras: Sequence[Extra], first: date, last: date
) -> None:
    connection = session.connection()
    names = {row.id: row for row in connection.execute(
        sa.select(_person.c.id, _person.c.name, _person.c.number).where(within(_person.c.id, people)))}  # fmt: skip
    skills, terms = _skills(connection, people), _terms_of(connection, people, found.from_day)
    away = _leaves(connection, found, people, first, last)
    # who is lent for a day is asked for nothing: packs follow postings and homes
    there = {person: [stay.store_id for stay in _stays(found, person)] for person in people if person in names}
    lacks = lacks_of(session, there, found.from_day)
    for person in people:
        if person not in names:
            continue
        found.numbers[person] = names[person].number
        said = terms.get(person)
        stays = _stays(found, person)
        for extra in extras:
            stays += extra.stays.get(person, ())
            away.setdefault(person, []).extend(extra.away.get(person, ()))
        found.workers[person] = Worker(
            person_id=person, name=names[person].name, skills=skills.get(person, []), stays=stays, away=away.get(person, []),
            born_on=said.born_on.isoformat() if said is not None and said.born_on is not None else None,
            system=said.system if said is not None else "standard",
            day_max_min=said.day_max_min if said is not None else None,
            week_min_min=said.week_min_min if said is not None else None,
            week_max_min=said.week_max_min if said is not None else None,
            protect=said.protect if said is not None else [],
            wage_cents_hour=said.wage_cents_hour if said is not None else None,
            home_store=_home_store(found, person), lacks=lacks.get(person, []),
        )  # fmt: skip


def _stays(found: Gathered, person: str) -> list[Stay]:
    """Postings, and a home that is a store."""
    return [
        Stay(
            store_id=stay.unit_id, from_day=stay.from_day.isoformat(),
            until=stay.until.isoformat() if stay.until is not None else None,
        )
        for kept in (found.places.postings, found.places.homes)
        for stay in kept.get(person, ())
        if stay.unit_id in found.zones
    ]  # fmt: skip


def _home_store(found: Gathered, person: str) -> str:
    where = found.places.of(person, found.from_day)
    if where is None:
        return ""
    return where.store_id or (where.home_id if where.home_id in found.zones else "") or ""


def _skills(connection: sa.Connection, people: Sequence[str]) -> dict[str, list[Skill]]:
    found: dict[str, list[Skill]] = {}
    for row in connection.execute(sa.select(_grant).where(within(_grant.c.person_id, people)).order_by(_grant.c.from_day)):
        ends = [day for day in (row.to_day, row.withdrawn_from - A_DAY if row.withdrawn_from else None) if day is not None]
        last = min(ends) if ends else None
        if last is not None and last < row.from_day:
            continue
        found.setdefault(row.person_id, []).append(
            Skill(
                code=row.skill, level=row.level, from_day=row.from_day.isoformat(),
                to_day=last.isoformat() if last is not None else None,
            )
        )  # fmt: skip
    return found


def _terms_of(connection: sa.Connection, people: Sequence[str], day: date) -> dict[str, Any]:
    asked = sa.select(_terms).where(within(_terms.c.person_id, people), _terms.c.from_day <= day)
    return {row.person_id: row for row in connection.execute(asked.order_by(_terms.c.from_day))}


def _leaves(
    connection: sa.Connection, found: Gathered, people: Sequence[str], first: date, last: date
) -> dict[str, list[Away]]:
    """Granted leave as instants, by the clock of where each is on its first day."""
    gone: dict[str, list[Away]] = {}
    asked = sa.select(_leave).where(within(_leave.c.person_id, people), _leave.c.from_day <= last, _leave.c.to_day >= first)
    for row in connection.execute(asked):
        stretch = leave_days.without_what_was_called_off(
            Stretch(row.from_day, row.to_day, row.from_min, row.to_min), row.called_off_from
        )
        if stretch is None:
            continue
        where = found.places.of(row.person_id, stretch.from_day)
        zone = found.zones.get(where.store_id or "" if where is not None else "", found.calendar.zone)
        starts = at_minute(stretch.from_day.isoformat(), stretch.from_min or 0, zone)
        ends = at_minute(stretch.to_day.isoformat(), stretch.to_min if stretch.to_min is not None else 1_440, zone)
        if ends > starts:
            gone.setdefault(row.person_id, []).append(Away(kind="leave", starts_ms=starts, ends_ms=ends))
    return gone


def _look_back(connection: sa.Connection, found: Gathered, people: Sequence[str], book: ProfileBook) -> None:
    """What lies before the first day, as counters."""
    profile = next(iter(found.profiles.values()), None)
    cycle = in_force(profile).get("cycle_max") if profile is not None else None
    months = cycle.params.get("months", 1) if cycle is not None else 1
    before = past.minutes_before(connection, people, past.cycle_start(found.from_day, months), found.from_day)
    for person in people:
        worker = found.workers.get(person)
        if worker is None:
            continue
        looked = past.past_of(worker, found.earlier[person], profile, found.from_day, before.get(person, {}))
        found.workers[person] = msgspec.structs.replace(worker, past=looked)

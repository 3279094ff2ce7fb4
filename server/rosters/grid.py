"""A store's roster as its desk looks at it: people, days, cells, and what the rules and the demand say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.moments import to_ms
from contract.roster_views import Grid, GridAway, GridDay, GridPerson, GridQuery
from contract.rostering import rules as judge
from contract.rostering.local_time import at_minute
from contract.rostering.shapes import Away, Placed, Profile, Verdict, Worker
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.rosters.demand_queries import demand_book
from server.rosters.desk import must_be_days, must_be_store, must_read_at
from server.rosters.gathering import Gathered, gather
from server.rosters.model import Publication
from server.rosters.rows import cell_row
from server.rosters.rules import days_between
from server.rosters.verdicts import hidden_stores, in_words, judge_person
from server.stores.model import Store

_publication = table_of(Publication)
MINUTE_MS = 60_000


def grid(session: ScopedSession, asked: GridQuery, *, in_both_languages: bool = True) -> Grid:
    """The roster of a store from a day to a day; without words for who says verdicts in their own. Raises Problem for whoever
    does not read shifts there, and for too many days."""
    actor: Actor = session.info["actor"]
    must_read_at(actor, asked.store_id)
    first, last = must_be_days(asked.from_day, asked.to_day)
    store = must_be_store(session, asked.store_id)
    g = gather(session, [store.id], first, last)
    cells = [cell_row(row, g.catalogue, store.zone) for row in g.cells]
    profile = g.profiles[store.id]
    here = {row.id for row in g.cells}
    verdicts = [one for person in g.workers for one in about(here, judge_person(g, person, profile), last)]
    people = _people(g, actor, store, profile)
    plans = Permission.PLAN_SHIFTS
    return Grid(
        store_id=store.id, store_name=store.name, zone=store.zone, from_day=asked.from_day, to_day=asked.to_day,
        days=_days(session, g, store, first, last), people=people, cells=cells, verdicts=verdicts,
        said=in_words(actor, g, verdicts) if in_both_languages else [],
        drafts=sum(row.state not in ("published", "confirmed") for row in g.cells),
        unconfirmed=sum(row.state == "published" and row.person_id is not None for row in g.cells),
        published_ms=_published_ms(session, store.id, first, last), profile=profile.code,
        may_plan=actor.has_everywhere(plans) or store.id in actor.stores_for(plans),
    )  # fmt: skip


def about(cells: set[str], verdicts: Iterable[Verdict], last: date) -> list[Verdict]:
    """What is said of these cells, or of a person as a whole, on the days that are shown."""
    until = last.isoformat()
    return [one for one in verdicts if one.day <= until and (not one.shifts or cells & set(one.shifts))]


def _people(g: Gathered, actor: Actor, store: Store, profile: Profile) -> list[GridPerson]:
    hidden = hidden_stores(actor, g)
    days = days_between(g.from_day, g.to_day)
    found = []
    for person_id, worker in g.workers.items():
        placed = [one for one in g.placed[person_id] if g.calendar.first_day <= one.day <= g.calendar.last_day]
        load = judge.load_of(worker, placed, g.calendar, profile)
        starts, until = _here(worker, store.id, g)
        found.append(
            GridPerson(
                person_id=person_id, name=worker.name, number=g.numbers.get(person_id, ""),
                roles=sorted({skill.code for skill in worker.skills if _counts(skill, g)}), here_from=starts, here_until=until,
                lent=worker.home_store not in ("", store.id), planned_min=load.minutes, week_min_min=worker.week_min_min,
                week_max_min=worker.week_max_min, weekends_8w=load.weekends, nights_8w=load.nights, early_8w=load.early,
                closings_8w=load.closings, away=away_on(worker.away, days, store.zone),
                elsewhere=elsewhere(placed, store.id, hidden),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.lent, one.number, one.person_id))


def _counts(skill: Any, g: Gathered) -> bool:
    return (skill.from_day is None or skill.from_day <= g.calendar.last_day) and (
        skill.to_day is None or skill.to_day >= g.calendar.first_day
    )


def _here(worker: Worker, store_id: str, g: Gathered) -> tuple[str | None, str | None]:
    """From when, until (exclusive) when somebody is at the store, where that is not all of these days."""
    mine = [stay for stay in worker.stays if stay.store_id == store_id]
    if not mine:
        return None, None
    starts = min(stay.from_day for stay in mine)
    ends = None if any(stay.until is None for stay in mine) else max(stay.until or "" for stay in mine)
    first, last = g.calendar.first_day, g.calendar.last_day
    return starts if starts > first else None, ends if ends is not None and ends <= last else None


def away_on(away: Sequence[Away], days: Sequence[date], zone: str) -> list[GridAway]:
    """On which of these days somebody is away or wishes something, each kind once a day."""
    if not away:
        return []
    found = []
    for day in days:
        text = day.isoformat()
        starts, ends = at_minute(text, 0, zone), at_minute(text, 1_440, zone)
        kinds = {one.kind for one in away if one.starts_ms < ends and one.ends_ms > starts}
        found += [GridAway(day=text, kind=kind) for kind in sorted(kinds)]
    return found


def elsewhere(placed: Iterable[Placed], store_id: str, hidden: set[str]) -> list[Placed]:
    """Shifts at other stores and duties that no roster made: their times, and of stores one may not see no more than that."""
    return [
        Placed(
            id=one.id, person_id=one.person_id, store_id="" if one.store_id in hidden else one.store_id, day=one.day,
            starts_min=one.starts_min, ends_min=one.ends_min, starts_ms=one.starts_ms, ends_ms=one.ends_ms,
            work_min=one.work_min, on_call=one.on_call, state="elsewhere" if one.store_id != store_id else one.state,
        )
        for one in placed
        if one.store_id != store_id or one.id.startswith("duty:")
    ]  # fmt: skip


def _days(session: ScopedSession, g: Gathered, store: Store, first: date, last: date) -> list[GridDay]:
    book = demand_book(session, [store.id], first, last)
    there = [one for mine in (*g.placed.values(), g.open_shifts) for one in mine if one.store_id == store.id]
    by_day: dict[str, list[Placed]] = {}
    for one in there:
        by_day.setdefault(one.day, []).append(one)
    found = []
    for day in days_between(first, last):
        word, text = g.words[day], day.isoformat()
        shifts = [one for one in by_day.get(text, ()) if one.person_id and not one.on_call]
        sums = cover_of(book.needs(store.id, store.zone, day), _around(by_day, day))
        found.append(
            GridDay(
                day=text, day_kind=word.kind, holiday_zh=word.name_zh, holiday_en=word.name_en,
                heads=len({one.person_id for one in shifts}), needed_min=sums["needed"],
                planned_min=sum((one.ends_ms - one.starts_ms) // MINUTE_MS for one in shifts), lack_min=sums["lack"],
                surplus_min=sums["surplus"],
            )
        )  # fmt: skip
    return found


def _around(by_day: Mapping[str, Sequence[Placed]], day: date) -> list[Placed]:
    """The shifts of people that may touch a day: its own and those of the day before that go on after midnight."""
    days = (day.fromordinal(day.toordinal() - 1).isoformat(), day.isoformat(), day.fromordinal(day.toordinal() + 1).isoformat())
    return [one for text in days for one in by_day.get(text, ()) if one.person_id]


def cover_of(needs: Sequence[judge.Need], placed: Sequence[Placed]) -> dict[str, int]:
    """Head-minutes needed, lacking and too many. Without anything needed there is neither lack nor surplus."""
    if not needs:
        return {"needed": 0, "have": 0, "lack": 0, "short": 0, "surplus": 0}
    return judge.cover_minutes(judge.judge_cover(needs, placed))


def _published_ms(session: ScopedSession, store_id: str, first: date, last: date) -> int | None:
    p = _publication.c
    asked = sa.select(sa.func.max(p.published_at)).where(p.store_id == store_id, p.from_day <= last, p.to_day >= first)
    found = session.connection().execute(asked).scalar()
    return to_ms(found) if found is not None else None

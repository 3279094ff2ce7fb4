"""A whole month at once: the same computing as after a punch, for everybody, in parts that several processes share.

Each part is one transaction: a month that is cut off is a month of which some people are done, and asking again does the rest.
"""

from __future__ import annotations

import calendar
import gc
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.perform import reading, writing
from server.org.model import COMPANY_ID
from server.org.queries import units_below
from server.people.model import Person
from server.shifts.places import load_places
from server.timesheets.model import DirtyDay
from server.timesheets.recompute import Done, compute, system_work

PEOPLE_AT_ONCE = 150
# Below this a second process costs more than it saves: it has to load the program first.
WORTH_PROCESSES = 2_000
_dirty, _person = table_of(DirtyDay), table_of(Person)


def recompute_month(
    db: Database, month: str, unit_id: str | None, now: datetime, secret: bytes, *, processes: int | None = None
) -> Done:
    """Compute every day of a month (`2026-11`) that has begun: of everybody, or of those posted or at home in a unit.

    What is closed stays as it was closed. `processes`: how many share the work on PostgreSQL; without it, two where there are
    cores and people enough. On SQLite one writes at a time, so one computes.
    """
    first = date.fromisoformat(f"{month}-01")
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    people = _people(db, unit_id, first, last)
    parts = [people[start : start + PEOPLE_AT_ONCE] for start in range(0, len(people), PEOPLE_AT_ONCE)]
    if processes is None:
        processes = 2 if len(people) >= WORTH_PROCESSES and (os.cpu_count() or 1) > 1 else 1
    if db.is_sqlite or processes < 2 or len(parts) < 2:
        done = [_part(db, part, first, last, now, secret) for part in parts]
    else:
        url = db.url.render_as_string(hide_password=False)
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin, (url,)) as pool:
            done = list(pool.map(_elsewhere, parts, *zip(*[(first, last, now, secret)] * len(parts), strict=True)))
    return Done(*(sum(some) for some in zip(*done, strict=True))) if done else Done()


def _people(db: Database, unit_id: str | None, first: date, last: date) -> list[str]:
    with reading(db, Actor.system()) as session:
        places = load_places(session, None, first, last)
        if unit_id is None or unit_id == COMPANY_ID:
            return places.people()
        below = units_below(session, unit_id, last) | {unit_id}
        stays = [*places.postings.items(), *places.homes.items()]
        return sorted({person_id for person_id, some in stays if any(stay.unit_id in below for stay in some)})


def _part(db: Database, people: Sequence[str], first: date, last: date, now: datetime, secret: bytes) -> Done:
    """The month of some people, in one transaction."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":  # as in a round, but waiting: nobody is left out
            mine = sa.select(_person.c.id).where(_person.c.id.in_(people)).order_by(_person.c.id)
            connection.execute(mine.with_for_update(key_share=True))
        due = sa.delete(_dirty).where(
            _dirty.c.person_id.in_(people), _dirty.c.day >= first, _dirty.c.day <= last, _dirty.c.due_at <= now
        )
        connection.execute(due)  # before the facts are read: what is marked later is computed later
        return compute(system_work(session, now, secret), {person_id: set(days) for person_id in people})


_mine: dict[str, Database] = {}


def _begin(url: str) -> None:
    """A process of its own has its own connections, and all that listens to days."""
    from server.wiring import every_handler

    every_handler()
    _mine["db"] = Database(url, pool_size=1)
    # looking for garbage again and again among millions of young rows takes a fifth of the time: here it is looked for
    # between two parts
    gc.freeze()
    gc.disable()


def _elsewhere(part: Sequence[str], *given: Any) -> Done:
    done = _part(_mine["db"], part, *given)
    gc.collect()
    return done

"""A punch that arrives late: from its mark to the days written anew, in a table of a month of days."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from benches.machine import cpu_of
from benches.month_close import DAYS, FIRST, NOW, SECRET, put_punch
from server.kernel.db import Database
from server.timesheets.marking import around, mark_days
from server.timesheets.recompute import step

WARM_UP = 5


class Late(NamedTuple):
    """What late punches cost: milliseconds on the clock, the shortest first; for one, CPU milliseconds of ours (median) and of
    the connections to the database (mean), and statements."""

    took_ms: list[float]
    app_ms: float
    db_ms: float
    statements: float

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of one punch, app and database."""
        return self.app_ms + self.db_ms


def late_punches(db: Database, people: list[str], *, times: int, seed: int) -> Late:
    """So many late punches, each another person's second "in" of some day in the middle of the month: marking and one round.

    Entering the log is measured elsewhere. The punches themselves are put there before the clock runs.
    """
    chance = random.Random(seed)
    late = [(person, FIRST + timedelta(days=chance.randrange(5, DAYS - 5))) for person in chance.sample(people, times + WARM_UP)]
    for person, day in late:
        put_punch(db, person, day, chance)
    for person, day in late[:WARM_UP]:
        _one(db, person, day)
    connections = _connections(db)
    took, spent = [], []
    with _counted(db) as counted:
        busy_db = cpu_of(connections)
        for person, day in late[WARM_UP:]:
            began, busy = time.perf_counter(), time.process_time()
            _one(db, person, day)
            took.append((time.perf_counter() - began) * 1000)
            spent.append((time.process_time() - busy) * 1000)
        busy_db = cpu_of(connections) - busy_db
    return Late(sorted(took), statistics.median(spent), busy_db / times * 1000, counted[0] / times)


def _one(db: Database, person: str, day: Any) -> None:
    with db.writing_engine.begin() as connection:
        mark_days(connection, [(person, one) for one in around(day)])
    done = step(db, NOW, SECRET)
    if (done.people, done.changed) != (1, 1):
        raise RuntimeError(f"a late punch changes one day of one person, not {done}")


def _connections(db: Database) -> list[int]:
    """The processes that work for this database, without those that tidy up after what was loaded before."""
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    with db.glance() as connection:
        return list(connection.execute(sa.text(asked)).scalars())


@contextmanager
def _counted(db: Database) -> Iterator[list[int]]:
    """How many statements were sent meanwhile: one number, in a list."""
    sent = [0]

    def count(*_given: Any) -> None:
        sent[0] += 1

    sa.event.listen(db.engine, "after_cursor_execute", count)
    try:
        yield sent
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", count)

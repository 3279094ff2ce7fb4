"""A punch that arrives late: from its mark to the days written anew, in a table of a month of days."""

from __future__ import annotations

import random
import statistics
import time
from datetime import timedelta

from benches.month_close import DAYS, FIRST, NOW, SECRET, put_punch
from server.kernel.db import Database
from server.timesheets.marking import around, mark_days
from server.timesheets.recompute import step


def late_punches(db: Database, people: list[str], *, times: int, seed: int) -> tuple[list[float], float]:
    """How long each of so many late punches took, in milliseconds, the shortest first: marking and one round. And the CPU
    time of the app for one, in milliseconds.

    Each is another person's second "in" of some day in the middle of the month; entering the log is measured elsewhere.
    """
    chance = random.Random(seed)
    took, spent = [], []
    for person in chance.sample(people, times + 3):
        day = FIRST + timedelta(days=chance.randrange(5, DAYS - 5))
        put_punch(db, person, day, chance)
        began, busy = time.perf_counter(), time.process_time()
        with db.writing_engine.begin() as connection:
            mark_days(connection, [(person, one) for one in around(day)])
        done = step(db, NOW, SECRET)
        took.append((time.perf_counter() - began) * 1000)
        spent.append((time.process_time() - busy) * 1000)
        if (done.people, done.changed) != (1, 1):
            raise RuntimeError(f"a late punch changes one day of one person, not {done}")
    return sorted(took[3:]), statistics.median(spent[3:])  # the first ones only warm up

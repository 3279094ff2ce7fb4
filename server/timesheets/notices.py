"""N-09: somebody came late, or a punch is missing. They and the store's manager are told once about a day, whatever runs twice.

Nobody is told of a day that is unknown: a device that has not reported may hold the punch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from contract.hours import DayRow
from contract.ids import derived_id
from contract.messages import LANGUAGES, say
from server.inbox.service import NewItem, put_items
from server.kernel.db import table_of
from server.kernel.perform import Work
from server.org.queries import manager_of
from server.people.model import Person
from server.stores.model import Store

TRIGGER = "N-09"
# What is older is no news: it is found in the timesheet and in the review.
NEWS = timedelta(days=3)
_MISSING = ("left_open", "assumed_out", "missing_in")
_person, _store = table_of(Person), table_of(Store)


def trouble_of(row: DayRow) -> str | None:
    """The word of what somebody should look at: absent, missing (a punch), late; None when there is nothing."""
    if row.state == "unknown":
        return None
    if row.state == "absent":
        return "absent"
    if any(flag in _MISSING for flag in row.flags) and any(span.assumed or span.out_ms is None for span in row.spans):
        return "missing"
    return "late" if "late" in row.flags or row.state == "late" else None


def tell_of_trouble(work: Work, days: Sequence[tuple[DayRow, Sequence[DayRow]]]) -> None:
    """Put what has to be known of these days, each with its parts where it concerns several stores, into the inboxes of the
    people and of the managers of the stores it is about, each once."""
    since = work.now.date() - NEWS
    told: list[tuple[DayRow, str, bool]] = []  # a day or a part of it, what is to be said, and whether to the person as well
    for row, parts in days:
        if date.fromisoformat(row.day) < since:
            continue
        of_day = trouble_of(row)
        told += [(part, what, False) for part in parts if (what := trouble_of(part)) is not None]
        told += [(row, of_day, True)] if of_day is not None else []
    if not told:
        return
    connection = work.session.connection()
    people = sorted({row.person_id for row, _, _ in told})
    named = sa.select(_person.c.id, _person.c.name).where(_person.c.id.in_(people))
    names = {row.id: row.name for row in connection.execute(named)}
    at = sorted({row.store_id for row, _, _ in told if row.store_id is not None})
    called = sa.select(_store.c.id, _store.c.name).where(_store.c.id.in_(at))
    stores = {row.id: row.name for row in connection.execute(called)}
    managers: dict[tuple[str, str], str | None] = {}
    items = []
    split = {(row.person_id, row.day) for row, _, whole in told if not whole}
    for row, what, whole in told:
        receivers = {row.person_id} if whole else set()
        if row.store_id is not None and not (whole and (row.person_id, row.day) in split):
            key = (row.store_id, row.day)
            if key not in managers:
                managers[key] = manager_of(work.session, row.store_id, date.fromisoformat(row.day))
            receivers |= {one for one in (managers[key],) if one is not None}
        facts = {"who": names[row.person_id], "day": row.day, "store": stores.get(row.store_id or "", "")}
        facts |= {f"what_{language}": say(language, f"hours.notice.{what}", minutes=row.late_min) for language in LANGUAGES}
        facts["person_id"] = row.person_id  # where the day is looked up
        about = derived_id("work_day", row.person_id, row.day)
        items += [NewItem(TRIGGER, receiver, "notice", "day", about, facts) for receiver in sorted(receivers)]
    put_items(work, items)

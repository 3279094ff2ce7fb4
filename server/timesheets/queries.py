"""Questions about derived days: those of people, a page of them, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.hours import DayRow
from server.kernel.db import ScopedSession
from server.timesheets.model import WorkDay

read_body = msgspec.json.Decoder(DayRow).decode
MOST_NAMED = 1_000


def day_row(stored: Any) -> DayRow:
    """A stored day as everybody reads it."""
    row = read_body(stored.body)
    return msgspec.structs.replace(row, id=stored.id, revision=stored.revision)


def days_of(session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date) -> list[DayRow]:
    """Days within reach by person and date, both ends included; `person_ids` None: of everybody."""
    found = sa.select(WorkDay.id, WorkDay.revision, WorkDay.body).where(WorkDay.day >= from_day, WorkDay.day <= to_day)
    found = found.order_by(WorkDay.person_id, WorkDay.day)
    if person_ids is None:
        return [day_row(row) for row in session.execute(found)]
    rows: list[DayRow] = []
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), MOST_NAMED):
        some = found.where(WorkDay.person_id.in_(wanted[start : start + MOST_NAMED]))
        rows += [day_row(row) for row in session.execute(some)]
    return rows

"""The case file of a punch: the whole day around it, who keeps punching along with its person, what people said about it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.corrections import AppealRow, CorrectionRow
from contract.shifts import DutyRow
from server.attendance import corrections_queries as queries
from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.devices.model import Device
from server.kernel.db import ScopedSession, table_of
from server.shifts.queries import duties_of
from server.stores.model import Store

TOGETHER = timedelta(seconds=20)  # design/evidence.md 2.1: two phones that always punch within 20 s
LOOKED_BACK = timedelta(days=30)
MOST_PUNCHES = 5_000
_store = table_of(Store)


class Pair(NamedTuple):
    """Somebody who punched at the same store within 20 seconds of the person, and how often lately."""

    person_id: str
    name: str
    times: int
    last_at: datetime


class DayPunch(NamedTuple):
    """A punch of that day, at whichever store and device."""

    punch: Punch
    store: str
    device: str
    device_kind: str


@dataclass(frozen=True)
class CaseFile:
    """What a reader may know of the day around a punch."""

    punches: list[DayPunch]
    corrections: list[CorrectionRow]
    replaced_by: CorrectionRow | None
    duty: DutyRow | None
    pairs: list[Pair]
    appeals: list[AppealRow]


def case_file(session: ScopedSession, punch: Punch) -> CaseFile:
    """Everything around a punch within the reader's reach. In a handful of statements, whatever the store's size."""
    about_it = queries.corrections_of_punch(session, punch.id)
    same_day = sa.select(PunchCorrection).where(
        PunchCorrection.person_id == punch.person_id, PunchCorrection.business_date == punch.business_date
    )
    rows = session.scalars(same_day.order_by(PunchCorrection.at, PunchCorrection.id)).all()
    said = queries.names_of(session, [row.made_by for row in rows])
    duties = duties_of(session, [punch.person_id], punch.business_date, punch.business_date)
    return CaseFile(
        punches=_of_that_day(session, punch),
        corrections=[queries.correction_row(row, made_by_name=said.get(row.made_by)) for row in rows],
        replaced_by=next((row for row in about_it if row.withdrawn_ms is None), None),
        duty=duties.get((punch.person_id, punch.business_date)),
        pairs=_pairs(session, punch),
        appeals=queries.appeals_of_punch(session, punch.id),
    )


def _of_that_day(session: ScopedSession, punch: Punch) -> list[DayPunch]:
    found = (
        sa.select(Punch, _store.c.name, Device.label, Device.kind)
        .join(_store, _store.c.id == Punch.store_id)
        .outerjoin(Device, Device.id == Punch.device_id)
        .where(Punch.person_id == punch.person_id, Punch.business_date == punch.business_date)
        .order_by(Punch.taken_at, Punch.id)
    )
    return [DayPunch(row[0], row[1], row[2] or "", row[3] or "") for row in session.execute(found)]


def _pairs(session: ScopedSession, punch: Punch) -> list[Pair]:
    """The pairs of the last 30 days up to this punch, the most frequent first; once is nothing."""
    since = punch.taken_at - LOOKED_BACK
    there = sa.select(Punch.person_id, Punch.taken_at).where(
        Punch.store_id == punch.store_id, Punch.taken_at >= since, Punch.taken_at <= punch.taken_at + TOGETHER
    )
    rows: Sequence[Any] = session.execute(there.order_by(Punch.taken_at.desc()).limit(MOST_PUNCHES)).all()
    mine = sorted(row.taken_at for row in rows if row.person_id == punch.person_id)
    together: dict[str, list[datetime]] = {}
    for row in rows:
        if row.person_id == punch.person_id:
            continue
        at = bisect_left(mine, row.taken_at - TOGETHER)
        if at < len(mine) and mine[at] <= row.taken_at + TOGETHER:
            together.setdefault(row.person_id, []).append(row.taken_at)
    often = {person_id: times for person_id, times in together.items() if len(times) > 1}
    said = queries.names_of(session, often)
    pairs = [Pair(person_id, said.get(person_id, ""), len(times), max(times)) for person_id, times in often.items()]
    return sorted(pairs, key=lambda pair: (-pair.times, pair.name))

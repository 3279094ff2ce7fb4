"""Which days something touches. A mark says "look at this day again"; what the day then comes to is recompute.py's affair.

Facts are seen as they enter the log (about a second after they were committed), so marking costs a punch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch, PunchReview
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.witness import Stored, follows
from server.shifts.events import DutiesChanged, RulesChanged
from server.shifts.model import Duty
from server.timesheets.model import DirtyDay, LateChange, WorkDay

_DAY = timedelta(days=1)
_dirty, _work_day, _duty, _late = table_of(DirtyDay), table_of(WorkDay), table_of(Duty), table_of(LateChange)
_punch, _review, _correction = table_of(Punch), table_of(PunchReview), table_of(PunchCorrection)
# A mark that waits for nothing: due since before there was an Outpost.
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
# Before any place on earth has that date.
_EAST = timedelta(hours=14)
Mark = tuple[str, date]


def around(*days: date) -> set[date]:
    """The days a fact can touch: its business date, the night before that may still run, the shift that may begin early."""
    return {day + n * _DAY for day in days for n in (-1, 0, 1)}


def mark_days(connection: sa.Connection, marks: Iterable[Mark], *, due_at: datetime = AT_ONCE) -> None:
    """Mark days of people, all in one statement."""
    rows = [{"person_id": person_id, "day": day, "due_at": due_at} for person_id, day in sorted(set(marks))]
    insert_many(connection, _dirty, rows)


def mark_known(connection: sa.Connection, where: Sequence[sa.ColumnElement[bool]]) -> None:
    """Mark days that have a row, by a condition on `work_day`, in one statement."""
    _mark_rows(connection, _work_day, where)


def _mark_rows(connection: sa.Connection, table: sa.Table, where: Sequence[sa.ColumnElement[bool]]) -> None:
    found = sa.select(table.c.person_id, table.c.day, sa.literal(AT_ONCE, _dirty.c.due_at.type)).where(*where)
    connection.execute(sa.insert(_dirty).from_select(["person_id", "day", "due_at"], found))


@follows("punch")
def punches_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """A punch that was made, decided on, or given more proof. A decision may move it to another day, and away from one."""
    marks = {(row["person_id"], day) for row in rows for day in around(row["business_date"])}
    decided = {row["id"]: row for row in rows if row["decided_taken_at"] is not None}
    for row in decided.values():
        marks |= {(row["person_id"], day) for day in _around_moment(row["decided_taken_at"])}
    if decided:
        earlier = sa.select(_review.c.punch_id, _review.c.corrected_at).where(
            _review.c.punch_id.in_(list(decided)), _review.c.corrected_at.is_not(None)
        )
        for punch_id, corrected_at in connection.execute(earlier):
            marks |= {(decided[punch_id]["person_id"], day) for day in _around_moment(corrected_at)}
    mark_days(connection, marks)


@follows("punch_correction")
def corrections_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """A correction that was made or withdrawn, and the punch it stands for."""
    marks = {(row["person_id"], day) for row in rows for day in around(row["business_date"])}
    replaced = {row["replaces"]: row["person_id"] for row in rows if row["replaces"] is not None}
    if replaced:
        found = sa.select(_punch.c.id, _punch.c.business_date, _punch.c.decided_taken_at).where(_punch.c.id.in_(list(replaced)))
        for punch_id, day, decided_at in connection.execute(found):
            touched = around(day) | (_around_moment(decided_at) if decided_at is not None else set())
            marks |= {(replaced[punch_id], one) for one in touched}
    mark_days(connection, marks)


@follows("leave")
def leave_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """Leave that was granted or called off: its days, each when it begins, and the night before its first one."""
    marks: list[dict[str, Any]] = []
    for row in rows:
        day = row["from_day"] - _DAY
        while day <= row["to_day"]:
            begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - _EAST
            marks.append({"person_id": row["person_id"], "day": day, "due_at": begins})
            day += _DAY
    insert_many(connection, _dirty, marks)


@follows("overtime_grant")
def overtime_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """Overtime that was granted or withdrawn: its day, once it begins."""
    for row in rows:
        begins = datetime(row["day"].year, row["day"].month, row["day"].day, tzinfo=UTC) - _EAST
        mark_days(connection, [(row["person_id"], row["day"])], due_at=begins)


@follows("posting")
@follows("home_stay")
def belonging_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """Where somebody belongs says whose calendar, zone and rules make their days: those that are known from then on."""
    for row in rows:
        begins = row["starts_on"] if "starts_on" in row else row["from_day"]
        mark_known(connection, [_work_day.c.person_id == row["person_id"], _work_day.c.day >= begins - _DAY])


@follows("calendar_day")
def calendar_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """The company's word on a day decides the class of overtime of everybody who worked on it."""
    mark_known(connection, [_work_day.c.day.in_([row["day"] for row in rows])])


@follows("month_closing")
def closings_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """A month that was opened again: what had come too late for it counts now."""
    for row in rows:
        if row["state"] == "reopened":
            _mark_rows(connection, _late, [_late.c.day >= row["from_day"], _late.c.day <= row["to_day"]])


@reacts_to(DutiesChanged)
def duties_changed(work: Work, event: DutiesChanged) -> None:
    """What somebody is due changed: days that have a row now, and those that ought to have one. Days to come wait for their
    beginning (turning.begin_days)."""
    mark_stretch(work.session, event.person_ids, event.from_day, event.to_day)
    until = min(event.to_day, (work.now + _EAST).date())
    due = [_duty.c.day >= event.from_day, _duty.c.day <= until]
    _mark_found(work.session, _duty, due, event.person_ids)


@reacts_to(RulesChanged)
def rules_changed(work: Work, event: RulesChanged) -> None:
    """Other rules from a day on: every day since then that is known."""
    mark_stretch(work.session, event.person_ids, event.from_day, None)


def mark_stretch(session: ScopedSession, person_ids: frozenset[str] | None, from_day: date, to_day: date | None) -> None:
    """Mark the days that have a row, of these people (None: of everybody), a day more at each end."""
    days = [_work_day.c.day >= from_day - _DAY]
    if to_day is not None:
        days.append(_work_day.c.day <= to_day + _DAY)
    _mark_found(session, _work_day, days, person_ids)


def _mark_found(
    session: ScopedSession, table: sa.Table, where: list[sa.ColumnElement[bool]], person_ids: frozenset[str] | None
) -> None:
    session.flush()
    wanted = sorted(person_ids) if person_ids is not None else []
    parts = [[]] if person_ids is None else [wanted[start : start + 1_000] for start in range(0, len(wanted), 1_000)]
    for part in parts:
        of_people = [table.c.person_id.in_(part)] if part else []
        _mark_rows(session.connection(), table, [*where, *of_people])


def _around_moment(moment: datetime) -> set[date]:
    """The business dates an instant may lie on anywhere in the world, and their neighbours."""
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    day = at.astimezone(UTC).date()
    return around(day - _DAY, day, day + _DAY)


def is_any_due(connection: sa.Connection, now: datetime) -> bool:
    """Whether any mark is due: one small read."""
    return connection.execute(sa.select(_dirty.c.id).where(_dirty.c.due_at <= now).limit(1)).first() is not None

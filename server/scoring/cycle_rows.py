"""Cycles and parts as readers get them, with the names they are shown with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.cycles import CyclePersonRow, CycleRow, Goal, GoalsHeld, GoalTrack, InterviewHeld, PlanLine, StageDays
from contract.moments import to_ms
from server.kernel.db import table_of
from server.kernel.sets import within
from server.learning.model import Course
from server.people.model import Person
from server.scoring.cycle_model import Cycle, CyclePart
from server.stores.model import Store

cycle, part = table_of(Cycle), table_of(CyclePart)
_person, _store, _course = table_of(Person), table_of(Store), table_of(Course)
_STAGES = list[StageDays]
_GOALS = list[Goal]
_TRACKS = list[GoalTrack]
_PLAN = list[PlanLine]


def cycle_row(row: Any) -> CycleRow:
    """A cycle, as a row of its table or an object."""
    return CycleRow(
        id=row.id, name_zh=row.name_zh, name_en=row.name_en, from_month=row.from_month, to_month=row.to_month,
        stages=msgspec.convert(row.stages, _STAGES), state="closed" if row.closed_at is not None else "open",
    )  # fmt: skip


def cycles_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[CycleRow]:
    """These cycles, whoever asks."""
    return [cycle_row(row) for row in connection.execute(sa.select(cycle).where(within(cycle.c.id, list(ids))))]


def part_select() -> sa.Select[Any]:
    """Parts with the names of person and store."""
    return (
        sa.select(part, _person.c.name.label("person_name"), _store.c.name.label("store_name"))
        .join(_person, _person.c.id == part.c.person_id)
        .join(_store, _store.c.id == part.c.store_id)
    )


def parts_by_id(connection: sa.Connection, ids: Iterable[str]) -> list[CyclePersonRow]:
    """These parts by the person's name, whoever asks: for those who were told that they may see them."""
    asked = part_select().where(within(part.c.id, list(ids))).order_by(_person.c.name, part.c.id)
    return part_rows(connection, connection.execute(asked).all())


def part_rows(connection: sa.Connection, rows: Sequence[Any]) -> list[CyclePersonRow]:
    """Rows of `part_select`, in their order, with the names of managers and courses in them."""
    plans = {row.id: msgspec.convert(row.plan, _PLAN) for row in rows}
    by = {one for row in rows for one in (row.goals_by, row.goals_manager, row.talk_by, row.talk_manager) if one is not None}
    named = connection.execute(sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, sorted(by))))
    names = {row.id: row.name for row in named}
    wanted = sorted({line.course_id for plan in plans.values() for line in plan if line.course_id is not None})
    courses = {
        row.id: row
        for row in connection.execute(
            sa.select(_course.c.id, _course.c.title_zh, _course.c.title_en).where(within(_course.c.id, wanted))
        )
    }
    return [_row(row, plans[row.id], names, courses) for row in rows]


def _row(row: Any, plan: list[PlanLine], names: dict[str, str], courses: dict[str, Any]) -> CyclePersonRow:
    return CyclePersonRow(
        id=row.id, cycle_id=row.cycle_id, person_id=row.person_id, person_name=row.person_name, store_id=row.store_id,
        store_name=row.store_name,
        goals=GoalsHeld(
            revision=row.goals_revision, goals=msgspec.convert(row.goals, _GOALS), set_by=names.get(row.goals_by, ""),
            set_ms=_ms(row.goals_at), person_ms=_ms(row.goals_agreed_person), manager_ms=_ms(row.goals_agreed_manager),
            manager=names.get(row.goals_manager, ""),
        ),
        tracks=msgspec.convert(row.tracks, _TRACKS),
        interview=InterviewHeld(
            revision=row.talk_revision, held_on=row.talk_on, note=row.talk_note, by=names.get(row.talk_by, ""),
            at_ms=_ms(row.talk_at), person_ms=_ms(row.talk_confirmed_person), manager_ms=_ms(row.talk_confirmed_manager),
            manager=names.get(row.talk_manager, ""),
        ),
        plan=[_with_course(line, courses) for line in plan],
        scored=list(row.scored), by_hq=list(row.by_hq), assessed=list(row.assessed),
    )  # fmt: skip


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None


def _with_course(line: PlanLine, courses: dict[str, Any]) -> PlanLine:
    known = courses.get(line.course_id) if line.course_id is not None else None
    if known is None:
        return line
    return msgspec.structs.replace(line, course_zh=known.title_zh, course_en=known.title_en)

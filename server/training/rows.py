"""Tasks and lists as readers get them, and the words they take from courses, people and stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.training import OnboardingItem, OnboardingRow, TaskRow
from server.kernel.db import table_of
from server.kernel.sets import within
from server.learning.model import Course
from server.people.model import Person
from server.stores.model import Store
from server.training.model import Onboarding, Task

task, onboarding = table_of(Task), table_of(Onboarding)
_person, _course, _store = table_of(Person), table_of(Course), table_of(Store)
_giver = _person.alias("giver")
_ITEMS = list[OnboardingItem]


def task_select() -> sa.Select[Any]:
    """Tasks with the names they are shown with."""
    return (
        sa.select(
            task, _person.c.name.label("person_name"), _giver.c.name.label("giver_name"), _course.c.code, _course.c.title_zh,
            _course.c.title_en,
        )
        .join(_person, _person.c.id == task.c.person_id)
        .join(_course, _course.c.id == task.c.course_id)
        .outerjoin(_giver, _giver.c.id == task.c.assigned_by)
    )  # fmt: skip


def task_row(row: Any) -> TaskRow:
    """A row of `task_select`."""
    return TaskRow(
        id=row.id, person_id=row.person_id, person_name=row.person_name, course_id=row.course_id, code=row.code,
        title_zh=row.title_zh, title_en=row.title_en, origin=row.origin, origin_ref=row.origin_ref, state=row.state,
        assigned_ms=to_ms(row.assigned_at), assigned_by_name=row.giver_name or "",
        due_on=row.due_on.isoformat() if row.due_on is not None else None, percent=row.percent, grade=row.grade,
        failed=row.failed, done_ms=to_ms(row.done_at) if row.done_at is not None else None, store_id=row.store_id,
        gate=row.gate, assignment_id=row.assignment_id,
        reminded_ms=to_ms(row.reminded_at) if row.reminded_at is not None else None, note=row.note,
    )  # fmt: skip


def tasks_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[TaskRow]:
    """These tasks, whoever asks: for those who were told that they may see them."""
    return [task_row(row) for row in connection.execute(task_select().where(within(task.c.id, ids)))]


def onboarding_rows(connection: sa.Connection, ids: Iterable[str]) -> list[OnboardingRow]:
    """These lists by the person's name, whoever asks."""
    asked = (
        sa.select(onboarding, _person.c.name.label("person_name"), _store.c.name.label("store_name"))
        .join(_person, _person.c.id == onboarding.c.person_id)
        .join(_store, _store.c.id == onboarding.c.store_id)
        .where(within(onboarding.c.id, list(ids)))
        .order_by(_person.c.name, onboarding.c.id)
    )
    return [
        OnboardingRow(
            id=row.id, person_id=row.person_id, person_name=row.person_name, store_id=row.store_id, store_name=row.store_name,
            items=msgspec.convert(row.items, _ITEMS), gate=row.gate, may_work=row.may_work, complete=row.complete,
        )
        for row in connection.execute(asked)
    ]  # fmt: skip

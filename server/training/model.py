"""Packs, assignments, the tasks people have of both, reminders, and the onboarding list of whoever came to a store.

What somebody has done is learning's to know (server/learning); a task follows it, and what is done once stays done.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import scoped
from server.kernel.sets import found_by, just, within
from server.org.model import OrgUnit
from server.org.queries import at_home_in
from server.org.rules import HOLDS_UNITS
from server.people.model import guests_of

READ, MANAGE = Permission.READ_TRAINING, Permission.MANAGE_TRAINING
OPEN = ("open", "begun")  # the states of tasks that are still to be done


class Pack(Base):
    """What a unit (none: the company) asks of whoever works there. `courses`: a list of the contract's PackCourse."""

    __tablename__ = "training_pack"
    __table_args__ = (
        sa.CheckConstraint("gate in ('none','warn','block')", name="gate_known"),
        sa.CheckConstraint("(unit_id is null) = (unit_key = 'company')", name="key_of_its_unit"),
    )
    id: Mapped[str] = id_column()
    unit_id: Mapped[str | None] = ref("org_unit.id")
    unit_key: Mapped[str] = mapped_column(sa.String(36), unique=True)  # one for each unit, and one for the company
    courses: Mapped[list[Any]]
    gate: Mapped[str] = mapped_column(sa.String(10))
    needs_archive: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_at: Mapped[datetime]
    set_by: Mapped[str | None] = ref("person.id")


class Assignment(Base):
    """A course somebody gave to a person, or to all who belong to a unit, work at a store, have a post. `turn` counts from 1;
    `turn_on` is the day the present turn began, `turn_due` the day its tasks are due."""

    __tablename__ = "training_assignment"
    __table_args__ = (
        sa.CheckConstraint("to_kind in ('person','unit','store','post')", name="to_known"),
        sa.CheckConstraint("repeat in ('none','weekly','monthly','quarterly','yearly')", name="repeat_known"),
        sa.CheckConstraint("turn >= 1", name="turns_from_one"),
        sa.CheckConstraint("(ended_at is null) = (ended_because is null)", name="ended_with_reason"),
        sa.Index("ix_training_assignment_assigned", "assigned_at", "id"),
        sa.Index("ix_training_assignment_course", "course_id"),
    )
    id: Mapped[str] = id_column()
    course_id: Mapped[str] = ref("course.id")
    to_kind: Mapped[str] = mapped_column(sa.String(10))
    to_id: Mapped[str] = mapped_column(Uuid)
    due_on: Mapped[date | None]
    repeat: Mapped[str] = mapped_column(sa.String(10))
    origin: Mapped[str] = mapped_column(sa.String(20))
    origin_ref: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(1000))
    assigned_at: Mapped[datetime]
    assigned_on: Mapped[date]
    assigned_by: Mapped[str | None] = ref("person.id", index=True)
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(sa.String(500))
    turn: Mapped[int]
    turn_on: Mapped[date]
    turn_due: Mapped[date | None]


class Task(Base):
    """A course somebody is to take. `source` says what it came of (an assignment's turn, a posting, a home), once for each.

    `since`: where it repeats, only what was done from then on counts. `store_id`: the store whose pack asks for it, `gate` what
    that means for shifts there; `desks`: the stores where the person works now.
    """

    __tablename__ = "training_task"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "course_id", "source"),
        sa.CheckConstraint("state in ('open','begun','done','waived','ended')", name="state_known"),
        sa.CheckConstraint("gate in ('none','warn','block')", name="gate_known"),
        sa.CheckConstraint("percent between 0 and 100", name="percent_is_one"),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name="done_has_a_moment"),
        sa.CheckConstraint("state <> 'waived' or (settled_by is not null and because is not null)", name="waived_by_name"),
        sa.Index("ix_training_task_course_state", "course_id", "state"),
        sa.Index("ix_training_task_assignment", "assignment_id"),
        sa.Index("ix_training_task_posting", "posting_id"),
        sa.Index(
            "ix_training_task_due", "due_on",
            sqlite_where=sa.text("state in ('open','begun')"), postgresql_where=sa.text("state in ('open','begun')"),
        ),
    )  # fmt: skip
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    course_id: Mapped[str] = ref("course.id")
    source: Mapped[str] = mapped_column(sa.String(100))
    origin: Mapped[str] = mapped_column(sa.String(20))
    origin_ref: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(1000))
    assignment_id: Mapped[str | None] = ref("training_assignment.id")
    turn: Mapped[int]
    posting_id: Mapped[str | None] = mapped_column(Uuid)
    store_id: Mapped[str | None] = ref("store.id")
    gate: Mapped[str] = mapped_column(sa.String(10))
    desks: Mapped[list[Any]]
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str | None] = ref("person.id")
    since: Mapped[datetime | None]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(sa.String(10))
    percent: Mapped[int]
    grade: Mapped[int | None]
    failed: Mapped[bool]
    done_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = ref("person.id")
    because: Mapped[str | None] = mapped_column(sa.String(500))
    reminded_at: Mapped[datetime | None]
    told_due: Mapped[bool]
    told_late: Mapped[bool]


class Reminder(Base):
    """A manager's "catch up" tap: whom they reminded of which course."""

    __tablename__ = "training_reminder"
    __table_args__ = (sa.Index("ix_training_reminder_store_at", "store_id", "at"),)
    id: Mapped[str] = id_column()
    store_id: Mapped[str] = ref("store.id")
    course_id: Mapped[str] = ref("course.id")
    people: Mapped[list[Any]]
    by_id: Mapped[str | None] = ref("person.id")
    at: Mapped[datetime]


class Onboarding(Base):
    """What somebody needs before and at the beginning of work at a store, as it is now: made anew of packs, standings, the record
    and the first punch. `desks`: the store while they work there."""

    __tablename__ = "training_onboarding"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "store_id"),
        sa.Index("ix_training_onboarding_store", "store_id", "complete"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    begun_at: Mapped[datetime]
    desks: Mapped[list[Any]]
    items: Mapped[list[Any]]
    gate: Mapped[str] = mapped_column(sa.String(10))
    may_work: Mapped[bool]
    complete: Mapped[bool]


def _everywhere(actor: Actor) -> bool:
    return actor.has_everywhere(READ) or actor.device_id is not None


def _people_of(actor: Actor) -> list[sa.Select[Any]]:
    """Oneself; who is, was or will be at home or a guest where the actor reads training."""
    units = actor.stores_for(READ)
    own = [just(actor.person_id)] if actor.person_id is not None and actor.may(Permission.READ_SELF) else []
    return [guests_of(units), at_home_in(units), *own]


def _any_finds(row_id: str | None, session: Any, questions: list[sa.Select[Any]]) -> bool:
    if session is None or row_id is None:
        return False
    asked = (found.where(found.selected_columns[0] == row_id).limit(1) for found in questions)
    return any(session.connection().execute(one).first() is not None for one in asked)


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: who may was judged by the operation


def _of_person(model: Any) -> None:
    scoped(
        model,
        visible=lambda actor: None if _everywhere(actor) else found_by(model.person_id, *_people_of(actor)),
        covers=lambda actor, row: _everywhere(actor) or _any_finds(row.person_id, sa.inspect(row).session, _people_of(actor)),
        writes=_nobody,
    )


def _no_stores() -> sa.Select[Any]:
    units = table_of(OrgUnit).c
    return sa.select(units.id).where(units.kind.in_(HOLDS_UNITS))


def _pack_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """The company's and those of regions and departments; a store's by who reads training there."""
    if _everywhere(actor):
        return None
    if not actor.may(READ):
        return sa.false()
    return sa.or_(Pack.unit_id.is_(None), found_by(Pack.unit_id, _no_stores()), within(Pack.unit_id, actor.stores_for(READ)))


def _pack_covers(actor: Actor, row: Pack) -> bool:
    if _everywhere(actor):
        return True
    if not actor.may(READ):
        return False
    mine = row.unit_id is None or row.unit_id in actor.stores_for(READ)
    return mine or _any_finds(row.unit_id, sa.inspect(row).session, [_no_stores()])


def _assignment_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """One's own, given or received; those to units, stores and people where the actor reads training, and to posts."""
    if _everywhere(actor):
        return None
    a = Assignment
    own = [a.assigned_by == actor.person_id, sa.and_(a.to_kind == "person", a.to_id == actor.person_id)]
    mine = own if actor.person_id is not None and actor.may(Permission.READ_SELF) else []
    if not actor.may(READ):
        return sa.or_(*mine) if mine else sa.false()
    there = sa.and_(a.to_kind.in_(("unit", "store")), within(a.to_id, actor.stores_for(READ)))
    people = sa.and_(a.to_kind == "person", found_by(a.to_id, *_people_of(actor)))
    return sa.or_(*mine, a.to_kind == "post", there, people)


def _assignment_covers(actor: Actor, row: Assignment) -> bool:
    if _everywhere(actor):
        return True
    own = row.assigned_by == actor.person_id or (row.to_kind == "person" and row.to_id == actor.person_id)
    if own and actor.person_id is not None and actor.may(Permission.READ_SELF):
        return True
    if not actor.may(READ):
        return False
    if row.to_kind in ("unit", "store"):
        return row.to_id in actor.stores_for(READ)
    return row.to_kind == "post" or _any_finds(row.to_id, sa.inspect(row).session, _people_of(actor))


scoped(Pack, visible=_pack_visible, covers=_pack_covers, writes=_nobody)
scoped(Assignment, visible=_assignment_visible, covers=_assignment_covers, writes=_nobody)
_of_person(Task)
_of_person(Onboarding)
scoped(
    Reminder,
    visible=lambda actor: None if _everywhere(actor) else within(Reminder.store_id, actor.stores_for(READ)),
    covers=lambda actor, row: _everywhere(actor) or row.store_id in actor.stores_for(READ),
    writes=_nobody,
)

for _model, _entity in ((Task, "training_task"), (Onboarding, "onboarding")):
    synced(_model, _entity, lambda row: [f"person:{row.person_id}", *(f"desk:{store}" for store in row.desks)])

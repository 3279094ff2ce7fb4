"""What is read of training: boards, stores side by side, tasks, assignments, packs, onboarding lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import business_date, to_ms
from contract.training import (
    AssignmentLine,
    AssignmentPage,
    AssignmentQuery,
    BoardAsk,
    OnboardingQuery,
    Onboardings,
    PackCourse,
    PackRow,
    Packs,
    StoreTraining,
    TaskQuery,
    Tasks,
    TrainingBoard,
    UnitBoard,
    UnitBoardAsk,
    board_of,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.learning.queries import titles
from server.org.model import Post
from server.org.queries import reader_day, tree_on, units_below
from server.people.model import Person
from server.stores.model import Store
from server.training.model import OPEN, Assignment, Onboarding, Pack, Task
from server.training.places import at_work
from server.training.rows import onboarding_rows, task, task_row, task_select, tasks_by_id
from server.training.rules import participation

READ = Permission.READ_TRAINING
_person = table_of(Person)
_COURSES = list[PackCourse]
MOST_ON_BOARD = 20_000  # tasks of one store


def _reader(session: ScopedSession) -> Actor:
    reader: Actor = session.info["actor"]
    return reader


def must_read_at(session: ScopedSession, store_id: str) -> Store:
    """The store, for whoever reads its training; for the others it is not there."""
    reader = _reader(session)
    if not reader.has_everywhere(READ) and store_id not in reader.stores_for(READ):
        raise Problem("access.out_of_scope", kind="training_task")
    store: Store | None = session.get(Store, store_id)
    if store is None:
        raise Problem("stores.unknown", field="store_id", id=store_id)
    return store


def board(session: ScopedSession, asked: BoardAsk) -> TrainingBoard:
    """The board of a store: the tasks of those who work there now. It is counted by who works there, whoever looks."""
    store = must_read_at(session, asked.store_id)
    moment = _reader(session).now
    assert moment is not None
    with whole(session) as everything:
        people = sorted(at_work(everything, moment, units=[store.id]))
        rows = everything.execute(
            task_select().where(within(task.c.person_id, people)).order_by(task.c.id).limit(MOST_ON_BOARD)
        ).all()
    today = business_date(moment, store.zone, day_turns_at_min=store.day_turns_at_min).isoformat()
    return TrainingBoard(
        store_id=store.id, store_name=store.name, day=today, courses=board_of((task_row(row) for row in rows), today)
    )


def unit_board(session: ScopedSession, asked: UnitBoardAsk) -> UnitBoard:
    """Stores side by side: of how many tasks (one course's, or all) how many are finished and how many late."""
    reader = _reader(session)
    moment = reader.now
    assert moment is not None
    found = sa.select(Store.id, Store.name)
    if not reader.has_everywhere(READ):
        found = found.where(within(Store.id, reader.stores_for(READ)))
    if asked.unit_id is not None:
        found = found.where(within(Store.id, units_below(session, asked.unit_id, reader_day(session))))
    rows, following = page_of(session, found, [Store.name, Store.id], limit=asked.limit, cursor=asked.cursor)
    today = reader_day(session)
    with whole(session) as everything:
        there = at_work(everything, moment, units=[row.id for row in rows])
        counted = sa.select(task.c.person_id, task.c.course_id, task.c.state, task.c.due_on).where(
            within(task.c.person_id, list(there)), task.c.state.in_((*OPEN, "done"))
        )
        if asked.course_id is not None:
            counted = counted.where(task.c.course_id == asked.course_id)
        tasks = everything.execute(counted).all()
    by_store: dict[str, dict[tuple[str, str], tuple[bool, bool]]] = {}
    for one in tasks:
        mine = by_store.setdefault(there[one.person_id].unit_id, {})
        key = (one.person_id, one.course_id)
        done, late = one.state == "done", one.state != "done" and one.due_on is not None and one.due_on < today
        known = mine.get(key, (True, False))
        mine[key] = (known[0] and done, known[1] or late)
    items = [
        StoreTraining(
            store_id=row.id, store_name=row.name, of=len(mine), finished=sum(done for done, _ in mine.values()),
            late=sum(late for _, late in mine.values()),
        )
        for row in rows
        for mine in (by_store.get(row.id, {}),)
    ]  # fmt: skip
    return UnitBoard(items=items, next_cursor=following)


def tasks_page(session: ScopedSession, asked: TaskQuery) -> Tasks:
    """Tasks the reader may see, by person and course."""
    found = sa.select(Task.id)
    for column, value in (
        (Task.person_id, asked.person_id),
        (Task.course_id, asked.course_id),
        (Task.assignment_id, asked.assignment_id),
        (Task.state, asked.state),
    ):
        if value is not None:
            found = found.where(column == value)
    if asked.store_id is not None:
        must_read_at(session, asked.store_id)
        moment = _reader(session).now
        assert moment is not None
        with whole(session) as everything:
            people = sorted(at_work(everything, moment, units=[asked.store_id]))
        found = found.where(within(Task.person_id, people))
    if asked.late:
        found = found.where(Task.state.in_(OPEN), Task.due_on < reader_day(session))
    rows, following = page_of(session, found, [Task.person_id, Task.course_id, Task.id], limit=asked.limit, cursor=asked.cursor)
    ids = [row.id for row in rows]
    by_id = {one.id: one for one in tasks_by_id(session.connection(), ids)}
    return Tasks(items=[by_id[one] for one in ids if one in by_id], next_cursor=following)


def assignments_page(session: ScopedSession, asked: AssignmentQuery) -> AssignmentPage:
    """Assignments the reader may see, the newest first, with how far they are."""
    found = sa.select(Assignment)
    if asked.course_id is not None:
        found = found.where(Assignment.course_id == asked.course_id)
    if asked.open:
        found = found.where(Assignment.ended_at.is_(None))
    rows, following = page_of(
        session, found, [Assignment.assigned_at, Assignment.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return AssignmentPage(items=_lines(session, [row[0] for row in rows]), next_cursor=following)


def _lines(session: ScopedSession, rows: Sequence[Assignment]) -> list[AssignmentLine]:
    today = reader_day(session)
    known = titles(session, {row.course_id for row in rows}) if rows else {}
    counts: dict[str, list[int]] = {}
    turns = {row.id: row.turn for row in rows}
    asked = sa.select(task.c.assignment_id, task.c.turn, task.c.state, task.c.due_on).where(
        within(task.c.assignment_id, list(turns)), task.c.state.in_((*OPEN, "done"))
    )
    for one in session.connection().execute(asked):
        if one.turn == turns[one.assignment_id]:
            count = counts.setdefault(one.assignment_id, [0, 0, 0])
            count[0] += 1
            count[1] += one.state == "done"
            count[2] += one.state != "done" and one.due_on is not None and one.due_on < today
    names = _names_of_targets(session, rows)
    people = _people_named(session, {row.assigned_by for row in rows if row.assigned_by is not None})
    found = []
    for row in rows:
        of, done, late = counts.get(row.id, [0, 0, 0])
        title = known[row.course_id]
        found.append(
            AssignmentLine(
                id=row.id, course_id=row.course_id, title_zh=title.zh, title_en=title.en, to=row.to_kind,  # type: ignore[arg-type]
                to_name=names.get(row.to_id, ""), due_on=row.turn_due.isoformat() if row.turn_due is not None else None,
                repeat=row.repeat, origin=row.origin, origin_ref=row.origin_ref, note=row.note,  # type: ignore[arg-type]
                assigned_ms=to_ms(row.assigned_at), assigned_by_name=people.get(row.assigned_by or "", ""),
                ended_ms=to_ms(row.ended_at) if row.ended_at is not None else None, turn=row.turn, of=of, done=done, late=late,
                participation=participation(done, of),
            )
        )  # fmt: skip
    return found


def _people_named(session: ScopedSession, ids: Collection[str]) -> dict[str, str]:
    asked = sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, list(ids)))
    return {row.id: row.name for row in session.connection().execute(asked)}


def _names_of_targets(session: ScopedSession, rows: Sequence[Assignment]) -> dict[str, str]:
    people = _people_named(session, {row.to_id for row in rows if row.to_kind == "person"})
    posts = {row.id: row.name_zh or row.name_en for row in session.scalars(sa.select(Post))}
    units = tree_on(session, reader_day(session)).units
    return {**{unit_id: unit.name for unit_id, unit in units.items()}, **posts, **people}


def packs(session: ScopedSession) -> Packs:
    """The packs the reader may see, the company's first, then by unit."""
    units = tree_on(session, reader_day(session)).units
    rows = session.scalars(sa.select(Pack)).all()
    items = [
        PackRow(
            id=row.id, unit_id=row.unit_id, unit_name=units[row.unit_id].name if row.unit_id in units else "",
            courses=msgspec.convert(row.courses, _COURSES), gate=row.gate, needs_archive=row.needs_archive,  # type: ignore[arg-type]
            reason=row.reason,
        )
        for row in rows
    ]  # fmt: skip
    return Packs(items=sorted(items, key=lambda one: (one.unit_id is not None, one.unit_name, one.id)))


def onboardings(session: ScopedSession, asked: OnboardingQuery) -> Onboardings:
    """Lists the reader may see: of a store those of who works there now, of a person all."""
    found: Any = sa.select(Onboarding)
    if asked.store_id is not None:
        must_read_at(session, asked.store_id)
        found = found.where(Onboarding.store_id == asked.store_id)
    if asked.person_id is not None:
        found = found.where(Onboarding.person_id == asked.person_id)
    if asked.open:
        found = found.where(Onboarding.complete.is_(False))
    rows = session.scalars(found.order_by(Onboarding.id).limit(1_000)).all()
    kept = [row.id for row in rows if asked.person_id is not None or row.desks]
    return Onboardings(items=onboarding_rows(session.connection(), kept))



"""What time alone does to training: it is due tomorrow, it is overdue, it begins anew, a first shift was worked.

Each turn is an operation whose id says which turn it is, and each telling an item of its own id: a job that runs twice, or on two
workers at once, tells once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from contract.training import TurnTasks
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Act, Work, handles, perform, reading, writing
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.queries import titles
from server.org.queries import company_day, manager_of, tree_on
from server.postings.life import with_reach
from server.training import tasks
from server.training.assigning import names_of, next_turn
from server.training.giving import give_what_is_asked
from server.training.model import OPEN, Assignment, Onboarding, Pack, Task
from server.training.notices import DUE, LATE, tell_due, tell_team
from server.training.onboarding import refresh
from server.training.places import at_work
from server.training.rules import turn_by
from server.training.service import GIVE

log = structlog.get_logger()
TOGETHER = 200  # tasks in one transaction
A_DAY = timedelta(days=1)


@handles(TurnTasks, needs=Permission.REPLAY_OPERATIONS)
def turn_tasks(work: Work, op: TurnTasks) -> None:
    """The system's alone. What was told already is not told again."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    with with_reach(work) as wide:
        today = company_day(work.now)
        due = [task for task in _still_open(wide, op.due) if not task.told_due]
        late = [task for task in _still_open(wide, op.overdue) if not task.told_late]
        known = titles(wide.session, {task.course_id for task in [*due, *late]})
        tell_due(wide, due, known, DUE)
        tell_due(wide, late, known, LATE)
        for task in due:
            task.told_due = True
        for task in late:
            task.told_due = task.told_late = True
        wide.session.flush()
        _tell_managers(wide, {task.person_id for task in late})
        for assignment_id in sorted(op.again):
            row = wide.session.get(Assignment, assignment_id, with_for_update=True)
            if row is not None and row.ended_at is None:
                turn = turn_by(row.assigned_on, row.repeat, row.turn, today)  # type: ignore[arg-type]
                if turn > row.turn:
                    next_turn(wide, row, turn)


def _still_open(wide: Work, ids: Iterable[str]) -> Sequence[Task]:
    asked = sa.select(Task).where(within(Task.id, list(ids)), Task.state.in_(OPEN)).order_by(Task.id).with_for_update()
    return wide.session.scalars(asked.execution_options(populate_existing=True)).all()


def _tell_managers(wide: Work, people: Iterable[str]) -> None:
    """The managers of where these people work: one item for all who are late there, a day."""
    session, today = wide.session, company_day(wide.now)
    there = at_work(session, wide.now, people=sorted(people))
    tree = tree_on(session, today)
    for unit_id in sorted({one.unit_id for one in there.values()}):
        manager = manager_of(session, unit_id, today)
        if manager is None or unit_id not in tree.units:
            continue
        team = at_work(session, wide.now, units=[unit_id])
        late = tasks.open_tasks(wide, within(Task.person_id, list(team)), Task.due_on < today)
        names = [name for person, name in names_of(wide, [task.person_id for task in late]).items() if person != manager]
        if names:
            tell_team(wide, manager, unit_id, tree.units[unit_id].name, names, today)


@does("turn_training", every=lambda server: timedelta(minutes=15))
def turn_training(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that what is due, late or asked again is told without anybody at a desk."""
    turn_what_is_due(server.db, server.clock(), server.settings.secret)


def turn_what_is_due(db: Database, now: datetime, secret: bytes) -> int:
    """Let everything happen that the company's day has brought. Answers how many turns that were; again on a day it is none."""
    with reading(db, Actor.system()) as session:
        due, late, again = due_turns(session, now)
    kinds = [*(("due", one) for one in due), *(("overdue", one) for one in late), *(("again", one) for one in again)]
    day = company_day(now).isoformat()
    for start in range(0, len(kinds), TOGETHER):
        page = kinds[start : start + TOGETHER]
        op = TurnTasks(**{name: [one for kind, one in page if kind == name] for name in ("due", "overdue", "again")})
        op_id = derived_id("turn_tasks", day, *(f"{kind} {one}" for kind, one in page))
        outcome = perform(db, Actor.system(), op, op_id=op_id, now=now, secret=secret)
        if outcome.status != "applied":
            log.error("training could not be turned", code=outcome.code, facts=outcome.facts)
    return len(kinds)


def due_turns(session: ScopedSession, now: datetime) -> tuple[list[str], list[str], list[str]]:
    """Tasks due tomorrow and tasks overdue that nobody was told of, and assignments whose next turn has come."""
    today = company_day(now)
    open_ones = sa.select(Task.id).where(Task.state.in_(OPEN)).order_by(Task.id)
    due = session.scalars(open_ones.where(Task.due_on == today + A_DAY, Task.told_due.is_(False)))
    late = session.scalars(open_ones.where(Task.due_on < today, Task.told_late.is_(False)))
    running = sa.select(Assignment).where(Assignment.repeat != "none", Assignment.ended_at.is_(None)).order_by(Assignment.id)
    again = [
        row.id
        for row in session.scalars(running)
        if turn_by(row.assigned_on, row.repeat, row.turn, today) > row.turn  # type: ignore[arg-type]
    ]
    return list(due), list(late), again


@does(GIVE)
def give_packs(server: Outpost, facts: dict[str, Any]) -> None:
    """What a pack newly asks of more people than whoever set it should wait for."""
    bring_in_line(server.db, server.clock(), server.settings.secret)


@does("keep_training", every=lambda server: timedelta(hours=6))
def keep_training(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that packs follow homes and regions that change by their dates alone, and new audiences of courses."""
    bring_in_line(server.db, server.clock(), server.settings.secret)


@does("keep_onboarding", every=lambda server: timedelta(minutes=10))
def keep_onboarding(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a first shift, and a record completed, stand on the list by themselves."""
    keep_lists(server.db, server.clock(), server.settings.secret)


def keep_lists(db: Database, now: datetime, secret: bytes) -> int:
    """Make every list anew that is not complete. Answers how many are others now."""
    with reading(db, Actor.system()) as session:
        asked = sa.select(Onboarding.person_id).where(Onboarding.complete.is_(False)).distinct()
        people = sorted(session.scalars(asked))
    changed = 0
    for start in range(0, len(people), TOGETHER):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            changed += refresh(_work(session, op_id, now, secret), people[start : start + TOGETHER])
    return changed


def bring_in_line(db: Database, now: datetime, secret: bytes) -> int:
    """Give everybody what is asked where they work now. Answers how many tasks are new; asked again it is none."""
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(Pack.id).limit(1)).first() is None:
            return 0
        people = sorted(at_work(session, now))
    made = 0
    for start in range(0, len(people), TOGETHER):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            made += len(give_what_is_asked(_work(session, op_id, now, secret), people[start : start + TOGETHER]))
    return made


def _work(session: ScopedSession, op_id: str, now: datetime, secret: bytes) -> Work:
    """The circumstances of a job that keeps what follows from others' doing."""
    at = to_ms(now)
    act = Act(op_id, None, None, TimeTaken(at, at, at, "exact"), now)
    return Work(session, Actor.system(), now, act, secret)

"""What people have done of courses, as far as it counts for a task: all of it, or (where a task repeats) from its turn on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from contract.moments import to_ms
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.learning.model import Attempt, CardEvent, Course, CourseVersion, Reading
from server.learning.queries import standings
from server.training.model import Task
from server.training.rules import Standing

_attempt, _reading, _card = table_of(Attempt), table_of(Reading), table_of(CardEvent)
_course, _version = table_of(Course), table_of(CourseVersion)


def standings_of(session: ScopedSession, tasks: Sequence[Task]) -> dict[str, Standing]:
    """By task, of those of which anything was done. The session reaches all."""
    found: dict[str, Standing] = {}
    plain = [task for task in tasks if task.since is None]
    known = standings(session, {task.person_id for task in plain}, {task.course_id for task in plain}) if plain else {}
    for task in plain:
        one = known.get((task.person_id, task.course_id))
        if one is not None:
            found[task.id] = Standing(one.percent, one.grade, one.begun_ms is not None, one.failed, one.settled_ms)
    for since in {task.since for task in tasks if task.since is not None}:
        found.update(_since(session, [task for task in tasks if task.since == since], since))
    return found


def _since(session: ScopedSession, tasks: Sequence[Task], since: datetime) -> dict[str, Standing]:
    """What was done from a moment on: the best attempt, the reading, the cards finished."""
    people, courses = {task.person_id for task in tasks}, {task.course_id for task in tasks}
    connection = session.connection()

    def rows(table: sa.Table, *columns: sa.Column[object]) -> Iterable[sa.Row[tuple[object, ...]]]:
        c = table.c
        return connection.execute(
            sa.select(c.person_id, c.course_id, c.at, *columns)
            .where(within(c.person_id, people), within(c.course_id, courses), c.at >= since)
            .order_by(c.at, c.id)
        ).all()

    attempts = list(rows(_attempt, _attempt.c.passed, _attempt.c.percent))
    readings = list(rows(_reading))
    cards = list(rows(_card, _card.c.card, _card.c.event))
    shape = {
        row.id: row
        for row in connection.execute(
            sa.select(_course.c.id, _course.c.kind, _version.c.cards, _version.c.policy)
            .join(_version, _version.c.id == _course.c.version_id)
            .where(within(_course.c.id, courses))
        )
    }
    found = {}
    for task in tasks:
        if task.course_id not in shape:
            continue
        mine = (task.person_id, task.course_id)
        its = shape[task.course_id]
        has_quiz = its.policy is not None
        tries = [row for row in attempts if (row.person_id, row.course_id) == mine]
        read = [row for row in readings if (row.person_id, row.course_id) == mine]
        turned = [row for row in cards if (row.person_id, row.course_id) == mine]
        passed = [row.at for row in tries if row.passed]
        done, last = set(), None
        for row in turned:
            if row.event == "finished" and row.card in its.cards and row.card not in done:
                done.add(row.card)
                last = row.at
        percent = len(done) * 100 // len(set(its.cards)) if its.cards else 0
        settled = passed[:1] if has_quiz else [row.at for row in read][:1] if its.kind == "script" else []
        if not has_quiz and its.kind != "script" and percent == 100 and last is not None:
            settled = [last]
        grade = max((row.percent for row in tries), default=None)
        begun = bool(tries or read or turned)
        found[task.id] = Standing(
            100 if settled else percent, grade, begun, bool(tries) and not passed, to_ms(settled[0]) if settled else None
        )
    return found

"""Tasks: given once for what they came of, following what people do. What is done once stays done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from contract.ids import derived_id
from contract.moments import instant
from contract.training import Gate, TaskOrigin
from server.kernel.events import tell
from server.kernel.perform import Work
from server.kernel.sets import within
from server.learning.queries import titles
from server.training.events import TaskSettled
from server.training.model import OPEN, Task
from server.training.notices import nothing_to_do, tell_assigned
from server.training.places import at_work, stores_among
from server.training.rules import state_of
from server.training.standing import standings_of


@dataclass(frozen=True)
class Wish:
    """A task that is to be. `source` says what it comes of: the same for somebody and a course is the same task."""

    person_id: str
    course_id: str
    source: str
    origin: TaskOrigin
    due_on: date | None = None
    origin_ref: str = ""
    note: str = ""
    assignment_id: str | None = None
    turn: int = 1
    posting_id: str | None = None
    store_id: str | None = None
    gate: Gate = "none"
    assigned_by: str | None = None
    since: datetime | None = None


def task_id_of(wish: Wish) -> str:
    """The id of the one task there can be for these."""
    return derived_id("training_task", wish.person_id, wish.course_id, wish.source)


def give(wide: Work, wishes: Sequence[Wish], *, quiet: bool = False) -> list[Task]:
    """Make these tasks, but for those there are already; what somebody has passed is done at once. Answers the new ones.

    Who is given one is told, unless `quiet`. With the system's reach.
    """
    session = wide.session
    by_id = {task_id_of(wish): wish for wish in wishes}
    there = set(session.scalars(sa.select(Task.id).where(within(Task.id, list(by_id))))) if by_id else set()
    fresh = {task_id: wish for task_id, wish in by_id.items() if task_id not in there}
    if not fresh:
        return []
    desks = desks_of(wide, {wish.person_id for wish in fresh.values()})
    made = [
        Task(
            id=task_id, person_id=wish.person_id, course_id=wish.course_id, source=wish.source, origin=wish.origin,
            origin_ref=wish.origin_ref, note=wish.note, assignment_id=wish.assignment_id, turn=wish.turn,
            posting_id=wish.posting_id, store_id=wish.store_id, gate=wish.gate, desks=desks.get(wish.person_id, []),
            assigned_at=wide.now, assigned_by=wish.assigned_by, since=wish.since, due_on=wish.due_on, state="open", percent=0,
            failed=False, told_due=False, told_late=False,
        )
        for task_id, wish in sorted(fresh.items())
    ]  # fmt: skip
    wide.wrote = True
    _stand(wide, made)
    session.add_all(made)
    session.flush()
    if not quiet:
        tell_assigned(wide, made, titles(session, {task.course_id for task in made}))
    return made


def desks_of(wide: Work, people: Iterable[str]) -> dict[str, list[str]]:
    """The store where each of these works now, if it is a store."""
    there = at_work(wide.session, wide.now, people=sorted(set(people)))
    stores = stores_among(wide.session, {one.unit_id for one in there.values()})
    return {person: [one.unit_id] for person, one in there.items() if one.unit_id in stores}


def open_tasks(wide: Work, *conditions: sa.ColumnElement[bool]) -> Sequence[Task]:
    """Tasks still to be done, by id, so that two who write them at once wait for each other in the same order."""
    return wide.session.scalars(sa.select(Task).where(Task.state.in_(OPEN), *conditions).order_by(Task.id)).all()


def follow(wide: Work, tasks: Sequence[Task]) -> list[Task]:
    """Bring tasks to what was done. Answers those that are done now."""
    done = _stand(wide, tasks)
    for task in done:
        nothing_to_do(wide, task)
        tell(wide, TaskSettled(task.id, task.person_id, task.course_id, task.origin, task.origin_ref))
    return done


def _stand(wide: Work, tasks: Sequence[Task]) -> list[Task]:
    done = []
    by_id = {task.id: task for task in tasks}
    for task_id, standing in standings_of(wide.session, tasks).items():
        task = by_id[task_id]
        was, now = task.state, state_of(task.state, standing)  # type: ignore[arg-type]
        if was not in OPEN:
            continue
        task.percent = max(task.percent, standing.percent)
        task.grade, task.failed = standing.grade, standing.failed
        task.state = now
        if now == "done" and standing.settled_ms is not None:
            task.done_at = instant(standing.settled_ms)
            done.append(task)
    return done


def end(wide: Work, tasks: Iterable[Task], because: str, *, by: str | None = None) -> None:
    """Tasks nobody waits for any more; what was done of the course stays."""
    for task in tasks:
        task.state, task.settled_at, task.settled_by, task.because = "ended", wide.now, by, because
        nothing_to_do(wide, task)


def move_desks(wide: Work, people: Iterable[str]) -> None:
    """Whoever works elsewhere now: the desks that show their tasks are others."""
    who = sorted(set(people))
    desks = desks_of(wide, who)
    for task in wide.session.scalars(sa.select(Task).where(within(Task.person_id, who)).order_by(Task.id)):
        if task.desks != desks.get(task.person_id, []):
            task.desks = desks.get(task.person_id, [])

"""Giving a course: to a person, or to all who belong to a unit, work at a store, have a post; again and again where it repeats.

Other areas give courses through here too (recommendations, paths); they have judged who may.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from contract.training import AssigneeKind, TaskOrigin, TaskRepeat
from server.kernel.db import table_of
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.queries import audience_of, titles
from server.org.model import Post
from server.org.queries import company_day, unit_on
from server.people.model import Person
from server.training import tasks
from server.training.model import Assignment, Task
from server.training.notices import ends_at
from server.training.places import at_work, in_unit, with_post
from server.training.rules import moved
from server.training.tasks import Wish

_person = table_of(Person)
NAMED = 10  # people a refusal names


@dataclass(frozen=True)
class Gift:
    """What is to be given to whom (contract.training.AssignCourse). `by` None: the system."""

    assignment_id: str
    course_id: str
    to: AssigneeKind
    to_id: str
    due_on: date | None = None
    repeat: TaskRepeat = "none"
    origin: TaskOrigin = "manual"
    origin_ref: str = ""
    note: str = ""
    by: str | None = None


def assign(wide: Work, gift: Gift) -> list[Task]:
    """Give it, all or nothing: a course that is not for somebody among them is refused with their names. Answers the tasks.

    With the system's reach. Raises Problem: a course nobody can begin, nobody to give it to, a due day that is past.
    """
    session, today = wide.session, company_day(wide.now)
    title = titles(session, [gift.course_id]).get(gift.course_id)
    if title is None:
        raise Problem("learning.course_unknown", field="course_id", id=gift.course_id)
    if not title.is_open:
        raise Problem("training.course_closed", field="course_id", course=title.zh or title.en)
    if gift.due_on is not None and gift.due_on < today:
        raise Problem("training.due_over", field="due_on", due_on=gift.due_on.isoformat())
    if session.get(Assignment, gift.assignment_id) is not None:
        raise Problem("operation.already_exists", field="assignment_id", id=gift.assignment_id)
    people = people_of(wide, gift.to, gift.to_id)
    if not people:
        raise Problem("training.nobody", field="to_id")
    outside = sorted(people - audience_of(session, gift.course_id, today, among=people))
    if outside:
        names = names_of(wide, outside)
        raise Problem(
            "training.not_for_some", field="course_id", course=title.zh or title.en, count=len(outside),
            names="、".join(sorted(names.values())[:NAMED]) + ("…" if len(names) > NAMED else ""), people=outside[:NAMED],
        )  # fmt: skip
    row = Assignment(
        id=gift.assignment_id, course_id=gift.course_id, to_kind=gift.to, to_id=gift.to_id, due_on=gift.due_on,
        repeat=gift.repeat, origin=gift.origin, origin_ref=gift.origin_ref, note=gift.note, assigned_at=wide.now,
        assigned_on=today, assigned_by=gift.by, turn=1, turn_on=today, turn_due=gift.due_on,
    )  # fmt: skip
    wide.add(row)
    session.flush()
    return give_turn(wide, row, people)


def give_turn(wide: Work, row: Assignment, people: Collection[str]) -> list[Task]:
    """The tasks of the turn an assignment is in. Where it repeats, what was done before the turn began does not count."""
    since: datetime | None = None
    if row.repeat != "none":
        since = row.assigned_at if row.turn == 1 else ends_at_before(row.turn_on)
    return tasks.give(wide, [
        Wish(
            person_id=person, course_id=row.course_id, source=f"assignment:{row.id}:{row.turn}",
            origin=row.origin, origin_ref=row.origin_ref, note=row.note, assignment_id=row.id, turn=row.turn,  # type: ignore[arg-type]
            due_on=row.turn_due, assigned_by=row.assigned_by, since=since,
        )
        for person in sorted(people)
    ])  # fmt: skip


def ends_at_before(day: date) -> datetime:
    """The moment a day begins for the company."""
    begins = ends_at(date.fromordinal(day.toordinal() - 1))
    assert begins is not None
    return begins


def next_turn(wide: Work, row: Assignment, turn: int) -> list[Task]:
    """A later turn begins: what is still open of the one before ends, and whoever belongs there now is asked again."""
    was_open = tasks.open_tasks(wide, Task.assignment_id == row.id)
    tasks.end(wide, was_open, "the next turn has begun")
    row.turn, row.turn_on = turn, moved(row.assigned_on, row.repeat, turn - 1)  # type: ignore[arg-type]
    row.turn_due = moved(row.due_on, row.repeat, turn - 1) if row.due_on is not None else None  # type: ignore[arg-type]
    wide.session.flush()
    people = people_of(wide, row.to_kind, row.to_id)  # type: ignore[arg-type]
    return give_turn(wide, row, audience_of(wide.session, row.course_id, company_day(wide.now), among=people) if people else [])


def people_of(wide: Work, to: AssigneeKind, to_id: str) -> set[str]:
    """Whom an assignment is for just now, by id. Raises Problem for a person, unit or post there is not."""
    session = wide.session
    if to == "person":
        person: Person = wide.find(Person, to_id, "people.unknown", field="to_id", id=to_id)
        if not person.active:
            raise Problem("people.has_left", field="to_id", id=to_id)
        return {to_id}
    if to == "post":
        wide.find(Post, to_id, "org.post_unknown", field="to_id", id=to_id)
        return with_post(session, to_id, wide.now)
    if unit_on(session, to_id, company_day(wide.now)) is None:
        raise Problem("org.unit_unknown", field="to_id", id=to_id)
    return set(at_work(session, wide.now, units=[to_id])) if to == "store" else in_unit(session, to_id, wide.now)


def names_of(wide: Work, people: Sequence[str]) -> dict[str, str]:
    """The names of people, by id."""
    rows = wide.session.connection().execute(sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, people)))
    return {row.id: row.name for row in rows}

"""What can be done about training: packs, assignments, waiving, reminding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from contract.training import AssignCourse, EndAssignment, RemindPeople, SetPack, WaiveTask
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.jobs import ask_for
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.queries import titles
from server.org.queries import company_day, home_of, unit_on, units_below
from server.org.rules import day_of
from server.people.model import Person
from server.postings.life import with_reach
from server.training import desk, reactions, tasks
from server.training.assigning import Gift, assign, names_of
from server.training.events import GateMoved, TaskSettled
from server.training.giving import give_what_is_asked
from server.training.model import OPEN, Assignment, Pack, Reminder, Task
from server.training.notices import nothing_to_do, tell_catch_up
from server.training.onboarding import refresh
from server.training.places import at_work

assert reactions  # importing it registers what follows from others' events
AT_ONCE = 60  # people whom a pack reaches within the operation; more are given theirs by a job right after
GIVE = "give_packs"


@handles(SetPack, needs=Permission.MANAGE_TRAINING)
def set_pack(work: Work, op: SetPack) -> dict[str, Any]:
    """What a unit asks from now on. Who works there gets what is new; answers how many tasks that were, where few work there."""
    desk.not_by_device(work)
    if op.unit_id is None:
        if not work.actor.has_everywhere(Permission.MANAGE_TRAINING):
            raise Problem("access.out_of_scope", kind="training_pack")
    elif not desk.reaches(work.actor, op.unit_id, Permission.MANAGE_TRAINING):
        raise Problem("access.out_of_scope", kind="training_pack")
    with with_reach(work) as wide:
        session, today = wide.session, company_day(work.now)
        if op.unit_id is not None and unit_on(session, op.unit_id, today) is None:
            raise Problem("org.unit_unknown", field="unit_id", id=op.unit_id)
        _must_be_courses(wide, [one.course_id for one in op.courses])
        key = op.unit_id or "company"
        row = session.get(Pack, op.pack_id)
        other = session.scalars(sa.select(Pack).where(Pack.unit_key == key)).one_or_none()
        if row is not None and row.unit_key != key:
            raise Problem("training.pack_of_another", field="pack_id", id=op.pack_id)
        if other is not None and other.id != op.pack_id:
            raise Problem("training.pack_there", field="unit_id", id=other.id)
        if row is None:
            row = wide.add(Pack(id=op.pack_id, unit_id=op.unit_id, unit_key=key))
        row.courses, row.gate, row.needs_archive, row.reason = plain(op.courses), op.gate, op.needs_archive, op.reason
        row.set_at, row.set_by = work.now, work.actor.person_id
        session.flush()
        people = _who_works(wide, op.unit_id)
        if len(people) > AT_ONCE:
            ask_for(wide, GIVE, key=work.act.op_id, facts={"unit_id": op.unit_id})
            return {"people": len(people), "tasks": None}
        made = give_what_is_asked(wide, people)
    return {"people": len(people), "tasks": len(made)}


def _who_works(wide: Work, unit_id: str | None) -> set[str]:
    units = units_below(wide.session, unit_id, company_day(wide.now)) if unit_id is not None else None
    return set(at_work(wide.session, wide.now, units=units))


def _must_be_courses(wide: Work, course_ids: Sequence[str]) -> None:
    if len(set(course_ids)) != len(course_ids):
        raise Problem("training.course_twice", field="courses")
    known = titles(wide.session, course_ids) if course_ids else {}
    for number, course_id in enumerate(course_ids):
        title = known.get(course_id)
        if title is None:
            raise Problem("learning.course_unknown", field=f"courses.{number}.course_id", id=course_id)
        if not title.is_open:
            raise Problem("training.course_closed", field=f"courses.{number}.course_id", course=title.zh or title.en)


@handles(AssignCourse, needs=Permission.ASSIGN_TRAINING)
def assign_course(work: Work, op: AssignCourse) -> dict[str, Any]:
    """A course is given. Answers to how many people."""
    desk.not_by_device(work)
    due = None
    if op.due_on is not None:
        due = day_of(op.due_on)
        if due is None:
            raise Problem("shifts.no_such_day", field="due_on", day=op.due_on)
    _must_reach(work, op)
    gift = Gift(
        op.assignment_id, op.course_id, op.to, op.to_id, due, op.repeat, op.origin, op.origin_ref, op.note, work.actor.person_id
    )
    with with_reach(work) as wide:
        made = assign(wide, gift)
    return {"people": len(made)}


def _must_reach(work: Work, op: AssignCourse) -> None:
    """Refuse whoever may not steer the training of those it is for."""
    actor = work.actor
    if actor.has_everywhere(Permission.ASSIGN_TRAINING):
        return
    if op.to in ("unit", "store") and desk.reaches(actor, op.to_id):
        return
    if op.to == "person":
        person: Person = work.find(Person, op.to_id, "people.unknown", field="to_id", id=op.to_id)
        units = actor.stores_for(Permission.ASSIGN_TRAINING)
        with with_reach(work) as wide:
            if _belongs(wide, person.id, units):
                return
    raise Problem("access.out_of_scope", kind="training_assignment")


def _belongs(wide: Work, person_id: str, units: Collection[str]) -> bool:
    """Whether somebody works in one of these units now, or has their home there."""
    there = at_work(wide.session, wide.now, people=[person_id]).get(person_id)
    home = home_of(wide.session, person_id, company_day(wide.now))
    return bool({there.unit_id if there is not None else "", home.unit_id if home is not None else ""} & set(units))


@handles(EndAssignment, needs=Permission.ASSIGN_TRAINING)
def end_assignment(work: Work, op: EndAssignment) -> dict[str, Any]:
    """No more of it: open tasks end, it does not repeat. Whoever gave it, or steers the training there."""
    desk.not_by_device(work)
    row: Assignment = work.find(Assignment, op.assignment_id, "training.assignment_unknown")
    is_theirs = row.assigned_by == work.actor.person_id or work.actor.has_everywhere(Permission.ASSIGN_TRAINING)
    if not is_theirs and not (row.to_kind in ("unit", "store") and desk.reaches(work.actor, row.to_id)):
        raise Problem("access.out_of_scope", kind="training_assignment")
    with with_reach(work) as wide:
        mine = wide.session.get(Assignment, row.id, with_for_update=True, populate_existing=True)
        if mine is None or mine.ended_at is not None:
            raise Problem("training.assignment_over", field="assignment_id")
        mine.ended_at, mine.ended_because = work.now, op.reason
        open_ones = tasks.open_tasks(wide, Task.assignment_id == row.id)
        tasks.end(wide, open_ones, op.reason, by=work.actor.person_id)
    return {"ended": len(open_ones)}


@handles(WaiveTask, needs=Permission.ASSIGN_TRAINING)
def waive_task(work: Work, op: WaiveTask) -> None:
    """Somebody need not do it. The gate opens, with the name of who said so."""
    desk.not_by_device(work)
    task: Task = work.find(Task, op.task_id, "training.task_unknown")
    who = work.actor.person_id
    if who is None or task.person_id == who:
        raise Problem("access.out_of_scope", kind="training_task")
    with with_reach(work) as wide:
        units = work.actor.stores_for(Permission.ASSIGN_TRAINING)
        if not work.actor.has_everywhere(Permission.ASSIGN_TRAINING) and not _belongs(wide, task.person_id, units):
            raise Problem("access.out_of_scope", kind="training_task")
        mine = wide.session.get(Task, task.id, with_for_update=True, populate_existing=True)
        if mine is None or mine.state not in OPEN:
            raise Problem("training.task_settled", field="task_id")
        mine.state, mine.settled_at, mine.settled_by, mine.because = "waived", work.now, who, op.reason
        wide.session.flush()
        nothing_to_do(wide, mine)
        refresh(wide, [mine.person_id])
        tell(wide, TaskSettled(mine.id, mine.person_id, mine.course_id, mine.origin, mine.origin_ref))
        tell(wide, GateMoved(frozenset([mine.person_id])))


@handles(RemindPeople, needs=Permission.ASSIGN_TRAINING)
def remind(work: Work, op: RemindPeople) -> dict[str, Any]:
    """Exactly these people, as far as they have not finished meanwhile, are told once. Answers who was."""
    who = desk.teacher_at(work, op.store_id, op.kiosk)
    with with_reach(work) as wide:
        session = wide.session
        title = titles(session, [op.course_id]).get(op.course_id)
        if title is None:
            raise Problem("learning.course_unknown", field="course_id", id=op.course_id)
        if session.get(Reminder, op.reminder_id) is not None:
            raise Problem("operation.already_exists", field="reminder_id", id=op.reminder_id)
        here = {person for person, one in at_work(session, work.now, people=op.people).items() if one.unit_id == op.store_id}
        strangers = sorted(set(op.people) - here)
        if strangers:
            raise Problem("training.not_here", field="people", names="、".join(sorted(names_of(wide, strangers).values())[:10]))
        asked = sa.select(Task).where(within(Task.person_id, op.people), Task.course_id == op.course_id)
        mine = session.scalars(asked.order_by(Task.id)).all()
        if not mine:
            raise Problem("training.nothing_to_catch_up", field="people")
        behind = [task for task in mine if task.state in OPEN]
        for task in behind:
            task.reminded_at = work.now
        people = sorted({task.person_id for task in behind})
        wide.add(Reminder(
            id=op.reminder_id, store_id=op.store_id, course_id=op.course_id, people=people, by_id=who, at=work.now
        ))  # fmt: skip
        session.flush()
        by = names_of(wide, [who])[who] if who is not None else ""
        tell_catch_up(wide, op.reminder_id, people, op.course_id, title, by)
    return {"reminded": people}


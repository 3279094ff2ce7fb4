"""Training follows who works where, what people learn, what courses there are, and what is granted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from server.approvals.events import RequestApproved, RequestChecked
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import reacts_to, tell
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.learning.events import CoursePublished, CourseRetired, CourseSettled, ProgressMoved
from server.learning.model import Course
from server.learning.queries import is_for
from server.org.events import HomeSettled
from server.org.queries import company_day
from server.people.events import PersonLeft
from server.postings.events import CoursePackDue, PostingEnded, PostingStarted
from server.postings.life import with_reach
from server.training import tasks
from server.training.assigning import Gift, assign
from server.training.events import GateMoved
from server.training.giving import give_what_is_asked
from server.training.model import Pack, Task
from server.training.onboarding import refresh

KIND = "training_request"
_course = table_of(Course)


@reacts_to(CoursePackDue)
def give_the_pack(work: Work, event: CoursePackDue) -> None:
    """Somebody came to a store, or back home: they are given what is asked there. The posting's own notice says so."""
    if _nothing_is_asked(work):
        return
    with with_reach(work) as wide:
        give_what_is_asked(wide, [event.person_id], quiet=True)


@reacts_to(PostingStarted)
def give_it_late(work: Work, event: PostingStarted) -> None:
    """A posting that somebody entered days after it began: nobody is told, the courses are asked all the same."""
    if event.entered_late and not _nothing_is_asked(work):
        with with_reach(work) as wide:
            give_what_is_asked(wide, [event.person_id], quiet=True)


@reacts_to(PostingEnded)
def end_what_was_not_begun(work: Work, event: PostingEnded) -> None:
    """What a store asked and was not begun ends with the posting; what is begun may be finished, what is done stays."""
    if _no_task(work, event.person_id):
        return
    with with_reach(work) as wide:
        of_it = tasks.open_tasks(wide, Task.posting_id == event.posting_id, Task.state == "open")
        tasks.end(wide, of_it, "the posting is over")
        tasks.move_desks(wide, [event.person_id])
        refresh(wide, [event.person_id])


@reacts_to(HomeSettled)
def follow_home(work: Work, event: HomeSettled) -> None:
    """A home that is another from today on asks what it asks."""
    if event.from_day <= company_day(work.now) and not _nothing_is_asked(work):
        with with_reach(work) as wide:
            give_what_is_asked(wide, [event.person_id])


@reacts_to(PersonLeft)
def end_what_is_open(work: Work, event: PersonLeft) -> None:
    """Nothing is asked of who has left."""
    if _no_task(work, event.person_id):
        return
    with with_reach(work) as wide:
        tasks.end(wide, tasks.open_tasks(wide, Task.person_id == event.person_id), "left the company")
        tasks.move_desks(wide, [event.person_id])
        refresh(wide, [event.person_id])


@reacts_to(ProgressMoved)
def follow_progress(work: Work, event: ProgressMoved) -> None:
    """Their tasks for the course, and the lists that name it."""
    with with_reach(work) as wide:
        mine = tasks.open_tasks(wide, Task.person_id == event.person_id, Task.course_id == event.course_id)
        tasks.follow(wide, mine)
        wide.session.flush()
        if not _nothing_is_asked(wide):
            refresh(wide, [event.person_id])


@reacts_to(CourseSettled)
def open_the_gate(work: Work, event: CourseSettled) -> None:
    """Somebody has passed: their tasks are done, and what stores waited for is another in the same moment."""
    follow_progress(work, ProgressMoved(event.person_id, event.course_id))
    tell(work, GateMoved(frozenset([event.person_id])))


@reacts_to(CourseRetired)
def end_tasks_of_a_course(work: Work, event: CourseRetired) -> None:
    """Nobody begins it any more: what is open of it ends, and no gate waits for it."""
    with with_reach(work) as wide:
        open_ones = tasks.open_tasks(wide, Task.course_id == event.course_id)
        tasks.end(wide, open_ones, "the course is no longer offered")
        wide.session.flush()
        people = {task.person_id for task in open_ones}
        refresh(wide, people)
        if people:
            tell(wide, GateMoved(frozenset(people)))


@reacts_to(CoursePublished)
def show_its_title(work: Work, event: CoursePublished) -> None:
    """Tasks carry the course's title: each has changed for its readers, though no column did."""
    with with_reach(work) as wide:
        for task in tasks.open_tasks(wide, Task.course_id == event.course_id):
            for scope in (f"person:{task.person_id}", *(f"desk:{store}" for store in task.desks)):
                mark(work.session, scope, "training_task", task.id)


def _nothing_is_asked(work: Work) -> bool:
    """Whether there is no pack at all: most companies' first weeks, and most tests'."""
    with work.with_system_reach() as session:
        return session.scalars(sa.select(Pack.id).limit(1)).first() is None


def _no_task(work: Work, person_id: str) -> bool:
    with work.with_system_reach() as session:
        return session.scalars(sa.select(Task.id).where(Task.person_id == person_id).limit(1)).first() is None


# -- asked for by oneself


def course_meant(session: ScopedSession, form: Mapping[str, Any]) -> str | None:
    """The course a request names: by its code, or by its title in either language."""
    said, c = str(form.get("course") or "").strip(), _course.c
    asked = sa.select(c.id).where(
        c.number > 0, c.retired_at.is_(None), sa.or_(c.code == said, c.title_zh == said, c.title_en == said)
    )
    found: str | None = session.connection().execute(asked.order_by(c.code).limit(1)).scalar_one_or_none()
    return found


@reacts_to(RequestChecked)
def judge_request(work: Work, event: RequestChecked) -> None:
    """A course there is not, or not for them, is refused when it is asked for."""
    if event.kind != KIND:
        return
    with work.with_system_reach() as session:
        course_id = course_meant(session, event.form)
        if course_id is None:
            raise Problem("learning.course_unknown", field="form.course")
        if not is_for(session, course_id, event.person_id, company_day(work.now)):
            raise Problem("learning.not_for_them", field="form.course")


@reacts_to(RequestApproved)
def give_what_was_granted(work: Work, event: RequestApproved) -> None:
    """The course is theirs to take, and the task names the request."""
    if event.kind != KIND:
        return
    with with_reach(work) as wide:
        course_id = course_meant(wide.session, event.form)
        if course_id is None:
            raise Problem("learning.course_unknown", field="form.course")
        said = event.form.get("due_on")
        due = date.fromisoformat(said) if isinstance(said, str) and said else None
        gift = Gift(
            assignment_id=derived_id("training_request", event.request_id), course_id=course_id, to="person",
            to_id=event.person_id, due_on=due if due is not None and due >= company_day(work.now) else None,
            origin="request", origin_ref=event.request_id,
        )  # fmt: skip
        assign(wide, gift)


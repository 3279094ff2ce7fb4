"""What people do with courses: taken in as it comes, in any order, and never taken back.

An event of a course that is no longer for its person, that was retired, or of a version that was replaced counts all the same.
Only a version that was never published here is refused: the operation stays with its reason where HQ sees it.
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from contract.ids import derived_id
from contract.learning import ConfirmReading, Outcome, RecordCard, RecordReview, SubmitAttempt
from contract.moments import instant
from contract.quizzes import mark
from contract.wire import plain
from server.approvals.service import acting
from server.kernel import feed
from server.kernel.actors import Permission
from server.kernel.bulk import insert_missing
from server.kernel.db import table_of
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.learning.events import AttemptFailed, Learnt
from server.learning.model import Attempt, CardEvent, Course, CourseVersion, Reading, Recall, Review
from server.learning.rows import newest_attempts
from server.learning.standing import body_of, refresh
from server.people.model import PersonStore


@handles(RecordCard, needs=Permission.LEARN)
def record_card(work: Work, op: RecordCard) -> Outcome:
    """A card opened, answered or finished."""
    who, version = _learner(work), _published(work, op)
    _new(work, CardEvent, op.event_id, "event_id")
    answer = plain(op.answer) if op.answer is not None else None
    row = CardEvent(id=op.event_id, card=op.card, event=op.event, answer=answer, **_circumstances(work, op, who))
    return _added(work, "card", row, who, version)


@handles(ConfirmReading, needs=Permission.LEARN)
def confirm_reading(work: Work, op: ConfirmReading) -> Outcome:
    """A script was read and understood."""
    who, version = _learner(work), _published(work, op)
    if body_of(version.body).kind != "script":
        raise Problem("learning.not_a_script", field="course_id", id=op.course_id)
    _new(work, Reading, op.confirm_id, "confirm_id")
    circumstances = _circumstances(work, op, who)
    circumstances.pop("took_ms")
    return _added(work, "reading", Reading(id=op.confirm_id, **circumstances), who, version)


@handles(SubmitAttempt, needs=Permission.LEARN)
def submit_attempt(work: Work, op: SubmitAttempt) -> Outcome:
    """An attempt, marked by the version it was made in, however long ago that was."""
    who, version = _learner(work), _published(work, op)
    quiz = body_of(version.body).quiz
    if quiz is None:
        raise Problem("learning.no_quiz", field="version_id", id=op.version_id)
    _new(work, Attempt, op.attempt_id, "attempt_id")
    marks = mark(quiz, op.attempt_id, op.answers, op.took_ms)
    row = Attempt(
        id=op.attempt_id, answers=plain(op.answers), handed_in=op.handed_in, marks=plain(marks.marks), earned=marks.earned,
        points=marks.of, percent=marks.percent, passed=marks.passed, over_time=marks.over_time, early=False,
        **_circumstances(work, op, who),
    )  # fmt: skip
    outcome = _added(work, "attempt", row, who, version)
    _only_the_newest_travel(work, who, op.course_id)
    if not marks.passed and not outcome.passed:
        tell(work, AttemptFailed(who, op.course_id, marks.percent))
    return Outcome(percent=outcome.percent, grade=outcome.grade, passed=marks.passed)


def _only_the_newest_travel(work: Work, who: str, course_id: str) -> None:
    """Devices hold the newest ten attempts of a course; older ones leave them."""
    mine = table_of(Attempt).c
    every = sa.select(mine.id).where(mine.person_id == who, mine.course_id == course_id)
    connection = work.session.connection()
    newest = newest_attempts(connection, {(who, course_id)})
    for attempt_id in connection.execute(every).scalars():
        if attempt_id not in newest:
            feed.mark(work.session, f"person:{who}", "quiz_attempt", attempt_id, gone=True)


@handles(RecordReview, needs=Permission.LEARN)
def record_review(work: Work, op: RecordReview) -> None:
    """One of the daily questions. It is no progress: it is what a memory follows from."""
    who, version = _learner(work), _published(work, op)
    _new(work, Review, op.review_id, "review_id")
    row = Review(
        id=op.review_id, question=op.question, answer=plain(op.answer), rating=op.rating, **_circumstances(work, op, who)
    )
    work.add(row)
    work.session.flush()
    recall_id = derived_id("recall", who, op.course_id, op.question)
    with work.with_system_reach() as session:
        bare = {"id": recall_id, "person_id": who, "course_id": op.course_id, "question": op.question, "reviews": 0}
        insert_missing(session.connection(), table_of(Recall), [bare])
        recall = session.get_one(Recall, recall_id, with_for_update=True, populate_existing=True)
        recall.reviews += 1
        feed.mark(session, f"person:{who}", "recall", recall_id)
    tell(work, Learnt("review", row.id, who, op.course_id, version.id, row.at))


def _learner(work: Work) -> str:
    """Who does it. At a tablet: somebody who was or is at its store."""
    who = acting(work)
    if work.device is not None and work.device.kind == "kiosk":
        here = sa.select(PersonStore.id).where(PersonStore.person_id == who, PersonStore.store_id == work.device.store_id)
        with whole(work.session) as everything:
            if everything.execute(here.limit(1)).first() is None:
                raise Problem("learning.not_for_them", id=who)
    return who


def _published(work: Work, op: Any) -> CourseVersion:
    """The version that an event names, whoever it is for now. One that was never published here is refused."""
    with whole(work.session) as everything:
        version = everything.get(CourseVersion, op.version_id)
        if version is not None and version.course_id == op.course_id and version.published_at is not None:
            everything.expunge(version)
            return version
        if everything.get(Course, op.course_id) is None:
            raise Problem("learning.course_unknown", field="course_id", id=op.course_id)
    raise Problem("learning.version_unknown", field="version_id", id=op.version_id)


def _new(work: Work, model: Any, row_id: str, field: str) -> None:
    """An id is used once. The same operation again never comes this far: it gets its first answer."""
    with whole(work.session) as everything:
        if everything.get(model, row_id) is not None:
            raise Problem("operation.already_exists", field=field, id=row_id)


def _circumstances(work: Work, op: Any, who: str) -> dict[str, Any]:
    """Whose, of what, when: by the device's own proven time."""
    return {
        "person_id": who,
        "course_id": op.course_id,
        "version_id": op.version_id,
        "took_ms": getattr(op, "took_ms", 0),
        "at": instant(work.act.taken.at_ms),
        "received_at": work.now,
        "device_id": work.device.device_id if work.device is not None else None,
    }


def _added(work: Work, kind: Literal["card", "reading", "attempt"], row: Any, who: str, version: CourseVersion) -> Outcome:
    """Keep what was done, and what follows from it."""
    work.add(row)
    work.session.flush()
    stands = refresh(work, who, row.course_id)
    tell(work, Learnt(kind, row.id, who, row.course_id, version.id, row.at))
    return Outcome(percent=stands.percent, grade=stands.grade, passed=stands.passed_ms is not None)

"""Writing courses: drafts, their review by a flow, publishing, retiring."""

from __future__ import annotations

import sqlalchemy as sa

from contract.approvals import SubmitRequest
from contract.courses import (
    MAX_COURSE_BYTES,
    DiscardCourseDraft,
    PublishVersion,
    RetireCourse,
    SaveDraft,
    SubmitDraft,
)
from contract.wire import encode
from server.approvals import service as approvals
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.learning.events import CourseRetired
from server.learning.model import Course, CourseVersion
from server.learning.publishing import judge_for_publishing, publish, show_on_course
from server.learning.standing import body_of
from server.people.model import Person

REVIEW = "course_review"
_OPEN = ("draft", "in_review")


@handles(SaveDraft, needs=Permission.WRITE_COURSES)
def save_draft(work: Work, op: SaveDraft) -> None:
    """Begin a course or its next version, or change a draft. What another saved since `base` is never overwritten."""
    who, body = acting(work), encode(op.body).decode()
    if len(body.encode()) > MAX_COURSE_BYTES:
        raise Problem("learning.too_large", field="body", limit_kb=MAX_COURSE_BYTES // 1024)
    course = _course_for(work, op, who)
    version = work.session.get(CourseVersion, op.version_id, with_for_update=True)
    if version is None:
        _must_be_the_only_one(work, op)
        version = CourseVersion(id=op.version_id, course_id=course.id, number=None, edit=0, author_id=who, request_id=None)
        work.add(version)
    elif version.course_id != course.id:
        raise Problem("learning.version_unknown", field="version_id", id=op.version_id)
    elif version.state == "refused":
        _must_be_the_only_one(work, op)
    else:
        _must_be_draft(version)
    if op.base != version.edit:
        names = _names(work, version.saved_by, who)
        raise Problem("learning.draft_moved", field="base", theirs=names[0], yours=names[1], edit=version.edit)
    version.edit += 1
    version.state, version.body, version.note = "draft", body, op.note
    version.cards = [card.key for card in op.body.cards]
    version.policy = op.body.quiz.policy if op.body.quiz is not None else None
    version.saved_by, version.saved_at = who, work.now
    if course.number == 0:
        show_on_course(course, op.body)
    work.session.flush()


def _course_for(work: Work, op: SaveDraft, who: str) -> Course:
    """The course of a draft, born with its first one."""
    with whole(work.session) as everything:
        holder = everything.scalar(sa.select(Course.id).where(Course.code == op.code))
        is_known = everything.get(Course, op.course_id) is not None
    course = work.session.get(Course, op.course_id, with_for_update=True)
    if holder is not None and holder != op.course_id:
        raise Problem("learning.code_taken", field="code", taken=op.code)
    if course is None and is_known:
        raise Problem("learning.course_unknown", field="course_id", id=op.course_id)
    if course is None:
        course = Course(
            id=op.course_id, code=op.code, author_id=who, begun_at=work.now, version_id=None, number=0, published_at=None,
            retired_at=None, retired_because=None, scopes=[],
        )  # fmt: skip
        show_on_course(course, op.body)
        work.add(course)
        work.session.flush()
    if course.retired_at is not None:
        raise Problem("learning.retired", id=course.id)
    if course.number > 0 and course.code != op.code:
        raise Problem("learning.code_fixed", field="code", has=course.code)
    if course.number > 0 and course.kind != op.body.kind:
        raise Problem("learning.kind_fixed", field="body.kind")
    course.code = op.code
    return course


def _must_be_the_only_one(work: Work, op: SaveDraft) -> None:
    """A course has one draft at a time, whoever can see it."""
    with whole(work.session) as everything:
        asked = sa.select(CourseVersion.saved_by).where(
            CourseVersion.course_id == op.course_id, CourseVersion.state.in_(_OPEN), CourseVersion.id != op.version_id
        )
        other = everything.scalar(asked)
    if other is not None:
        raise Problem("learning.draft_open", field="version_id", name=_names(work, other)[0])


def _must_be_draft(version: CourseVersion) -> None:
    if version.state == "in_review":
        raise Problem("learning.in_review", id=version.id)
    if version.state not in ("draft", "refused"):
        raise Problem("learning.not_a_draft", id=version.id)


def _names(work: Work, *people: str) -> list[str]:
    with whole(work.session) as everything:
        return [everything.get_one(Person, one).name for one in people]


def _draft(work: Work, version_id: str) -> CourseVersion:
    version: CourseVersion | None = work.session.get(CourseVersion, version_id, with_for_update=True)
    if version is None:
        raise Problem("learning.version_unknown", id=version_id)
    _must_be_draft(version)
    return version


@handles(SubmitDraft, needs=Permission.WRITE_COURSES)
def submit_draft(work: Work, op: SubmitDraft) -> None:
    """Hand a draft in. It must be fit to be published; who reviews it is for the flow `course_review` to say."""
    who, version = acting(work), _draft(work, op.version_id)
    if version.state == "refused":
        raise Problem("learning.not_a_draft", id=version.id)
    course: Course = work.find(Course, version.course_id, "learning.course_unknown")
    body = body_of(version.body)
    judge_for_publishing(work, course, body)
    version.state, version.request_id = "in_review", op.request_id
    work.wrote = True
    work.session.flush()
    title = body.title_zh.strip() or body.title_en.strip()
    form = {"course": title, "code": course.code, "note": op.note or version.note}
    asked = SubmitRequest(request_id=op.request_id, kind=REVIEW, person_id=who, form=form)
    approvals.submit(work, asked)


@handles(DiscardCourseDraft, needs=Permission.WRITE_COURSES)
def discard_draft(work: Work, op: DiscardCourseDraft) -> None:
    """Throw a draft away, and the course with it where it was never more than that."""
    version = _draft(work, op.version_id)
    course: Course = work.find(Course, version.course_id, "learning.course_unknown")
    work.wrote = True
    work.session.delete(version)
    work.session.flush()
    with whole(work.session) as everything:
        is_bare = everything.scalar(sa.select(CourseVersion.id).where(CourseVersion.course_id == course.id).limit(1)) is None
    if is_bare:
        work.session.delete(course)
        work.session.flush()


@handles(PublishVersion, needs=Permission.PUBLISH_COURSES)
def publish_version(work: Work, op: PublishVersion) -> None:
    """HQ publishes a draft without a review."""
    if not work.actor.has_everywhere(Permission.PUBLISH_COURSES):
        raise Problem("access.not_allowed", needs=Permission.PUBLISH_COURSES.value)
    version = _draft(work, op.version_id)
    if version.state == "refused":
        raise Problem("learning.not_a_draft", id=version.id)
    publish(work, version.id)


@handles(RetireCourse, needs=Permission.PUBLISH_COURSES)
def retire_course(work: Work, op: RetireCourse) -> None:
    """Nobody begins it any more: it leaves all devices. What was done of it stays; what is still on its way counts."""
    if not work.actor.has_everywhere(Permission.PUBLISH_COURSES):
        raise Problem("access.not_allowed", needs=Permission.PUBLISH_COURSES.value)
    course: Course = work.find(Course, op.course_id, "learning.course_unknown")
    if course.number == 0:
        raise Problem("learning.version_unknown", id=op.course_id)
    if course.retired_at is not None:
        raise Problem("learning.retired", id=course.id)
    in_review = sa.select(CourseVersion.id).where(CourseVersion.course_id == course.id, CourseVersion.state == "in_review")
    if work.session.scalar(in_review) is not None:
        raise Problem("learning.in_review", id=course.id)
    work.wrote = True
    course.retired_at, course.retired_because, course.scopes = work.now, op.reason, []
    work.session.flush()
    tell(work, CourseRetired(course.id))

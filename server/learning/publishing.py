"""Publishing a version: it counts from now on, for whom it says, on their devices and in everybody's standing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from contract.courses import Card, CourseBody, problems_of
from contract.ids import derived_id
from contract.quizzes import Question
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.learning.events import CoursePublished
from server.learning.model import Course, CourseAudience, CoursePicture, CourseVersion, Media, Progress
from server.learning.standing import body_of, refresh_course
from server.org.model import Post
from server.people.names import name_key
from server.stores.model import Store


def judge_for_publishing(work: Work, course: Course, body: CourseBody) -> None:
    """Raises Problem with the first thing that stands in the way: what `contract.courses.problems_of` finds, a picture that is
    not here, a store or post that does not exist."""
    for problem in problems_of(body):
        raise Problem(problem.code, field=f"body.{problem.field}")
    with whole(work.session) as everything:
        pictures = sorted(set(pictures_of(body)))
        here = set(everything.scalars(sa.select(Media.sha256).where(Media.sha256.in_(pictures))))
        for sha256 in pictures:
            if sha256 not in here:
                raise Problem("learning.picture_unknown", field="body", sha256=sha256)
        for model, wanted in ((Store, body.audience.stores), (Post, body.audience.posts)):
            known = set(everything.scalars(sa.select(model.id).where(within(model.id, wanted)))) if wanted else set()
            for ref_id in wanted:
                if ref_id not in known:
                    raise Problem("learning.audience_unknown", field="body.audience", id=ref_id)


def publish(work: Work, version_id: str) -> None:
    """Publish a version, with the system's reach: it is the company's from now on, whoever granted it."""
    with work.with_system_reach() as session:
        version = session.get_one(CourseVersion, version_id, with_for_update=True, populate_existing=True)
        course = session.get_one(Course, version.course_id, with_for_update=True, populate_existing=True)
        body = body_of(version.body)
        judge_for_publishing(work, course, body)
        earlier = sa.select(CourseVersion).where(CourseVersion.course_id == course.id, CourseVersion.state == "published")
        for before in session.scalars(earlier):
            before.state = "replaced"
        session.flush()
        version.state, version.number, version.published_at = "published", course.number + 1, work.now
        course.number, course.version_id, course.published_at = course.number + 1, version.id, work.now
        show_on_course(course, body)
        course.scopes = scopes_of(body)
        session.flush()
        _write_audience(session, course.id, body)
        _write_pictures(session, course.id, body)
        for row in session.execute(sa.select(Progress.id, Progress.person_id).where(Progress.course_id == course.id)):
            mark(session, f"person:{row.person_id}", "course_progress", row.id)  # its titles stand there too
        course_id = course.id
    work.session.expire_all()
    refresh_course(work, course_id)
    tell(work, CoursePublished(course_id))


def show_on_course(course: Course, body: CourseBody) -> None:
    """What lists show of a course, and the words it is found by."""
    course.kind, course.topic = body.kind, body.topic
    course.title_zh, course.title_en = body.title_zh.strip(), body.title_en.strip()
    course.words = words_of(course.code, body)


def words_of(code: str, body: CourseBody) -> str:
    """What a search looks into: code, titles with their pinyin and initials, topic, and all that cards say, in small letters."""
    titles = [name_key(body.title_zh), body.title_zh, body.title_en]
    said = [text for card in body.cards for text in (card.title_zh, card.title_en, card.zh, card.en, *_items(card))]
    practice = [card.question for card in body.cards if card.question is not None]  # what an exam asks is not for searching
    asked = [text for question in practice for text in (question.zh, question.en)]
    return "\n".join(text for text in (code, *titles, body.topic, *said, *asked) if text).casefold()


def _items(card: Card) -> Iterator[str]:
    for item in card.items:
        yield item.zh
        yield item.en


def questions_of(body: CourseBody) -> list[Question]:
    """The questions of the quiz and those on cards."""
    practice = [card.question for card in body.cards if card.question is not None]
    return [*practice, *(body.quiz.questions if body.quiz is not None else [])]


def pictures_of(body: CourseBody) -> Iterable[str]:
    """Every picture that a version names, in its order, perhaps more than once."""
    named = [card.picture for card in body.cards]
    for question in questions_of(body):
        named += [question.picture, *(choice.picture for choice in (*question.choices, *question.others))]
    return [sha256 for sha256 in named if sha256 is not None]


def scopes_of(body: CourseBody) -> list[str]:
    """Where devices read a published version."""
    whom = body.audience
    if not whom.stores and not whom.posts:
        return ["company"]
    return sorted({*(f"store:{store}" for store in whom.stores), *(f"post:{post}" for post in whom.posts)})


def _write_audience(session: ScopedSession, course_id: str, body: CourseBody) -> None:
    whom = body.audience
    wanted: set[tuple[str, str | None]] = {*(("store", one) for one in whom.stores), *(("post", one) for one in whom.posts)}
    wanted = wanted or {("company", None)}
    for row in session.scalars(sa.select(CourseAudience).where(CourseAudience.course_id == course_id)):
        if (row.kind, row.ref_id) in wanted:
            wanted.discard((row.kind, row.ref_id))
        else:
            session.delete(row)
    for kind, ref_id in sorted(wanted, key=str):
        row_id = derived_id("course_audience", course_id, kind, ref_id or "")
        session.add(CourseAudience(id=row_id, course_id=course_id, kind=kind, ref_id=ref_id))
    session.flush()


def _write_pictures(session: ScopedSession, course_id: str, body: CourseBody) -> None:
    wanted = set(pictures_of(body))
    for row in session.scalars(sa.select(CoursePicture).where(CoursePicture.course_id == course_id)):
        if row.sha256 in wanted:
            wanted.discard(row.sha256)
        else:
            session.delete(row)
    for sha256 in sorted(wanted):
        session.add(CoursePicture(id=derived_id("course_picture", course_id, sha256), course_id=course_id, sha256=sha256))
    session.flush()

"""Lists of courses, their versions, who has confirmed a script, somebody's learning: as far as the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa

from contract.courses import (
    CourseBody,
    CourseLine,
    CoursePage,
    CourseQuery,
    ReaderLine,
    Readers,
    ReadingQuery,
    VersionCard,
    Versions,
    VersionState,
    problems_of,
)
from contract.learning import Learner
from contract.moments import to_ms
from contract.wire import convert
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.paging import containing, page_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.learning import rows
from server.learning.model import (
    ABOUT_COURSES,
    Attempt,
    Certificate,
    Course,
    CourseAudience,
    CourseVersion,
    Progress,
    Reading,
    reaches_learner,
)
from server.learning.pictures import refs_of
from server.learning.publishing import pictures_of
from server.learning.queries import audience_of
from server.learning.standing import body_of
from server.org.queries import company_day
from server.people.model import Person, PersonStore
from server.stores.model import Store

State = Literal["draft", "in_review", "published", "retired"]


def courses_page(session: ScopedSession, asked: CourseQuery) -> CoursePage:
    """Courses by title: for authors and leaders with drafts, for everybody else what is published for them."""
    found = sa.select(Course)
    reader: Actor = session.info["actor"]
    if not any(reader.may(right) for right in ABOUT_COURSES):
        found = found.where(Course.number > 0, Course.retired_at.is_(None))
    if asked.q.strip():
        found = found.where(sa.and_(*(containing(Course.words, word.casefold()) for word in asked.q.split())))
    if asked.kind is not None:
        found = found.where(Course.kind == asked.kind)
    if asked.topic:
        found = found.where(Course.topic == asked.topic)
    if asked.state is not None:
        found = found.where(_in_state(asked.state))
    for kind, ref_id in (("store", asked.store_id), ("post", asked.post_id)):
        if ref_id is not None:
            own = sa.and_(CourseAudience.kind == kind, CourseAudience.ref_id == ref_id)
            whom = sa.select(CourseAudience.course_id).where(sa.or_(own, CourseAudience.kind == "company"))
            found = found.where(Course.id.in_(whom))
    keys = [Course.title_zh, Course.title_en, Course.id]
    items, following = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor)
    return CoursePage(items=_lines(session, [row[0] for row in items]), next_cursor=following)


def _in_state(state: State) -> sa.ColumnElement[bool]:
    """Courses that are in a state; `draft` and `in_review` also of the next version of one that is published."""
    if state == "retired":
        return Course.retired_at.is_not(None)
    if state == "published":
        return sa.and_(Course.number > 0, Course.retired_at.is_(None))
    states = ("draft", "refused") if state == "draft" else ("in_review",)
    return Course.id.in_(sa.select(CourseVersion.course_id).where(CourseVersion.state.in_(states)))


def _lines(session: ScopedSession, courses: Sequence[Course]) -> list[CourseLine]:
    ids = [course.id for course in courses]
    with whole(session) as everything:
        wanted = sa.or_(CourseVersion.state.in_(("draft", "in_review", "refused")), CourseVersion.state == "published")
        versions = everything.scalars(sa.select(CourseVersion).where(CourseVersion.course_id.in_(ids), wanted)).all()
        names = _names(everything, [course.author_id for course in courses])
    shown: dict[str, CourseVersion] = {}
    opened: dict[str, CourseVersion] = {}
    for version in versions:
        if version.state != "published":
            opened[version.course_id] = version
        if version.state == "published" or version.course_id not in shown:
            shown[version.course_id] = version
    counts = sa.select(Progress.course_id, sa.func.count(), sa.func.count(Progress.settled_at))
    counted = {
        course_id: (begun, settled)
        for course_id, begun, settled in session.execute(counts.where(Progress.course_id.in_(ids)).group_by(Progress.course_id))
    }
    return [
        _line(course, shown[course.id], opened.get(course.id), names[course.author_id], *counted.get(course.id, (0, 0)))
        for course in courses
    ]


def _line(
    course: Course, shown: CourseVersion, opened: CourseVersion | None, author: str, begun: int, settled: int
) -> CourseLine:
    body = body_of(shown.body)
    unpublished: State = "in_review" if opened is not None and opened.state == "in_review" else "draft"
    return CourseLine(
        id=course.id, code=course.code, title_zh=course.title_zh, title_en=course.title_en, kind=course.kind,
        topic=course.topic, minutes=body.minutes, cards=len(body.cards),
        questions=len(body.quiz.questions) if body.quiz is not None else 0,
        state="retired" if course.retired_at is not None else "published" if course.number > 0 else unpublished,
        number=course.number, published_ms=to_ms(course.published_at) if course.published_at is not None else None,
        draft_id=opened.id if opened is not None else None, author=author, stores=len(body.audience.stores),
        posts=len(body.audience.posts), finished=settled, begun=begun,
    )  # fmt: skip


def _names(everything: ScopedSession, people: Sequence[str]) -> dict[str, str]:
    found = everything.execute(sa.select(Person.id, Person.name).where(within(Person.id, set(people))))
    return {row.id: row.name for row in found}


def versions_of(session: ScopedSession, course_id: str) -> Versions:
    """All versions of a course that the reader may write or review, the newest first: drafts before what is published."""
    asked = sa.select(CourseVersion).where(CourseVersion.course_id == course_id)
    found = session.scalars(asked.order_by(CourseVersion.saved_at.desc(), CourseVersion.id)).all()
    course = session.get(Course, course_id)
    if course is None or not found:
        raise Problem("learning.course_unknown", id=course_id)
    ordered = sorted(found, key=lambda one: one.number or 1_000_000, reverse=True)
    with whole(session) as everything:
        names = _names(everything, [one.author_id for one in ordered])
    return Versions(items=[_card(session, course, one, names[one.author_id]) for one in ordered])


def version_card(session: ScopedSession, version_id: str) -> VersionCard:
    """One version, whole."""
    version = session.get(CourseVersion, version_id)
    course = session.get(Course, version.course_id) if version is not None else None
    if version is None or course is None:
        raise Problem("learning.version_unknown", id=version_id)
    with whole(session) as everything:
        names = _names(everything, [version.author_id])
    return _card(session, course, version, names[version.author_id])


def _card(session: ScopedSession, course: Course, version: CourseVersion, author: str) -> VersionCard:
    body: CourseBody = body_of(version.body)
    return VersionCard(
        id=version.id, course_id=course.id, code=course.code, number=version.number, state=convert(version.state, VersionState),
        edit=version.edit, body=body, media=refs_of(session, list(pictures_of(body))), author=author,
        saved_ms=to_ms(version.saved_at),
        published_ms=to_ms(version.published_at) if version.published_at is not None else None,
        request_id=version.request_id, note=version.note, problems=problems_of(body),
    )  # fmt: skip


def readers_of(session: ScopedSession, asked: ReadingQuery) -> Readers:
    """Who of a script's audience has confirmed its newest version, as far as the reader may see them."""
    course = session.get(Course, asked.course_id)
    if course is None or course.kind != "script" or course.version_id is None:
        raise Problem("learning.course_unknown", field="course_id", id=asked.course_id)
    reader: Actor = session.info["actor"]
    assert reader.now is not None
    people = audience_of(session, course.id, company_day(reader.now))
    if asked.store_id is not None:
        here = sa.select(PersonStore.person_id).where(
            PersonStore.store_id == asked.store_id, PersonStore.from_at <= reader.now,
            sa.or_(PersonStore.until_at.is_(None), PersonStore.until_at > reader.now),
        )  # fmt: skip
        people &= set(session.scalars(here))
    shown = session.execute(sa.select(Person.id, Person.name).where(within(Person.id, people)).order_by(Person.name_key)).all()
    first: dict[str, int] = {}
    confirmed = sa.select(Reading.person_id, Reading.at).where(Reading.version_id == course.version_id)
    for person_id, at in session.execute(confirmed):
        first[person_id] = min(to_ms(at), first.get(person_id, to_ms(at)))
    items = [ReaderLine(person_id=row.id, name=row.name, confirmed_ms=first.get(row.id)) for row in shown]
    return Readers(confirmed=sum(one.confirmed_ms is not None for one in items), of=len(items), items=items)


def readers_stores(session: ScopedSession, course_id: str) -> list[tuple[str, str]]:
    """(id, name) of the stores where a script's readers are now, as far as the reader may see both."""
    reader: Actor = session.info["actor"]
    assert reader.now is not None
    people = audience_of(session, course_id, company_day(reader.now))
    here = sa.select(PersonStore.store_id).where(
        within(PersonStore.person_id, people), PersonStore.from_at <= reader.now,
        sa.or_(PersonStore.until_at.is_(None), PersonStore.until_at > reader.now),
    )  # fmt: skip
    found = sa.select(Store.id, Store.name).where(Store.id.in_(here.distinct())).order_by(Store.name, Store.id)
    return [(row.id, row.name) for row in session.execute(found)]


def learner(session: ScopedSession, person_id: str) -> Learner:
    """Somebody's learning: their own, and for who reads training there."""
    reader: Actor = session.info["actor"]
    with whole(session) as everything:
        person = everything.get(Person, person_id)
        name = person.name if person is not None else ""
    if person is None or not reaches_learner(session, reader, person_id):
        raise Problem("people.unknown", field="person_id", id=person_id)
    connection = session.connection()
    progress = rows.progress_rows(connection, _ids(session, Progress, person_id))
    attempts = rows.attempt_rows(connection, _ids(session, Attempt, person_id))
    certificates = rows.certificate_rows(connection, _ids(session, Certificate, person_id))
    return Learner(
        person_id=person_id, name=name,
        progress=sorted(progress.values(), key=lambda one: (-(one.begun_ms or 0), one.id)),
        attempts=sorted(attempts.values(), key=lambda one: (-one.at_ms, one.id)),
        certificates=sorted(certificates.values(), key=lambda one: (-one.issued_ms, one.id)),
    )  # fmt: skip


def _ids(session: ScopedSession, model: Any, person_id: str) -> list[str]:
    return list(session.scalars(sa.select(model.id).where(model.person_id == person_id)))

"""Courses and learning as devices and the API read them, out of the tables. Who may read them is asked before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.courses import Audience, CourseBody, CourseRow, MediaRef
from contract.learning import AttemptRow, CertificateRow, ProgressRow, RecallRow
from contract.learning import Review as ReviewSaid
from contract.moments import to_ms
from contract.quizzes import Answer, Attempted, Mark, without_keys
from contract.wire import convert
from server.kernel.db import table_of
from server.learning.certificates import row_of
from server.learning.model import (
    Attempt,
    Certificate,
    Course,
    CoursePicture,
    CourseVersion,
    Media,
    Progress,
    Recall,
    Review,
)
from server.learning.standing import body_of
from server.people.names import initials_of

NEWEST_ATTEMPTS, NEWEST_REVIEWS = 10, 100
_course, _version, _media = table_of(Course), table_of(CourseVersion), table_of(Media)
_picture, _progress, _attempt = table_of(CoursePicture), table_of(Progress), table_of(Attempt)
_recall, _review, _certificate = table_of(Recall), table_of(Review), table_of(Certificate)
_IDS = sa.bindparam("ids", expanding=True)


def course_rows(connection: sa.Connection, ids: Sequence[str]) -> dict[str, CourseRow]:
    """Published courses. No key of an exam that the server keeps, and nobody else's audience, leaves the server here."""
    c, v = _course.c, _version.c
    asked = sa.select(c.id, c.code, c.version_id, c.number, c.published_at, v.body).join(_version, v.id == c.version_id)
    courses = connection.execute(asked.where(c.id.in_(_IDS), c.retired_at.is_(None)), {"ids": list(ids)}).all()
    wanted = {"ids": [row.id for row in courses]}
    earlier: dict[str, list[list[str]]] = defaultdict(list)
    known = sa.select(v.course_id, v.number, v.cards).where(v.course_id.in_(_IDS), v.state == "replaced").order_by(v.number)
    for row in connection.execute(known, wanted):
        earlier[row.course_id].append(list(row.cards))
    media: dict[str, list[MediaRef]] = defaultdict(list)
    shown = sa.select(_picture.c.course_id, _media).join(_media, _media.c.sha256 == _picture.c.sha256)
    for row in connection.execute(shown.where(_picture.c.course_id.in_(_IDS)).order_by(_media.c.sha256), wanted):
        ref = MediaRef(sha256=row.sha256, media=row.media, size=row.size, width=row.width, height=row.height)
        media[row.course_id].append(ref)
    bodies = {row.id: _for_devices(row.body) for row in courses}
    return {
        row.id: CourseRow(
            id=row.id, code=row.code, version_id=row.version_id, number=row.number, published_ms=to_ms(row.published_at),
            body=bodies[row.id], media=media[row.id], earlier=earlier[row.id], initials=initials_of(bodies[row.id].title_zh),
        )
        for row in courses
    }  # fmt: skip


def _for_devices(text: str) -> CourseBody:
    body = body_of(text)
    quiz = without_keys(body.quiz) if body.quiz is not None else None
    return msgspec.structs.replace(body, quiz=quiz, audience=Audience())


def progress_rows(connection: sa.Connection, ids: Sequence[str]) -> dict[str, ProgressRow]:
    """Standings, with the course's titles of today: they are shown where the course itself is not any more."""
    c = _course.c
    asked = sa.select(_progress, c.code, c.title_zh, c.title_en).join(_course, c.id == _progress.c.course_id)
    return {
        row.id: ProgressRow(
            id=row.id, person_id=row.person_id, course_id=row.course_id, code=row.code, title_zh=row.title_zh,
            title_en=row.title_en, done=list(row.done), percent=row.percent, begun_ms=_ms(row.begun_at),
            finished_ms=_ms(row.finished_at), confirmed_ms=_ms(row.confirmed_at),
            confirmed_version_id=row.confirmed_version_id, attempts=convert(row.attempts, list[Attempted]), grade=row.grade,
            passed_ms=_ms(row.passed_at),
        )
        for row in connection.execute(asked.where(_progress.c.id.in_(_IDS)), {"ids": list(ids)})
    }  # fmt: skip


def attempt_rows(connection: sa.Connection, ids: Sequence[str]) -> dict[str, AttemptRow]:
    """Attempts as marked. One that is not among the newest ten of its person and course is left out."""
    a, v = _attempt.c, _version.c
    asked = sa.select(_attempt, v.body).join(_version, v.id == a.version_id).where(a.id.in_(_IDS))
    found = connection.execute(asked, {"ids": list(ids)}).all()
    newest = newest_attempts(connection, {(row.person_id, row.course_id) for row in found})
    return {
        row.id: AttemptRow(
            id=row.id, person_id=row.person_id, course_id=row.course_id, version_id=row.version_id, at_ms=to_ms(row.at),
            took_ms=row.took_ms, state="marked", answers=convert(row.answers, list[Answer]), marks=_marks(row),
            percent=row.percent, passed=row.passed, over_time=row.over_time, early=row.early,
        )
        for row in found
        if row.id in newest
    }  # fmt: skip


def _marks(row: Any) -> list[Mark]:
    """Of an exam whose key the server keeps: right or wrong, without how nearly."""
    marks = convert(row.marks, list[Mark])
    quiz = body_of(row.body).quiz
    if quiz is None or quiz.kept_by == "device":
        return marks
    return [msgspec.structs.replace(one, earned=one.of if one.right else 0) for one in marks]


def newest_attempts(connection: sa.Connection, pairs: Collection[tuple[str, str]]) -> set[str]:
    """The newest ten attempts of each (person, course), by id."""
    found: set[str] = set()
    for person_id, course_id in pairs:
        mine = sa.select(_attempt.c.id).where(_attempt.c.person_id == person_id, _attempt.c.course_id == course_id)
        ordered = mine.order_by(_attempt.c.at.desc(), _attempt.c.id.desc()).limit(NEWEST_ATTEMPTS)
        found.update(connection.execute(ordered).scalars())
    return found


def recall_rows(connection: sa.Connection, ids: Sequence[str]) -> dict[str, RecallRow]:
    """What memories follow from: of each question the newest hundred reviews, by time."""
    r, q = _recall.c, _review.c
    rows = connection.execute(sa.select(_recall).where(r.id.in_(_IDS)), {"ids": list(ids)}).all()
    together = sa.and_(q.person_id == r.person_id, q.course_id == r.course_id, q.question == r.question)
    asked = sa.select(r.id.label("recall_id"), q.id, q.at, q.rating).join(_review, together).where(r.id.in_(_IDS))
    reviews: dict[str, list[ReviewSaid]] = defaultdict(list)
    for row in connection.execute(asked.order_by(q.at, q.id), {"ids": list(ids)}):
        reviews[row.recall_id].append(ReviewSaid(at_ms=to_ms(row.at), rating=row.rating, id=row.id))
    return {
        row.id: RecallRow(
            id=row.id, person_id=row.person_id, course_id=row.course_id, question=row.question,
            reviews=reviews[row.id][-NEWEST_REVIEWS:],
        )
        for row in rows
    }  # fmt: skip


def certificate_rows(connection: sa.Connection, ids: Sequence[str]) -> dict[str, CertificateRow]:
    """Certificates by id."""
    asked = sa.select(_certificate).where(_certificate.c.id.in_(_IDS))
    return {row.id: row_of(row) for row in connection.execute(asked, {"ids": list(ids)})}


def _ms(moment: Any) -> int | None:
    return to_ms(moment) if moment is not None else None

"""Courses, their versions and pictures; what people did with them, which only adds up; and what follows from that.

A course shows its newest published version; versions that were published are never changed (revision 0024 refuses it). What
people did (`card_event`, `reading`, `attempt`, `recall_review`) is kept as their devices signed it; `course_progress`, `recall`
follow from it and can be made again (server/learning/standing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, ScopedSession, Uuid, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import found_by, just, within
from server.org.model import HomeStay
from server.org.queries import at_home_in
from server.people.model import PersonStore, guests_of
from server.postings.model import Posting


def _only_one(name: str, which: str) -> sa.Index:
    """Of such versions a course has one at most."""
    return sa.Index(name, "course_id", unique=True, sqlite_where=sa.text(which), postgresql_where=sa.text(which))


class Course(Base):
    """A course. What it shows (titles, kind, topic) is its newest published version's, or its draft's where none is published.

    `number` 0: not published yet. `scopes`: where devices read it; empty before it is published and once it is retired.
    """

    __tablename__ = "course"
    __table_args__ = (
        sa.CheckConstraint("kind in ('course','script')", name="kind_known"),
        sa.CheckConstraint(
            "(number = 0) = (version_id is null) and (number = 0) = (published_at is null)", name="published_whole"
        ),
        sa.CheckConstraint("(retired_at is null) = (retired_because is null)", name="retired_with_reason"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    author_id: Mapped[str] = ref("person.id", index=True)
    begun_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(10))
    topic: Mapped[str] = mapped_column(sa.String(120))
    title_zh: Mapped[str] = mapped_column(sa.String(120))
    title_en: Mapped[str] = mapped_column(sa.String(120))
    words: Mapped[str] = mapped_column(sa.Text)
    version_id: Mapped[str | None] = mapped_column(Uuid)
    number: Mapped[int]
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))
    scopes: Mapped[list[Any]]


class CourseVersion(Base):
    """One version. `body`: canonical JSON of `contract.courses.CourseBody`. `number`: which published one it is, 1 the first.

    `cards`: its cards' keys; `policy`: its quiz's, null without one: for standings, which look at all versions at once.
    """

    __tablename__ = "course_version"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "number"),
        sa.CheckConstraint("state in ('draft','in_review','published','refused','replaced')", name="state_known"),
        sa.CheckConstraint(
            "(state in ('published','replaced')) = (published_at is not null) and (number is null) = (published_at is null)",
            name="published_whole",
        ),
        sa.CheckConstraint("state <> 'in_review' or request_id is not null", name="review_has_a_request"),
        sa.CheckConstraint("policy in ('best','last','first')", name="policy_known"),
        _only_one("uq_course_version_open", "state in ('draft','in_review')"),
        _only_one("uq_course_version_published", "state = 'published'"),
    )
    id: Mapped[str] = id_column()
    course_id: Mapped[str] = ref("course.id")
    number: Mapped[int | None]
    state: Mapped[str] = mapped_column(sa.String(10))
    edit: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)
    cards: Mapped[list[Any]]
    policy: Mapped[str | None] = mapped_column(sa.String(5))
    author_id: Mapped[str] = ref("person.id")
    saved_by: Mapped[str] = ref("person.id")
    saved_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    request_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    note: Mapped[str] = mapped_column(sa.String(1000))


class CourseAudience(Base):
    """Whom the newest published version of a course is for: one row for the company, or one for each store and post."""

    __tablename__ = "course_audience"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "kind", "ref_id"),
        sa.CheckConstraint("kind in ('company','store','post') and (kind = 'company') = (ref_id is null)", name="kind_known"),
        sa.Index("ix_course_audience_ref", "kind", "ref_id"),
    )
    id: Mapped[str] = id_column()
    course_id: Mapped[str] = ref("course.id")
    kind: Mapped[str] = mapped_column(sa.String(10))
    ref_id: Mapped[str | None] = mapped_column(Uuid)


class Media(Base):
    """A picture for courses; its bytes lie in the data folder under `sha256`."""

    __tablename__ = "course_media"
    __table_args__ = (sa.CheckConstraint("size > 0 and width > 0 and height > 0", name="has_a_size"),)
    id: Mapped[str] = id_column()
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    media: Mapped[str] = mapped_column(sa.String(20))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(120))
    added_by: Mapped[str] = ref("person.id")
    added_at: Mapped[datetime]


class CoursePicture(Base):
    """Which pictures a published course shows now."""

    __tablename__ = "course_picture"
    __table_args__ = (sa.UniqueConstraint("course_id", "sha256"), sa.Index("ix_course_picture_sha256", "sha256"))
    id: Mapped[str] = id_column()
    course_id: Mapped[str] = ref("course.id")
    sha256: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("course_media.sha256"))


class Act:
    """Somebody did something with a version of a course; `at` by the device's proven time."""

    person_id: Mapped[str] = ref("person.id")
    course_id: Mapped[str] = ref("course.id")
    version_id: Mapped[str] = ref("course_version.id")
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(Uuid)


class CardEvent(Act, Base):
    """Somebody opened, answered or finished a card. `answer`: practice, as it was given."""

    __tablename__ = "card_event"
    __table_args__ = (
        sa.CheckConstraint("event in ('opened','answered','finished')", name="event_known"),
        sa.Index("ix_card_event_person_course", "person_id", "course_id"),
        sa.Index("ix_card_event_course", "course_id"),
    )
    id: Mapped[str] = id_column()
    card: Mapped[str] = mapped_column(sa.String(40))
    event: Mapped[str] = mapped_column(sa.String(10))
    answer: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    took_ms: Mapped[int]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(Uuid)


class Reading(Act, Base):
    """Somebody confirmed reading a version of a script."""

    __tablename__ = "reading"
    __table_args__ = (
        sa.Index("ix_reading_person_course", "person_id", "course_id"),
        sa.Index("ix_reading_version", "version_id"),
        sa.Index("ix_reading_course_id", "course_id"),
    )
    id: Mapped[str] = id_column()
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(Uuid)


class Attempt(Act, Base):
    """An attempt as it was handed in, and what the server made of it by the version it was made in. `early` follows from the
    attempts before it and is made again with the standing."""

    __tablename__ = "attempt"
    __table_args__ = (
        sa.CheckConstraint("handed_in in ('finished','time_over')", name="handed_in_known"),
        sa.CheckConstraint("percent between 0 and 100 and earned between 0 and points", name="marks_in_bounds"),
        sa.CheckConstraint("not (passed and over_time)", name="over_time_never_passes"),
        sa.Index("ix_attempt_person_course", "person_id", "course_id"),
        sa.Index("ix_attempt_course", "course_id"),
    )
    id: Mapped[str] = id_column()
    answers: Mapped[list[Any]]
    took_ms: Mapped[int]
    handed_in: Mapped[str] = mapped_column(sa.String(10))
    marks: Mapped[list[Any]]
    earned: Mapped[int]
    points: Mapped[int]
    percent: Mapped[int]
    passed: Mapped[bool]
    over_time: Mapped[bool]
    early: Mapped[bool]


class Review(Act, Base):
    """One of the daily questions, answered; `rating` 1 to 4 as FSRS has them."""

    __tablename__ = "recall_review"
    __table_args__ = (
        sa.CheckConstraint("rating between 1 and 4", name="rating_known"),
        sa.Index("ix_recall_review_person_course", "person_id", "course_id", "question"),
    )
    id: Mapped[str] = id_column()
    question: Mapped[str] = mapped_column(sa.String(40))
    answer: Mapped[dict[str, Any]]
    rating: Mapped[int]
    took_ms: Mapped[int]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(Uuid)


class Progress(Base):
    """How far somebody is in a course: a pure function of their events and the course's published versions (rules.standing_of).

    `attempts`: contract.quizzes.Attempted by time. `settled_at`: passed, finished where there is no quiz, a script confirmed.
    """

    __tablename__ = "course_progress"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "course_id"),
        sa.CheckConstraint("percent between 0 and 100 and (percent = 100) = (finished_at is not null)", name="finished_is_all"),
        sa.Index("ix_course_progress_course", "course_id", "settled_at"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    course_id: Mapped[str] = ref("course.id")
    done: Mapped[list[Any]]
    percent: Mapped[int]
    begun_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_version_id: Mapped[str | None] = mapped_column(Uuid)
    attempts: Mapped[list[Any]]
    grade: Mapped[int | None]
    passed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    failed: Mapped[bool]


class Recall(Base):
    """A question that somebody is asked again and again: a name for its reviews."""

    __tablename__ = "recall"
    __table_args__ = (sa.UniqueConstraint("person_id", "course_id", "question"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    course_id: Mapped[str] = ref("course.id")
    question: Mapped[str] = mapped_column(sa.String(40))
    reviews: Mapped[int]


class Certificate(Base):
    """A course settled, as it was when the server first knew: what is printed stays as it is printed."""

    __tablename__ = "certificate"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "course_id"),
        sa.CheckConstraint("percent is null or percent between 0 and 100", name="percent_is_one"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    course_id: Mapped[str] = ref("course.id")
    version_id: Mapped[str] = ref("course_version.id")
    title_zh: Mapped[str] = mapped_column(sa.String(120))
    title_en: Mapped[str] = mapped_column(sa.String(120))
    issued_at: Mapped[datetime]
    percent: Mapped[int | None]
    code: Mapped[str] = mapped_column(sa.String(14), unique=True)


ABOUT_COURSES = (Permission.READ_TRAINING, Permission.WRITE_COURSES, Permission.PUBLISH_COURSES)
_AUTHORS = (Permission.WRITE_COURSES, Permission.PUBLISH_COURSES)


def _everywhere(actor: Actor, rights: tuple[Permission, ...]) -> bool:
    return actor.device_id is not None or any(actor.has_everywhere(right) for right in rights)


def _for_them(actor: Actor, rights: tuple[Permission, ...]) -> list[sa.Select[Any]]:
    """Courses published for the company, for stores where the actor holds one of the rights, and for posts."""
    held = [right for right in rights if actor.may(right)]
    if not held:
        return []
    audience = table_of(CourseAudience).c
    units: frozenset[str] = frozenset().union(*(actor.stores_for(right) for right in held))
    return [
        sa.select(audience.course_id).where(audience.kind != "store"),
        sa.select(audience.course_id).where(audience.kind == "store", within(audience.ref_id, units)),
    ]


def _for_oneself(actor: Actor) -> list[sa.Select[Any]]:
    """Courses somebody began to write; those published for the company, for where they worked or will, for posts of theirs."""
    if actor.person_id is None:
        return []
    course, audience, posting, stay, stays = (table_of(one).c for one in (Course, CourseAudience, Posting, PersonStore, HomeStay))
    written = sa.select(course.id).where(course.author_id == actor.person_id)
    if not actor.may(Permission.LEARN):
        return [written]
    stores = sa.select(stay.store_id).where(stay.person_id == actor.person_id)
    posts = sa.select(posting.post_id).where(posting.person_id == actor.person_id, posting.post_id.is_not(None))
    home = sa.select(stays.post_id).where(stays.person_id == actor.person_id, stays.post_id.is_not(None))
    return [
        written,
        sa.select(audience.course_id).where(audience.kind == "company"),
        sa.select(audience.course_id).where(audience.kind == "store", audience.ref_id.in_(stores)),
        sa.select(audience.course_id).where(audience.kind == "post", audience.ref_id.in_(posts.union(home))),
    ]


def _reached(row_id: str, session: Any, questions: list[sa.Select[Any]]) -> bool:
    """Whether one of the questions finds this id, for one row in memory."""
    if session is None:
        return False
    asked = (found.where(found.selected_columns[0] == row_id).limit(1) for found in questions)
    return any(session.connection().execute(one).first() is not None for one in asked)


def _of_version(actor: Actor) -> list[sa.Select[Any]]:
    """Versions with their keys: of courses somebody began to write, and of those for the stores where they write."""
    version = table_of(CourseVersion).c
    own = [] if actor.person_id is None else [sa.select(version.id).where(version.author_id == actor.person_id)]
    return [*own, *(sa.select(version.id).where(version.course_id.in_(one)) for one in _for_them(actor, _AUTHORS))]


def _of_learner(actor: Actor) -> list[sa.Select[Any]]:
    """Oneself; who is, was or will be at home or a guest where the actor reads training."""
    units = actor.stores_for(Permission.READ_TRAINING)
    own = [just(actor.person_id)] if actor.person_id is not None and actor.may(Permission.READ_SELF) else []
    return [guests_of(units), at_home_in(units), *own]


def reaches_learner(session: ScopedSession, actor: Actor, person_id: str) -> bool:
    """Whether the actor may read what somebody learns: themselves, and those where they read training."""
    return _everywhere(actor, (Permission.READ_TRAINING,)) or _reached(person_id, session, _of_learner(actor))


def _with_questions(model: Any, column: str, rights: tuple[Permission, ...], questions: Any, writes: Any) -> None:
    """Everything for who has one of the rights everywhere and for devices; else what the questions find in a column."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if _everywhere(actor, rights):
            return None
        asked = questions(actor)
        return found_by(getattr(model, column), *asked) if asked else sa.false()

    def covers(actor: Actor, row: Any) -> bool:
        return _everywhere(actor, rights) or _reached(getattr(row, column), sa.inspect(row).session, questions(actor))

    scoped(model, visible=visible, covers=covers, writes=writes)


def _about_themselves(actor: Actor, row: Any) -> bool:
    """What people do they do themselves: a device says so for its person, or for whoever typed a PIN at it."""
    return actor.device_id is not None or (row.person_id == actor.person_id and actor.may(Permission.LEARN))


def _courses(actor: Actor) -> list[sa.Select[Any]]:
    return [*_for_oneself(actor), *_for_them(actor, ABOUT_COURSES)]


def _writes(actor: Actor, row: Any) -> bool:
    return any(actor.may(right) for right in _AUTHORS)


_with_questions(Course, "id", ABOUT_COURSES, _courses, _writes)
_with_questions(CourseAudience, "course_id", ABOUT_COURSES, _courses, _writes)
_with_questions(CoursePicture, "course_id", ABOUT_COURSES, _courses, _writes)
_with_questions(CourseVersion, "id", _AUTHORS, _of_version, _writes)
for _done in (CardEvent, Reading, Attempt, Review):
    _with_questions(_done, "person_id", (Permission.READ_TRAINING,), _of_learner, _about_themselves)
for _follow in (Progress, Recall, Certificate):
    _with_questions(
        _follow, "person_id", (Permission.READ_TRAINING,), _of_learner, lambda actor, row: False
    )  # what follows is written with the system's reach
open_to_all(Media, because="of a picture it says only how large it is; its bytes are given to whoever may see a course with it")

synced(Course, "course", lambda row: list(row.scopes))
for _model, _entity in (
    (Progress, "course_progress"),
    (Attempt, "quiz_attempt"),
    (Recall, "recall"),
    (Certificate, "certificate"),
):
    synced(_model, _entity, lambda row: [f"person:{row.person_id}"])

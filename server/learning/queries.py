"""Standings, titles and audiences, for later areas.

They ask the tables themselves: whether somebody has passed must not depend on who asks; what is shown of it the caller narrows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.moments import to_ms
from server.kernel.db import table_of
from server.kernel.sets import within
from server.learning.model import Course, CourseAudience, Progress
from server.org.model import HomeStay
from server.org.rules import COMPANY_ZONE
from server.people.model import PersonStore
from server.postings.model import Posting

Reader = Session | sa.Connection
_progress, _course, _audience = table_of(Progress), table_of(Course), table_of(CourseAudience)
_stay, _posting, _home = table_of(PersonStore), table_of(Posting), table_of(HomeStay)


@dataclass(frozen=True)
class Standing:
    """How far somebody is in a course. `settled_ms`: passed, finished without a quiz, or (a script) confirmed; for good.

    `failed`: the last attempt did not pass and none before it did.
    """

    percent: int
    grade: int | None
    begun_ms: int | None
    finished_ms: int | None
    passed_ms: int | None
    confirmed_ms: int | None
    settled_ms: int | None
    failed: bool


@dataclass(frozen=True)
class Title:
    """What a course is called, and whether anybody can still begin it."""

    code: str
    zh: str
    en: str
    kind: str
    is_open: bool


@dataclass(frozen=True)
class ForWhom:
    """Whom a course's newest published version is for: everybody, where `company`; nobody, where it was never published."""

    company: bool
    stores: frozenset[str]
    posts: frozenset[str]


def connection_of(reader: Reader) -> sa.Connection:
    """The connection below a session, or the connection itself."""
    return reader.connection() if isinstance(reader, Session) else reader


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None


def standings(
    reader: Reader, person_ids: Collection[str], course_ids: Collection[str] | None = None
) -> dict[tuple[str, str], Standing]:
    """(person, course) -> standing, for those who have begun. `course_ids` None: all courses."""
    found = sa.select(_progress).where(within(_progress.c.person_id, person_ids))
    if course_ids is not None:
        found = found.where(within(_progress.c.course_id, course_ids))
    return {
        (row.person_id, row.course_id): Standing(
            percent=row.percent, grade=row.grade, begun_ms=_ms(row.begun_at), finished_ms=_ms(row.finished_at),
            passed_ms=_ms(row.passed_at), confirmed_ms=_ms(row.confirmed_at), settled_ms=_ms(row.settled_at), failed=row.failed,
        )
        for row in connection_of(reader).execute(found)
    }  # fmt: skip


def titles(reader: Reader, course_ids: Collection[str]) -> dict[str, Title]:
    """What courses are called. One that is not known is left out."""
    c = _course.c
    found = sa.select(c.id, c.code, c.title_zh, c.title_en, c.kind, c.number, c.retired_at).where(within(c.id, course_ids))
    return {
        row.id: Title(row.code, row.title_zh, row.title_en, row.kind, row.number > 0 and row.retired_at is None)
        for row in connection_of(reader).execute(found)
    }


def course_called(reader: Reader, code: str) -> str | None:
    """The id of the course with a code."""
    return connection_of(reader).execute(sa.select(_course.c.id).where(_course.c.code == code)).scalar_one_or_none()


def for_whom(reader: Reader, course_ids: Collection[str]) -> dict[str, ForWhom]:
    """Whom courses are for, by course."""
    rows: dict[str, list[Any]] = {course_id: [] for course_id in course_ids}
    found = sa.select(_audience.c.course_id, _audience.c.kind, _audience.c.ref_id)
    for row in connection_of(reader).execute(found.where(within(_audience.c.course_id, course_ids))):
        rows[row.course_id].append(row)
    return {
        course_id: ForWhom(
            any(row.kind == "company" for row in its),
            frozenset(row.ref_id for row in its if row.kind == "store"),
            frozenset(row.ref_id for row in its if row.kind == "post"),
        )
        for course_id, its in rows.items()
    }


def is_for(reader: Reader, course_id: str, person_id: str, day: date) -> bool:
    """Whether a published course is for somebody on a day: for the company, a store where they work that day (posted or lent),
    or a post they have that day, by posting or by home."""
    return person_id in audience_of(reader, course_id, day, among=[person_id])


def audience_of(reader: Reader, course_id: str, day: date, among: Collection[str] | None = None) -> set[str]:
    """Who a published course is for on a day, by person id; `among`: only these are asked about. Who has left (no home and no
    posting that day) belongs to nobody's audience."""
    whom = for_whom(reader, [course_id])[course_id]
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    stays = sa.and_(_stay.c.from_at < ends, sa.or_(_stay.c.until_at.is_(None), _stay.c.until_at > begins))
    posted = sa.and_(_posting.c.starts_at < ends, sa.or_(_posting.c.ends_at.is_(None), _posting.c.ends_at > begins))
    at_home = sa.and_(_home.c.from_day <= day, sa.or_(_home.c.until.is_(None), _home.c.until > day))
    if whom.company:
        asked = [(_stay.c.person_id, stays), (_home.c.person_id, at_home)]
    else:
        asked = [
            (_stay.c.person_id, sa.and_(stays, within(_stay.c.store_id, whom.stores))),
            (_posting.c.person_id, sa.and_(posted, within(_posting.c.post_id, whom.posts))),
            (_home.c.person_id, sa.and_(at_home, within(_home.c.post_id, whom.posts))),
        ]
    found: set[str] = set()
    connection = connection_of(reader)
    for column, condition in asked:
        narrowed = condition if among is None else sa.and_(condition, within(column, among))
        found.update(connection.execute(sa.select(column).where(narrowed)).scalars())
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(COMPANY_ZONE))

"""Standings made anew from what people did: of one person, or of everybody who has begun a course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.courses import CourseBody
from contract.ids import derived_id
from contract.moments import instant, to_ms
from contract.quizzes import Attempted, Quiz
from contract.wire import convert, plain
from server.kernel.bulk import insert_missing
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.perform import Work
from server.learning import rules
from server.learning.certificates import issue
from server.learning.events import CourseSettled, ProgressMoved
from server.learning.model import Attempt, CardEvent, Course, CourseVersion, Progress, Reading
from server.learning.rules import Confirmed, Finished, Published, Stands

_version, _card, _reading = table_of(CourseVersion), table_of(CardEvent), table_of(Reading)
_read = msgspec.json.Decoder(CourseBody).decode


@lru_cache(maxsize=32)
def body_of(text: str) -> CourseBody:
    """A version's body out of its text."""
    return _read(text)


def progress_id(person_id: str, course_id: str) -> str:
    """The id of a standing: the same wherever it is computed."""
    return derived_id("course_progress", person_id, course_id)


def refresh(work: Work, person_id: str, course_id: str) -> Stands:
    """Make somebody's standing anew after something was added; says what changed, and issues what is due."""
    return _refresh(work, course_id, [person_id])[person_id]


def refresh_course(work: Work, course_id: str) -> None:
    """The same for everybody who has begun the course: a version was published."""
    with work.with_system_reach() as session:
        people = sorted(session.scalars(sa.select(Progress.person_id).where(Progress.course_id == course_id)))
    if people:
        _refresh(work, course_id, people)


def _refresh(work: Work, course_id: str, people: Sequence[str]) -> dict[str, Stands]:
    moved: list[str] = []
    settled: list[tuple[str, int]] = []
    found: dict[str, Stands] = {}
    with work.with_system_reach() as session:
        rows = _locked(session, course_id, people)
        course = session.get_one(Course, course_id)
        done = _Done(session, course_id, people)
        for person_id, row in rows.items():
            stands = found[person_id] = done.standing(course.kind, person_id)
            was_settled = row.settled_at is not None
            if _write(row, stands):
                moved.append(person_id)
            if stands.settled_ms is not None and not was_settled:
                settled.append((person_id, stands.settled_ms))
                issue(session, course, person_id, stands)
            done.note_early(person_id)
        session.flush()
    for person_id in moved:
        tell(work, ProgressMoved(person_id, course_id))
    for person_id, at_ms in settled:
        tell(work, CourseSettled(person_id, course_id, instant(at_ms)))
    return found


def _locked(session: ScopedSession, course_id: str, people: Sequence[str]) -> dict[str, Progress]:
    """The rows of these people, born where they are missing, and held: whoever adds something at the same moment waits, and then
    sees both."""
    bare = {"done": [], "percent": 0, "attempts": [], "failed": False}
    born = [{"id": progress_id(one, course_id), "person_id": one, "course_id": course_id, **bare} for one in people]
    insert_missing(session.connection(), table_of(Progress), born)
    held = sa.select(Progress).where(Progress.course_id == course_id, Progress.person_id.in_(people)).order_by(Progress.id)
    rows = session.scalars(held.with_for_update().execution_options(populate_existing=True))
    return {row.person_id: row for row in rows}


class _Done:
    """What these people did in a course, and its versions."""

    def __init__(self, session: ScopedSession, course_id: str, people: Sequence[str]) -> None:
        v, connection = _version.c, session.connection()
        asked = sa.select(v.id, v.number, v.published_at, v.cards, v.policy).where(v.course_id == course_id, v.number > 0)
        versions = connection.execute(asked.order_by(v.number)).all()
        self._session = session
        self._numbers = {row.id: row.number for row in versions}
        self._policy = next((row.policy for row in reversed(versions) if row.policy is not None), "best")
        self._versions = [
            Published(row.id, row.number, to_ms(row.published_at), tuple(row.cards), row.policy is not None) for row in versions
        ]
        self._begun: dict[str, list[int]] = defaultdict(list)
        self._finished: dict[str, list[Finished]] = defaultdict(list)
        self._confirmed: dict[str, list[Confirmed]] = defaultdict(list)
        self._attempts: dict[str, list[Attempt]] = defaultdict(list)
        c, r = _card.c, _reading.c
        cards = sa.select(c.person_id, c.version_id, c.card, c.event, c.at)
        for row in connection.execute(cards.where(c.course_id == course_id, c.person_id.in_(people))):
            self._begun[row.person_id].append(to_ms(row.at))
            if row.event == "finished":
                self._finished[row.person_id].append(Finished(row.card, self._numbers[row.version_id], to_ms(row.at)))
        readings = sa.select(r.person_id, r.version_id, r.at)
        for row in connection.execute(readings.where(r.course_id == course_id, r.person_id.in_(people))):
            self._begun[row.person_id].append(to_ms(row.at))
            self._confirmed[row.person_id].append(Confirmed(row.version_id, self._numbers[row.version_id], to_ms(row.at)))
        attempts = sa.select(Attempt).where(Attempt.course_id == course_id, Attempt.person_id.in_(people))
        for attempt in session.scalars(attempts.execution_options(populate_existing=True)):
            self._begun[attempt.person_id].append(to_ms(attempt.at) - attempt.took_ms)
            self._attempts[attempt.person_id].append(attempt)

    def standing(self, kind: Any, person_id: str) -> Stands:
        return rules.standing_of(
            kind, self._versions, begun_ms=min(self._begun[person_id], default=None), finished=self._finished[person_id],
            confirmed=self._confirmed[person_id], attempts=map(_attempted, self._attempts[person_id]), policy=self._policy,
        )  # fmt: skip

    def note_early(self, person_id: str) -> None:
        """Which attempts were made too early, by all that are known now."""
        attempts = self._attempts[person_id]
        if len(attempts) < 2:
            return
        quiz_of = {one.version_id: self._quiz(one.version_id) for one in attempts}
        version_of = {one.id: one.version_id for one in attempts}
        early = rules.early_of([(_attempted(one), one.took_ms) for one in attempts], lambda one: quiz_of[version_of[one]])
        for one in attempts:
            if one.early != early[one.id]:
                one.early = early[one.id]

    def _quiz(self, version_id: str) -> Quiz:
        quiz = body_of(self._session.get_one(CourseVersion, version_id).body).quiz
        assert quiz is not None  # an attempt was made of it
        return quiz


def _attempted(row: Attempt) -> Attempted:
    return Attempted(attempt_id=row.id, at_ms=to_ms(row.at), percent=row.percent, passed=row.passed)


def _write(row: Progress, stands: Stands) -> bool:
    """Put a standing into its row; whether anything changed."""
    values = {
        "done": list(stands.done),
        "percent": stands.percent,
        "begun_at": _moment(stands.begun_ms),
        "finished_at": _moment(stands.finished_ms),
        "confirmed_at": _moment(stands.confirmed_ms),
        "confirmed_version_id": stands.confirmed_version_id,
        "attempts": [plain(one) for one in stands.attempts],
        "grade": stands.grade,
        "passed_at": _moment(stands.passed_ms),
        "settled_at": _moment(stands.settled_ms),
        "failed": stands.failed,
    }
    moved = [name for name, value in values.items() if getattr(row, name) != value]
    for name in moved:
        setattr(row, name, values[name])
    return bool(moved)


def _moment(ms: int | None) -> Any:
    return instant(ms) if ms is not None else None


def attempts_of(row: Any) -> list[Attempted]:
    """The attempts in a standing's row."""
    return convert(row.attempts, list[Attempted])

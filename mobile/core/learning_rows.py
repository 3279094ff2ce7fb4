"""Learning as this device holds it: the server's rows, and over them what was done here and is not answered yet.

Progress is the union of both and never lower than the server's word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from contract.courses import CourseRow
from contract.growth import CareerRow, PathRow, RecommendationRow, SayWish
from contract.learning import (
    AttemptRow,
    CertificateRow,
    ConfirmReading,
    ProgressRow,
    RecallRow,
    RecordCard,
    RecordReview,
    Review,
    percent_done,
)
from contract.quizzes import Attempted, Question, Quiz, grade_of
from contract.training import OnboardingRow, TaskRow
from contract.wire import Wire
from mobile.core.overlay import Laid, Overlay
from mobile.core.recall import Name
from mobile.core.replica import Replica
from mobile.core.requests import Reader
from mobile.core.views_hq import Both

COURSE, PROGRESS, ATTEMPT, RECALL, CERTIFICATE = "course", "course_progress", "quiz_attempt", "recall", "certificate"
TASK, ONBOARDING, RECOMMENDATION, CAREER, PATH = "training_task", "onboarding", "recommendation", "career", "career_path"
W = TypeVar("W", bound=Wire)
CARD, READING, REVIEW, WISH = "card_event", "reading", "recall_review", "career_wish"  # only laid here


class LaidReview(Wire, frozen=True, kw_only=True):
    """A review made here: what was said, and when by this device's best estimate."""

    said: RecordReview
    at_ms: int


@dataclass(frozen=True)
class Standing:
    """How somebody stands in a course, over the server's word and what was done here."""

    done: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    percent: int = 0
    begun: bool = False
    attempts: tuple[Attempted, ...] = ()
    grade: int | None = None
    passed: bool = False
    waiting: bool = False
    settled_ms: int | None = None
    confirmed_ms: int | None = None
    confirmed_version: str | None = None


@dataclass(frozen=True)
class Known:
    """What this device holds of one person's learning at a moment, read in one go."""

    reader: Reader
    today: str
    courses: dict[str, CourseRow]
    progress: dict[str, ProgressRow]
    events: list[Laid[RecordCard]]
    attempts: dict[str, list[AttemptRow]]
    laid_attempts: dict[str, Laid[AttemptRow]]
    confirmed: dict[str, Laid[ConfirmReading]]
    tasks: list[TaskRow]
    recommended: list[RecommendationRow]
    certificates: list[CertificateRow]
    reviews: dict[Name, list[Review]]
    of_stores: frozenset[str]
    stores: dict[str, str]


class LearnBook:
    """Reads for one person. Everything is inside a read of the caller."""

    def __init__(self, replica: Replica, overlay: Overlay) -> None:
        self.replica, self.overlay = replica, overlay

    def courses(self) -> dict[str, CourseRow]:
        """Every course this device holds, by id."""
        return {row.id: row for row in self.replica.all(COURSE, CourseRow)}

    def tasks(self, scope: str) -> list[TaskRow]:
        return self.replica.all(TASK, TaskRow, scope=scope)

    def onboarding(self, scope: str) -> list[OnboardingRow]:
        return self.replica.all(ONBOARDING, OnboardingRow, scope=scope)

    def career(self, scope: str) -> tuple[CareerRow | None, list[PathRow], Laid[SayWish] | None]:
        """(my path as HQ has it, all paths, my newest wish made here)."""
        mine = next(iter(self.replica.all(CAREER, CareerRow, scope=scope)), None)
        laid = [one for one in self.overlay.all(WISH, SayWish) if one.pk == scope]
        return mine, self.replica.all(PATH, PathRow), laid[-1] if laid else None

    def known(self, reader: Reader, stores: dict[str, str]) -> Known:
        scope, me = reader.scope, reader.person_id
        attempts: dict[str, list[AttemptRow]] = {}
        at_hq = {row.id: row for row in self.replica.all(ATTEMPT, AttemptRow, scope=scope)}
        laid = {pk: one for pk, one in self.overlay.latest(ATTEMPT, AttemptRow).items() if one.row.person_id == me}
        for row in (at_hq | {pk: one.row for pk, one in laid.items() if pk not in at_hq and one.counts}).values():
            attempts.setdefault(row.course_id, []).append(row)
        return Known(
            reader=reader,
            today=reader.when.day(reader.now_ms),
            courses=self.courses(),
            progress={row.course_id: row for row in self.replica.all(PROGRESS, ProgressRow, scope=scope)},
            events=[one for _, one in self._laid(CARD, RecordCard, me)],
            attempts=attempts,
            laid_attempts=laid,
            confirmed={pk.partition("|")[2]: one for pk, one in self._laid(READING, ConfirmReading, me)},
            tasks=self.tasks(scope),
            recommended=self.replica.all(RECOMMENDATION, RecommendationRow, scope=scope),
            certificates=self.replica.all(CERTIFICATE, CertificateRow, scope=scope),
            reviews=self._reviews(scope, me),
            of_stores=frozenset(self._of_stores()),
            stores=stores,
        )

    def _laid(self, entity: str, shape: type[W], me: str) -> Iterable[tuple[str, Laid[W]]]:
        return [(one.pk, one) for one in self.overlay.all(entity, shape) if one.pk.startswith(f"{me}|") and one.counts]

    def _reviews(self, scope: str, me: str) -> dict[Name, list[Review]]:
        found = {(row.course_id, row.question): list(row.reviews) for row in self.replica.all(RECALL, RecallRow, scope=scope)}
        for _, one in self._laid(REVIEW, LaidReview, me):
            said = one.row.said
            known = found.setdefault((said.course_id, said.question), [])
            if all(review.id != said.review_id for review in known):
                known.append(Review(at_ms=one.row.at_ms, rating=said.rating, id=said.review_id))
        return found

    def _of_stores(self) -> set[str]:
        """Courses that are for a store of this device's, not for everybody."""
        scopes = [scope for scope in self.replica.cursors() if scope.startswith("store:")]
        return {row.id for scope in scopes for row in self.replica.all(COURSE, CourseRow, scope=scope)}


def standing_of(course_id: str, known: Known) -> Standing:
    """The server's word united with what was done here: never lower than either."""
    row, course = known.progress.get(course_id), known.courses.get(course_id)
    events = [one.row for one in known.events if one.row.course_id == course_id]
    done = {*(row.done if row else ()), *(one.card for one in events if one.event == "finished")}
    percent = max(row.percent if row else 0, percent_done(done, versions_of(course)) if course else 0)
    attempts = attempts_of(course_id, known)
    quiz = course.body.quiz if course else None
    grade = grade_of(quiz.policy, attempts) if quiz else row.grade if row else None
    passed = [one.at_ms for one in attempts if one.passed]
    passed_ms = min([*passed, *([row.passed_ms] if row and row.passed_ms is not None else [])], default=None)
    confirmed = known.confirmed.get(course_id)
    confirmed_ms, version = (row.confirmed_ms, row.confirmed_version_id) if row else (None, None)
    if confirmed is not None:
        confirmed_ms, version = confirmed.entry.made_ms, confirmed.row.version_id
    return Standing(
        done=frozenset(done),
        opened=frozenset(one.card for one in events),
        percent=percent,
        begun=bool(events) or bool(attempts) or (row is not None and row.begun_ms is not None),
        attempts=tuple(attempts),
        grade=grade,
        passed=passed_ms is not None,
        waiting=any(one.state == "waiting" for one in known.attempts.get(course_id, ())),
        settled_ms=_certified_ms(course, known) or _settled_ms(course, row, known, percent, passed_ms, confirmed_ms, version),
        confirmed_ms=confirmed_ms,
        confirmed_version=version,
    )


def attempts_of(course_id: str, known: Known) -> list[Attempted]:
    """All that were marked, here or by the server, in the order in which they were handed in."""
    row = known.progress.get(course_id)
    found = {one.attempt_id: one for one in (row.attempts if row else ())}
    for one in known.attempts.get(course_id, ()):
        if one.state == "marked":
            found.setdefault(one.id, Attempted(attempt_id=one.id, at_ms=one.at_ms, percent=one.percent, passed=one.passed))
    return sorted(found.values(), key=lambda one: (one.at_ms, one.attempt_id))


def versions_of(course: CourseRow) -> list[list[str]]:
    """The cards of every published version, the newest first."""
    return [[card.key for card in course.body.cards], *course.earlier]


def asked_daily(course: CourseRow) -> dict[str, Question]:
    """Questions of a course that may come back daily: those of its quiz whose key is here, and its practice."""
    found: dict[str, Question] = {}
    quiz: Quiz | None = course.body.quiz
    if quiz is not None and quiz.kept_by == "device":
        found = {one.key: one for one in quiz.questions if one.solution is not None}
    for card in course.body.cards:
        if card.question is not None and card.question.solution is not None:
            found.setdefault(card.question.key, card.question)
    return found


def title_of(course: CourseRow) -> Both:
    return both(course.body.title_zh, course.body.title_en)


def both(zh: str, en: str) -> Both:
    """What is not written in one language is shown in the other."""
    return Both(zh or en, en or zh)


def _certified_ms(course: CourseRow | None, known: Known) -> int | None:
    """What was certified stays done, whatever a newer version asks."""
    found = [one.issued_ms for one in known.certificates if course is not None and one.course_id == course.id]
    return min(found, default=None)


def _settled_ms(
    course: CourseRow | None, row: ProgressRow | None, known: Known, percent: int, passed_ms: int | None,
    confirmed_ms: int | None, version: str | None,
) -> int | None:  # fmt: skip
    """When it was done: passed; finished where there is no quiz; the newest version confirmed, of a script."""
    if course is None:
        return passed_ms or (row.confirmed_ms or row.finished_ms if row and not row.attempts else None)
    if course.body.kind == "script":
        return confirmed_ms if version == course.version_id else None
    if course.body.quiz is not None:
        return passed_ms
    if percent < 100:
        return None
    return row.finished_ms if row is not None and row.finished_ms is not None else known.reader.now_ms

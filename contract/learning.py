"""What people do with courses, as events that only add up: cards read, answers, attempts, confirmations, reviews.

Two devices of one person, in whatever order they reach the server, come to the same progress: it is the union of their events
and never goes backwards. At a store's tablet the operation's `actor` acts, whose PIN it checked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import BornId, Id
from contract.quizzes import Answer, Attempted, Key, Mark
from contract.wire import Wire, operation

CardEvent = Literal["opened", "answered", "finished"]
HandedIn = Literal["finished", "time_over"]
AttemptState = Literal["marked", "waiting"]
Rating = Annotated[int, Meta(ge=1, le=4, description="1 again, 2 hard, 3 good, 4 easy, as FSRS has them")]
Took = Annotated[int, Meta(ge=0, le=86_400_000, description="milliseconds by the device's monotonic clock")]


@operation("learning.record_card/1")
class RecordCard(Wire, frozen=True, kw_only=True):
    """I opened, answered or finished a card. `answer` only with answered: practice, never graded."""

    event_id: BornId
    course_id: Id
    version_id: Id
    card: Key
    event: CardEvent
    answer: Answer | None = None
    took_ms: Took = 0


@operation("learning.confirm_reading/1")
class ConfirmReading(Wire, frozen=True, kw_only=True):
    """I have read and understood this version of a script."""

    confirm_id: BornId
    course_id: Id
    version_id: Id


@operation("learning.submit_attempt/1")
class SubmitAttempt(Wire, frozen=True, kw_only=True):
    """I hand in an attempt. What it asked follows from `attempt_id` (contract.quizzes.ask); marks are never sent, the server
    marks it again. An attempt of a version that is no longer the newest counts by the version it was made in."""

    attempt_id: BornId
    course_id: Id
    version_id: Id
    answers: Annotated[list[Answer], Meta(max_length=500)]
    took_ms: Took
    handed_in: HandedIn = "finished"


@operation("learning.record_review/1")
class RecordReview(Wire, frozen=True, kw_only=True):
    """One of the daily questions, answered; `rating` is what FSRS is told."""

    review_id: BornId
    course_id: Id
    version_id: Id
    question: Key
    answer: Answer
    rating: Rating
    took_ms: Took = 0


# -- rows on devices ------------------------------------------------------------------------------------------------------


class ProgressRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody's standing in a course, over all versions and devices: entity `course_progress`, in `person:<person>`.

    It stays when the course does not (after the return from a store). `done`: keys of finished cards. `percent` never falls;
    100 is finished. `grade` by the quiz's policy; `passed_ms`: when an attempt first reached the pass mark, and then for good.
    """

    id: str
    person_id: str
    course_id: str
    code: str
    title_zh: str
    title_en: str
    done: list[str] = []
    percent: int = 0
    begun_ms: int | None = None
    finished_ms: int | None = None
    confirmed_ms: int | None = None
    confirmed_version_id: str | None = None
    attempts: list[Attempted] = []
    grade: int | None = None
    passed_ms: int | None = None


class AttemptRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt as marked by the server: entity `quiz_attempt`, in `person:<person>`; of a course the newest ten.

    waiting: the version it was made in has not been found yet. `early`: it began before the retake date, on a device that could
    not know; it counts all the same. Of an exam whose key stays with the server `marks` say right or wrong and no more.
    """

    id: str
    person_id: str
    course_id: str
    version_id: str
    at_ms: int
    took_ms: int
    state: AttemptState
    answers: list[Answer] = []
    marks: list[Mark] = []
    percent: int = 0
    passed: bool = False
    over_time: bool = False
    early: bool = False


class Review(Wire, frozen=True, kw_only=True):
    """A review of one question: when, and how well it was known."""

    at_ms: int
    rating: int
    id: str


class RecallRow(Wire, frozen=True, kw_only=True):
    """Everything that somebody's memory of a question follows from: entity `recall`, in `person:<person>`. Reviews by time, then
    id, the newest hundred: a device replays them through FSRS, so two devices come to the same due date."""

    id: str
    person_id: str
    course_id: str
    question: str
    reviews: list[Review]


class CertificateRow(Wire, frozen=True, kw_only=True):
    """A course passed, or finished where it has no quiz: entity `certificate`, in `person:<person>`.

    `code` verifies it for anybody.
    """

    id: str
    person_id: str
    course_id: str
    title_zh: str
    title_en: str
    issued_ms: int
    percent: int | None
    code: str


# -- what is read over the API --------------------------------------------------------------------------------------------


class LearnerQuery(Wire, frozen=True, kw_only=True):
    """Whose learning; absent: one's own."""

    person_id: Id | None = None


class Learner(Wire, frozen=True, kw_only=True):
    """Somebody's learning: courses by when they were begun, the newest first, and what was certified."""

    person_id: str
    name: str
    progress: list[ProgressRow]
    attempts: list[AttemptRow]
    certificates: list[CertificateRow]


class CertificateCheck(Wire, frozen=True, kw_only=True):
    """What anybody is told who asks by a certificate's code: nothing that is not printed on it."""

    code: str
    name: str
    title_zh: str
    title_en: str
    issued_ms: int
    percent: int | None


class Outcome(Wire, frozen=True, kw_only=True):
    """What came of a learning event at once: the progress in percent; of an attempt its marks, null while they wait."""

    percent: int
    grade: int | None = None
    passed: bool | None = None


def percent_done(done: Collection[str], versions: Sequence[Collection[str]]) -> int:
    """How much of a course is finished, in whole percent rounded half up, and 100 only where all of it is: the best over its
    published versions, so that neither a late event nor a new version ever lowers it. A version without cards is not counted; 0
    without any."""
    had = set(done)
    shares = ((len(had & set(cards)), len(set(cards))) for cards in versions if cards)
    return max((100 if read == of else min(99, (200 * read + of) // (2 * of)) for read, of in shares), default=0)

"""What happens in learning that later areas follow. All of it is told in the transaction of the operation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class CoursePublished:
    """A version of a course counts from now on; its first, or one after others."""

    course_id: str


@dataclass(frozen=True)
class CourseRetired:
    """Nobody begins the course any more; what was done of it stays done."""

    course_id: str


@dataclass(frozen=True)
class Learnt:
    """Somebody did something with a course: a row of `card_event`, `attempt`, `reading` or `recall_review` is new. For statements
    to other systems; told once for each, whatever came of it."""

    kind: Literal["card", "attempt", "reading", "review"]
    row_id: str
    person_id: str
    course_id: str
    version_id: str
    at: datetime


@dataclass(frozen=True)
class ProgressMoved:
    """Somebody's standing in a course changed: more of it is read, an attempt counts, a reading is confirmed."""

    person_id: str
    course_id: str


@dataclass(frozen=True)
class CourseSettled:
    """Somebody has passed a course, or finished it where there is no quiz, or confirmed a script. Once per person and course."""

    person_id: str
    course_id: str
    at: datetime


@dataclass(frozen=True)
class AttemptFailed:
    """An attempt did not pass, and none before it did."""

    person_id: str
    course_id: str
    percent: int

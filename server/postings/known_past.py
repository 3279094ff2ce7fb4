"""What is known of somebody's past when they come to a store: courses, the last score, the number of their identity card.

Areas after this one know it and register how to ask; an area that is not there is a question nobody answers, and the card says
that nothing is known. Answers are for a whole list of people at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from contract.postings import PastCourse, PastScore

Courses = Callable[[sa.Connection, Sequence[str]], dict[str, list[PastCourse]]]
Scores = Callable[[sa.Connection, Sequence[str]], dict[str, PastScore]]
Numbers = Callable[[sa.Connection, Sequence[str]], dict[str, str]]


@dataclass
class KnownPast:
    """Who answers. `id_numbers` answers masked numbers only: nothing else ever reaches a card."""

    courses: Courses | None = None
    scores: Scores | None = None
    id_numbers: Numbers | None = None


@dataclass
class Past:
    """What is known of one person."""

    courses: list[PastCourse] = field(default_factory=list)
    last_score: PastScore | None = None
    id_number: str | None = None


ASKED = KnownPast()


def knows_courses(ask: Courses) -> Courses:
    """Register who knows the courses people finished: fn(connection, people) -> courses by person, the latest first."""
    ASKED.courses = ask
    return ask


def knows_scores(ask: Scores) -> Scores:
    """Register who knows people's last scores."""
    ASKED.scores = ask
    return ask


def knows_id_numbers(ask: Numbers) -> Numbers:
    """Register who knows identity numbers, masked."""
    ASKED.id_numbers = ask
    return ask


def past_of(connection: sa.Connection, person_ids: Sequence[str]) -> dict[str, Past]:
    """What is known of these people; every one of them is in the answer."""
    courses = ASKED.courses(connection, person_ids) if ASKED.courses is not None else {}
    scores = ASKED.scores(connection, person_ids) if ASKED.scores is not None else {}
    numbers = ASKED.id_numbers(connection, person_ids) if ASKED.id_numbers is not None else {}
    return {
        person_id: Past(courses.get(person_id, []), scores.get(person_id), numbers.get(person_id)) for person_id in person_ids
    }

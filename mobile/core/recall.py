"""The daily three: which questions come back today, by FSRS over the reviews of all devices. Pure; times are arguments.

Nothing is kept but the reviews: a device replays them in their order, so two devices with the same reviews come to the same
due moments. The scheduler counts in days, without steps of minutes (three questions a day leave no room for them), without fuzz.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from contract.learning import Rating, Review
from contract.moments import instant, to_ms
from mobile.core.views_learning import Felt

if TYPE_CHECKING:
    from fsrs import Scheduler

A_DAY_MOST: Final = 3
SLOW_MS: Final = 45_000  # right, but only after so long: hard
_FELT: Final[dict[Felt, Rating]] = {"easy": 4, "fine": 3, "hard": 2}

Name = tuple[str, str]  # course, question


@dataclass(frozen=True)
class Candidate:
    """A question that may be asked. `named`: a task, a recommendation, a failed quiz or the person's store names its course."""

    course_id: str
    question: str
    named: bool = False

    @property
    def name(self) -> Name:
        return self.course_id, self.question


def due_ms(reviews: Iterable[Review]) -> int | None:
    """When a question is due again, in milliseconds since 1970; None where it was never reviewed."""
    ordered = in_order(reviews)
    if not ordered:
        return None
    from fsrs import Card, Rating  # the app starts without it: it is needed once there are reviews

    memory = Card(card_id=1, due=instant(ordered[0].at_ms))
    for review in ordered:
        memory, _ = _scheduler().review_card(memory, Rating(review.rating), instant(review.at_ms), None)
    return to_ms(memory.due)


@functools.cache
def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def in_order(reviews: Iterable[Review]) -> list[Review]:
    """By time, then id: the order of the server's rows, whatever order they were heard of in."""
    return sorted(reviews, key=lambda one: (one.at_ms, one.id))


def rating_of(right: bool, took_ms: int, felt: Felt = "fine") -> Rating:
    """What FSRS is told: again where it was wrong; else how it felt, and hard where it took long and was not called easy."""
    if not right:
        return 1
    if felt == "fine" and took_ms > SLOW_MS:
        return 2
    return _FELT[felt]


def of_today(
    candidates: Sequence[Candidate], reviews: Mapping[Name, Sequence[Review]], *, day_begins_ms: int
) -> tuple[list[Candidate], int]:
    """(what is still to be asked today, how many were answered today). At most three a day: what is due by tonight, the longest
    due first; then questions never asked, of courses that something names; then other new ones, in the order given."""
    ends_ms = day_begins_ms + int(timedelta(days=1) / timedelta(milliseconds=1))
    answered = sum(day_begins_ms <= one.at_ms < ends_ms for known in reviews.values() for one in known)
    left = max(0, A_DAY_MOST - answered)
    due: list[tuple[int, Candidate]] = []
    new: list[Candidate] = []
    for one in candidates:
        at = due_ms(reviews.get(one.name, ()))
        if at is None:
            new.append(one)
        elif at < ends_ms and not any(day_begins_ms <= review.at_ms < ends_ms for review in reviews[one.name]):
            due.append((at, one))
    ordered = [one for _, one in sorted(due, key=lambda pair: (pair[0], pair[1].name))]
    ordered += sorted(new, key=lambda one: not one.named)
    return ordered[:left], answered

"""How somebody stands in a course: a pure function of what they did and of the course's published versions, in whatever order any
of it arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from contract.learning import percent_done
from contract.quizzes import Attempted, GradePolicy, Quiz, grade_of, next_attempt_ms

MOST_ATTEMPTS_SHOWN = 200  # in the row of a standing, the newest; the grade is over all of them


@dataclass(frozen=True)
class Published:
    """A version that was published: which one it was, since when, its cards' keys, whether it asks questions at the end."""

    version_id: str
    number: int
    published_ms: int
    cards: tuple[str, ...]
    has_quiz: bool


@dataclass(frozen=True)
class Finished:
    """A card was finished, in that version of the course."""

    card: str
    number: int
    at_ms: int


@dataclass(frozen=True)
class Confirmed:
    """A version was confirmed as read."""

    version_id: str
    number: int
    at_ms: int


@dataclass(frozen=True)
class Stands:
    """A standing, with moments in milliseconds since 1970."""

    done: tuple[str, ...] = ()
    percent: int = 0
    begun_ms: int | None = None
    finished_ms: int | None = None
    confirmed_ms: int | None = None
    confirmed_version_id: str | None = None
    attempts: tuple[Attempted, ...] = ()
    grade: int | None = None
    passed_ms: int | None = None
    settled_ms: int | None = None
    failed: bool = False


def standing_of(
    kind: Literal["course", "script"], versions: Sequence[Published], *, begun_ms: int | None,
    finished: Sequence[Finished], confirmed: Sequence[Confirmed], attempts: Iterable[Attempted], policy: GradePolicy,
) -> Stands:  # fmt: skip
    """A standing. `versions`: all that were published; `begun_ms`: when the first event was; `policy`: of the newest quiz.

    More events and more versions never lower the percentage, and never take back that something was settled.
    """
    known = {card for version in versions for card in version.cards}
    first = _first(finished)
    newest = max(confirmed, key=lambda one: (one.number, -one.at_ms), default=None)
    ordered = sorted(attempts, key=lambda one: (one.at_ms, one.attempt_id))
    passed_ms = min((one.at_ms for one in ordered if one.passed), default=None)
    return Stands(
        done=tuple(sorted(first.keys() & known)),
        percent=percent_done(first.keys(), [version.cards for version in versions]),
        begun_ms=begun_ms,
        finished_ms=min((at for v in versions if (at := _complete_ms(v, first)) is not None), default=None),
        confirmed_ms=newest.at_ms if newest is not None else None,
        confirmed_version_id=newest.version_id if newest is not None else None,
        attempts=tuple(ordered[-MOST_ATTEMPTS_SHOWN:]),
        grade=grade_of(policy, ordered),
        passed_ms=passed_ms,
        settled_ms=_settled_ms(kind, versions, finished, confirmed, passed_ms),
        failed=passed_ms is None and bool(ordered),
    )


def _first(finished: Iterable[Finished]) -> dict[str, int]:
    """When each card was finished first."""
    found: dict[str, int] = {}
    for one in finished:
        found[one.card] = min(one.at_ms, found.get(one.card, one.at_ms))
    return found


def _complete_ms(version: Published, first: dict[str, int]) -> int | None:
    """When all cards of a version were finished: not before it was published, so that nothing is finished in advance."""
    if not version.cards or not all(card in first for card in version.cards):
        return None
    return max(version.published_ms, *(first[card] for card in version.cards))


def _settled_ms(
    kind: str, versions: Sequence[Published], finished: Sequence[Finished], confirmed: Sequence[Confirmed], passed_ms: int | None
) -> int | None:
    """A script is settled by confirming it; a course by passing, or by finishing a version that has no quiz.

    What was read in a later version that does have one does not settle an earlier one that has not: whoever begins when there is
    a quiz passes it.
    """
    if kind == "script":
        return min((one.at_ms for one in confirmed), default=None)
    quizzed = {version.number for version in versions if version.has_quiz}
    moments = [] if passed_ms is None else [passed_ms]
    for version in versions:
        if not version.has_quiz:
            counted = _first(one for one in finished if one.number <= version.number or one.number not in quizzed)
            if (at := _complete_ms(version, counted)) is not None:
                moments.append(at)
    return min(moments, default=None)


def early_of(attempts: Iterable[tuple[Attempted, int]], quiz_of: Callable[[str], Quiz]) -> dict[str, bool]:
    """Which attempts began before the quiz allowed another one, each with how long it took in milliseconds. `quiz_of`: the quiz
    of the version an attempt was made in. Devices that did not know of each other make such attempts; they count all the same."""
    ordered = sorted(attempts, key=lambda one: (one[0].at_ms, one[0].attempt_id))
    before: list[Attempted] = []
    found: dict[str, bool] = {}
    for attempt, took_ms in ordered:
        found[attempt.attempt_id] = attempt.at_ms - took_ms < next_attempt_ms(quiz_of(attempt.attempt_id), before)
        before.append(attempt)
    return found

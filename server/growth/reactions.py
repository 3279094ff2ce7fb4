"""What follows for growth from courses, attempts, and where people are."""

from __future__ import annotations

import sqlalchemy as sa

from server.growth import recommending, standing
from server.growth.model import CareerPath, PathMember, Recommendation, RecommendationRule
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.scope import whole
from server.learning.events import AttemptFailed, CoursePublished, CourseRetired, CourseSettled, ProgressMoved
from server.org.events import HomeSettled
from server.people.events import PersonLeft
from server.postings.events import PostingCancelled, PostingEnded, PostingMade, PostingStarted


def _about(work: Work, course_id: str) -> list[str]:
    """The rules that recommend a course or look at its quiz, by id."""
    with whole(work.session) as everything:
        rows = everything.scalars(sa.select(RecommendationRule)).all()
        return [row.id for row in rows if course_id in (row.course_id, row.when.get("quiz_course_id"))]


def _follow_somebody(work: Work, person_id: str, course_id: str) -> None:
    rules = _about(work, course_id)
    if rules:
        recommending.turn(work, [person_id], rules)
    with whole(work.session) as everything:
        on_path = standing.followers(everything, [person_id])
    standing.refresh(work, on_path)


@reacts_to(ProgressMoved)
def follow_progress(work: Work, event: ProgressMoved) -> None:
    """A grade may have risen above a line, or a condition of a path may be met."""
    _follow_somebody(work, event.person_id, event.course_id)


@reacts_to(AttemptFailed)
def follow_a_failed_attempt(work: Work, event: AttemptFailed) -> None:
    """Something may help them."""
    _follow_somebody(work, event.person_id, event.course_id)


@reacts_to(CourseSettled)
def follow_what_is_settled(work: Work, event: CourseSettled) -> None:
    """What is passed is recommended no more, and paths know it."""
    _follow_somebody(work, event.person_id, event.course_id)


@reacts_to(CoursePublished)
def follow_a_published_course(work: Work, event: CoursePublished) -> None:
    """It is for other people than before, or is called otherwise."""
    _follow_a_course(work, event.course_id)


@reacts_to(CourseRetired)
def follow_a_retired_course(work: Work, event: CourseRetired) -> None:
    """Nobody is sent to a course that nobody may begin."""
    _follow_a_course(work, event.course_id)


def _follow_a_course(work: Work, course_id: str) -> None:
    rules = _about(work, course_id)
    if rules:
        recommending.turn(work, None, rules)
    with whole(work.session) as everything:
        paths = [
            row.id
            for row in everything.scalars(sa.select(CareerPath))
            if any(course_id in stage["courses"] for stage in row.stages)
            or any(one.get("course_id") == course_id for stage in row.stages for one in stage["conditions"])
        ]
        people = everything.scalars(sa.select(PathMember.person_id).where(PathMember.path_id.in_(paths))).all() if paths else []
    standing.refresh(work, set(people))


def _follow_a_move(work: Work, person_id: str) -> None:
    """Posts, stores with their values, and whom courses are for: all of it may be another."""
    with whole(work.session) as everything:
        busy = everything.execute(sa.select(RecommendationRule.id).limit(1)).first() is not None
        on_path = standing.followers(everything, [person_id])
    if busy:
        recommending.turn(work, [person_id])
    standing.refresh(work, on_path)


@reacts_to(PostingMade)
def follow_a_posting_made(work: Work, event: PostingMade) -> None:
    """One that begins at once."""
    _follow_a_move(work, event.person_id)


@reacts_to(PostingStarted)
def follow_a_posting(work: Work, event: PostingStarted) -> None:
    """Its first day has begun."""
    _follow_a_move(work, event.person_id)


@reacts_to(PostingEnded)
def follow_its_end(work: Work, event: PostingEnded) -> None:
    """It is over."""
    _follow_a_move(work, event.person_id)


@reacts_to(PostingCancelled)
def follow_its_cancelling(work: Work, event: PostingCancelled) -> None:
    """It will not be."""
    _follow_a_move(work, event.person_id)


@reacts_to(HomeSettled)
def follow_a_home(work: Work, event: HomeSettled) -> None:
    """Another unit, another post."""
    _follow_a_move(work, event.person_id)


@reacts_to(PersonLeft)
def follow_a_leaving(work: Work, event: PersonLeft) -> None:
    """Nothing is recommended to whom nothing can be given."""
    with work.with_system_reach() as everything:
        for row in everything.scalars(sa.select(Recommendation).where(Recommendation.person_id == event.person_id)):
            everything.delete(row)

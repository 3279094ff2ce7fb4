"""What follows for courses from the review flow."""

from __future__ import annotations

import sqlalchemy as sa

from server.approvals.events import RequestApproved, RequestChecked, RequestRefused, RequestWithdrawn
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.learning.authoring import REVIEW
from server.learning.model import CourseVersion
from server.learning.publishing import publish


def _reviewed(work: Work, request_id: str) -> str | None:
    """The version that a request is the review of."""
    with work.with_system_reach() as session:
        asked = sa.select(CourseVersion.id).where(CourseVersion.request_id == request_id, CourseVersion.state == "in_review")
        return session.scalar(asked)


@reacts_to(RequestChecked)
def review_begins_in_the_editor(work: Work, event: RequestChecked) -> None:
    """A review without a draft would publish nothing: such a request is refused."""
    if event.kind == REVIEW and _reviewed(work, event.request_id) is None:
        raise Problem("learning.review_from_editor", field="kind")


@reacts_to(RequestApproved)
def publish_what_was_reviewed(work: Work, event: RequestApproved) -> None:
    """The draft is published the moment its review is granted."""
    version_id = _reviewed(work, event.request_id) if event.kind == REVIEW else None
    if version_id is not None:
        publish(work, version_id)


@reacts_to(RequestRefused)
def hand_back_what_was_refused(work: Work, event: RequestRefused) -> None:
    """The version is refused, with the reason in its request; saved again it is a draft."""
    _set(work, event.kind, event.request_id, "refused")


@reacts_to(RequestWithdrawn)
def hand_back_what_was_withdrawn(work: Work, event: RequestWithdrawn) -> None:
    """The author took it back: a draft again."""
    _set(work, event.kind, event.request_id, "draft")


def _set(work: Work, kind: str, request_id: str, state: str) -> None:
    version_id = _reviewed(work, request_id) if kind == REVIEW else None
    if version_id is not None:
        with work.with_system_reach() as session:
            session.get_one(CourseVersion, version_id).state = state

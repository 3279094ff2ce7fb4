"""The review of a course inside its request: what the version says that the published one does not, for whoever decides."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from contract.courses import CourseBody
from server.kernel.scope import whole
from server.learning.authoring import REVIEW
from server.learning.model import CourseVersion
from server.learning.reading import versions_of
from server.web.course_words import Change, changes_of
from server.web.shell import Look


class CourseReview(NamedTuple):
    """`is_first`: nothing of the course was published before; `changes` then name all that is in it."""

    course_id: str
    title_zh: str
    title_en: str
    is_first: bool
    changes: list[Change]


def review_of(look: Look, kind: str, request_id: str) -> CourseReview | None:
    """What a request of this kind asks to publish; None where it asks for something else.

    With the reach of the whole company: whoever may read the request may see what it is about, also a head of department who
    writes no courses. What is right in a quiz is not among it.
    """
    if kind != REVIEW:
        return None
    with whole(look.session) as everything:
        course_id = everything.scalar(sa.select(CourseVersion.course_id).where(CourseVersion.request_id == request_id))
        versions = versions_of(everything, course_id).items if course_id is not None else []
    mine = next((one for one in versions if one.request_id == request_id), None)
    if mine is None:
        return None
    numbered = [one for one in versions if one.number is not None and (mine.number is None or one.number < mine.number)]
    before = max(numbered, key=lambda one: one.number or 0, default=None)
    empty = CourseBody(kind=mine.body.kind, audience=mine.body.audience)
    return CourseReview(
        mine.course_id, mine.body.title_zh, mine.body.title_en, before is None,
        changes_of(before.body if before is not None else empty, mine.body, look.language),
    )  # fmt: skip

"""The refusals of courses, training and growth: code, HTTP status, whether asking later may help."""

from __future__ import annotations

OF_LEARNING: dict[str, tuple[int, bool]] = {
    "learning.title_needed": (422, False),
    "learning.nothing_in_it": (422, False),
    "learning.key_twice": (422, False),
    "learning.card_empty": (422, False),
    "learning.pool_too_small": (422, False),
    "learning.question_empty": (422, False),
    "learning.solution_wrong": (422, False),
    "learning.course_unknown": (404, False),
    "learning.version_unknown": (404, False),
    "learning.not_for_them": (403, False),
}

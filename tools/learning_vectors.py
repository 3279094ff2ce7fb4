"""Vectors of what devices know of learning: the share of a course that is finished, and a career row as the server makes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from contract.growth import CareerRow, PathCondition, PathStage
from contract.learning import percent_done
from contract.wire import plain
from server.growth.rules.careers import CourseFact, IndicatorFact, standing

Vectors = dict[str, Any]
MANY = [f"c{number}" for number in range(1, 201)]
PROGRESS: tuple[tuple[list[str], list[list[str]]], ...] = (
    ([], [["a", "b", "c"]]),
    (["a"], [["a", "b", "c"]]),
    (["a", "b"], [["a", "b", "c"]]),
    (["a", "b", "c", "z"], [["a", "b", "c"]]),
    (["a"], [["a", "b"], ["a", "b", "c", "d"]]),
    (["a", "b"], [["a", "b", "c", "d"], ["a", "b"]]),
    (["a"], [["a", "b", "c", "d", "e", "f", "g", "h"]]),
    (MANY[:199], [MANY]),
    (["a"], [[], ["b"]]),
    ([], []),
)
STAGES = [
    PathStage(
        key="one", title_zh="上手", title_en="Settling in", from_month=1, to_month=3, courses=["safety", "service"],
        conditions=[PathCondition(kind="months", months=3)],
    ),
    PathStage(
        key="two", title_zh="熟练", title_en="At ease", from_month=4, to_month=6, courses=[],
        conditions=[PathCondition(kind="exam", course_id="selling", percent=80),
                    PathCondition(kind="indicator", indicator="satisfaction", line="70")],
    ),
    PathStage(key="three", title_zh="带人", title_en="Leading", from_month=7, to_month=12, courses=["leading"]),
]  # fmt: skip
COURSES = {
    "safety": CourseFact("安全", "Safety", settled=True), "service": CourseFact("服务", "Service"),
    "selling": CourseFact("销售", "Selling", settled=True, passed=True, grade=75), "leading": CourseFact("带教", "Leading"),
}  # fmt: skip


def learning() -> Vectors:
    """Progress and careers."""
    progress = [{"done": done, "versions": versions, "percent": percent_done(done, versions)} for done, versions in PROGRESS]
    return {
        "about": "The share of a course that is finished, over its published versions; and what a career row says (section 15)",
        "progress": progress,
        "careers": [plain(_career(month)) for month in (1, 4, 13)],
    }


def _career(month: int) -> CareerRow:
    facts = {"satisfaction": IndicatorFact("满意度", "Satisfaction", "分", "higher", Decimal("65"))}
    found = standing(STAGES, month, COURSES, facts)
    return CareerRow(
        id="01900000-0000-7000-8000-00000000ca01", person_id="01900000-0000-7000-8000-00000000ca02",
        path_id="01900000-0000-7000-8000-00000000ca03", name_zh="店长之路", name_en="To store manager", month=month,
        stages=list(found.stages), missing_zh=list(found.missing_zh), missing_en=list(found.missing_en), wish="promotion",
        wished_ms=1_795_147_200_000,
    )  # fmt: skip

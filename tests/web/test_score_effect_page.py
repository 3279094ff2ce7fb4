"""Page of a course's effect, where month reports have something to say: +20 on the indicator, +4.0 on the composite, n = 1"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_score_effects import Taught
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor, seen


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Taught]:
    made = Taught(tmp_path)
    yield made
    made.world.close()


def page(taught: Taught, indicator: str, language: str = "en", who: str = "he") -> str:
    visitor = Visitor(taught.world.app).speak(language)
    visitor.sign_in(who, PASSWORD)
    answer = visitor.get(f"/console/growth/effects/{taught.course.course_id}?indicator={indicator}")
    assert answer.status_code == 200
    return seen(answer)


def test_the_page_says_20_on_the_indicator_and_4_on_the_composite_of_one(taught: Taught) -> None:
    taught.two_months()
    told = page(taught, "complaint_rate")
    assert "One person only (n = 1): +20 points. Nothing follows from one." in told
    assert "Composite score" in told and "One person only (n = 1): +4 points." in told
    assert "83.5" in told and "87.5" in told and "points in month reports" in told
    chinese = page(taught, "complaint_rate", "zh")
    assert "综合绩效得分" in chinese and "+4 分" in chinese and "+20 分" in chinese


def test_a_page_without_reports_does_not_speak_of_them(taught: Taught) -> None:
    taught.march()
    taught.night()
    taught.passes()
    assert "What month reports say" not in page(taught, "complaint_rate")

"""Employee voice at the console: themes with their counts, texts without names, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_voice import eight, says
from tests.server.training_of import School, school_on_sqlite
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = school_on_sqlite(tmp_path)
    yield made
    made.world.close()


def visits(school: School, login: str) -> Visitor:
    found = Visitor(school.world.app).speak("zh")
    found.sign_in(login, PASSWORD)
    return found


def test_hr_makes_a_theme_reads_the_month_and_answers(school: School) -> None:
    eight(school)
    says(school, "an", "培训太少了")
    says(school, "甲1", "培训没人带", anonymous=True)
    he = visits(school, "he")
    form = {"code": "training", "name_zh": "培训", "name_en": "Training", "words": "培训，带教 training"}
    assert he.post("/console/voices/themes", **form).status_code == 303
    assert "主题代码" in he.post("/console/voices/themes", **form).text
    page = he.get("/console/voices").text
    assert "培训太少了" in page and "安宁" in page and "培训没人带" not in page, "it is shown from the next day on"
    school.world.clock.pass_(days=1)
    he = visits(school, "he")
    page = he.get("/console/voices").text
    assert "培训没人带" in page and "匿名" in page and "甲1" not in page
    [address, *_] = re.findall(r'action="(/console/voices/[0-9a-f-]{36}/answer)[?"]', page)
    assert he.post(address, text="已安排").status_code == 303
    assert "已安排" in he.get("/console/voices?theme=training").text
    assert "培训没人带" in he.get("/console/voices?format=csv").text
    assert he.post(address, text="").status_code == 422


def test_a_manager_reads_her_store_and_manages_nothing(school: School) -> None:
    eight(school)
    says(school, "bo", "乙店的话")
    says(school, "an", "甲店的话")
    ma = visits(school, "ma")
    page = ma.get("/console/voices").text
    assert "甲店的话" in page and "乙店的话" not in page and "管理主题" not in page
    assert ma.post("/console/voices/themes", code="x").status_code == 403
    assert visits(school, "an").get("/console/voices").status_code == 403

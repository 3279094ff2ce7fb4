"""Story 2, steps 5 and 6: the report's complaint rate recommends a course, Zhao assigns it by the report, Chen passes it on the
phone without signal, and April's report shows what it did. Through a real server process and a real device's core."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contract.courses import PublishVersion, SaveDraft
from contract.growth import RuleWhen, SetRecommendation
from contract.ids import new_id
from contract.training import AssignCourse
from tests.journeys.kitchen import CHEF, Kitchen
from tests.journeys.lessons import answers
from tests.server.courses_of import body, quiz
from tests.server.world import World

TITLE = "菜品投诉处理"


class Taught(Kitchen):
    """The kitchen with the course on dish complaints: three cards, an exam of 25 questions."""

    def __init__(self, folder: Path) -> None:
        told = body(title_zh=TITLE, title_en="Handling dish complaints", quiz=quiz(25, pass_percent=60))
        self.course = SaveDraft(course_id=new_id(), version_id=new_id(), code="COMPLAINTS", body=told)
        super().__init__(folder, before=self._publish)

    def _publish(self, office: World) -> None:
        office.must(self.course)
        office.must(PublishVersion(version_id=self.course.version_id, reason="new"))

    def month(self, month: str, last: str, complaints: str) -> None:
        """90 on dishes, so many complaints of 200 dishes, three new ones of four."""
        self.score(f"{month}-12", "90", "稳")
        self.sync()
        self.said(month, last, complaints=complaints, dishes="200", new_dishes="3")

    @property
    def learning(self) -> Any:
        self.sync()
        return self.phone.core.learning.home()


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Taught]:
    made = Taught(tmp_path)
    yield made
    made.stage.close()


def test_the_complaint_rate_recommends_the_course_and_april_is_4_points_better(taught: Taught) -> None:
    assert taught.weigh("cook", CHEF, "50", "20", "30")[0] == 201
    course, chen = taught.course.course_id, taught.ids["陈师傅"]
    when = RuleWhen(kind="indicator", indicator="complaint_rate", above="2")
    taught.zhao.do("/api/v1/growth/rules", SetRecommendation(rule_id=new_id(), code="complaints", when=when, course_id=course))
    assert taught.learning.recommended == ()

    # 5. the report is made in the night; with it the course and its reason are on the phone, and in the inbox once
    taught.month("2027-03", "31", complaints="5")
    taught.night("2027-04-01")
    [card] = taught.learning.recommended
    assert (card.title.zh, card.why.zh) == (TITLE, "客诉率为 2.5%，高于 2%。")
    told = "SELECT done_at IS NULL FROM inbox_item WHERE receiver_id = ? AND trigger = 'N-15'"
    assert taught.stage.sql(told, chen.replace("-", "")) == [(1,)]

    # Zhao reads the report, and what she assigns from there names it
    page = taught.console("2027-03")
    link = next(one for one in map(unescape, re.findall(r'href="([^"]+)"', page)) if "origin=report" in one)
    given = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert given["origin_ref"] == "陈师傅 · 2027-03 · A 店" and given["person"].startswith("陈师傅 · ")
    status, form = taught.zhao.page(link)
    assert status == 200 and 'value="陈师傅 · 2027-03 · A 店"' in unescape(form) and "<details open>" in form
    taught.zhao.do("/api/v1/training/assignments", AssignCourse(
        assignment_id=new_id(), course_id=course, to="person", to_id=chen, due_on="2027-04-20", origin="report",
        origin_ref=given["origin_ref"],
    ))  # fmt: skip
    [due] = taught.learning.due
    assert (due.title.zh, due.origin, due.due_on) == (TITLE, "report", "2027-04-20")

    # Chen learns and passes with 88 on the 6th, with no signal; the course is recommended no more
    taught.at("2027-04-06T19:00")
    taught.sync()
    taught.phone.world.link.up = False
    learning = taught.phone.core.learning
    for key in ("k1", "k2", "k3"):
        learning.finish_card(course, key)
    attempt = learning.begin(course)
    for answer in answers("a" * 22 + "bbb"):
        learning.answer(attempt.attempt_id, answer)
    result = learning.hand_in(attempt.attempt_id)
    assert (result.percent, result.passed) == (88, True)
    taught.phone.world.link.up = True
    home = taught.learning
    assert (home.recommended, home.due, [one.grade for one in home.done]) == ((), (), [88])
    assert taught.stage.sql(told, chen.replace("-", "")) == [(0,)], "what is recommended no more is not said any more"

    # 6. April: 2.0 % are 100 points; +20 on the indicator, +4.0 on the composite, n = 1 said
    taught.month("2027-04", "30", complaints="4")
    taught.night("2027-05-01")
    assert [taught.at_hq(month)["row"]["composite"] for month in ("2027-03", "2027-04")] == ["83.5", "87.5"]
    effect = taught.zhao.get(f"/api/v1/growth/effect?course_id={course}&indicator=complaint_rate")
    taken = effect["taken"]
    assert [taken[one] for one in ("before", "after", "change", "n")] == ["80", "100", "20", 1]
    [composite] = effect["reports"]
    assert (composite["of"], composite["taken"]["change"], composite["taken"]["n"]) == ("composite", "4", 1)
    status, shown = taught.zhao.page(f"/console/growth/effects/{course}?indicator=complaint_rate")
    assert status == 200 and "n = 1" in re.sub(r"<[^>]+>", "", shown)
    assert taught.learning.recommended == (), "2 % is not above 2 %, and it is passed"

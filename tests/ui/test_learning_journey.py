"""A course from the first tap to the certificate: touches in, words out, HQ behind it, and all of it without signal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.quizzes import Quiz
from mobile.core.views_hq import Both
from mobile.core.views_learning import CourseCard
from mobile.ui.say import Say
from mobile.ui.screens.lesson_words import standing
from tests.mobile.courses_here import single
from tests.mobile.field import Field
from tests.server.courses_of import body
from tests.server.training_of import School
from tests.ui.outing import Outing, code_from_hq


@pytest.fixture
def an(tmp_path: Path) -> Iterator[Outing]:
    """An's phone on its start page; the store asks for a course before the first shift."""
    field = Field(tmp_path)
    school = School(tmp_path, world=field.office)
    course = school.publish(body(2, quiz=Quiz(questions=[single("q1"), single("q2")], pass_percent=100)))
    school.pack(course, unit=school.a, gate="block")
    outing = Outing(field, "phone", tmp_path / "an")
    outing.open()
    outing.enrol(code_from_hq(field, person_id=school.an))
    outing.choose_pin("481516")
    outing.driver.on("today")
    outing.ask(lambda core: core.set_language("zh"))
    outing.driver.app.model.preferences.tap_language("zh")
    outing.synced()
    yield outing
    outing.kill()
    field.close()


def _reach(driver: Any, widget: Any) -> Any:
    """Scroll until a thumb can reach it."""
    driver.page().ids.page.scroll_to(widget, animate=False)
    driver.settle()
    return widget


def _tap(driver: Any, name: str) -> None:
    driver.tap(_reach(driver, driver.page().ids.sheet.ids[name]))


def _choose(driver: Any, sheet: str, words: str) -> None:
    rows = driver.page().ids.sheet.ids[sheet].ids.lines
    driver.tap(_reach(driver, driver.until(lambda: next((one for one in rows.children if one.words == words), None), words)))


def test_what_is_due_is_read_failed_repeated_and_passed_without_signal(an: Outing) -> None:
    d, model = an.driver, an.driver.app.model
    an.lose_signal()
    due = d.until(lambda: next(iter(d.page().ids.course.children), None), "the course that is due")
    assert "甲店" in due.more and due.words == "手冲咖啡"
    d.tap(_reach(d, due))
    d.on("course")
    course = model.screens["course"]
    d.until(lambda: course.state.course.page, "the course")
    d.settle()
    _tap(d, "start")
    d.until(lambda: course.state.course.step == "card", "the first card")
    for step in ("k2", ""):
        d.settle()
        _tap(d, "after")
        d.until(lambda step=step: course.state.course.at == step, f"on to {step}")
    d.until(lambda: course.state.course.page.card.percent == 100, "both cards read")
    for answer, passed in (("冰水", False), ("热水", True)):
        d.settle()
        _tap(d, "quiz")
        d.until(lambda: course.state.course.step == "quiz", "the quiz")
        for place in range(2):
            d.until(lambda place=place: course.state.course.place == place, "the question")
            d.settle()
            _choose(d, "question", answer)
            d.until(lambda: course.state.course.given, "an answer")
            d.settle()
            _tap(d, "q_after")
        d.until(lambda: course.state.course.result, "the result")
        d.settle()
        assert course.state.course.result.passed is passed and d.shows("通过了：100%" if passed else "这次没通过：0%")
        if not passed:
            line = d.page().ids.sheet.ids.result_lines.children[0]
            d.tap(_reach(d, line))
            d.settle()
            assert d.shows("正确答案"), "what was wrong is explained"
            d.press_back()
            d.until(lambda: not course.state.course.shown, "the result again")
            d.settle()
            _tap(d, "done")
            d.until(lambda: course.state.course.step == "overview", "the course again")
    an.find_signal()
    an.synced()
    d.until(lambda: course.state.course.result.certificate, "the certificate")
    d.settle()
    _tap(d, "certificate")
    d.on("certificates")
    d.until(lambda: model.screens["certificates"].state.card, "it lies open")
    d.settle()
    assert d.shows("安宁") and d.shows(model.screens["certificates"].state.card.code)
    d.press_back()
    d.on("course")
    d.press_back()
    d.press_back()
    d.on("today")
    d.until(lambda: model.screens["today"].state.due is None, "nothing is due any more")
    assert model.screens["today"].state.questions == 2, "and what was learnt comes back"


@pytest.mark.parametrize(
    ("percent", "has_quiz", "told"), [(99, True, "99% read"), (100, True, "Read; quiz to take"), (100, False, "100% read")]
)
def test_a_course_that_is_read_says_that_its_quiz_is_left(percent: int, has_quiz: bool, told: str) -> None:
    card = CourseCard(course_id="c", title=Both("茶", "Tea"), percent=percent, has_quiz=has_quiz, standing="begun")
    assert standing(Say("en"), card)["chip"] == told

"""What nobody looks at is not drawn: a desk opens with what lies in front, not with a week of squares behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mobile.ui.screens import lesson
from mobile.ui.screens.desk_roster import RosterSquare
from mobile.ui.widgets import surfaces
from mobile.ui.widgets.quiz import QuestionSheet
from tests.support.planted import instead
from tests.ui.driver import Driver
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]


def _squares(driver: Driver) -> int:
    return sum(isinstance(widget, RosterSquare) for widget in driver.everything())


def test_the_desk_makes_the_squares_of_the_roster_when_somebody_looks_at_them(dressed: Dressed) -> None:
    driver, _ = dressed("kiosk")
    desk = _open_desk(driver.app.model)
    driver.settle()
    assert _squares(driver) == 0
    desk.tap_part("roster")
    driver.settle()
    assert _squares(driver) == 7 * len(desk.state.roster.week.lines) > 0


def test_squares_that_are_made_behind_a_part_that_is_folded_away_are_found(dressed: Dressed) -> None:
    """The control: lists that do not ask whether anybody looks."""
    driver, _ = dressed("kiosk")
    with instead(surfaces, "_is_folded_away", lambda _widget: False):
        _open_desk(driver.app.model)
        driver.settle()
    assert _squares(driver) > 0


def _questions(driver: Driver) -> int:
    """How many sheets of a question stand on the page in front, seen or not."""
    return sum(isinstance(widget, QuestionSheet) for widget in _beneath(driver.page()))


def _beneath(widget: Any) -> Iterator[Any]:
    """A widget and all under it, parts that are folded away too."""
    yield widget
    for child in getattr(widget, "_all", widget.children):
        yield from _beneath(child)


def test_a_course_is_opened_without_its_quiz_and_each_step_is_made_once(dressed: Dressed) -> None:
    driver, core = dressed("phone")
    model = driver.app.model
    core.learning.busy()
    model.navigator.go("course", "k1")
    driver.settle()
    assert model.screens["course"].state.course.step == "overview" and _questions(driver) == 0
    for _ in range(2):
        model.screens["course"].course.tap_start()
        driver.settle()
        assert model.screens["course"].state.course.step == "card" and _questions(driver) == 1
        model.screens["course"].on_back()
        driver.settle()


def test_a_course_that_makes_everything_at_once_is_found(dressed: Dressed) -> None:
    """The control: a sheet that makes all its steps with its first."""
    every = tuple(dict.fromkeys(rule for rules in lesson.STEPS.values() for rule in rules))
    with instead(lesson, "STEPS", {**lesson.STEPS, "loading": every, "overview": every}):
        driver, core = dressed("phone")
        core.learning.busy()
        driver.app.model.navigator.go("course", "k1")
        driver.settle()
        assert _questions(driver) > 1

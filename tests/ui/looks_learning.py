"""Looks of learning on the tablet: courses on one's own page, a quiz, its result, the daily three, the desk's training board."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.views_learning import TrainingBoardPage
from tests.ui.looks import look
from tests.ui.looks_hours import _own
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_learning import a_result, an_onboarding


def _learner(model: Any, core: ScriptedCore) -> Any:
    core.own_learning.busy()
    return _own(model)


@look("kiosk")
def _own_newcomer(model: Any, core: ScriptedCore) -> None:
    core.own_learning.lists = (an_onboarding(),)
    _learner(model, core)


@look("kiosk")
def _own_course(model: Any, core: ScriptedCore) -> None:
    _learner(model, core).tap_course("k1")


def _card(model: Any, core: ScriptedCore, key: str) -> Any:
    vm = _learner(model, core)
    vm.tap_course("k1")
    vm.course.tap_card(key)
    return vm


@look("kiosk")
def _own_card_of_picture(model: Any, core: ScriptedCore) -> None:
    _card(model, core, "c2")


@look("kiosk")
def _own_card_to_tick_off(model: Any, core: ScriptedCore) -> None:
    _card(model, core, "c3").course.tap_item("i1")


@look("kiosk")
def _own_card_practised(model: Any, core: ScriptedCore) -> None:
    vm = _card(model, core, "c4")
    vm.course.tap_choice("b")
    vm.course.tap_check()


@look("kiosk")
def _own_script_to_confirm(model: Any, core: ScriptedCore) -> None:
    core.own_learning.may_confirm = True
    _learner(model, core).tap_course("k3")


def _quiz(model: Any, core: ScriptedCore, place: int) -> Any:
    vm = _learner(model, core)
    vm.tap_course("k1")
    vm.course.tap_quiz()
    for _ in range(place):
        vm.course.tap_next()
    return vm


@look("kiosk")
def _own_quiz_in_order(model: Any, core: ScriptedCore) -> None:
    vm = _quiz(model, core, 2)
    vm.course.tap_choice("b")
    vm.course.tap_choice("a")


@look("kiosk")
def _own_quiz_of_pairs(model: Any, core: ScriptedCore) -> None:
    _quiz(model, core, 3).course.tap_other("x")


@look("kiosk")
def _own_quiz_of_a_number(model: Any, core: ScriptedCore) -> None:
    core.own_learning.left_s = 42
    _quiz(model, core, 4).course.type_answer("65")


@look("kiosk")
def _own_quiz_with_gaps(model: Any, core: ScriptedCore) -> None:
    _quiz(model, core, 5).course.tap_next()


@look("kiosk")
def _own_quiz_goes_on(model: Any, core: ScriptedCore) -> None:
    core.own_learning.running = "k1"
    _learner(model, core).tap_course("k1")


def _handed_in(model: Any, core: ScriptedCore) -> Any:
    vm = _quiz(model, core, 5)
    vm.course.tap_hand_in()
    vm.course.tap_hand_in()
    return vm


@look("kiosk")
def _own_quiz_explained(model: Any, core: ScriptedCore) -> None:
    _handed_in(model, core).course.tap_line("single")


@look("kiosk")
def _own_quiz_passed(model: Any, core: ScriptedCore) -> None:
    core.own_learning.handed = a_result(passed=True)
    _handed_in(model, core)


@look("kiosk")
def _own_daily_judged(model: Any, core: ScriptedCore) -> None:
    vm = _learner(model, core)
    vm.tap_daily()
    vm.daily.tap_choice("b")
    vm.daily.tap_check()


def _board(model: Any) -> Any:
    vm = _open_desk(model)
    vm.tap_part("training")
    return vm


@look("kiosk")
def _desk_training_reminded(model: Any, core: ScriptedCore) -> None:
    vm = _board(model)
    vm.training.tap_course("k2")
    vm.training.tap_remind()


@look("kiosk")
def _desk_training_newcomer(model: Any, core: ScriptedCore) -> None:
    _board(model).training.tap_newcomer("e6")


@look("kiosk")
def _desk_training_none(model: Any, core: ScriptedCore) -> None:
    core.desk_training.shown = TrainingBoardPage("2026-06-01")
    _board(model)


@look("kiosk")
def _desk_arrival_who_needs_courses(model: Any, core: ScriptedCore) -> None:
    core.desk.arriving = (replace(core.desk.arriving[0], person_id="e0"), *core.desk.arriving[1:])
    vm = _open_desk(model)
    vm.tap_part("arrivals")
    vm.tap_arrival(core.desk.arriving[0].posting_id)


@look("kiosk")
def _result_of_somebody_new(model: Any, core: ScriptedCore) -> None:
    core.desk_training.needs = an_onboarding()
    model.navigator.go("kiosk_punch", "e0")
    for digit in "481516":
        model.screens["kiosk_punch"].tap_digit(digit)

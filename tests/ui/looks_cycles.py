"""Looks of cycles: the board, parts in every state, what is being written; one's own part on the phone."""

from __future__ import annotations

from typing import Any

from tests.ui.looks import look
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_cycles import REFUSED, a_bare_page, a_page, in_talk


def _cycles(model: Any) -> Any:
    _open_desk(model)
    model.screens["manager"].tap_part("cycles")
    return model.screens["manager"].cycles


@look("kiosk")
def _desk_cycles(model: Any, core: ScriptedCore) -> None:
    _cycles(model)


@look("kiosk")
def _desk_cycles_of_nobody(model: Any, core: ScriptedCore) -> None:
    core.cycles.desk.shown = ()
    _cycles(model)


@look("kiosk")
def _desk_cycle_part(model: Any, core: ScriptedCore) -> None:
    _cycles(model).tap_part("t1")


@look("kiosk")
def _desk_cycle_refused(model: Any, core: ScriptedCore) -> None:
    _cycles(model).tap_part("t5")


@look("kiosk")
def _desk_cycle_interview(model: Any, core: ScriptedCore) -> None:
    _cycles(model).tap_part("t2")


@look("kiosk")
def _desk_cycle_note(model: Any, core: ScriptedCore) -> None:
    taps = _cycles(model)
    taps.tap_part("t2")
    taps.tap_write("note")


@look("kiosk")
def _desk_cycle_plan(model: Any, core: ScriptedCore) -> None:
    taps = _cycles(model)
    taps.tap_part("t2")
    taps.tap_write("plan")
    taps.tap_add()


@look("kiosk")
def _desk_cycle_goals(model: Any, core: ScriptedCore) -> None:
    taps = _cycles(model)
    taps.tap_part("t1")
    taps.tap_write("goals")
    taps.tap_add()


@look("kiosk")
def _desk_cycle_evaluation(model: Any, core: ScriptedCore) -> None:
    taps = _cycles(model)
    taps.tap_part("t1")
    taps.tap_evaluate()


@look("phone")
def _cycle(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("cycle")


@look("phone")
def _cycle_of_nobody(model: Any, core: ScriptedCore) -> None:
    core.cycles.mine.shown = ()
    model.navigator.go("cycle")


@look("phone")
def _cycle_without_goals(model: Any, core: ScriptedCore) -> None:
    core.cycles.mine.shown = (a_bare_page("t1", "李晓雯"),)
    model.navigator.go("cycle", "k1")


@look("phone")
def _cycle_refused(model: Any, core: ScriptedCore) -> None:
    core.cycles.mine.shown = (a_page(way=REFUSED),)
    model.navigator.go("cycle")


@look("phone")
def _cycle_interview(model: Any, core: ScriptedCore) -> None:
    core.cycles.mine.shown = (in_talk(a_page()),)
    model.navigator.go("cycle")


@look("phone")
def _cycle_that_is_over(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("cycle", "k0")


@look("phone")
def _cycle_goal(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("cycle")
    model.screens["cycle"].tap_goal("g2")


@look("phone")
def _cycle_goals(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("cycle")
    model.screens["cycle"].tap_write("goals")
    model.screens["cycle"].tap_add()


@look("phone")
def _cycle_assess(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("cycle")
    model.screens["cycle"].tap_assess()

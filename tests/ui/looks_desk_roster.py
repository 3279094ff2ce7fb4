"""The roster on the tablet's desk, in every state that looks different."""

from __future__ import annotations

from typing import Any

from tests.ui.looks import look
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore


def _roster(model: Any) -> Any:
    vm = _open_desk(model)
    vm.tap_part("roster")
    return vm.roster


@look("kiosk")
def _desk_roster(model: Any, core: ScriptedCore) -> None:
    _roster(model)


@look("kiosk")
def _desk_roster_square(model: Any, core: ScriptedCore) -> None:
    _roster(model).tap_square("e1", "2026-06-05")


@look("kiosk")
def _desk_roster_broken(model: Any, core: ScriptedCore) -> None:
    vm = _roster(model)
    vm.tap_square("e0", "2026-06-05")
    vm.tap_choice("late")


@look("kiosk")
def _desk_roster_publish(model: Any, core: ScriptedCore) -> None:
    _roster(model).tap_publish()


@look("kiosk")
def _desk_roster_month(model: Any, core: ScriptedCore) -> None:
    _roster(model).tap_span("month")

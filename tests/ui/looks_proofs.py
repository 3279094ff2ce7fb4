"""The looks of the reversed QR and of the extra proof."""

from __future__ import annotations

from typing import Any

from mobile.core.views import Refused
from tests.ui.looks import look
from tests.ui.scripted_core import NAMES, ScriptedCore, a_line


def _typed(vm: Any, digits: str) -> None:
    for digit in digits:
        vm.tap_digit(digit)


@look("phone")
def _phone_code(model: Any, core: ScriptedCore) -> None:
    core.lines = (a_line(1, state="kept"),)
    model.navigator.go("punch", "p1")
    model.navigator.go("phone_code", "p1")


@look("phone")
def _phone_code_over(model: Any, core: ScriptedCore) -> None:
    core.proofs.is_over = True
    model.navigator.go("phone_code", "p1")


@look("kiosk")
def _phone_digits(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("phone_scan")
    _typed(model.screens["phone_scan"], "4829")


@look("kiosk")
def _phone_digits_wrong(model: Any, core: ScriptedCore) -> None:
    core.proofs.refuses = Refused("client.not_a_phone_code")
    model.navigator.go("phone_scan")
    _typed(model.screens["phone_scan"], "48291357")


@look("kiosk")
def _phone_seen(model: Any, core: ScriptedCore) -> None:
    core.proofs.name = NAMES[8]
    model.navigator.go("phone_scan")
    _typed(model.screens["phone_scan"], "48291357")


@look("kiosk")
def _extra(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("extra", "p1")


@look("kiosk")
def _extra_managers(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("extra", "p1")
    model.screens["extra"].tap_manager_way()


@look("kiosk")
def _extra_pin(model: Any, core: ScriptedCore) -> None:
    _extra_managers(model, core)
    model.screens["extra"].tap_manager("m1")
    _typed(model.screens["extra"], "111111")


@look("kiosk")
def _extra_without_a_camera(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("extra", "p1")
    model.screens["extra"].tap_photo()


@look("kiosk")
def _extra_done(model: Any, core: ScriptedCore) -> None:
    _extra_managers(model, core)
    model.screens["extra"].tap_manager("m1")
    _typed(model.screens["extra"], core.desk.pin)

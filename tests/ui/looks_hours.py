"""Looks of the pages of hours: the month, the day, the week, the board. Registered with the others by being imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.views import Refused
from tests.ui.looks import look
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore, a_line
from tests.ui.scripted_hours import a_board, a_day, a_full_day, a_revised_week


@look("phone")
def _today_with_a_shift_and_a_week(model: Any, core: ScriptedCore) -> None:
    core.hours.busy()
    model.on_news()


@look("phone")
def _days_of_a_month(model: Any, core: ScriptedCore) -> None:
    core.hours.busy()
    model.navigator.go("days")


@look("phone")
def _days_of_nothing(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("days")


@look("phone")
def _day_of_everything(model: Any, core: ScriptedCore) -> None:
    core.hours.days["2026-06-01"] = a_full_day((a_line(1), a_line(2, kind="out", local_time="18:04", state="with_hq")))
    model.navigator.go("day", "2026-06-01")


@look("phone")
def _day_not_computed(model: Any, core: ScriptedCore) -> None:
    card = replace(a_day().card, state=None, flags=(), fresh=1, duty=None)
    page = a_day(card=card, amounts=(), spans=(), steps=(), fresh=(a_line(1),), rules="", may_appeal=False)
    core.hours.days["2026-06-01"] = page
    model.navigator.go("day", "2026-06-01")


@look("phone")
def _day_being_appealed(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("day", "2026-06-01")
    model.screens["day"].tap_appeal()
    model.screens["day"].type_text("09:00")


@look("phone")
def _new_request_for_a_day(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "correct:2026-06-01")


@look("phone")
def _weeks_of_everything(model: Any, core: ScriptedCore) -> None:
    core.hours.busy()
    model.navigator.go("weeks")


@look("phone")
def _weeks_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("weeks")


@look("phone")
def _weeks_of_my_store(model: Any, core: ScriptedCore) -> None:
    core.hours.busy()
    core.hours.listed = core.hours.listed[:1]
    core.hours.manages()
    model.navigator.go("weeks")


@look("phone")
def _week_of_my_store(model: Any, core: ScriptedCore) -> None:
    core.hours.manages()
    model.navigator.go("week", "w31")


@look("phone")
def _week_to_confirm(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("week", "w23")


@look("phone")
def _week_revised(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("week", "w22")


@look("phone")
def _week_confirmed(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("week", "w23")
    model.screens["week"].tap_confirm()


@look("phone")
def _week_not_agreed(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("week", "w23")
    model.screens["week"].tap_object()
    model.screens["week"].tap_week_day("2026-06-02")
    model.screens["week"].type_reason("22:00")


@look("phone")
def _week_changed_meanwhile(model: Any, core: ScriptedCore) -> None:
    core.hours.problem = Refused("client.week_changed")
    model.navigator.go("week", "w23")
    model.screens["week"].tap_confirm()


def _own(model: Any) -> Any:
    model.navigator.go("kiosk_punch", "e0")
    model.screens["kiosk_punch"].tap_kind("mine")
    for digit in "481516":
        model.screens["kiosk_punch"].tap_digit(digit)
    return model.screens["own_page"]


@look("kiosk")
def _own_page_without_weeks(model: Any, core: ScriptedCore) -> None:
    core.own.listed = ()
    _own(model)


@look("kiosk")
def _own_week(model: Any, core: ScriptedCore) -> None:
    _own(model).tap_week("w23")


@look("kiosk")
def _desk_today(model: Any, core: ScriptedCore) -> None:
    _open_desk(model)


@look("kiosk")
def _desk_today_open(model: Any, core: ScriptedCore) -> None:
    _open_desk(model).hours.tap_person("e2")


@look("kiosk")
def _desk_today_well(model: Any, core: ScriptedCore) -> None:
    core.desk_hours.today = a_board(lines=tuple(replace(line, trouble=None) for line in a_board().lines))
    _open_desk(model)


def _desk_vouching(model: Any, core: ScriptedCore) -> None:
    vm = _open_desk(model)
    vm.hours.tap_person("e2")
    vm.hours.tap_act()


@look("kiosk")
def _desk_vouching_not_ready(model: Any, core: ScriptedCore) -> None:
    _desk_vouching(model, core)
    model.screens["manager"].hours.type_time("9")
    model.screens["manager"].hours.tap_send()


@look("kiosk")
def _desk_weeks(model: Any, core: ScriptedCore) -> None:
    _open_desk(model).tap_part("weeks")


@look("kiosk")
def _desk_week_open(model: Any, core: ScriptedCore) -> None:
    core.desk_hours.pages["w22"] = a_revised_week()
    vm = _open_desk(model)
    vm.tap_part("weeks")
    vm.hours.tap_week("w22")


@look("kiosk")
def _desk_weeks_none(model: Any, core: ScriptedCore) -> None:
    core.desk_hours.listed = ()
    _open_desk(model).tap_part("weeks")

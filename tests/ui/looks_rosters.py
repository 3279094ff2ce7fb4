"""Looks of the schedule: the week, a shift, the market. Registered with the others by being imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.calendar_feed import CalendarPage
from mobile.core.views import Refused, Said
from mobile.core.views_hq import At, OnItsWay
from tests.ui.looks import look
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_rosters import MINE


@look("phone")
def _roster_of_a_week(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("roster")


@look("phone")
def _roster_of_a_day_off(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("roster", "2026-06-04")


@look("phone")
def _roster_of_nothing(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("roster")


@look("phone")
def _roster_locked(model: Any, core: ScriptedCore) -> None:
    core.roster.problem = Refused("client.locked")
    model.navigator.go("roster")


@look("phone")
def _shift_of_mine(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("shift", "s1")


@look("phone")
def _shift_with_a_swap_refused(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    way = OnItsWay("o3", "swap", "refused", Said("market.not_their_shift", {"day": "2026-06-03"}))
    core.roster.cards = (replace(MINE[0], state="refused", may_withdraw=False, on_its_way=way),)
    model.navigator.go("shift", "s3")


@look("phone")
def _shift_i_cannot_come(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("shift", "s1")
    model.screens["shift"].tap_absent()


@look("phone")
def _shift_to_swap(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("shift", "s1")
    model.screens["shift"].tap_swap()


@look("phone")
def _shift_swap_to_ask(model: Any, core: ScriptedCore) -> None:
    _shift_to_swap(model, core)
    model.screens["shift"].tap_choice("0")
    model.screens["shift"].type_note("15:00")


@look("phone")
def _shift_gone(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("shift", "s404")


@look("phone")
def _shift_open(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("shift", "s21")


@look("phone")
def _market_of_everything(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("market")


@look("phone")
def _market_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("market")


@look("phone")
def _wishes_of_everything(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("wishes")


@look("phone")
def _wishes_none(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("wishes")


@look("phone")
def _wishes_weekday_changed(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("wishes")
    model.screens["wishes"].tap_weekday("0")
    model.screens["wishes"].tap_kind("desired")
    model.screens["wishes"].tap_set()


@look("phone")
def _wishes_of_a_weekday(model: Any, core: ScriptedCore) -> None:
    core.roster.busy()
    model.navigator.go("wishes")
    model.screens["wishes"].tap_weekday("3")
    model.screens["wishes"].type_ends("8")
    model.screens["wishes"].tap_set()


@look("phone")
def _wishes_day(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("wishes")
    model.screens["wishes"].tap_wish()


@look("phone")
def _wishes_new(model: Any, core: ScriptedCore) -> None:
    _wishes_day(model, core)
    model.screens["wishes"].tap_option("2026-06-12")


@look("phone")
def _shift_to_give_away(model: Any, core: ScriptedCore) -> None:
    _shift_to_swap(model, core)
    model.screens["shift"].tap_giving("give")


@look("phone")
def _calendar_none(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("calendar")


@look("phone")
def _calendar_open(model: Any, core: ScriptedCore) -> None:
    core.calendar.open("zh")
    core.calendar.shown = replace(core.calendar.shown, ready=True, since=At(1_780_290_000_000, "2026-06-01", "13:00"))
    model.navigator.go("calendar")


@look("phone")
def _calendar_renewed(model: Any, core: ScriptedCore) -> None:
    _calendar_open(model, core)
    model.screens["calendar"].tap_open()


@look("phone")
def _calendar_elsewhere_and_refused(model: Any, core: ScriptedCore) -> None:
    core.calendar.shown = CalendarPage(
        "elsewhere", ready=True, since=At(1_780_290_000_000, "2026-06-01", "13:00"),
        on_its_way=OnItsWay("o1", "tell", "refused", Said("market.own_device_only", {})),
    )  # fmt: skip
    model.navigator.go("calendar")

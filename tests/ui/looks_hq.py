"""Looks of the pages where a person and HQ have to say something to each other. Registered with the others by being imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hq import DeskManager, Draft, Profile
from tests.ui.looks import look
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_office import FLOWS, FORM_LEAVE, NOT_TAKEN, a_card, a_page, arrival

PIN = "481516"


@look("phone")
def _today_with_news_and_a_request(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    core.office.found = replace(core.office.found, mine=core.office.found.mine[:1])
    model.on_news()


@look("phone")
def _inbox_of_everything(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.switch("inbox")
    model.tabs.on_news()


@look("phone")
def _inbox_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("inbox")


@look("phone")
def _inbox_locked(model: Any, core: ScriptedCore) -> None:
    core.office.is_locked = True
    model.navigator.switch("inbox")


@look("phone")
def _requests_of_everything(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.switch("requests")


@look("phone")
def _requests_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("requests")


@look("phone")
def _request_running(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("request", "r1")


@look("phone")
def _request_refused(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("request", "r3")


@look("phone")
def _request_not_taken_by_hq(model: Any, core: ScriptedCore) -> None:
    core.office.pages["r5"] = a_page(a_card("r5", on_its_way=NOT_TAKEN, step=None), number="", may_withdraw=False)
    model.navigator.go("request", "r5")


@look("phone")
def _request_to_decide(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("request", "r2")


@look("phone")
def _request_being_refused(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("request", "r2")
    model.screens["request"].tap_refuse()
    model.screens["request"].type_comment("合同到期")


@look("phone")
def _request_nobody_knows(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("request", "r404")


@look("phone")
def _new_request_kinds(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request")


@look("phone")
def _new_request_no_kinds(model: Any, core: ScriptedCore) -> None:
    core.office.kinds = ()
    model.navigator.go("new_request")


@look("phone")
def _new_request_form_not_ready(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "transfer")
    vm = model.screens["new_request"]
    vm.type_answer("hours", "99")
    vm.tap_choice("shifts", "no")
    vm.tap_choice("part", "first_half")
    vm.tap_send()


@look("phone")
def _new_request_calendar(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "transfer")
    model.screens["new_request"].tap_pick("from")
    model.screens["new_request"].tap_option("2026-06-18")
    model.screens["new_request"].tap_pick("from")


@look("phone")
def _new_request_list(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "transfer")
    model.screens["new_request"].tap_pick("store")
    model.screens["new_request"].type_search("S-1")


@look("phone")
def _new_request_stores(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "transfer")
    model.screens["new_request"].tap_pick("store")


@look("phone")
def _new_request_leave_with_its_cost(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_request", "leave")
    for key, answer in FORM_LEAVE.items():
        model.screens["new_request"]._answer(key, answer)


@look("phone")
def _new_request_warned(model: Any, core: ScriptedCore) -> None:
    core.office.again = Draft(FLOWS[0], (), "o1", None, (Said("over_headcount", {}),))
    model.navigator.go("new_request", "again:r5")


@look("phone")
def _leave_of_everything(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.go("leave")


@look("phone")
def _leave_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("leave")


@look("phone")
def _profile_with_both_organisations(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("profile")


@look("phone")
def _profile_at_home(model: Any, core: ScriptedCore) -> None:
    core.office.profile = lambda: Profile("李晓雯", "E1001", "远山餐饮集团", "总部 零售运营部", "", None, ())  # type: ignore[method-assign]
    model.navigator.go("profile")


@look("phone")
def _privacy_with_looks(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.go("privacy")


@look("phone")
def _privacy_nobody_looked(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("privacy")


@look("phone")
def _delegation(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.go("delegation")
    model.screens["delegation"].tap_colleague("e2")


@look("phone")
def _delegation_calendar(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.go("delegation")
    model.screens["delegation"].tap_day("first_day")


@look("phone")
def _delegation_to_nobody(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("delegation")


@look("phone")
def _hand_overs(model: Any, core: ScriptedCore) -> None:
    core.office.busy()
    model.navigator.go("hand_overs")


@look("phone")
def _hand_overs_none(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("hand_overs")


def _open_desk(model: Any) -> Any:
    model.navigator.go("manager")
    vm = model.screens["manager"]
    for digit in PIN:
        vm.tap_digit(digit)
    return vm


@look("kiosk")
def _manager_pin(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("manager")
    for digit in "481":
        model.screens["manager"].tap_digit(digit)


@look("kiosk")
def _manager_pin_wrong(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("manager")
    for digit in "111112":
        model.screens["manager"].tap_digit(digit)


@look("kiosk")
def _manager_locked(model: Any, core: ScriptedCore) -> None:
    core.desk.wrong = 4
    _manager_pin_wrong(model, core)


@look("kiosk")
def _manager_nobody(model: Any, core: ScriptedCore) -> None:
    core.desk.who = ()
    model.navigator.go("manager")


@look("kiosk")
def _manager_tablet_locked(model: Any, core: ScriptedCore) -> None:
    def refuse() -> Any:
        raise Refused("client.locked")

    core.desk.managers = refuse  # type: ignore[method-assign]
    model.navigator.go("manager")


@look("kiosk")
def _manager_one_of_several(model: Any, core: ScriptedCore) -> None:
    core.desk.who = (DeskManager("m1", "吴昕", True), DeskManager("m2", "Anastasia Konstantinopolskaya-Wrobel", False))
    model.navigator.go("manager")


@look("kiosk")
def _manager_without_a_pin(model: Any, core: ScriptedCore) -> None:
    core.desk.who = (DeskManager("m2", "吴昕", False),)
    model.navigator.go("manager")


@look("kiosk")
def _desk_arrivals(model: Any, core: ScriptedCore) -> None:
    _open_desk(model).tap_part("arrivals")


@look("kiosk")
def _desk_arrival_open(model: Any, core: ScriptedCore) -> None:
    vm = _open_desk(model)
    vm.tap_part("arrivals")
    vm.tap_arrival("a1")


@look("kiosk")
def _desk_arrival_with_courses(model: Any, core: ScriptedCore) -> None:
    vm = _open_desk(model)
    vm.tap_part("arrivals")
    vm.tap_arrival("a2")


@look("kiosk")
def _desk_approvals(model: Any, core: ScriptedCore) -> None:
    _open_desk(model).tap_part("approvals")


@look("kiosk")
def _desk_request_open(model: Any, core: ScriptedCore) -> None:
    vm = _open_desk(model)
    vm.tap_part("approvals")
    vm.tap_request("r2")


@look("kiosk")
def _desk_request_being_refused(model: Any, core: ScriptedCore) -> None:
    _desk_request_open(model, core)
    model.screens["manager"].tap_refuse()


@look("kiosk")
def _desk_request_refused(model: Any, core: ScriptedCore) -> None:
    vm = _open_desk(model)
    vm.tap_part("approvals")
    vm.tap_request("r3")


@look("kiosk")
def _desk_empty(model: Any, core: ScriptedCore) -> None:
    core.desk.arriving, core.desk.waiting = (), ()
    _open_desk(model).tap_part("arrivals")


@look("kiosk")
def _desk_of_many(model: Any, core: ScriptedCore) -> None:
    core.desk.arriving = tuple(arrival(n, posting_id=f"a{n}") for n in range(1, 9))
    vm = _open_desk(model)
    vm.tap_part("arrivals")
    vm.tap_arrival("a3")

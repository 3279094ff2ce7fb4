"""What taps do on the tablet's roster: a square, a kind of shift, a reason, publishing; and who has left sees nothing."""

from __future__ import annotations

import pytest

from mobile.core.views import Refused
from mobile.viewmodels.manager_desk import ManagerViewModel
from tests.viewmodels.test_hq_taps import Stand

PIN = "481516"
FRIDAY = "2026-06-05"


@pytest.fixture
def desk() -> tuple[Stand, ManagerViewModel]:
    stand = Stand("kiosk")
    vm = ManagerViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts)
    vm.on_enter()
    stand.asked.answer()
    if vm.state.step == "who":
        vm.tap_manager(vm.state.managers[0].person_id)
    for digit in PIN:
        vm.tap_digit(digit)
    stand.asked.answer()
    stand.asked.answer()
    vm.tap_part("roster")
    assert vm.state.step == "open" and vm.state.roster.week is not None
    return stand, vm


def test_what_breaks_nothing_is_kept_with_one_tap(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_square("e0", FRIDAY)
    stand.asked.answer()
    assert vm.state.roster.page is not None and vm.state.roster.page.day == FRIDAY
    vm.roster.tap_choice("early")
    stand.asked.answer()
    assert stand.core.desk_roster.done == [("put", "e0", FRIDAY, "early", "")]


def test_a_rule_is_read_before_it_is_set_aside_and_a_reason_is_asked_for(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_square("e0", FRIDAY)
    stand.asked.answer()
    vm.roster.tap_choice("late")
    assert stand.core.desk_roster.done == [] and not vm.state.roster.may_put
    vm.roster.tap_put()
    assert stand.core.desk_roster.done == []
    vm.roster.type_override("已与本人商定")
    vm.roster.tap_put()
    stand.asked.answer()
    assert stand.core.desk_roster.done == [("put", "e0", FRIDAY, "late", "已与本人商定")]


def test_what_nobody_may_set_aside_cannot_be_put_whatever_is_typed(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_square("e0", FRIDAY)
    stand.asked.answer()
    vm.roster.tap_choice("night")
    vm.roster.type_override("没关系")
    vm.roster.tap_put()
    assert not vm.state.roster.may_put and stand.core.desk_roster.done == []
    assert vm.on_back() and vm.state.roster.chosen == "" and vm.state.roster.page is not None


def test_publishing_asks_once_more(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_publish()
    assert vm.state.roster.publishing and stand.core.desk_roster.done == []
    vm.roster.tap_publish_now()
    stand.asked.answer()
    assert stand.core.desk_roster.done == [("publish", "2026-06-01", "")] and not vm.state.roster.publishing


def test_a_refusal_is_said_beside_the_square(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    stand.core.desk_roster.problem = Refused("rosters.changed_meanwhile")
    vm.roster.tap_square("e1", FRIDAY)
    stand.asked.answer()
    vm.roster.tap_remove("c1-4")
    stand.asked.answer()
    said = vm.state.roster.problem
    assert said is not None and said.code == "rosters.changed_meanwhile" and not vm.state.roster.busy


def test_whoever_comes_next_sees_nothing_of_it(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_square("e1", FRIDAY)
    stand.asked.answer()
    vm.on_leave()
    assert vm.state.roster.week is None and vm.state.roster.page is None


def test_a_month_is_looked_over_and_left_through_a_day_of_it(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_square("e1", FRIDAY)
    vm.roster.tap_span("month")
    assert vm.state.roster.by_month and vm.state.roster.page is None
    stand.asked.answer()
    assert vm.state.roster.month is not None and vm.state.roster.month.first == "2026-06-01"
    for _ in range(7):
        vm.roster.tap_month(1)
        stand.asked.answer()
    assert vm.state.roster.month is not None and vm.state.roster.month.first == "2027-01-01"
    vm.roster.tap_day("2027-01-14")
    stand.asked.answer()
    assert not vm.state.roster.by_month and vm.state.roster.week is not None and vm.state.roster.week.first == "2027-01-14"
    assert vm.state.roster.month is None


def test_one_step_back_from_a_month_is_its_week(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    vm.roster.tap_span("month")
    stand.asked.answer()
    assert vm.on_back() and not vm.state.roster.by_month and vm.state.step == "open"


def test_a_week_that_is_answered_late_does_not_shut_the_month(desk: tuple[Stand, ManagerViewModel]) -> None:
    stand, vm = desk
    before = vm.state.roster.week
    vm.roster.tap_week(1)
    vm.roster.tap_span("month")
    stand.asked.answer()
    stand.asked.answer()
    assert vm.state.roster.by_month and vm.state.roster.month is not None and vm.state.roster.week == before

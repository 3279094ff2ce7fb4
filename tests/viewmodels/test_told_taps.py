"""Taps on how one is told: gathered, saved together; groups turned one by one, or as the company chose; what is wrong is said."""

from __future__ import annotations

from contract.channels import ToldRow
from contract.triggers import GROUPS
from mobile.core.told import ToldPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.told import NIGHT, ToldViewModel, usual
from tests.ui.scripted_core import ScriptedCore
from tests.viewmodels.stand import Asked, HandTimers


class Stand:
    def __init__(self, wish: ToldRow | None = None) -> None:
        self.core, self.timers = ScriptedCore("phone"), HandTimers()
        self.core.hearing.told.shown = ToldPage(wish or ToldRow())
        self.asked, self.navigator, self.toasts = Asked(self.core), Navigator("phone"), Toasts(self.timers)
        self.vm = ToldViewModel(self.asked, self.navigator, self.toasts)
        self.navigator.go("told")
        self.vm.on_enter()
        self.asked.answer()

    @property
    def said(self) -> ToldRow:
        return self.core.hearing.told.shown.wish


def test_quiet_hours_are_proposed_changed_and_saved_with_the_language_in_one_word() -> None:
    stand = Stand()
    vm = stand.vm
    assert not vm.state.is_quiet and not vm.state.may_save
    vm.tap_quiet("quiet")
    assert (vm.state.shown.quiet_from_min, vm.state.shown.quiet_until_min) == NIGHT
    vm.tap_from()
    vm.tap_option("23:30")
    vm.tap_until()
    assert vm.on_back() and vm.state.shown.quiet_until_min == NIGHT[1], "back out of the list changes nothing"
    vm.tap_language("en")
    assert stand.said == ToldRow(), "nothing counts before it is saved"
    vm.tap_save()
    stand.asked.answer()
    assert stand.said == ToldRow(language="en", quiet_from_min=23 * 60 + 30, quiet_until_min=NIGHT[1])
    assert stand.toasts.state.said is not None and not vm.state.may_save
    vm.tap_quiet("always")
    assert vm.state.shown.quiet_from_min is None and vm.state.shown.quiet_until_min is None


def test_the_first_group_turned_keeps_what_the_company_chose_of_the_others() -> None:
    stand = Stand()
    vm = stand.vm
    assert vm.state.is_usual and [group for group, on in vm.state.groups().items() if on] == list(usual("email"))
    vm.tap_group("voice")
    vm.tap_group("voice")
    assert not vm.state.is_usual and vm.state.shown.email_groups == list(usual("email"))
    vm.tap_over("push")
    assert vm.state.is_usual, "each way has its own choice"
    for group in GROUPS:
        if vm.state.groups()[group]:
            vm.tap_group(group)
    assert vm.state.shown.push_groups == [], "none at all is a choice too"
    vm.tap_usual()
    assert vm.state.is_usual and vm.state.shown.push_groups is None


def test_what_comes_from_hq_meanwhile_does_not_take_away_what_is_being_said() -> None:
    stand = Stand()
    stand.vm.type_email("li@exa")
    stand.core.hearing.told.shown = ToldPage(ToldRow(language="en"))
    stand.vm.on_news()
    stand.asked.answer()
    assert stand.vm.state.shown.email == "li@exa"


def test_an_address_that_is_none_is_said_and_stays_to_be_put_right() -> None:
    stand = Stand()
    stand.vm.type_email("li at example")
    stand.vm.tap_save()
    stand.asked.answer()
    state = stand.vm.state
    assert state.problem is not None and state.problem.code == "client.email_wrong" and state.shown.email == "li at example"
    assert state.may_save and stand.said == ToldRow()

"""Taps on the schedule: a week, a shift, the market, my weeks; what the core refuses is said where it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from contract.messages import LANGUAGES, catalogue
from contract.shift_market import AbsenceState, ClaimState, LoanState, OfferState, SwapState
from mobile.core.views import Refused, Said
from mobile.core.views_rosters import ShiftState, Stretch
from mobile.viewmodels.calendar_feed import CalendarViewModel
from mobile.viewmodels.inbox import InboxViewModel
from mobile.viewmodels.navigator import Navigator, Stop
from mobile.viewmodels.preferences import Preferences, PreferencesModel
from mobile.viewmodels.roster import RosterState, RosterViewModel
from mobile.viewmodels.roster_market import MarketViewModel
from mobile.viewmodels.roster_shift import ShiftState as ShiftPageState
from mobile.viewmodels.roster_shift import ShiftViewModel
from mobile.viewmodels.roster_wishes import WishesViewModel, Wording
from mobile.viewmodels.roster_words import MARKET_STATES, SHIFT_STATES, card_mark, day_mark, open_mark
from mobile.viewmodels.toasts import Toasts
from tests.ui.scripted_core import InMemory, ScriptedCore
from tests.ui.scripted_office import item
from tests.ui.scripted_rosters import CHOICES, OPENS, a_shift
from tests.viewmodels.stand import Asked, HandTimers


class Stand:
    """A phone's schedule over a scripted core."""

    def __init__(self) -> None:
        self.core = ScriptedCore("phone")
        self.core.roster.busy()
        self.asked, self.timers = Asked(self.core), HandTimers()
        self.navigator, self.toasts = Navigator("phone"), Toasts(self.timers)

    def at(self, screen: str, subject: str | None, make: Callable[..., Any]) -> Any:
        self.navigator.go(screen, subject)
        vm = make(self.asked, self.navigator, self.toasts)
        vm.on_enter()
        self.asked.answer()
        return vm


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_a_week_is_walked_a_day_opened_and_all_of_it_confirmed_by_one_tap_once(stand: Stand) -> None:
    vm = stand.at("roster", None, RosterViewModel)
    assert (vm.state.page.monday, vm.state.day, vm.state.page.to_confirm) == ("2026-06-01", "2026-06-01", 2)
    vm.tap_confirm()
    vm.tap_confirm()
    stand.asked.answer()
    assert stand.core.roster.said == [("confirm", (), "2026-06-01")] and vm.state.page.to_confirm == 0
    vm.tap_option("2026-06-03")
    vm.tap_week(1)
    stand.asked.answer()
    assert (vm.state.page.monday, vm.state.day) == ("2026-06-08", "2026-06-10")
    vm.tap_shift("s1")
    vm.on_leave()
    assert vm.state == RosterState() and stand.navigator.here == Stop("shift", "s1")
    stand.navigator.back()
    vm.on_enter()
    stand.asked.answer()
    assert vm.state.day == "2026-06-10", "back from a shift is back to its day"


def test_an_answer_about_a_week_that_was_left_is_not_shown(stand: Stand) -> None:
    vm = stand.at("roster", None, RosterViewModel)
    vm.tap_week(1)
    vm.tap_next_week()
    fn, then, _ = stand.asked.waiting.pop(0)
    then(stand.core.roster.week("2026-08-10"))
    assert vm.state.page.monday == "2026-06-01", "not the week that nobody asked for any more"
    vm.tap_week(-1)
    stand.asked.answer()
    assert vm.state.page.monday == "2026-05-25"
    assert callable(fn)


def test_a_notice_about_my_shifts_leads_to_their_week_and_one_of_the_market_to_the_market(stand: Stand) -> None:
    told = replace(item(1, about="roster", about_id="s1"), said=Said("inbox.N-11.notice", {"from_day": "2026-06-10"}))
    stand.core.office.items = replace(stand.core.office.items, notices=(told, item(2, about="swap", about_id="w1")))
    stand.navigator.go("inbox")
    inbox = InboxViewModel(stand.asked, stand.timers, stand.navigator)
    inbox.on_enter()
    stand.asked.answer()
    inbox.tap_item("i2")
    assert stand.navigator.here == Stop("market")
    inbox.tap_item("i1")
    assert stand.navigator.here == Stop("roster", "2026-06-10")


def test_past_the_lease_no_shift_is_shown_and_why_is_said(stand: Stand) -> None:
    stand.core.roster.problem = Refused("client.locked")
    found = [stand.at("roster", None, RosterViewModel), stand.at("market", None, MarketViewModel)]
    assert [(vm.state.page, vm.state.problem) for vm in found] == [(None, Said("client.locked", {}))] * 2


def test_who_cannot_come_says_for_how_long_and_why_and_back_leads_one_step(stand: Stand) -> None:
    vm = stand.at("shift", "s1", ShiftViewModel)
    vm.tap_absent()
    assert vm.on_back() and vm.state.step == "" and not vm.on_back()
    vm.tap_absent()
    vm.tap_days("3")
    vm.tap_kind("other")
    vm.type_note("家里有事")
    vm.tap_report()
    vm.tap_report()
    stand.asked.answer()
    assert stand.core.roster.said == [("absent", "s1", 3, "other", "家里有事")]
    assert stand.toasts.state.said == Said("roster_page.reported", {}) and vm.state.step == ""


def test_leave_is_asked_for_with_a_sick_call_unless_it_is_declined_or_there_is_none_of_that_kind(stand: Stand) -> None:
    vm = stand.at("shift", "s1", ShiftViewModel)
    for kind, leave in (("sick", "yes"), ("sick", "no"), ("other", "yes")):
        vm.tap_absent()
        assert vm.state.may_leave
        vm.tap_kind(kind)
        vm.tap_leave(leave)
        vm.tap_report()
        stand.asked.answer()
        stand.asked.answer()
    said = [one[4:] for one in stand.core.roster.said]
    assert said == [("", "leave"), ("",), ("",)]


def test_a_swap_is_chosen_asked_and_what_a_rule_forbids_cannot_be_chosen(stand: Stand) -> None:
    vm = stand.at("shift", "s1", ShiftViewModel)
    vm.tap_swap()
    stand.asked.answer()
    assert vm.state.choices == CHOICES and vm.state.listed == CHOICES[1:]
    vm.tap_choice("1")
    assert vm.state.step == "swap" and not CHOICES[2].is_possible
    vm.tap_giving("give")
    assert vm.state.listed == CHOICES[:1]
    vm.tap_choice("0")
    assert vm.on_back() and vm.state.step == "swap"
    vm.tap_giving("swap")
    vm.tap_choice("0")
    vm.tap_ask()
    stand.asked.answer()
    assert stand.core.roster.said == [("swap", "s1", "e2", "s7", "")] and vm.state.step == ""
    vm.on_leave()
    assert vm.state == ShiftPageState()


def test_what_waits_for_me_is_answered_and_what_i_asked_for_taken_back(stand: Stand) -> None:
    vm = stand.at("market", None, MarketViewModel)
    for act in (lambda: vm.tap_yes("open", "s20"), lambda: vm.tap_yes("swap", "w1"), lambda: vm.tap_no("offer", "f1"),
                lambda: vm.tap_undo("swap", "w2")):  # fmt: skip
        act()
        stand.asked.answer()
    assert stand.core.roster.said == [("claim", "s20"), ("answer", "w1", True), ("answer", "f1", False), ("withdraw", "w2")]
    stand.core.roster.problem = Refused("client.shift_not_open")
    vm.tap_yes("open", "s20")
    stand.asked.answer()
    assert vm.state.problem == Said("client.shift_not_open", {}) and not vm.state.busy


def test_weekdays_are_gathered_and_saved_together_and_times_must_be_times(stand: Stand) -> None:
    vm = stand.at("wishes", None, WishesViewModel)
    vm.tap_weekday("3")
    assert vm.state.wording == Wording(3, "", "undesired", "09:00", "12:00")
    vm.type_ends("8 点")
    vm.tap_set()
    assert vm.state.problem == Said("client.times_wrong", {}) and vm.state.wording is not None
    vm.type_ends("13：30")
    vm.tap_set()
    vm.tap_weekday("1")
    vm.tap_kind("free")
    vm.tap_set()
    assert vm.state.is_changed and stand.core.roster.said == []
    vm.tap_save()
    stand.asked.answer()
    wanted = (Stretch(3, 540, 810, "undesired"), Stretch(5, 0, 1_440, "desired"))
    assert stand.core.roster.said == [("weeks", wanted)] and not vm.state.is_changed and vm.state.shown == wanted


def test_a_wish_is_for_a_day_to_come_and_keeps_what_was_said_of_my_weeks(stand: Stand) -> None:
    vm = stand.at("wishes", None, WishesViewModel)
    vm.tap_weekday("0")
    vm.tap_kind("desired")
    vm.tap_set()
    vm.tap_wish()
    vm.tap_month(-1)
    vm.tap_option("2026-05-30")
    assert vm.state.problem == Said("client.day_is_over", {}) and vm.state.wording is None
    vm.tap_option("2026-06-12")
    vm.tap_set()
    stand.asked.answer()
    assert stand.core.roster.said == [("wish", "2026-06-12", "unavailable", 0, 1_440)] and vm.state.is_changed
    vm.tap_undo("wish", "x1")
    stand.asked.answer()
    assert stand.core.roster.said[-1] == ("withdraw_wish", "x1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_shift_and_of_the_market_has_a_word_a_sign_and_a_tone(language: Any) -> None:
    kinds = {"claim": ClaimState, "offer": OfferState, "swap": SwapState, "absence": AbsenceState, "loan": LoanState}
    states = {(kind, state) for kind, known in kinds.items() for state in get_args(known)}
    wanted = {f"roster_page.{kind}_{state}" for kind, state in states} | {f"roster_page.state_{one}" for one in SHIFT_STATES}
    assert wanted - set(catalogue(language)) == set() and {state for _, state in states} <= set(MARKET_STATES)
    assert set(SHIFT_STATES) == set(get_args(ShiftState))


def test_an_open_shift_says_in_a_word_whether_it_can_be_taken(stand: Stand) -> None:
    codes = [open_mark(one).said.code.split(".")[-1] for one in OPENS]
    assert codes == ["free", "forbidden", "forbidden", "costly", "way_claim_kept"]
    later = stand.core.roster.page.ended[0]
    assert card_mark(later).said.code == "roster_page.claim_lost"
    day = stand.core.roster.week().days[0]
    assert day_mark(day).said == Said("roster_page.short_at", {"at": "08:00"}) and day_mark(day).tone == "late"
    assert day_mark(replace(day, mine=(a_shift(state="confirmed"),))).tone == "good"


def test_of_more_than_anybody_reads_what_is_possible_is_listed_first(stand: Stand) -> None:
    stand.core.roster.offered = (CHOICES[2], *[replace(CHOICES[1], colleague_id=f"e{n}") for n in range(60)])
    vm = stand.at("shift", "s1", ShiftViewModel)
    vm.tap_swap()
    stand.asked.answer()
    assert len(vm.state.listed) == 40 and vm.state.more == 21 and all(one.is_possible for one in vm.state.listed)


def test_a_calendars_address_is_made_at_once_and_renewed_or_ended_only_when_asked_twice(stand: Stand) -> None:
    preferences = PreferencesModel(InMemory(), stand.asked, Preferences())
    calendar = stand.at("calendar", None, lambda *given: CalendarViewModel(*given, preferences))
    calendar.tap_open()
    stand.asked.answer()
    stand.asked.answer()
    assert stand.core.calendar.said == ["open zh"] and calendar.state.page is not None and calendar.state.page.address
    calendar.tap_open()
    assert calendar.state.sure == "renew" and calendar.on_back() and calendar.state.sure == ""
    calendar.tap_revoke()
    assert stand.core.calendar.said == ["open zh"]
    calendar.tap_revoke()
    stand.asked.answer()
    stand.asked.answer()
    assert stand.core.calendar.said == ["open zh", "revoke"] and calendar.state.page.state == "none"
    calendar.on_leave()
    assert calendar.state.page is None, "who takes the phone next reads no address"

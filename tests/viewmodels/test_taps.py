"""What taps do: PIN, enrolment, sync page, preferences, toasts, the tablet left alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mobile.core.ports import NoSignal
from mobile.core.views import Enrolment, FloorPerson, Kept, PinAnswer, Preview, Refused, SyncOutcome
from mobile.viewmodels.enrol import EnrolViewModel
from mobile.viewmodels.idle import IdleWatch
from mobile.viewmodels.invite import Invite, read_invite
from mobile.viewmodels.kiosk_punch import KioskPunchViewModel
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.pin import PinViewModel, is_easily_guessed
from mobile.viewmodels.preferences import Preferences, PreferencesModel
from mobile.viewmodels.sync_page import SyncPageViewModel, must_be_set_up_again
from mobile.viewmodels.toasts import Toasts
from tests.viewmodels.stand import Asked, HandTimers
from tests.viewmodels.stand import Kept as KeptPreferences

WEI = FloorPerson("wei", "李伟", "E1", "not_in_yet", None, True, "in")


def _type(vm: Any, digits: str) -> None:
    for digit in digits:
        vm.tap_digit(digit)


class _PinCore:
    def __init__(self) -> None:
        self.pins: list[tuple[str, str | None]] = []

    def set_pin(self, pin: str, person_id: str | None) -> None:
        self.pins.append((pin, person_id))


@pytest.fixture
def pin() -> tuple[PinViewModel, _PinCore, Asked, Navigator]:
    core, navigator = _PinCore(), Navigator("phone")
    asked = Asked(core)
    navigator.switch("today")
    navigator.go("pin")
    return PinViewModel(asked, navigator, Toasts(HandTimers())), core, asked, navigator


def test_a_pin_typed_twice_is_kept_and_its_digits_are_nowhere_in_the_state(pin: Any) -> None:
    vm, core, asked, navigator = pin
    states = []
    vm.watch(states.append)
    _type(vm, "481516")
    _type(vm, "481516")
    asked.answer()
    assert core.pins == [("481516", None)] and navigator.here.screen == "today"
    assert "481516" not in repr(states) and vm._digits == vm._first == ""


def test_two_different_pins_start_over(pin: Any) -> None:
    vm, core, asked, _ = pin
    _type(vm, "481516")
    _type(vm, "481517")
    asked.answer()
    assert core.pins == [] and vm.state.problem.code == "phone.pin_differs" and vm.state.step == "first"


@pytest.mark.parametrize("easy", ["000000", "123456", "654321", "999999"])
def test_what_everybody_tries_first_is_no_pin(pin: Any, easy: str) -> None:
    vm, *_ = pin
    _type(vm, easy)
    assert vm.state.problem.code == "phone.pin_too_easy" and vm.state.typed == 0
    assert not is_easily_guessed("481516") and not is_easily_guessed("121212")


@pytest.mark.parametrize(
    ("text", "invite"),
    [
        ("k7qf-2m9d-aaaa", Invite("K7QF-2M9D-AAAA")),
        ("  ｋ７ｑｆ－２ｍ９ｄ ", Invite("K7QF-2M9D")),
        ("OUTPOST1:K7QF-2M9D-AAAA", Invite("K7QF-2M9D-AAAA")),
        ("https://hr.example.com/enrol#K7QF-2M9D", Invite("K7QF-2M9D", "https://hr.example.com")),
        ("https://hr.example.com/enrol?code=K7QF-2M9D", Invite("K7QF-2M9D", "https://hr.example.com")),
        ("", Invite("")),
        ("二维码", Invite("")),
    ],
)
def test_a_code_is_understood_however_it_is_written(text: str, invite: Invite) -> None:
    assert read_invite(text) == invite


def _enrolling(core: Any) -> tuple[EnrolViewModel, Asked]:
    asked = Asked(core)
    vm = EnrolViewModel(asked, Navigator("phone"), "https://hr.example.com")
    vm.type_code("K7QF-2M9D")
    return vm, asked


def test_no_signal_while_enrolling_keeps_the_code_for_another_try() -> None:
    def silent(*_: str) -> Enrolment:
        raise NoSignal

    vm, asked = _enrolling(SimpleNamespace(enrol=silent))
    vm.tap_enrol()
    assert vm.state.busy and not vm.state.may_go_on
    asked.answer()
    assert vm.state.problem is not None and vm.state.problem.code == "enrol.no_signal"
    assert vm.state.code == "K7QF-2M9D" and vm.state.may_go_on


def test_two_impatient_taps_enrol_once() -> None:
    calls: list[tuple[str, str]] = []
    vm, asked = _enrolling(SimpleNamespace(enrol=lambda *a: calls.append(a)))
    vm.tap_enrol()
    vm.tap_enrol()
    asked.answer()
    assert calls == [("https://hr.example.com", "K7QF-2M9D")]


def _syncing(outcome: SyncOutcome | None) -> tuple[SyncPageViewModel, Toasts, Asked]:
    core = SimpleNamespace(is_syncing=outcome is None, sync_once=lambda: outcome, sync_state=lambda: None, enrolment=None)
    asked, toasts = Asked(core), Toasts(HandTimers())
    return SyncPageViewModel(asked, Navigator("phone"), toasts), toasts, asked


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (SyncOutcome(True, True, 2, 10, None), "sync_page.done"),
        (SyncOutcome(False, False, 0, 0, None), "sync_page.still_offline"),
        (None, "sync_page.busy"),
    ],
)
def test_sync_now_says_how_it_ended(outcome: SyncOutcome | None, said: str) -> None:
    vm, toasts, asked = _syncing(outcome)
    vm.tap_sync_now()
    assert vm.state.busy
    asked.answer()
    assert toasts.state.said is not None and toasts.state.said.code == said and not vm.state.busy


def test_a_toast_goes_by_itself_and_a_newer_one_stays_its_time() -> None:
    timers = HandTimers()
    toasts = Toasts(timers)
    toasts.say("ui.done")
    timers.pass_s(2)
    toasts.say("ui.back")
    timers.pass_s(2)
    assert toasts.state.said is not None and toasts.state.said.code == "ui.back"
    timers.pass_s(2)
    assert toasts.state.said is None


@pytest.mark.parametrize("torn", [{}, {"language": "tlh"}, {"text_scale": "big"}, {"look": 7, "language": None}])
def test_preferences_that_make_no_sense_cost_a_preference_not_a_start(torn: dict[str, Any]) -> None:
    assert PreferencesModel(KeptPreferences(torn), Asked(None), Preferences("en")).state == Preferences("en")


def test_a_preference_is_kept_at_once_and_the_core_learns_the_language() -> None:
    told: list[str] = []
    kept, asked = KeptPreferences(), Asked(SimpleNamespace(set_language=told.append))
    model = PreferencesModel(kept, asked)
    model.tap_other_language()
    model.tap_text_scale("1.6")
    model.tap_look("dark")
    model.tap_look("purple")
    asked.answer()
    assert kept.what == {"language": "en", "text_scale": 1.6, "look": "dark"} and told == ["en"]


class _KioskCore:
    def __init__(self) -> None:
        self.punched: list[tuple[str, str]] = []
        self.answer = PinAnswer(True, 5, 0)
        self.desk_training = SimpleNamespace(newcomer=lambda person_id: None)

    def floor(self) -> Any:
        return SimpleNamespace(people=(WEI,))

    def check_pin(self, person_id: str, pin: str) -> PinAnswer:
        return self.answer

    def punch(self, *, kind: str, person_id: str, by_pin: bool) -> Kept:
        assert by_pin
        self.punched.append((person_id, kind))
        return Kept("p1", "in", "08:52", Preview("inside", 10, 5, 990, "green", ()))


@pytest.fixture
def kiosk() -> Any:
    core, timers, navigator = _KioskCore(), HandTimers(), Navigator("kiosk")
    asked = Asked(core)
    vm = KioskPunchViewModel(asked, timers, navigator)
    navigator.switch("floor")
    navigator.go("kiosk_punch", "wei")
    vm.on_enter()
    asked.answer()
    navigator.watch(lambda route: vm.on_leave() if route.here.screen == "floor" else None)
    return SimpleNamespace(core=core, timers=timers, navigator=navigator, asked=asked, vm=vm)


def test_an_answer_for_somebody_who_has_left_is_dropped(kiosk: Any) -> None:
    """The punch is kept all the same: it was made. But its result is shown to nobody else."""
    _type(kiosk.vm, "481516")
    kiosk.navigator.home()
    kiosk.asked.answer()
    assert kiosk.core.punched == [("wei", "in")]
    assert kiosk.vm.state.kept is None and kiosk.vm.state.person is None and kiosk.navigator.here.screen == "floor"


def test_a_seventh_digit_and_taps_while_busy_change_nothing(kiosk: Any) -> None:
    _type(kiosk.vm, "4815162")
    _type(kiosk.vm, "342")
    kiosk.asked.answer()
    assert kiosk.core.punched == [("wei", "in")]


def test_a_locked_pad_opens_again_by_itself(kiosk: Any) -> None:
    kiosk.core.answer = PinAnswer(False, 0, 60)
    _type(kiosk.vm, "111112")
    kiosk.asked.answer()
    assert kiosk.vm.state.step == "locked"
    kiosk.timers.pass_s(59)
    assert kiosk.vm.state.locked_s == 1
    kiosk.timers.pass_s(2)
    assert kiosk.vm.state.step == "pin" and kiosk.timers.running == 0


def test_a_full_disk_on_the_tablet_is_told_and_nothing_is_done(kiosk: Any) -> None:
    def full(**_: Any) -> Kept:
        raise Refused("client.disk_full", free_mb=3)

    kiosk.core.punch = full
    _type(kiosk.vm, "481516")
    kiosk.asked.answer()
    assert kiosk.vm.state.problem.code == "client.disk_full" and kiosk.vm.state.step == "pin"


def test_idle_goes_home_but_never_out_of_enrolment() -> None:
    timers, navigator = HandTimers(), Navigator("kiosk")
    idle = IdleWatch(timers, navigator, Toasts(timers))
    navigator.switch("enrol")
    timers.pass_s(200)
    assert navigator.here.screen == "enrol"
    navigator.home()
    navigator.go("device")
    idle.touched()
    timers.pass_s(59)
    assert navigator.here.screen == "device"
    timers.pass_s(2)
    assert navigator.here.screen == "floor"


def test_a_device_hq_knows_no_more_can_be_set_up_again_and_back_leads_back() -> None:
    navigator = Navigator("phone")
    vm = SyncPageViewModel(Asked(SimpleNamespace()), navigator, Toasts(HandTimers()))
    navigator.switch("sync")
    vm.tap_set_up_again()
    assert navigator.here.screen == "enrol"
    assert navigator.back() and navigator.here.screen == "sync"


@pytest.mark.parametrize(("standing", "must"), [("ok", False), ("revoked", False), ("forked", True), ("unknown", True)])
def test_only_a_device_whose_name_is_spoilt_is_told_to_be_set_up_again(standing: str, must: bool) -> None:
    assert must_be_set_up_again(SimpleNamespace(standing=standing)) is must  # type: ignore[arg-type]

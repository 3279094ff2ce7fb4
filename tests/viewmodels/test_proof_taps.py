"""What taps do around more proof: a phone shows its code, the tablet takes it down, a drawn punch is asked and never stopped."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mobile.core.proofs import Countersigned
from mobile.core.views import FloorPerson, Kept, PinAnswer, Preview, Refused
from mobile.ui.picture import png_of
from mobile.viewmodels.kiosk_punch import KioskPunchViewModel
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.proofs import ExtraViewModel, PhoneCodeViewModel, PhoneScanViewModel
from tests.ui.scripted_office import ScriptedDesk
from tests.ui.scripted_proofs import ScriptedProofs
from tests.viewmodels.stand import Asked, HandTimers

WEI = FloorPerson("wei", "李伟", "E1", "not_in_yet", None, True, "in")


class Core:
    def __init__(self) -> None:
        self.desk = ScriptedDesk()
        self.proofs = ScriptedProofs(self.desk)
        self.extra = True
        self.desk_training = SimpleNamespace(newcomer=lambda person_id: None)

    def floor(self) -> Any:
        return type("Floor", (), {"people": (WEI,)})

    def check_pin(self, person_id: str, pin: str) -> PinAnswer:
        return PinAnswer(True, 5, 0)

    def punch(self, *, kind: str, person_id: str, by_pin: bool) -> Kept:
        preview = Preview("inside", 9, 2, 990, "green", ())
        return Kept("p1", "in", "08:52", preview, extra=self.extra)


def stand(face: str, screen: str, subject: str | None = None) -> tuple[Core, Asked, HandTimers, Navigator]:
    core, navigator = Core(), Navigator(face)  # type: ignore[arg-type]
    navigator.home()
    navigator.go(screen, subject)
    return core, Asked(core), HandTimers(), navigator


def _type(vm: Any, asked: Asked, digits: str) -> None:
    for digit in digits:
        vm.tap_digit(digit)
    asked.answer()


def test_a_phone_shows_its_code_while_the_page_is_in_front_and_forgets_it_after() -> None:
    core, asked, timers, navigator = stand("phone", "phone_code", "p1")
    vm = PhoneCodeViewModel(asked, timers, navigator)
    vm.on_enter()
    asked.answer()
    assert vm.state.code is not None and vm.state.code.digits == "48291357"
    core.proofs.is_over = True
    timers.pass_s(1)
    asked.answer()
    assert vm.state.code is None and vm.state.problem is not None and vm.state.problem.code == "client.phone_code_over"
    vm.on_leave()
    assert timers.running == 0 and vm.state.problem is None


def test_the_tablet_takes_a_scanned_phone_down_says_whose_it_is_and_goes_home() -> None:
    core, asked, timers, navigator = stand("kiosk", "phone_scan")
    vm = PhoneScanViewModel(asked, timers, navigator)
    vm.on_enter()
    core.proofs.name = "李伟"
    vm.on_text("OP2:...")
    asked.answer()
    assert (vm.state.step, vm.state.seen) == ("done", Countersigned("李伟")) and core.proofs.given == [("seen", "OP2:...")]
    timers.pass_s(6)
    assert navigator.here.screen == "floor"


def test_what_is_no_phone_s_code_leaves_the_tablet_looking() -> None:
    core, asked, timers, navigator = stand("kiosk", "phone_scan")
    vm = PhoneScanViewModel(asked, timers, navigator)
    vm.on_enter()
    core.proofs.refuses = Refused("client.not_a_phone_code")
    vm.on_text("https://example.com")
    asked.answer()
    assert vm.state.step == "looking" and vm.state.problem is not None


def test_without_a_camera_eight_digits_are_typed() -> None:
    core, asked, timers, navigator = stand("kiosk", "phone_scan")
    vm = PhoneScanViewModel(asked, timers, navigator)
    vm.on_enter()
    vm.no_camera()
    _type(vm, asked, "4829135")
    assert vm.state.step == "typing" and core.proofs.given == []
    _type(vm, asked, "7")
    assert vm.state.step == "done" and core.proofs.given == [("seen", "48291357")]


def test_a_drawn_punch_leads_to_the_extra_page_and_another_one_to_its_result() -> None:
    for drawn, screen in ((True, "extra"), (False, "kiosk_punch")):
        core, asked, timers, navigator = stand("kiosk", "kiosk_punch", "wei")
        core.extra = drawn
        vm = KioskPunchViewModel(asked, timers, navigator)
        vm.on_enter()
        asked.answer()
        _type(vm, asked, "481516")
        assert navigator.here.screen == screen
        assert not drawn or navigator.here.subject == "p1"


def _extra() -> tuple[ExtraViewModel, Core, Asked, HandTimers, Navigator]:
    core, asked, timers, navigator = stand("kiosk", "extra", "p1")
    vm = ExtraViewModel(asked, timers, navigator)
    vm.on_enter()
    asked.answer()
    return vm, core, asked, timers, navigator


def test_the_manager_s_pin_answers_without_any_photo() -> None:
    vm, core, asked, timers, navigator = _extra()
    vm.tap_manager_way()
    vm.tap_manager("m1")
    _type(vm, asked, "111111")
    assert vm.state.step == "pin" and vm.state.problem is not None and core.proofs.given == []
    _type(vm, asked, core.desk.pin)
    assert vm.state.step == "done" and core.proofs.given == [("word", "p1", "m1")]
    timers.pass_s(6)
    assert navigator.here.screen == "floor"


def test_a_photo_answers_it_and_no_camera_leaves_the_other_way() -> None:
    vm, core, asked, _, _ = _extra()
    vm.tap_photo()
    vm.take_photo(b"picture")
    asked.answer()
    assert vm.state.step == "done" and core.proofs.given == [("photo", "p1")]
    vm, core, asked, _, _ = _extra()
    vm.tap_photo()
    vm.no_camera()
    assert vm.state.step == "choose" and not vm.state.has_camera and vm.state.managers


def test_nobody_is_held_up_by_it() -> None:
    vm, core, _, _, navigator = _extra()
    vm.tap_later()
    assert navigator.here.screen == "floor" and core.proofs.given == []
    vm, core, _, _, navigator = _extra()
    vm.tap_photo()
    assert vm.on_back() and vm.state.step == "choose" and not vm.on_back()


def test_a_refusal_is_said_and_forgets_the_digits() -> None:
    vm, core, asked, _, _ = _extra()
    core.proofs.refuses = Refused("client.not_for_yourself")
    vm.tap_manager_way()
    vm.tap_manager("m1")
    _type(vm, asked, core.desk.pin)
    assert (vm.state.step, vm.state.typed) == ("pin", 0)
    assert vm.state.problem is not None and vm.state.problem.code == "client.not_for_yourself"


def test_a_frame_becomes_a_small_picture_any_program_opens() -> None:
    from io import BytesIO

    from PIL import Image

    red, blue = bytes((200, 10, 10, 255)), bytes((10, 10, 200, 255))
    made = png_of((red * 500 + blue * 500) * 600, 1000, 600)
    with Image.open(BytesIO(made)) as picture:
        assert picture.size == (334, 200) and picture.getpixel((0, 0)) == (200, 10, 10)
        assert picture.getpixel((333, 199)) == (10, 10, 200)

"""A phone's code shown to the tablet, the tablet that looks at it, and the extra proof the tablet was drawn to ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from contract.phone_code import SHORT_DIGITS
from mobile.core.proofs import Countersigned, PhoneCode
from mobile.core.views import PinAnswer, Refused, Said
from mobile.core.views_hq import DeskManager
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.pin import PIN_DIGITS
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

RESULT_S = 5


@dataclass(frozen=True)
class PhoneCodeState:
    code: PhoneCode | None = None
    problem: Said | None = None


class PhoneCodeViewModel(ViewModel[PhoneCodeState]):
    """The phone's code for one punch, made anew each second while it is shown."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(PhoneCodeState())
        self._asks, self._timers, self._navigator = asks, timers, navigator
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        if self._stop is None:
            self._stop = self._timers.every(1.0, self._tick)
        self._tick()

    def on_leave(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(PhoneCodeState())

    def tap_back(self) -> None:
        self._navigator.back()

    def _tick(self) -> None:
        punch_id = self._navigator.here.subject or ""
        self._asks.ask(lambda core: core.proofs.phone_code(punch_id), self._on_code, self._over)

    def _on_code(self, code: PhoneCode) -> None:
        if self._stop is not None:
            self.show(PhoneCodeState(code))

    def _over(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        if self._stop is not None:
            self.show(PhoneCodeState(problem=error.said))


@dataclass(frozen=True)
class PhoneScanState:
    """`step`: the camera looks, somebody types the eight digits, or it is written down."""

    step: Literal["looking", "typing", "done"] = "looking"
    digits: str = ""
    seen: Countersigned | None = None
    problem: Said | None = None
    left_s: int = 0


class PhoneScanViewModel(ViewModel[PhoneScanState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(PhoneScanState())
        self._asks, self._timers, self._navigator = asks, timers, navigator
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        self.show(PhoneScanState())

    def on_leave(self) -> None:
        self._stop_timer()
        self.show(PhoneScanState())

    def on_text(self, text: str) -> None:
        """The camera read something. What is no phone's code leaves it looking."""
        if self.state.step == "looking":
            self._asks.ask(lambda core: core.proofs.countersign(text), self._on_seen, self._refused)

    def no_camera(self) -> None:
        self.show(replace(self.state, step="typing", problem=None))

    def tap_type(self) -> None:
        self.show(PhoneScanState(step="typing"))

    def tap_digit(self, digit: str) -> None:
        if self.state.step != "typing" or len(self.state.digits) >= SHORT_DIGITS:
            return
        digits = self.state.digits + digit
        self.show(replace(self.state, digits=digits, problem=None))
        if len(digits) == SHORT_DIGITS:
            self._asks.ask(lambda core: core.proofs.countersign(digits), self._on_seen, self._refused)

    def tap_erase(self) -> None:
        self.show(replace(self.state, digits=self.state.digits[:-1]))

    def tap_clear(self) -> None:
        self.show(replace(self.state, digits=""))

    def tap_done(self) -> None:
        self._navigator.home()

    def tap_back(self) -> None:
        self._navigator.home()

    def _on_seen(self, seen: Countersigned) -> None:
        self.show(PhoneScanState(step="done", seen=seen, left_s=RESULT_S))
        self._stop_timer()
        self._stop = self._timers.every(1.0, self._count_down)

    def _count_down(self) -> None:
        left_s = self.state.left_s - 1
        self.show(replace(self.state, left_s=left_s))
        if left_s <= 0:
            self._navigator.home()

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, digits="", problem=error.said))

    def _stop_timer(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


@dataclass(frozen=True)
class ExtraState:
    """`step`: which way, the camera, which manager, their PIN, or done. How many digits stand there, never which."""

    step: Literal["choose", "photo", "managers", "pin", "done"] = "choose"
    managers: tuple[DeskManager, ...] = ()
    manager: DeskManager | None = None
    has_camera: bool = True
    typed: int = 0
    busy: bool = False
    problem: Said | None = None


class ExtraViewModel(ViewModel[ExtraState]):
    """The punch is kept already: whoever walks away now has punched, and is asked for more later."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(ExtraState())
        self._asks, self._timers, self._navigator = asks, timers, navigator
        self._digits = ""
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        self._digits = ""
        self.show(ExtraState())
        self._asks.ask(lambda core: core.desk.managers(), self._known, self._no_managers)

    def on_leave(self) -> None:
        self._digits = ""
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(ExtraState())

    def on_back(self) -> bool:
        if self.state.step in ("photo", "managers", "pin"):
            self._digits = ""
            self.show(replace(self.state, step="choose", typed=0, problem=None))
            return True
        return False

    def tap_photo(self) -> None:
        self.show(replace(self.state, step="photo", problem=None))

    def tap_manager_way(self) -> None:
        self.show(replace(self.state, step="managers", problem=None))

    def tap_manager(self, person_id: str) -> None:
        chosen = next((one for one in self.state.managers if one.person_id == person_id), None)
        if chosen is not None:
            self.show(replace(self.state, step="pin", manager=chosen, typed=0, problem=None))

    def tap_later(self) -> None:
        self._navigator.home()

    def tap_back(self) -> None:
        if not self.on_back():
            self._navigator.home()

    def no_camera(self) -> None:
        self.show(replace(self.state, step="choose", has_camera=False, problem=Said("phone.no_camera", {})))

    def take_photo(self, picture: bytes) -> None:
        if self.state.step != "photo" or self.state.busy:
            return
        punch_id = self._navigator.here.subject or ""
        self.show(replace(self.state, busy=True))
        self._asks.ask(lambda core: core.proofs.give_photo(punch_id, picture), self._given, self._refused)

    def tap_digit(self, digit: str) -> None:
        if self.state.step != "pin" or self.state.busy or len(self._digits) >= PIN_DIGITS:
            return
        self._digits += digit
        self.show(replace(self.state, typed=len(self._digits), problem=None))
        if len(self._digits) == PIN_DIGITS:
            self._say_the_word()

    def tap_erase(self) -> None:
        self._digits = self._digits[:-1]
        self.show(replace(self.state, typed=len(self._digits)))

    def tap_clear(self) -> None:
        self._digits = ""
        self.show(replace(self.state, typed=0))

    def _say_the_word(self) -> None:
        manager, pin, punch_id = self.state.manager, self._digits, self._navigator.here.subject or ""
        self._digits = ""
        if manager is None:
            return
        self.show(replace(self.state, busy=True))
        person_id = manager.person_id
        self._asks.ask(lambda core: core.proofs.give_word(punch_id, person_id, pin), self._judged, self._refused)

    def _judged(self, answer: PinAnswer) -> None:
        if answer.ok:
            self._given(None)
        elif answer.locked_s > 0:
            problem = Said("kiosk.locked", {"seconds": answer.locked_s})
            self.show(replace(self.state, busy=False, typed=0, problem=problem))
        else:
            problem = Said("kiosk.wrong_pin", {"count": answer.tries_left})
            self.show(replace(self.state, busy=False, typed=0, problem=problem))

    def _given(self, _: Any) -> None:
        self.show(ExtraState(step="done"))
        self._stop = self._timers.after(RESULT_S, self._navigator.home)

    def _known(self, managers: tuple[DeskManager, ...]) -> None:
        self.show(replace(self.state, managers=tuple(one for one in managers if one.has_pin)))

    def _no_managers(self, error: BaseException) -> None:
        """Past the lease nobody is named; the photo and the way home are still there."""
        if not isinstance(error, Refused):
            raise error

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, typed=0, problem=error.said))

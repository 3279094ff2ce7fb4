"""Choosing a PIN: six digits, twice. On a phone one's own; on a tablet for a person who has none yet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Literal

from mobile.core.views import Refused, Said
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

PIN_DIGITS = 6


@dataclass(frozen=True)
class PinState:
    """How many digits stand there, never which: the digits themselves stay out of the state."""

    step: Literal["first", "again"] = "first"
    typed: int = 0
    busy: bool = False
    problem: Said | None = None


class PinViewModel(ViewModel[PinState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(PinState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts
        self._digits = self._first = ""

    def on_enter(self) -> None:
        self._start_over(None)

    def on_leave(self) -> None:
        self._start_over(None)

    def tap_digit(self, digit: str) -> None:
        if self.state.busy or len(self._digits) >= PIN_DIGITS:
            return
        self._digits += digit
        self.show(replace(self.state, typed=len(self._digits), problem=None))
        if len(self._digits) == PIN_DIGITS:
            self._complete()

    def tap_erase(self) -> None:
        self._digits = self._digits[:-1]
        self.show(replace(self.state, typed=len(self._digits)))

    def tap_clear(self) -> None:
        self._digits = ""
        self.show(replace(self.state, typed=0))

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()

    def _complete(self) -> None:
        if self.state.step == "first":
            if is_easily_guessed(self._digits):
                self._start_over(Said("phone.pin_too_easy", {}))
                return
            self._first, self._digits = self._digits, ""
            self.show(PinState(step="again"))
        elif self._digits != self._first:
            self._start_over(Said("phone.pin_differs", {}))
        else:
            pin, person_id = self._first, self._navigator.here.subject
            self._digits = self._first = ""
            self.show(replace(self.state, busy=True))
            self._asks.ask(lambda core: core.set_pin(pin, person_id), self._kept, self._refused)

    def _kept(self, _: object) -> None:
        self._start_over(None)
        self._toasts.say("phone.pin_kept", "good")
        self.tap_back()

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self._start_over(error.said)

    def _start_over(self, problem: Said | None) -> None:
        self._digits = self._first = ""
        self.show(PinState(problem=problem))


def is_easily_guessed(digits: str) -> bool:
    """One digit six times, or six in a row up or down: what anybody tries first."""
    steps = {int(b) - int(a) for a, b in itertools.pairwise(digits)}
    return steps in ({0}, {1}, {-1})

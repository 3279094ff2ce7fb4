"""A punch on the shared tablet: name, PIN, done; somebody new hears what is missing. And then the tablet forgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from mobile.core.views import FloorPerson, Kept, PinAnswer, Refused, Said
from mobile.core.views_learning import OnboardingCard
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.pin import PIN_DIGITS
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel, unless_refused

RESULT_S, NEEDS_S = 5, 10  # whoever is told what is missing has longer to read it

Kind = Literal["in", "out", "mine"]  # to punch, or to open one's own page
KINDS: dict[str, Kind] = {"in": "in", "out": "out", "mine": "mine"}
Step = Literal["loading", "pin", "no_pin", "locked", "result"]


@dataclass(frozen=True)
class KioskPunchState:
    """`typed` counts digits; which they are stays out of the state, and so out of every widget."""

    step: Step = "loading"
    person: FloorPerson | None = None
    kind: Kind = "in"
    typed: int = 0
    busy: bool = False
    problem: Said | None = None
    locked_s: int = 0
    kept: Kept | None = None
    needs: OnboardingCard | None = None
    left_s: int = 0


class KioskPunchViewModel(ViewModel[KioskPunchState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(KioskPunchState())
        self._asks, self._timers, self._navigator = asks, timers, navigator
        self._digits = ""
        self._visit = 0  # answers that come back for somebody who has left are dropped
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        self._forget()
        person_id, visit = self._navigator.here.subject, self._visit
        self._asks.ask(lambda core: _person(core.floor().people, person_id), lambda p: self._known(p, visit), unless_refused)

    def on_leave(self) -> None:
        self._forget()

    def tap_kind(self, kind: str) -> None:
        if self.state.step == "pin":
            self.show(replace(self.state, kind=KINDS.get(kind, "in"), problem=None))

    def tap_digit(self, digit: str) -> None:
        if self.state.step != "pin" or self.state.busy or len(self._digits) >= PIN_DIGITS:
            return
        self._digits += digit
        self.show(replace(self.state, typed=len(self._digits), problem=None))
        if len(self._digits) == PIN_DIGITS:
            self._submit()

    def tap_erase(self) -> None:
        self._digits = self._digits[:-1]
        self.show(replace(self.state, typed=len(self._digits)))

    def tap_clear(self) -> None:
        self._digits = ""
        self.show(replace(self.state, typed=0))

    def tap_choose_pin(self) -> None:
        self._navigator.instead("pin", self._navigator.here.subject)

    def tap_done(self) -> None:
        self._navigator.home()

    def _submit(self) -> None:
        person, kind, visit, pin = self.state.person, self.state.kind, self._visit, self._digits
        self._digits = ""
        if person is None:
            return
        self.show(replace(self.state, busy=True))
        person_id = person.person_id

        def judge_and_keep(core: Any) -> tuple[PinAnswer, Kept | None]:
            """In one go on the core's thread: nobody can slip between the right PIN and what it opens."""
            if kind == "mine":
                return core.own.open(person_id, pin), None
            answer: PinAnswer = core.check_pin(person_id, pin)
            return answer, core.punch(kind=kind, person_id=person_id, by_pin=True) if answer.ok else None

        self._asks.ask(judge_and_keep, lambda a: self._judged(*a, visit), lambda e: self._refused(e, visit))

    def _known(self, person: FloorPerson | None, visit: int) -> None:
        if visit != self._visit:
            return
        if person is None:
            self._navigator.home()
        else:
            step: Step = "pin" if person.has_pin else "no_pin"
            self.show(KioskPunchState(step=step, person=person, kind=person.proposed))

    def _judged(self, answer: PinAnswer, kept: Kept | None, visit: int) -> None:
        if visit != self._visit:
            return
        if kept is not None and kept.extra:
            self._navigator.instead("extra", kept.punch_id)
        elif kept is not None:
            self.show(replace(self.state, step="result", busy=False, typed=0, kept=kept, left_s=RESULT_S, problem=None))
            self._count_down(self._result_tick)
            self._ask_needs(visit)
        elif answer.ok:
            self._navigator.instead("own_page", self._navigator.here.subject)
        elif answer.locked_s > 0:
            self.show(replace(self.state, step="locked", busy=False, typed=0, locked_s=answer.locked_s, problem=None))
            self._count_down(self._locked_tick)
        else:
            problem = Said("kiosk.wrong_pin", {"count": answer.tries_left})
            self.show(replace(self.state, busy=False, typed=0, problem=problem))

    def _ask_needs(self, visit: int) -> None:
        """Somebody new is told what is still to be done before work."""
        person = self.state.person
        if person is not None and self.state.kind == "in":
            person_id = person.person_id
            self._asks.ask(
                lambda core: core.desk_training.newcomer(person_id), lambda needs: self._needed(needs, visit), unless_refused
            )

    def _needed(self, needs: OnboardingCard | None, visit: int) -> None:
        if visit == self._visit and needs is not None and self.state.step == "result":
            self.show(replace(self.state, needs=needs, left_s=max(self.state.left_s, NEEDS_S)))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit == self._visit:
            self.show(replace(self.state, busy=False, typed=0, problem=error.said))

    def _count_down(self, tick: Callable[[], None]) -> None:
        self._stop_timer()
        self._stop = self._timers.every(1.0, tick)

    def _result_tick(self) -> None:
        left_s = self.state.left_s - 1
        self.show(replace(self.state, left_s=left_s))
        if left_s <= 0:
            self._navigator.home()

    def _locked_tick(self) -> None:
        left_s = self.state.locked_s - 1
        if left_s <= 0:
            self._stop_timer()
            self.show(replace(self.state, step="pin", locked_s=0))
        else:
            self.show(replace(self.state, locked_s=left_s))

    def _stop_timer(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _forget(self) -> None:
        self._stop_timer()
        self._digits = ""
        self._visit += 1
        self.show(KioskPunchState())


def _person(people: tuple[FloorPerson, ...], person_id: str | None) -> FloorPerson | None:
    return next((p for p in people if p.person_id == person_id), None)

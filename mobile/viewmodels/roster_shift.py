"""One shift: confirm it, say that I cannot come, swap it or give it away, claim an open one, take a word back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from mobile.core.views import Refused, Said
from mobile.core.views_rosters import AbsenceKind, ShiftPage, SwapChoice
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

Step = Literal["", "absent", "swap", "ask"]
WEEK = timedelta(days=7)
SHOWN_MOST = 40  # of what a shift could be swapped for: nobody reads more


@dataclass(frozen=True)
class ShiftState:
    """`step`: what is being worded; `choices` of the week of `week`; `choice`: the one that would be asked for; `giving`: for
    nothing in return."""

    page: ShiftPage | None = None
    unknown: bool = False
    step: Step = ""
    kind: AbsenceKind = "sick"
    days: int = 1
    leave: bool = True
    note: str = ""
    week: str = ""
    choices: tuple[SwapChoice, ...] | None = None
    choice: SwapChoice | None = None
    giving: bool = False
    busy: bool = False
    problem: Said | None = None

    @property
    def may_leave(self) -> bool:
        """Whether leave can be asked for with what is being worded."""
        return self.page is not None and self.kind in self.page.leave

    @property
    def listed(self) -> tuple[SwapChoice, ...]:
        """What is possible first; the rest is cut where there is too much of it."""
        found = [one for one in self.choices or () if (one.line is None) == self.giving]
        return tuple(sorted(found, key=lambda one: not one.is_possible)[:SHOWN_MOST])

    @property
    def more(self) -> int:
        """How many are not listed."""
        return sum((one.line is None) == self.giving for one in self.choices or ()) - len(self.listed)


class ShiftViewModel(ViewModel[ShiftState]):
    """Subject: the shift."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(ShiftState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.show(ShiftState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(ShiftState())

    def on_back(self) -> bool:
        """Back from what is being worded is back to the shift, one step at a time."""
        if not self.state.step:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        pk = self._navigator.here.subject
        if pk is not None:
            self._ask(lambda core: core.roster.shift(pk), lambda page: self.show(self._with(page)))

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_cancel(self) -> None:
        step: Step = "swap" if self.state.step == "ask" else ""
        self.show(replace(self.state, step=step, choice=None, note="", problem=None))

    def tap_confirm(self) -> None:
        pk = self._navigator.here.subject
        self._do(lambda core: core.roster.confirm((pk,)), "roster_page.confirmed")

    # I cannot come

    def tap_absent(self) -> None:
        self.show(replace(self.state, step="absent", kind="sick", days=1, leave=True, note="", problem=None))

    def tap_kind(self, kind: AbsenceKind) -> None:
        self.show(replace(self.state, kind=kind))

    def tap_days(self, days: str) -> None:
        self.show(replace(self.state, days=int(days)))

    def tap_leave(self, leave: str) -> None:
        """Whether leave is asked for with it."""
        self.show(replace(self.state, leave=leave == "yes"))

    def type_note(self, text: str) -> None:
        self.show(replace(self.state, note=text, problem=None))

    def tap_report(self) -> None:
        pk, state = self._navigator.here.subject, self.state
        leave = state.leave and state.may_leave
        said = "roster_page.reported_with_leave" if leave else "roster_page.reported"
        self._do(lambda core: core.roster.report_absence(pk, state.days, state.kind, state.note, leave=leave), said)

    # swap

    def tap_swap(self) -> None:
        page = self.state.page
        if page is not None and page.may_swap:
            self.show(replace(self.state, step="swap", choice=None, giving=False, note="", problem=None))
            self._look_at(page.line.day)

    def tap_week(self, by: int) -> None:
        if self.state.week:
            self._look_at((date.fromisoformat(self.state.week) + by * WEEK).isoformat())

    def tap_giving(self, giving: str) -> None:
        """For one of theirs, or for nothing in return."""
        self.show(replace(self.state, giving=giving == "give"))

    def tap_choice(self, number: str) -> None:
        """One that a rule forbids stays where it is: why stands beside it."""
        choices = self.state.listed
        choice = choices[int(number)] if int(number) < len(choices) else None
        if choice is not None and choice.is_possible:
            self.show(replace(self.state, step="ask", choice=choice, problem=None))

    def tap_ask(self) -> None:
        pk, choice, note = self._navigator.here.subject, self.state.choice, self.state.note
        if choice is not None:
            theirs = choice.line.shift_id if choice.line is not None else None
            self._do(lambda core: core.roster.ask_swap(pk, choice.colleague_id, theirs, note), "roster_page.swap_asked")

    # what is under way

    def tap_yes(self, kind: str, pk: str) -> None:
        if kind == "open":
            self._do(lambda core: core.roster.claim(pk), "roster_page.claim_kept")
        else:
            self._do(lambda core: core.roster.answer(pk, True), "roster_page.agreed")

    def tap_no(self, kind: str, pk: str) -> None:
        self._do(lambda core: core.roster.answer(pk, False), "roster_page.declined")

    def tap_undo(self, kind: str, pk: str) -> None:
        self._do(lambda core: core.roster.withdraw(pk), "roster_page.withdrawn")

    # inside

    def _look_at(self, day: str) -> None:
        pk = self._navigator.here.subject
        self.show(replace(self.state, week=day, choices=None))

        def seen(choices: tuple[SwapChoice, ...]) -> None:
            if self.state.week == day:
                self.show(replace(self.state, choices=choices))

        self._ask(lambda core: core.roster.choices(pk, day), seen)

    def _with(self, page: ShiftPage | None) -> ShiftState:
        """What is being worded stays, unless the shift is not there any more."""
        state = self.state if page is not None else ShiftState(problem=self.state.problem)
        return replace(state, page=page, unknown=page is None)

    def _do(self, act: Callable[[Any], Any], kept: str) -> None:
        if self.state.busy:
            return
        self.show(replace(self.state, busy=True, problem=None))
        self._ask(act, lambda _: self._kept(kept))

    def _kept(self, said: str) -> None:
        self.show(ShiftState(page=self.state.page))
        self._toasts.say(said, "good")
        self.on_news()

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """An answer about a shift that was left shows nothing."""
        pk = self._navigator.here

        def answered(answer: Any) -> None:
            if self._navigator.here == pk:
                then(answer)

        self._asks.ask(question, answered, self._refused)

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))

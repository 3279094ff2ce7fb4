"""Pages behind "Me": profile, leave, privacy, who stands in for me, and hand-overs of those I lend or take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hq import Arrival, Colleague, DelegationCard, LeavePage, LookCard, Profile
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.picking import Picking
from mobile.viewmodels.shown import ShownViewModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel


class ProfileViewModel(ShownViewModel[Profile]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.profile())


class LeaveViewModel(ShownViewModel[LeavePage]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.leave())

    def tap_ask(self) -> None:
        self._navigator.go("new_request", "leave")

    def tap_request(self, request_id: str) -> None:
        self._navigator.go("request", request_id)


class PrivacyViewModel(ShownViewModel[tuple[LookCard, ...]]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.looks())


class HandOversViewModel(ShownViewModel[tuple[Arrival, ...]]):
    """Subject: the posting whose list is open, or nothing for all."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.hand_overs())

    def tap_tick(self, item_id: str, done: bool) -> None:
        self._asks.ask(lambda core: core.office.tick(item_id, done), lambda _: self.on_news(), self._refused)


@dataclass(frozen=True)
class DelegationState:
    """Who shall decide for me, from which day to which."""

    cards: tuple[DelegationCard, ...] | None = None
    colleagues: tuple[Colleague, ...] = ()
    chosen: str = ""
    first_day: str = ""
    last_day: str = ""
    picking: Picking | None = None
    busy: bool = False
    problem: Said | None = None

    @property
    def may_send(self) -> bool:
        return bool(self.chosen and self.first_day and self.last_day) and not self.busy


class DelegationViewModel(ViewModel[DelegationState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(DelegationState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.show(DelegationState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(DelegationState())

    def on_back(self) -> bool:
        if self.state.picking is None:
            return False
        self.show(replace(self.state, picking=None))
        return True

    def on_news(self) -> None:
        def look(core: Any) -> tuple[tuple[DelegationCard, ...], tuple[Colleague, ...]]:
            return core.office.delegations(), core.office.colleagues()

        self._asks.ask(look, self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_colleague(self, person_id: str) -> None:
        self.show(replace(self.state, chosen=person_id, problem=None))

    def tap_day(self, which: str) -> None:
        """Open the calendar for the first or the last day."""

        def opened(today: str) -> None:
            chosen = self.state.first_day if which == "first_day" else self.state.last_day
            shown = chosen or self.state.first_day or today
            self.show(replace(self.state, picking=Picking(which, "day", month=shown[:7], today=today, chosen=chosen)))

        self._asks.ask(lambda core: core.office.today_here(), opened, self._refused)

    def tap_option(self, day: str) -> None:
        picking = self.state.picking
        if picking is None:
            return
        first, last = self.state.first_day, self.state.last_day
        first, last = (day, max(day, last)) if picking.key == "first_day" else (first, day)
        self.show(replace(self.state, picking=None, first_day=first, last_day=last, problem=None))

    def tap_month(self, by: int) -> None:
        picking = self.state.picking
        if picking is not None:
            self.show(replace(self.state, picking=replace(picking, month=picking.month_by(by))))

    def tap_send(self) -> None:
        state = self.state
        if state.may_send:
            self._do(lambda core: core.office.delegate(state.chosen, state.first_day, state.last_day), "delegation.kept")

    def tap_end(self, delegation_id: str) -> None:
        if not self.state.busy:
            self._do(lambda core: core.office.end_delegation(delegation_id), "delegation.ended")

    def _do(self, act: Callable[[Any], object], kept: str) -> None:
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(act, lambda _: self._kept(kept), self._refused)

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False, chosen="", first_day="", last_day=""))
        self._toasts.say(said, "good")
        self.on_news()

    def _seen(self, told: tuple[tuple[DelegationCard, ...], tuple[Colleague, ...]]) -> None:
        self.show(replace(self.state, cards=told[0], colleagues=told[1]))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))

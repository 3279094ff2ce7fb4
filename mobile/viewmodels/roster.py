"""My schedule: a week at a glance, the shifts of a day with who else is there, and "I have seen them" in one tap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_rosters import RosterDay, RosterWeek
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class RosterState:
    """`page` is None until the core has answered; `day` is the one that lies open."""

    page: RosterWeek | None = None
    day: str = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def shown(self) -> RosterDay | None:
        """The day that lies open."""
        return next((one for one in self.page.days if one.day == self.day), None) if self.page is not None else None


class RosterViewModel(ViewModel[RosterState]):
    """Subject: a day, or nothing for this week. Back from a shift leads to the day it was opened from."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(RosterState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts
        self._day: str | None = None  # in whose week we are; None: this one
        self._came_with: str | None = None

    def on_enter(self) -> None:
        subject = self._navigator.here.subject
        if subject is not None and subject != self._came_with:
            self._day = subject
        self._came_with = subject
        self.on_news()

    def on_leave(self) -> None:
        self.show(RosterState())

    def on_back(self) -> bool:
        self._day = self._came_with = None
        return False

    def on_news(self) -> None:
        day = self._day
        self._asks.ask(lambda core: core.roster.week(day), lambda page: self._seen(day, page), self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_week(self, by: int) -> None:
        """The week before or after; the same weekday stays open."""
        day = self.state.day
        if day:
            self._day = (date.fromisoformat(day) + by * WEEK).isoformat()
            self.on_news()

    def tap_option(self, day: str) -> None:
        """A day of the strip."""
        self._day = day
        self.show(replace(self.state, day=day))

    def tap_next_week(self) -> None:
        """To the other week that has shifts to be confirmed."""
        page = self.state.page
        if page is not None and page.next_week:
            self._day = page.next_week
            self.on_news()

    def tap_confirm(self) -> None:
        """All shifts of this week that wait for it."""
        page = self.state.page
        if page is not None and page.to_confirm and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._asks.ask(lambda core: core.roster.confirm(week=page.monday), self._confirmed, self._refused)

    def tap_shift(self, shift_id: str) -> None:
        self._navigator.go("shift", shift_id)

    def tap_market(self) -> None:
        self._navigator.go("market")

    def tap_wishes(self) -> None:
        self._navigator.go("wishes")

    def tap_calendar(self) -> None:
        self._navigator.go("calendar")

    def _confirmed(self, _: Any) -> None:
        self.show(replace(self.state, busy=False))
        self._toasts.say("roster_page.confirmed", "good")
        self.on_news()

    def _seen(self, asked: str | None, page: RosterWeek) -> None:
        """An answer about a week that was left meanwhile is not shown."""
        if self._navigator.here.screen != "roster" or asked != self._day:
            return
        in_week = [one.day for one in page.days]
        wanted = self._day or page.today
        self.show(replace(self.state, page=page, day=wanted if wanted in in_week else page.monday, problem=None))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))

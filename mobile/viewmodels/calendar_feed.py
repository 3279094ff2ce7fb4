"""My shifts in the calendar of my choice: the secret address made, shown, made anew, taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from mobile.core.calendar_feed import CalendarPage
from mobile.core.views import Refused, Said
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.preferences import PreferencesModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

Sure = Literal["", "renew", "revoke"]


@dataclass(frozen=True)
class CalendarState:
    """`sure`: what is asked once more, for calendars that read the old address would go empty."""

    page: CalendarPage | None = None
    sure: Sure = ""
    busy: bool = False
    problem: Said | None = None


class CalendarViewModel(ViewModel[CalendarState]):
    """Forgets the address when it is left."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts, preferences: PreferencesModel) -> None:
        super().__init__(CalendarState())
        self._asks, self._navigator, self._toasts, self._preferences = asks, navigator, toasts, preferences

    def on_enter(self) -> None:
        self.show(CalendarState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(CalendarState())

    def on_back(self) -> bool:
        if not self.state.sure:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.calendar.page(), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_cancel(self) -> None:
        self.show(replace(self.state, sure="", problem=None))

    def tap_open(self) -> None:
        """The first one at once; a new one in place of another is asked once more."""
        page = self.state.page
        if page is not None and page.state != "none" and self.state.sure != "renew":
            self.show(replace(self.state, sure="renew", problem=None))
            return
        language = self._preferences.state.language
        self._do(lambda core: core.calendar.open(language), "calendar_page.opened")

    def tap_revoke(self) -> None:
        if self.state.sure != "revoke":
            self.show(replace(self.state, sure="revoke", problem=None))
            return
        self._do(lambda core: core.calendar.revoke(), "calendar_page.revoked")

    def tap_copied(self) -> None:
        self._toasts.say("calendar_page.copied", "good")

    def _do(self, act: Callable[[Any], Any], said: str) -> None:
        if self.state.busy:
            return
        self.show(replace(self.state, busy=True, problem=None))

        def done(_: object) -> None:
            self.show(replace(self.state, busy=False, sure=""))
            self._toasts.say(said, "good")
            self.on_news()

        self._asks.ask(act, done, self._refused)

    def _seen(self, page: CalendarPage) -> None:
        if self._navigator.here.screen == "calendar":
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))

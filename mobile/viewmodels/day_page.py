"""One day with its working, and what can be done about it: ask for a correction or for overtime, or not agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hours import DayPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.new_request import CORRECT, OVERTIME
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class DayState:
    """`appealing`: why somebody does not agree is being worded; `taking`: a photo for it is being taken."""

    page: DayPage | None = None
    appealing: bool = False
    text: str = ""
    busy: bool = False
    problem: Said | None = None
    taking: bool = False
    photo: bytes | None = None

    @property
    def may_send(self) -> bool:
        return bool(self.text.strip()) and not self.busy


class DayViewModel(ViewModel[DayState]):
    """Subject: the day."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(DayState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.show(DayState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(DayState())

    def on_back(self) -> bool:
        """Back from the words of an appeal is back to the day."""
        if self.state.taking:
            self.show(replace(self.state, taking=False))
            return True
        if not self.state.appealing:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        day = self._navigator.here.subject
        if day is not None:
            self._asks.ask(lambda core: core.hours.day(day), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_correct(self) -> None:
        """To the form for a missed punch, begun with what is known of this day."""
        self._navigator.go("new_request", f"{CORRECT}{self._navigator.here.subject}")

    def tap_overtime(self) -> None:
        """To the form for overtime, begun with what was worked and not granted."""
        self._navigator.go("new_request", f"{OVERTIME}{self._navigator.here.subject}")

    def tap_appeal(self) -> None:
        self.show(replace(self.state, appealing=True, text="", photo=None, problem=None))

    def tap_cancel(self) -> None:
        self.show(replace(self.state, appealing=False, taking=False, photo=None, text="", problem=None))

    def tap_photo(self) -> None:
        """A picture that says it better."""
        self.show(replace(self.state, taking=True, problem=None))

    def take_photo(self, picture: bytes) -> None:
        if self.state.taking:
            self.show(replace(self.state, taking=False, photo=picture))

    def drop_photo(self, _name: str) -> None:
        self.show(replace(self.state, photo=None))

    def no_camera(self) -> None:
        self.show(replace(self.state, taking=False, problem=Said("requests.no_camera", {})))

    def type_text(self, text: str) -> None:
        self.show(replace(self.state, text=text, problem=None))

    def tap_send(self) -> None:
        """Not to agree needs words."""
        day, text, photo = self._navigator.here.subject, self.state.text, self.state.photo
        if not text.strip():
            self.show(replace(self.state, problem=Said("client.reason_needed", {})))
        elif day is not None and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._asks.ask(lambda core: core.hours.appeal(day, text, photo), self._kept, self._refused)

    def tap_request(self, request_id: str) -> None:
        self._navigator.go("request", request_id)

    def tap_line(self, punch_id: str) -> None:
        self._navigator.go("punch", punch_id)

    def _kept(self, _: Any) -> None:
        self.show(replace(self.state, busy=False, appealing=False, taking=False, photo=None, text=""))
        self._toasts.say("day_page.appeal_kept", "good")
        self.on_news()

    def _seen(self, page: DayPage) -> None:
        if self._navigator.here.subject == page.card.day:
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))

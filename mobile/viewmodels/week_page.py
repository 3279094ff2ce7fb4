"""Weeks that everybody signs: the list, and one week's table with the two words that can be said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hours import WeekCard, WeekPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shown import ShownViewModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel


class WeeksViewModel(ShownViewModel[tuple[WeekCard, ...]]):
    """Those that wait for me first."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.hours.weeks())

    def tap_week(self, statement_id: str) -> None:
        self._navigator.go("week", statement_id)


@dataclass(frozen=True)
class WeekState:
    """`objecting`: why somebody does not agree is being worded; `day` is the one it is about, "" the whole week."""

    page: WeekPage | None = None
    unknown: bool = False
    objecting: bool = False
    day: str = ""
    reason: str = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def may_send(self) -> bool:
        return bool(self.reason.strip()) and not self.busy


class WeekViewModel(ViewModel[WeekState]):
    """Subject: the statement."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(WeekState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.show(WeekState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(WeekState())

    def on_back(self) -> bool:
        if not self.state.objecting:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        pk = self._navigator.here.subject
        if pk is not None:
            self._asks.ask(lambda core: core.hours.week(pk), lambda page: self._seen(pk, page), self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_confirm(self) -> None:
        """One tap: what stands here is signed with this phone's key."""
        page = self.state.page
        if page is not None and page.may_confirm and not self.state.busy:
            pk, revision = page.card.statement_id, page.card.revision
            self._do(lambda core: core.hours.confirm_week(pk, revision), "week_page.kept_confirm")

    def tap_object(self) -> None:
        self.show(replace(self.state, objecting=True, day="", reason="", problem=None))

    def tap_cancel(self) -> None:
        self.show(replace(self.state, objecting=False, day="", reason="", problem=None))

    def tap_week_day(self, day: str) -> None:
        """The day it is about; tapped again, the whole week."""
        if self.state.objecting:
            self.show(replace(self.state, day="" if self.state.day == day else day))

    def type_reason(self, text: str) -> None:
        self.show(replace(self.state, reason=text, problem=None))

    def tap_send(self) -> None:
        page, state = self.state.page, self.state
        if not state.reason.strip():
            self.show(replace(state, problem=Said("client.reason_needed", {})))
        elif page is not None and not state.busy:
            pk, revision, reason, day = page.card.statement_id, page.card.revision, state.reason, state.day or None
            self._do(lambda core: core.hours.dispute_week(pk, revision, reason, day), "week_page.kept_dispute")

    def _do(self, act: Callable[[Any], None], kept: str) -> None:
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(act, lambda _: self._kept(kept), self._refused)

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False, objecting=False, day="", reason=""))
        self._toasts.say(said, "good")
        self.on_news()

    def _seen(self, pk: str, page: WeekPage | None) -> None:
        if self._navigator.here.subject == pk:
            self.show(replace(self.state, page=page, unknown=page is None))

    def _refused(self, error: BaseException) -> None:
        """Where another revision came meanwhile, it is shown with what changed."""
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))
        if error.said.code == "client.week_changed":
            self.on_news()

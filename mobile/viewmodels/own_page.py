"""One's own page on the shared tablet, after the PIN: the shift and the weeks. And then the tablet forgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hours import MyPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel
from mobile.viewmodels.week_page import WeekState, WeekTaps


@dataclass(frozen=True)
class OwnPageState:
    """`week_id` is the week that lies open, and `week` what is known of it."""

    page: MyPage | None = None
    week_id: str = ""
    week: WeekState = field(default_factory=WeekState)
    problem: Said | None = None


class OwnPageViewModel(ViewModel[OwnPageState]):
    """Subject: the person, who has just entered the PIN."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(OwnPageState())
        self._asks, self._navigator = asks, navigator
        self._visit = 0  # answers that come back for somebody who has left are dropped
        self.week = WeekTaps(asks, toasts, lambda core: core.own, self.on_news)
        self.week.shut = navigator.home
        self.week.watch(self._on_week)

    def on_enter(self) -> None:
        self._forget()
        self.on_news()

    def on_leave(self) -> None:
        """Whoever comes next needs their own PIN."""
        self._forget()
        self._asks.ask(lambda core: core.own.close())

    def on_back(self) -> bool:
        if self.week.on_back():
            return True
        if not self.state.week_id:
            return False
        self._close_week()
        return True

    def on_news(self) -> None:
        self._ask(lambda core: core.own.page(), self._seen)
        self.week.look()

    def tap_back(self) -> None:
        if not self.on_back():
            self._navigator.home()

    def tap_done(self) -> None:
        self._navigator.home()

    def tap_week(self, statement_id: str) -> None:
        self.show(replace(self.state, week_id=statement_id, problem=None))
        self.week.open(statement_id)

    def _close_week(self) -> None:
        self.show(replace(self.state, week_id=""))
        self.week.close()

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(question, answered, lambda error: self._refused(error, visit))

    def _seen(self, page: MyPage) -> None:
        if page.person_id == self._navigator.here.subject:
            self.show(replace(self.state, page=page))

    def _on_week(self, week: WeekState) -> None:
        self.show(replace(self.state, week=week))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit != self._visit:
            return
        if error.said.code == "client.pin_needed":  # the page has shut by itself
            self._navigator.home()
        else:
            self.show(replace(self.state, problem=error.said))

    def _forget(self) -> None:
        self._visit += 1
        self.week.close()
        self.show(OwnPageState())

"""My days: a month at a glance, what it comes to, and the way to a day and to the weeks that wait."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobile.core.views import Refused, Said
from mobile.core.views_hours import MonthPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.picking import Picking
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class MyDaysState:
    """`page` is None until the core has answered."""

    page: MonthPage | None = None
    problem: Said | None = None


class MyDaysViewModel(ViewModel[MyDaysState]):
    """Back from a day leads to the month it is of; gone and come again, to this month."""

    def __init__(self, asks: Asks, navigator: Navigator) -> None:
        super().__init__(MyDaysState())
        self._asks, self._navigator = asks, navigator
        self._month: str | None = None

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        self.show(MyDaysState())

    def on_back(self) -> bool:
        self._month = None
        return False

    def on_news(self) -> None:
        month = self._month
        self._asks.ask(lambda core: core.hours.month(month), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_month(self, by: int) -> None:
        page = self.state.page
        if page is not None:
            self._month = Picking("", "day", month=page.month).month_by(by)
            self.on_news()

    def tap_option(self, day: str) -> None:
        """A day of the calendar."""
        self._navigator.go("day", day)

    def tap_weeks(self) -> None:
        self._navigator.go("weeks")

    def _seen(self, page: MonthPage) -> None:
        if self._navigator.here.screen == "days" and self._month in (None, page.month):
            self.show(MyDaysState(page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, problem=error.said))

"""One's own page on the shared tablet, after the PIN: the shift, courses and weeks. And then the tablet forgets.

A quiz that is interrupted (the tablet shuts by itself, somebody else needs it) goes on after the next PIN; its time runs on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hours import MyPage
from mobile.core.views_learning import LearnHome
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.course_taps import CourseTaps
from mobile.viewmodels.daily_taps import DailyState, DailyTaps
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel
from mobile.viewmodels.week_page import WeekState, WeekTaps


@dataclass(frozen=True)
class OwnPageState:
    """`week_id` or `course_id` lies open, or today's questions (`recalling`); `week`, `course`, `daily` what is known of it."""

    page: MyPage | None = None
    learn: LearnHome | None = None
    week_id: str = ""
    week: WeekState = field(default_factory=WeekState)
    course_id: str = ""
    course: CourseState = field(default_factory=CourseState)
    recalling: bool = False
    daily: DailyState = field(default_factory=DailyState)
    problem: Said | None = None


class OwnPageViewModel(ViewModel[OwnPageState]):
    """Subject: the person, who has just entered the PIN."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(OwnPageState())
        self._asks, self._navigator = asks, navigator
        self._visit = 0  # answers that come back for somebody who has left are dropped
        self.week = WeekTaps(asks, toasts, lambda core: core.own, self.on_news)
        self.week.shut = navigator.home
        self.week.watch(lambda week: self.show(replace(self.state, week=week)))
        self.course = CourseTaps(asks, timers, toasts, lambda core: core.own_learning, self._learnt)
        self.course.shut = navigator.home
        self.course.watch(lambda course: self.show(replace(self.state, course=course)))
        self.daily = DailyTaps(asks, lambda core: core.own_learning, self._learnt)
        self.daily.shut = navigator.home
        self.daily.watch(lambda daily: self.show(replace(self.state, daily=daily)))

    def on_enter(self) -> None:
        self._forget()
        self.on_news()

    def on_leave(self) -> None:
        """Whoever comes next needs their own PIN."""
        self._forget()
        self._asks.ask(lambda core: core.own.close())

    def on_back(self) -> bool:
        """One level up inside what lies open, then away from it."""
        if self.week.on_back() or self.course.on_back():
            return True
        state = self.state
        if not (state.week_id or state.course_id or state.recalling):
            return False
        self._close_all()
        return True

    def on_news(self) -> None:
        self._ask(lambda core: core.own.page(), self._seen)
        self._learnt()
        self.week.look()
        self.course.look()
        self.daily.look()

    def tap_back(self) -> None:
        if not self.on_back():
            self._navigator.home()

    def tap_done(self) -> None:
        self._navigator.home()

    def tap_week(self, statement_id: str) -> None:
        self._close_all()
        self.show(replace(self.state, week_id=statement_id, problem=None))
        self.week.open(statement_id)

    def tap_course(self, course_id: str) -> None:
        self._close_all()
        self.show(replace(self.state, course_id=course_id, problem=None))
        self.course.open(course_id)

    def tap_running(self) -> None:
        """The quiz that goes on."""
        running = self.state.learn.running if self.state.learn is not None else ""
        if running:
            self._close_all()
            self.show(replace(self.state, course_id=running, problem=None))
            self.course.resume(running)

    def tap_daily(self) -> None:
        self._close_all()
        self.show(replace(self.state, recalling=True, problem=None))
        self.daily.open()

    def _close_all(self) -> None:
        self.show(replace(self.state, week_id="", course_id="", recalling=False))
        self.week.close()
        self.course.close()
        self.daily.close()

    def _learnt(self) -> None:
        """Courses anew: something was learnt, here or on the phone."""
        self._ask(lambda core: core.own_learning.home(), lambda learn: self.show(replace(self.state, learn=learn)))

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(question, answered, lambda error: self._refused(error, visit))

    def _seen(self, page: MyPage) -> None:
        if page.person_id == self._navigator.here.subject:
            self.show(replace(self.state, page=page))

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
        self.course.close()
        self.daily.close()
        self.show(OwnPageState())

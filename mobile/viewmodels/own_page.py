"""One's own page on the shared tablet, after the PIN: shift, notices, tickets, courses, weeks. And then the tablet forgets.

A quiz that is interrupted (the tablet shuts by itself, somebody else needs it) goes on after the next PIN; its time runs on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_feedback import FeedbackHome, NoticeCard
from mobile.core.views_hours import MyPage
from mobile.core.views_learning import LearnHome
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.course_taps import CourseTaps
from mobile.viewmodels.daily_taps import DailyState, DailyTaps
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.new_ticket import NewTicketViewModel
from mobile.viewmodels.notices import NoticeState, NoticeTaps
from mobile.viewmodels.ticket_taps import TicketState, TicketTaps
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel
from mobile.viewmodels.week_page import WeekState, WeekTaps


@dataclass(frozen=True)
class OwnPageState:
    """`week_id`, `course_id`, `ticket_id` or `notice_id` lies open, today's questions (`recalling`) or a ticket that is being
    written (`filing`); beside each what is known of it."""

    page: MyPage | None = None
    learn: LearnHome | None = None
    week_id: str = ""
    week: WeekState = field(default_factory=WeekState)
    course_id: str = ""
    course: CourseState = field(default_factory=CourseState)
    recalling: bool = False
    daily: DailyState = field(default_factory=DailyState)
    feedback: FeedbackHome | None = None
    notices: tuple[NoticeCard, ...] = ()
    ticket_id: str = ""
    ticket: TicketState = field(default_factory=TicketState)
    notice_id: str = ""
    notice: NoticeState = field(default_factory=NoticeState)
    filing: str = ""
    choosing: bool = False
    problem: Said | None = None

    @property
    def to_read(self) -> int:
        """Notices that wait for their reader: the number that their phone and the console count too."""
        return sum(not card.is_done and not card.withdrawn for card in self.notices)


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
        self.ticket = TicketTaps(asks, toasts, lambda core: core.hearing.own, self._heard)
        self.ticket.shut, self.ticket.correct = navigator.home, self._write
        self.ticket.watch(lambda ticket: self.show(replace(self.state, ticket=ticket)))
        self.notice = NoticeTaps(asks, toasts, lambda core: core.hearing.own_notices, self._heard)
        self.notice.shut = navigator.home
        self.notice.watch(lambda notice: self.show(replace(self.state, notice=notice)))
        self.paper = NewTicketViewModel(asks, navigator, toasts, lambda core: core.hearing.own, self)

    def on_enter(self) -> None:
        self._forget()
        self.on_news()

    def on_leave(self) -> None:
        """Whoever comes next needs their own PIN."""
        self._forget()
        self._asks.ask(lambda core: core.own.close())

    def on_back(self) -> bool:
        """One level up inside what lies open, then away from it."""
        if self.week.on_back() or self.course.on_back() or self.ticket.on_back():
            return True
        state = self.state
        if state.filing and self.paper.on_back():
            return True
        lies_open = state.ticket_id or state.notice_id or state.filing or state.choosing
        if not (lies_open or state.week_id or state.course_id or state.recalling):
            return False
        self._close_all()
        return True

    def on_news(self) -> None:
        self._ask(lambda core: core.own.page(), self._seen)
        self._learnt()
        self._heard()
        self.ticket.look()
        self.notice.look()
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

    # tickets and notices

    def tap_ticket(self, ticket_id: str) -> None:
        self._close_all()
        self.show(replace(self.state, ticket_id=ticket_id, problem=None))
        self.ticket.open(ticket_id)

    def tap_notice(self, notice_id: str) -> None:
        self._close_all()
        self.show(replace(self.state, notice_id=notice_id, problem=None))
        self.notice.open(notice_id)

    def tap_new_ticket(self) -> None:
        """Which kind; what was begun goes on at once."""
        draft = self.state.feedback.draft if self.state.feedback is not None else None
        self._close_all()
        if draft is not None:
            self._write(draft.category.code)
        else:
            self.show(replace(self.state, choosing=True, problem=None))

    def tap_kind(self, code: str) -> None:
        self._close_all()
        self._write(code)

    def take_photo(self, picture: bytes) -> None:
        """For what is being written to the ticket that lies open."""
        self.ticket.take_photo(picture)

    def no_camera(self) -> None:
        self.ticket.no_camera()

    def filed(self, ticket_id: str) -> None:
        """It is kept: from the form to the ticket."""
        self.tap_ticket(ticket_id)
        self._heard()

    def left_form(self) -> None:
        """Away from the form; what is written stays."""
        self._close_all()
        self._heard()

    def _write(self, subject: str) -> None:
        self._close_all()
        self.show(replace(self.state, filing=subject, problem=None))
        self.paper.begin(subject)

    def _heard(self) -> None:
        self._ask(lambda core: core.hearing.own.home(), lambda home: self.show(replace(self.state, feedback=home)))
        self._ask(lambda core: core.hearing.own_notices.home(), lambda cards: self.show(replace(self.state, notices=cards)))

    def _close_all(self) -> None:
        self.show(replace(
            self.state, week_id="", course_id="", recalling=False, ticket_id="", notice_id="", filing="", choosing=False
        ))  # fmt: skip
        self.ticket.close()
        self.notice.close()
        self.paper.on_leave()
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
        self.ticket.close()
        self.notice.close()
        self.paper.on_leave()
        self.show(OwnPageState())

"""The phone's start page: where I work, one big button, what it would be worth now, what I did today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mobile.core.ports import NoSignal
from mobile.core.views import Kept, Preview, Refused, Said, SyncState, Today
from mobile.core.views_feedback import NoticeCard
from mobile.core.views_hours import ShiftsNow, WeekCard
from mobile.core.views_hq import Inbox, ItemCard, RequestCard, Requests
from mobile.core.views_learning import CourseCard, LearnHome
from mobile.viewmodels.inbox import open_item
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.punch_sheet import PunchSheetViewModel
from mobile.viewmodels.shown import Shown
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel, unless_refused

LOOK_AGAIN_S = 6.0  # a fresh look at the position while the page is open, and never otherwise

MINUTE_S = 60.0  # minutes of lateness grow
NEWS_MOST = 2

Kind = Literal["in", "out"]


@dataclass(frozen=True)
class TodayState:
    today: Today | None = None
    preview: Preview | None = None
    sync: SyncState | None = None
    chosen: Kind | None = None
    busy: bool = False
    problem: Said | None = None
    inbox: Inbox | None = None
    request: RequestCard | None = None
    shifts: ShiftsNow | None = None
    week: WeekCard | None = None
    learn: LearnHome | None = None
    to_confirm: tuple[NoticeCard, ...] = ()

    @property
    def due(self) -> CourseCard | None:
        """The course that is to be done first, where one is."""
        return self.learn.due[0] if self.learn is not None and self.learn.due else None

    @property
    def questions(self) -> int:
        """Of today's three, how many are left."""
        return self.learn.daily_left if self.learn is not None else 0

    @property
    def news(self) -> tuple[ItemCard, ...]:
        """What of the inbox is worth a place on the start page."""
        return (*self.inbox.to_dos, *self.inbox.notices)[:NEWS_MOST] if self.inbox is not None else ()

    @property
    def kind(self) -> Kind:
        if self.chosen is not None:
            return self.chosen
        return self.today.proposed if self.today is not None else "in"

    @property
    def hint(self) -> Said | None:
        """What the button would come to now."""
        if self.shifts is None or self.today is None or self.today.locked:
            return None
        return self.shifts.hint_in if self.kind == "in" else self.shifts.hint_out

    @property
    def can_punch(self) -> bool:
        return bool(self.today and self.today.store_id and not self.today.locked and not self.busy)


class TodayViewModel(ViewModel[TodayState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, toasts: Toasts, sheet: PunchSheetViewModel) -> None:
        super().__init__(TodayState())
        self._asks, self._timers, self._navigator, self._toasts, self._sheet = asks, timers, navigator, toasts, sheet
        self._stop_looking: Callable[[], None] | None = None
        self._stop_hours: Callable[[], None] = lambda: None

    def on_enter(self) -> None:
        self.show(replace(self.state, chosen=None, busy=False, problem=None))
        self.on_news()
        if self._stop_looking is None:
            self._stop_looking = self._timers.every(LOOK_AGAIN_S, self._look)
            self._stop_hours = self._timers.every(MINUTE_S, self._look_at_hours)
        self._look()

    def on_leave(self) -> None:
        if self._stop_looking is not None:
            self._stop_looking()
            self._stop_looking = None
        self._stop_hours()
        self.show(replace(self.state, preview=None))

    def on_news(self) -> None:
        self._asks.ask(lambda core: (core.today(), core.sync_state()), self._on_today, self._on_error)
        self._asks.ask(lambda core: core.learning.home(), self._on_learn, self._no_learn)
        self._asks.ask(lambda core: core.hearing.my_notices.home(), self._on_notices, unless_refused)
        self._asks.ask(lambda core: (core.office.inbox(), core.office.requests()), self._on_hq, self._no_hq)
        self._look_at_hours()

    def tap_punch(self) -> None:
        """One tap: kept on disk first, then the sheet that says so."""
        if not self.state.can_punch:
            return
        kind = self.state.kind
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(lambda core: core.punch(kind=kind), self._kept, self._on_error)

    def tap_other_kind(self) -> None:
        self.show(replace(self.state, chosen="out" if self.state.kind == "in" else "in"))

    def tap_line(self, punch_id: str) -> None:
        self._navigator.go("punch", punch_id)

    def tap_sync(self) -> None:
        self._navigator.switch("sync")

    def tap_inbox(self) -> None:
        self._navigator.switch("inbox")

    def tap_item(self, item_id: str) -> None:
        open_item(self._asks, self._navigator, Shown(self.state.inbox), item_id)

    def tap_request(self, request_id: str) -> None:
        self._navigator.go("request", request_id)

    def tap_roster(self) -> None:
        self._navigator.go("roster")

    def tap_learn(self) -> None:
        self._navigator.go("learn")

    def tap_course(self, course_id: str) -> None:
        self._navigator.go("course", course_id)

    def tap_feedback(self) -> None:
        """Something to be said: the first of two taps."""
        self._navigator.go("feedback")

    def tap_notice(self, notice_id: str) -> None:
        self._navigator.go("notice", notice_id)

    def tap_daily(self) -> None:
        self._navigator.go("daily")

    def tap_days(self) -> None:
        self._navigator.go("days")

    def tap_week(self, statement_id: str) -> None:
        self._navigator.go("week", statement_id)

    def tap_look_again(self) -> None:
        self._look()

    def _look(self) -> None:
        self._asks.ask(_preview, self._on_preview, self._on_error)

    def _look_at_hours(self) -> None:
        self._asks.ask(lambda core: (core.hours.shifts(), core.hours.weeks()), self._on_hours, self._no_hours)

    def _on_hours(self, told: tuple[ShiftsNow, tuple[WeekCard, ...]]) -> None:
        """The shift, and the week that waits for me; of several the oldest: it waits the longest."""
        waiting = [card for card in told[1] if card.waits_for_me]
        self.show(replace(self.state, shifts=told[0], week=waiting[-1] if waiting else None))

    def _no_hours(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, shifts=None, week=None))

    def _on_today(self, answer: tuple[Today, SyncState]) -> None:
        self.show(replace(self.state, today=answer[0], sync=answer[1]))

    def _on_hq(self, told: tuple[Inbox, Requests]) -> None:
        """The inbox, and of my own requests the one that was asked last and still runs."""
        running = [card for card in told[1].mine if card.state == "running"]
        self.show(replace(self.state, inbox=told[0], request=running[0] if running else None))

    def _no_hq(self, error: BaseException) -> None:
        """Past the lease nothing of it is shown."""
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, inbox=None, request=None))

    def _on_notices(self, cards: tuple[NoticeCard, ...]) -> None:
        """Those that wait for a word."""
        self.show(replace(self.state, to_confirm=tuple(card for card in cards if card.to_confirm)))

    def _on_learn(self, home: LearnHome) -> None:
        self.show(replace(self.state, learn=home))

    def _no_learn(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, learn=None))

    def _on_preview(self, preview: Preview | None) -> None:
        if self._stop_looking is not None:
            self.show(replace(self.state, preview=preview))

    def _kept(self, kept: Kept) -> None:
        self.show(replace(self.state, busy=False, chosen=None))
        self._sheet.just_kept(kept)
        self._navigator.go("punch", kept.punch_id)

    def _on_error(self, error: BaseException) -> None:
        if isinstance(error, Refused):
            self.show(replace(self.state, busy=False, problem=error.said))
            self._toasts.show_said(error.said, "bad")
        elif isinstance(error, NoSignal):
            self.show(replace(self.state, busy=False))
        else:
            raise error


def _preview(core: object) -> Preview | None:
    """Nothing to weigh for somebody who is posted nowhere."""
    today: Today = core.today()  # type: ignore[attr-defined]
    return core.preview() if today.store_id else None  # type: ignore[attr-defined]

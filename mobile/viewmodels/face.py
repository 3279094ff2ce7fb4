"""A whole face without a window: its view-models, and the one place that tells them when they come and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mobile.core.views import Enrolment, Refused, Said
from mobile.viewmodels import navigator as nav
from mobile.viewmodels.about_me import (
    DelegationViewModel,
    HandOversViewModel,
    LeaveViewModel,
    PrivacyViewModel,
    ProfileViewModel,
)
from mobile.viewmodels.calendar_feed import CalendarViewModel
from mobile.viewmodels.cycles import CycleViewModel
from mobile.viewmodels.day_page import DayViewModel
from mobile.viewmodels.enrol import EnrolViewModel
from mobile.viewmodels.feedback import FeedbackViewModel
from mobile.viewmodels.floor import FloorViewModel
from mobile.viewmodels.idle import IdleWatch
from mobile.viewmodels.inbox import InboxViewModel
from mobile.viewmodels.kiosk_punch import KioskPunchViewModel
from mobile.viewmodels.learn import (
    CareerViewModel,
    CertificatesViewModel,
    DailyViewModel,
    LearnViewModel,
    LessonViewModel,
)
from mobile.viewmodels.manager_desk import ManagerViewModel
from mobile.viewmodels.me import MeViewModel
from mobile.viewmodels.my_days import MyDaysViewModel
from mobile.viewmodels.new_request import NewRequestViewModel
from mobile.viewmodels.new_ticket import NewTicketViewModel
from mobile.viewmodels.notices import NoticeViewModel
from mobile.viewmodels.own_page import OwnPageViewModel
from mobile.viewmodels.pin import PinViewModel
from mobile.viewmodels.preferences import Keeps, Preferences, PreferencesModel
from mobile.viewmodels.proofs import ExtraViewModel, PhoneCodeViewModel, PhoneScanViewModel
from mobile.viewmodels.punch_sheet import PunchSheetViewModel
from mobile.viewmodels.request_page import RequestViewModel
from mobile.viewmodels.requests import RequestsViewModel
from mobile.viewmodels.roster import RosterViewModel
from mobile.viewmodels.roster_market import MarketViewModel
from mobile.viewmodels.roster_shift import ShiftViewModel
from mobile.viewmodels.roster_wishes import WishesViewModel
from mobile.viewmodels.scan import ScanViewModel
from mobile.viewmodels.scores import ScoresViewModel
from mobile.viewmodels.sync_page import SyncPageViewModel
from mobile.viewmodels.tabs import TabsViewModel
from mobile.viewmodels.ticket_taps import TicketViewModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.today import TodayViewModel
from mobile.viewmodels.told import ToldViewModel
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel, unless_refused
from mobile.viewmodels.voice import VoiceViewModel
from mobile.viewmodels.week_page import WeeksViewModel, WeekViewModel


@dataclass(frozen=True)
class StartingState:
    """What the page before the first page says, if the device cannot be used safely."""

    problem: Said | None = None


class FaceModel:
    """The phone's or the tablet's screens by name. A screen's view-model hears of news only while it is in front."""

    def __init__(
        self,
        face: nav.Face,
        asks: Asks,
        timers: Timers,
        keeps: Keeps,
        *,
        server: str = "",
        can_scan: bool = False,
        first: Preferences | None = None,
    ) -> None:
        self.face, self._asks = face, asks
        self.navigator = nav.Navigator(face)
        self.preferences = PreferencesModel(keeps, asks, first)
        self.toasts = Toasts(timers)
        self.starting = ViewModel(StartingState())
        self.tabs = TabsViewModel(asks)
        enrol = EnrolViewModel(asks, self.navigator, server, can_scan)
        sync = SyncPageViewModel(asks, self.navigator, self.toasts)
        self.screens: dict[str, ViewModel[Any]] = {
            "starting": self.starting,
            "enrol": enrol,
            "pin": PinViewModel(asks, self.navigator, self.toasts),
        }
        if face == "phone":
            sheet = PunchSheetViewModel(asks, self.navigator, self.toasts, can_scan)
            self.screens |= {
                "today": TodayViewModel(asks, timers, self.navigator, self.toasts, sheet),
                "punch": sheet,
                "phone_code": PhoneCodeViewModel(asks, timers, self.navigator),
                "sync": sync,
                "me": MeViewModel(asks, self.navigator, self.preferences),
                "scan": ScanViewModel(self.navigator, enrol, sheet),
                "inbox": InboxViewModel(asks, timers, self.navigator),
                "requests": RequestsViewModel(asks, timers, self.navigator),
                "request": RequestViewModel(asks, timers, self.navigator, self.toasts),
                "new_request": NewRequestViewModel(asks, self.navigator, self.toasts),
                "leave": LeaveViewModel(asks, timers, self.navigator),
                "profile": ProfileViewModel(asks, timers, self.navigator),
                "privacy": PrivacyViewModel(asks, timers, self.navigator),
                "delegation": DelegationViewModel(asks, self.navigator, self.toasts),
                "hand_overs": HandOversViewModel(asks, timers, self.navigator),
                "days": MyDaysViewModel(asks, self.navigator),
                "day": DayViewModel(asks, self.navigator, self.toasts),
                "weeks": WeeksViewModel(asks, timers, self.navigator),
                "week": WeekViewModel(asks, self.navigator, self.toasts),
                "roster": RosterViewModel(asks, self.navigator, self.toasts),
                "shift": ShiftViewModel(asks, self.navigator, self.toasts),
                "market": MarketViewModel(asks, self.navigator, self.toasts),
                "wishes": WishesViewModel(asks, self.navigator, self.toasts),
                "calendar": CalendarViewModel(asks, self.navigator, self.toasts, self.preferences),
                "learn": LearnViewModel(asks, timers, self.navigator),
                "course": LessonViewModel(asks, timers, self.navigator, self.toasts),
                "daily": DailyViewModel(asks, self.navigator),
                "certificates": CertificatesViewModel(asks, self.navigator),
                "career": CareerViewModel(asks, self.navigator, self.toasts),
                "feedback": FeedbackViewModel(asks, self.navigator, self.toasts),
                "new_ticket": NewTicketViewModel(asks, self.navigator, self.toasts, lambda core: core.hearing.mine),
                "ticket": TicketViewModel(asks, self.navigator, self.toasts),
                "notice": NoticeViewModel(asks, self.navigator, self.toasts),
                "voice": VoiceViewModel(asks, self.navigator, self.toasts),
                "scores": ScoresViewModel(asks, self.navigator, self.toasts),
                "cycle": CycleViewModel(asks, self.navigator, self.toasts),
                "told": ToldViewModel(asks, self.navigator, self.toasts),
            }
            self.idle = None
        else:
            self.screens |= {
                "floor": FloorViewModel(asks, timers, self.navigator, self.preferences),
                "kiosk_punch": KioskPunchViewModel(asks, timers, self.navigator),
                "phone_scan": PhoneScanViewModel(asks, timers, self.navigator),
                "extra": ExtraViewModel(asks, timers, self.navigator),
                "device": sync,
                "manager": ManagerViewModel(asks, timers, self.navigator, self.toasts),
                "own_page": OwnPageViewModel(asks, timers, self.navigator, self.toasts),
            }
            self.idle = IdleWatch(timers, self.navigator, self.toasts)
        self._in_front = self.navigator.here
        self.navigator.watch(self._moved)

    def start(self) -> None:
        """The core has opened its store, or has refused to."""
        self._asks.ask(lambda core: core.enrolment, self._opened, self._cannot_start)

    def set_awake(self, awake: bool) -> None:
        """Behind other apps it asks the server less often."""
        self._asks.ask(lambda core: core.set_awake(awake), None, unless_refused)

    def back(self) -> bool:
        """The key for back: first inside the page, then out of it. False at home."""
        return self.screens[self.navigator.here.screen].on_back() or self.navigator.back()

    def on_news(self) -> None:
        """Something changed in the core: the page in front looks again; a device HQ removed goes back to enrolment."""
        if self.navigator.here.screen == "starting":
            return
        self._asks.ask(lambda core: core.enrolment, self._still_enrolled)

    def _opened(self, enrolment: Enrolment | None) -> None:
        self.navigator.switch("enrol" if enrolment is None else self.navigator.home_screen)
        if enrolment is not None and self.face == "phone":
            self.tabs.on_news()

    def _still_enrolled(self, enrolment: Enrolment | None) -> None:
        here = self.navigator.here.screen
        if enrolment is None and here not in ("enrol", "scan"):
            self.navigator.switch("enrol")
        elif enrolment is not None:
            self.screens[here].on_news()
        if self.face == "phone":
            (self.tabs.clear if enrolment is None else self.tabs.on_news)()

    def _cannot_start(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.starting.show(StartingState(error.said))

    def _moved(self, route: nav.Route) -> None:
        if route.here == self._in_front:
            return
        left, self._in_front = self._in_front, route.here
        self.screens[left.screen].on_leave()
        self.screens[route.here.screen].on_enter()

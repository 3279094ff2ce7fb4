"""The app: builds pages for view-models, follows preferences, and hands keys, touches and time on."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window

from contract.moments import COMPANY_ZONE
from mobile.ui.bridge import on_ui_thread
from mobile.ui.kit import load_kit
from mobile.ui.say import Say
from mobile.ui.screens.calendar_page import CalendarFeedPage
from mobile.ui.screens.camera import CameraPage
from mobile.ui.screens.career import CareerPage
from mobile.ui.screens.certificates import CertificatesPage
from mobile.ui.screens.cycle_page import CycleOnPhone
from mobile.ui.screens.daily_page import DailyPage
from mobile.ui.screens.day_page import DayPage
from mobile.ui.screens.delegation import DelegationPage
from mobile.ui.screens.enrol import EnrolPage
from mobile.ui.screens.extra import ExtraPage
from mobile.ui.screens.feedback_page import FeedbackPage
from mobile.ui.screens.floor import FloorPage
from mobile.ui.screens.hand_overs import HandOversPage
from mobile.ui.screens.inbox import InboxPage
from mobile.ui.screens.kiosk_punch import KioskPunchPage
from mobile.ui.screens.learn import LearnPage
from mobile.ui.screens.leave import LeavePage
from mobile.ui.screens.lesson_page import LessonPage
from mobile.ui.screens.manager_desk import ManagerPage
from mobile.ui.screens.me import MePage
from mobile.ui.screens.my_days import MyDaysPage
from mobile.ui.screens.new_request import NewRequestPage
from mobile.ui.screens.new_ticket import NewTicketPage
from mobile.ui.screens.notice_page import NoticePage
from mobile.ui.screens.own_page import OwnPage
from mobile.ui.screens.page import FacePage
from mobile.ui.screens.phone_code import PhoneCodePage
from mobile.ui.screens.phone_scan import PhoneScanPage
from mobile.ui.screens.pin import PinPage
from mobile.ui.screens.privacy import PrivacyPage
from mobile.ui.screens.profile import ProfilePage
from mobile.ui.screens.punch import PunchPage
from mobile.ui.screens.request_page import RequestPage
from mobile.ui.screens.requests import RequestsPage
from mobile.ui.screens.roster_market import RosterMarketPage
from mobile.ui.screens.roster_page import RosterPage
from mobile.ui.screens.roster_shift import RosterShiftPage
from mobile.ui.screens.roster_wishes import WishesPage
from mobile.ui.screens.scan import ReadQr, ScanPage
from mobile.ui.screens.scores import ScoresPage
from mobile.ui.screens.starting import StartingPage
from mobile.ui.screens.sync import SyncPage
from mobile.ui.screens.ticket_page import TicketPage
from mobile.ui.screens.today import TodayPage
from mobile.ui.screens.told import ToldPage
from mobile.ui.screens.voice_page import VoicePage
from mobile.ui.screens.week_page import WeekOnPhone, WeeksPage
from mobile.ui.shell import Shell
from mobile.ui.theme import theme
from mobile.ui.widgets.qr import Matrix
from mobile.viewmodels.face import FaceModel
from mobile.viewmodels.preferences import Preferences

BACK_KEY = 27  # Escape on a desk, Back on Android
SECOND = 1.0
LAYOUT_PASSES = 30  # in one frame: from a chip's words up to the page that scrolls is a longer way than Kivy's usual ten


@dataclass(frozen=True)
class Abilities:
    """What the device can do for a face beside the core: make and read a QR, tell the time, know the system's look, open an
    address outside; and what it must be asked when the app begins."""

    qr_of: Callable[[str], Matrix]
    now_s: Callable[[], float]
    read_qr: ReadQr | None = None
    system_is_dark: bool = False
    begin: Callable[[], None] | None = None
    open_link: Callable[[str], None] | None = None


class OutpostApp(App):
    """One window, one face."""

    title = "Outpost"
    use_kivy_settings = False
    kv_directory = ""

    def __init__(self, model: FaceModel, abilities: Abilities, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model, self.abilities = model, abilities
        self.on_usable: Callable[[], None] | None = None
        self._stops: list[Callable[[], None]] = []

    def load_kv(self, filename: str | None = None) -> bool:
        """Nothing by name: the kit and the pages load their own, once."""
        return False

    def build(self) -> Shell:
        Clock.max_iteration = LAYOUT_PASSES
        load_kit()
        self._apply(self.model.preferences.state)
        self.shell = Shell(
            navigator=self.model.navigator,
            toasts=self.model.toasts,
            tabs=self.model.tabs,
            make_page=self._make_page,
            say=Say(self.model.preferences.state.language),
        )
        self._stops.append(self.model.preferences.watch(self._on_preferences))
        Window.clearcolor = theme.surface
        Window.softinput_mode = "below_target"
        Window.bind(on_keyboard=self._on_key)
        if self.model.idle is not None:
            Window.bind(on_touch_down=self._touched, on_key_down=self._touched)
        self._second = Clock.schedule_interval(lambda _dt: self._tell_time(), SECOND)
        self._stops.append(self.model.navigator.watch(lambda _route: Clock.schedule_once(lambda _dt: self._tell_time(), 0)))
        return self.shell

    def on_start(self) -> None:
        if self.abilities.begin is not None:
            self.abilities.begin()
        self.model.start()
        gc.freeze()  # code and kv rules stay for ever: a full collection need not walk through them while somebody taps
        gc.set_threshold(5_000, 10, 10)

    def on_stop(self) -> None:
        self._second.cancel()
        Window.unbind(on_keyboard=self._on_key, on_touch_down=self._touched, on_key_down=self._touched)
        for stop in self._stops:
            stop()
        self.shell.close()

    def on_pause(self) -> bool:
        """Android may put us to sleep: everything that matters is on disk already."""
        self.model.set_awake(False)
        return True

    def on_resume(self) -> None:
        self.model.set_awake(True)
        self.model.on_news()

    def on_core_changed(self) -> None:
        """From the core's thread."""
        on_ui_thread(self.model.on_news)

    def _make_page(self, name: str) -> FacePage:
        vm = self.model.screens[name]
        say = Say(self.model.preferences.state.language)
        if name == "floor":
            return FloorPage(vm=vm, say=say, qr_of=self.abilities.qr_of)
        if name == "phone_code":
            return PhoneCodePage(vm=vm, say=say, qr_of=self.abilities.qr_of)
        if name == "calendar":
            return CalendarFeedPage(vm=vm, say=say, qr_of=self.abilities.qr_of)
        if name == "certificates":
            return CertificatesPage(vm=vm, say=say, qr_of=self.abilities.qr_of)
        if name == "course":
            return LessonPage(vm=vm, say=say, open_link=self.abilities.open_link)
        if name in CAMERAS:
            return CAMERAS[name](vm=vm, say=say, read_qr=self.abilities.read_qr)
        if name == "device":
            return SyncPage(vm=vm, say=say, has_back=True)
        return PAGES[name](vm=vm, say=say)

    def _on_preferences(self, chosen: Preferences) -> None:
        self._apply(chosen)
        self.shell.say_in(Say(chosen.language))

    def _apply(self, chosen: Preferences) -> None:
        theme.scale = chosen.text_scale
        theme.dark = chosen.look == "dark" or (chosen.look == "system" and self.abilities.system_is_dark)
        Window.clearcolor = theme.surface

    def _tell_time(self) -> None:
        zone = self._zone()
        moment = datetime.fromtimestamp(self.abilities.now_s(), UTC)
        if self.on_usable is not None and self.model.navigator.here.screen != "starting":
            self._say_usable()
        self.shell.tell_time(moment.astimezone(ZoneInfo(zone)))

    def _say_usable(self) -> None:
        """After the frame that shows the first page: from now on a finger gets an answer."""
        usable, self.on_usable = self.on_usable, None
        if usable is not None:
            Clock.schedule_once(lambda _dt: usable(), 0)

    def _zone(self) -> str:
        """The store's, where one is known, else the company's: never the device's own, which may be set to anything."""
        state: Any = self.model.screens[self.model.navigator.home_screen].state
        if self.model.face == "kiosk":
            return state.floor.store.zone if state.floor is not None else COMPANY_ZONE
        return state.today.zone if state.today is not None else COMPANY_ZONE

    def _on_key(self, _window: object, key: int, *_: object) -> bool:
        """Back walks back. At home a phone's system may close the app; a tablet stays."""
        if key != BACK_KEY:
            return False
        return self.shell.whole.close() or self.model.back() or self.model.face == "kiosk"

    def _touched(self, *_: object) -> bool:
        if self.model.idle is not None:
            self.model.idle.touched()
        return False


CAMERAS: dict[str, type[CameraPage]] = {
    "scan": ScanPage,
    "phone_scan": PhoneScanPage,
    "extra": ExtraPage,
    "new_request": NewRequestPage,
    "day": DayPage,
    "new_ticket": NewTicketPage,
    "manager": ManagerPage,
    "ticket": TicketPage,
    "own_page": OwnPage,
}
PAGES: dict[str, type[FacePage]] = {
    "starting": StartingPage,
    "enrol": EnrolPage,
    "pin": PinPage,
    "today": TodayPage,
    "punch": PunchPage,
    "sync": SyncPage,
    "me": MePage,
    "kiosk_punch": KioskPunchPage,
    "inbox": InboxPage,
    "requests": RequestsPage,
    "request": RequestPage,
    "leave": LeavePage,
    "profile": ProfilePage,
    "privacy": PrivacyPage,
    "delegation": DelegationPage,
    "hand_overs": HandOversPage,
    "days": MyDaysPage,
    "weeks": WeeksPage,
    "week": WeekOnPhone,
    "roster": RosterPage,
    "shift": RosterShiftPage,
    "market": RosterMarketPage,
    "wishes": WishesPage,
    "learn": LearnPage,
    "daily": DailyPage,
    "career": CareerPage,
    "feedback": FeedbackPage,
    "notice": NoticePage,
    "voice": VoicePage,
    "scores": ScoresPage,
    "cycle": CycleOnPhone,
    "told": ToldPage,
}

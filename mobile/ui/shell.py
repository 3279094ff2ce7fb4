"""The window's inside: screens, the places at the foot, toasts above all. It follows the navigator, decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition, ScreenManager, SlideTransition

from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.feedback import Toast
from mobile.ui.widgets.frame import NavBar
from mobile.ui.widgets.photo import WholeView
from mobile.viewmodels.navigator import TABS, Navigator, Route
from mobile.viewmodels.tabs import TabsState, TabsViewModel
from mobile.viewmodels.toasts import Toast as ToastState
from mobile.viewmodels.toasts import Toasts

SLIDE_S = 0.16
WIDE_DP = 700
TAB_ICONS = {
    "today": "home_outline",
    "inbox": "bell_outline",
    "requests": "pencil_outline",
    "sync": "sync",
    "me": "account_outline",
}
TOAST_ICONS = {"good": "check_circle", "late": "alert_outline", "bad": "alert_circle_outline", "quiet": "information_outline"}

MakesPage = Callable[[str], FacePage]


class Shell(FloatLayout):
    """Pages are made when they are first shown: the first page need not wait for the last."""

    wide = BooleanProperty(False)

    def __init__(
        self, *, navigator: Navigator, toasts: Toasts, tabs: TabsViewModel, make_page: MakesPage, say: Say, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._navigator, self._make_page, self._say = navigator, make_page, say
        self._now: datetime | None = None
        self._toast_state = toasts.state
        self.pages: dict[str, FacePage] = {}
        self.manager = ScreenManager(transition=NoTransition())
        self.tabs = NavBar()
        self.tabs.bind(on_choose=lambda _bar, name: navigator.switch(name))
        self.toast = Toast(pos_hint={"center_x": 0.5, "y": 0.12})
        self._column = BoxLayout(orientation="vertical")
        self._column.add_widget(self.manager)
        self.add_widget(self._column)
        self.whole = WholeView()
        self.add_widget(self.toast)
        self.say_in(say)
        self._stops = [navigator.watch(self._follow), toasts.watch(self._show_toast), tabs.watch(self._count)]

    def look_closer(self, pictures: Sequence[tuple[str, bytes]], at: int) -> None:
        """A page's pictures in the whole window, until they are closed or the page is left: on a shared tablet nobody's picture
        stays behind."""
        if self.whole.parent is None:
            self.add_widget(self.whole, index=1)  # below the toast
        self.whole.look(pictures, at, lambda: self.remove_widget(self.whole))

    def say_in(self, say: Say) -> None:
        """What is on screen is in the other language from the next frame on: the page in front, the tabs, the toast that is
        up. Other pages follow when they come."""
        self._say = say
        page = self.pages.get(self._navigator.here.screen)
        if page is not None:
            page.say = say
        if self._navigator.face == "phone":
            self.tabs.tabs = [(name, say(f"ui.tab_{name}"), TAB_ICONS[name]) for name in TABS]
        if self._toast_state.said is not None:
            self.toast.words = say.said(self._toast_state.said)

    def tell_time(self, now: datetime) -> None:
        """Only the page in front needs to know; others learn it when they come."""
        self._now = now
        page = self.pages.get(self._navigator.here.screen)
        if page is not None:
            page.now = now

    def _count(self, state: TabsState) -> None:
        self.tabs.counts = {"inbox": state.inbox}
        self.tabs.alert_at = "sync" if state.needs_you else ""

    def close(self) -> None:
        for stop in self._stops:
            stop()
        for page in self.pages.values():
            page.close()

    def on_size(self, *_: object) -> None:
        self.wide = self.width > dp(WIDE_DP)

    def on_wide(self, *_: object) -> None:
        for page in self.pages.values():
            page.wide = self.wide

    def _follow(self, route: Route) -> None:
        self.whole.close()
        name = route.here.screen
        page = self.pages.get(name)
        if page is None:
            page = self.pages[name] = self._make_page(name)
            page.name = name
            page.wide = self.wide
            page.look_closer = self.look_closer
            self.manager.add_widget(page)
        page.say, page.now = self._say, self._now
        for other in self.pages.values():
            if other is not page:
                other.in_front(False)
        self.manager.transition.stop()
        if route.move == "switch" or self.manager.current == name:
            self.manager.transition = NoTransition()
        else:
            direction = "left" if route.move == "forward" else "right"
            self.manager.transition = SlideTransition(duration=SLIDE_S, direction=direction)
        self.manager.current = name
        page.in_front(True)
        self._frame(name)

    def _frame(self, name: str) -> None:
        wanted = self._navigator.face == "phone" and name in TABS
        self.tabs.here = name
        if wanted and self.tabs.parent is None:
            self._column.add_widget(self.tabs)
        elif not wanted and self.tabs.parent is not None:
            self._column.remove_widget(self.tabs)

    def _show_toast(self, state: ToastState) -> None:
        self._toast_state = state
        if state.said is None:
            self.toast.go()
        else:
            self.toast.come(self._say.said(state.said), TOAST_ICONS[state.tone])

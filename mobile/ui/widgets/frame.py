"""The frame around the screens: the places at the foot of the phone."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import BooleanProperty, DictProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.ui.widgets.press import Tab

MOST = 99


class NavBar(BoxLayout):
    """`tabs` are (name, words, icon); `counts` how much is open behind some; `on_choose` tells which was tapped."""

    tabs = ListProperty([])
    here = StringProperty("")
    alert_at = StringProperty("")
    counts = DictProperty({})
    visible = BooleanProperty(False)

    __events__ = ("on_choose",)

    def on_choose(self, _name: str) -> None:
        """For whoever builds it."""

    def on_tabs(self, *_: object) -> None:
        if len(self.children) != len(self.tabs):
            self.clear_widgets()
            for name, _words, icon_name in self.tabs:
                tab = Tab(icon_name=icon_name)
                tab.bind(on_release=lambda _tab, name=name: self.dispatch("on_choose", name))
                self.add_widget(tab)
        for tab, (_name, words, _icon) in zip(reversed(self.children), self.tabs, strict=True):
            tab.words = words
        self._mark()

    def on_here(self, *_: object) -> None:
        self._mark()

    def on_alert_at(self, *_: object) -> None:
        self._mark()

    def on_counts(self, *_: object) -> None:
        self._mark()

    def _mark(self) -> None:
        for tab, (name, _words, _icon) in zip(reversed(self.children), self.tabs, strict=True):
            tab.chosen, tab.alert = name == self.here, name == self.alert_at
            tab.count = counted(self.counts.get(name, 0))


def counted(number: int) -> str:
    """As a tab has room for; nothing for none."""
    return "" if number <= 0 else str(number) if number <= MOST else f"{MOST}+"


Factory.register("NavBar", cls=NavBar)

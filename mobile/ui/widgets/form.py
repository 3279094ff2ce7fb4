"""What a form is filled in with: a line of any kind, a calendar that shows a month, a bar of how much is left."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from mobile.ui.widgets.press import Pressable, Row

CELLS = 42  # six weeks: the most a month can touch


class PickRow(Row):
    """A value that is chosen elsewhere: a calendar, a list. Its name stands above it."""

    words = StringProperty("")
    value = StringProperty("")
    hint = StringProperty("")
    icon_name = StringProperty("")
    wrong = BooleanProperty(False)


class OptionRow(Row):
    """A line of a list to choose from; `sub` tells it from others of that name."""

    vm = ObjectProperty(None, allownone=True)
    value = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")


class FormLine(BoxLayout):
    """One line of a form. `control` is one of typed, area, open, pick: what it is filled in with."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    control = StringProperty("typed")
    words = StringProperty("")
    typed = StringProperty("")
    hint = StringProperty("")
    value = StringProperty("")
    icon_name = StringProperty("")
    problem = StringProperty("")
    options = ListProperty([])


class DayKey(Pressable, AnchorLayout):
    """A day of the month; empty ones answer nothing."""

    day = StringProperty("")
    number = StringProperty("")
    is_today = BooleanProperty(False)
    is_chosen = BooleanProperty(False)


class DayGrid(GridLayout):
    """Six weeks of days, kept and filled anew. `days` are (day, number, is_today, is_chosen), or None."""

    days = ListProperty([])

    __events__ = ("on_choose",)

    def on_choose(self, _day: str) -> None:
        """For kv: `on_choose: root.vm.tap_option(args[1])`."""

    def on_days(self, *_: object) -> None:
        while len(self.children) < CELLS:
            key = DayKey()
            key.bind(on_release=lambda key: self.dispatch("on_choose", key.day))
            self.add_widget(key)
        shown: list[Any] = [*self.days, *[None] * (CELLS - len(self.days))]
        for key, day in zip(reversed(self.children), shown, strict=True):
            key.day, key.number, key.is_today, key.is_chosen = day if day is not None else ("", "", False, False)
            key.disabled = day is None


class Month(BoxLayout):
    """A month with a way to the one before and the one after."""

    title = StringProperty("")
    weekdays = ListProperty([""] * 7)
    days = ListProperty([])
    vm = ObjectProperty(None, allownone=True)


class Bar(Widget):
    """How much of a whole: two shares, one after the other, and what is left of it."""

    first = NumericProperty(0.0)
    second = NumericProperty(0.0)
    tint = ColorProperty((0, 0, 0, 1))
    second_tint = ColorProperty((0, 0, 0, 1))


for _widget in (PickRow, OptionRow, FormLine, DayKey, DayGrid, Month, Bar):
    Factory.register(_widget.__name__, cls=_widget)

"""Cards, chips, avatars, lists, marks: what things lie on and are marked with."""

from __future__ import annotations

import hashlib
from typing import Any
from weakref import WeakSet

from kivy.event import EventDispatcher
from kivy.factory import Factory
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile.ui.theme import TINT, theme
from mobile.ui.widgets.press import Pressable

AVATARS = ("#2F6BD8", "#B45309", "#0F766E", "#7C3AED", "#BE185D", "#0369A1", "#4D7C0F", "#B91C1C", "#475569")


def tone(name: str, ink: bool = False) -> list[float]:
    """A state's colour from the theme, or the deeper shade for words on its tint."""
    return list(getattr(theme, f"{name}_ink" if ink else name))


class Card(BoxLayout):
    """A sheet that is as high as what lies on it."""

    ground = ColorProperty((1, 1, 1, 1))


class Toned(EventDispatcher):
    """A state's colours: `tone` names it, ink and tint follow the theme.

    The theme knows one listener for all of them: with one each, it would keep every chip there ever was, and compare each
    new one with all before it.
    """

    alive: WeakSet[Toned] = WeakSet()

    tone = StringProperty("quiet")
    ink = ColorProperty((0, 0, 0, 1))
    fill = ColorProperty((0.88, 0.88, 0.88, 1))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alive.add(self)
        self.paint()

    def on_tone(self, *_: object) -> None:
        self.paint()

    def paint(self, *_: object) -> None:
        self.ink = tone(self.tone, ink=True)
        # mixed, not see-through: the smooth edge of what is see-through Kivy draws outside of what scrolls too (its issue 8782)
        both = zip(tone(self.tone)[:3], theme.card[:3], strict=True)
        self.fill = [*(TINT * shade + (1 - TINT) * ground for shade, ground in both), 1.0]


def _paint_all(*_: object) -> None:
    for one in tuple(Toned.alive):
        one.paint()


theme.fbind("dark", _paint_all)


class Chip(Toned, BoxLayout):
    """A state in colour, icon and word."""

    words = StringProperty("")
    icon_name = StringProperty("")
    max_width = NumericProperty(10_000)


class SyncBadge(Toned, Pressable, AnchorLayout):
    """The quiet badge that opens the sync page; its touch area is larger than what is drawn."""

    words = StringProperty("")
    icon_name = StringProperty("")
    max_width = NumericProperty(10_000)


class Note(Toned, BoxLayout):
    """A sentence that needs to be read: icon, words, and what to do next."""

    words = StringProperty("")
    icon_name = StringProperty("")
    next_step = StringProperty("")


class Avatar(Label):
    """The first letter of a name on a colour of its own. Regular: it may be a rare character."""

    person = StringProperty("")
    fill = ColorProperty((0, 0, 0, 1))

    def on_person(self, *_: object) -> None:
        name = self.person.strip()
        self.text = name[:1].upper()
        self.fill = AVATARS[hashlib.sha256(name.encode()).digest()[0] % len(AVATARS)]


class Rows(BoxLayout):
    """A short list: children are kept and filled anew, so that a change does not flicker.

    In a part that is folded away no new ones are made: a week of squares that nobody looks at is dear.
    """

    data = ListProperty([])
    viewclass = StringProperty("")

    def on_data(self, *_: object) -> None:
        self.fill()

    def fill(self) -> None:
        rows = list(reversed(self.children))
        for spare in rows[len(self.data) :]:
            self.remove_widget(spare)
        for index, values in enumerate(self.data):
            if index < len(rows):
                for name, value in values.items():
                    setattr(rows[index], name, value)
            elif not _is_folded_away(self):
                self.add_widget(Factory.get(self.viewclass)(**values))


class Step(BoxLayout):
    """One of the three ticks of a punch, in words."""

    words = StringProperty("")
    at = StringProperty("")
    reached = BooleanProperty(False)
    is_last = BooleanProperty(False)


class Fact(BoxLayout):
    """A name and its value, for people on the phone with HQ."""

    words = StringProperty("")
    value = StringProperty("")


class Ring(Widget):
    """How much is left, as an arc that shrinks."""

    left = NumericProperty(1.0)
    thickness = NumericProperty(4)
    tint = ColorProperty((0, 0, 0, 1))


class Dot(Widget):
    """One digit: there or not."""

    filled = BooleanProperty(False)
    wrong = BooleanProperty(False)


class PinDots(BoxLayout):
    """How many digits stand there. It is told a number, never the digits."""

    typed = NumericProperty(0)
    wrong = BooleanProperty(False)


class Part(BoxLayout):
    """A part of a Stack that is there only `when`."""

    when = BooleanProperty(True)

    def on_when(self, *_: object) -> None:
        if self.when:
            for widget in list(self.walk(restrict=True)):
                if isinstance(widget, Rows) and len(widget.children) < len(widget.data):
                    widget.fill()


def _is_folded_away(widget: Widget) -> bool:
    above = widget
    while isinstance(above, Widget):
        if isinstance(above, Part) and not above.when:
            return True
        above = above.parent
    return False


class Stack(BoxLayout):
    """A column whose absent parts leave no trace: no gap, no hidden words, nothing to touch."""

    def __init__(self, **kwargs: Any) -> None:
        self._all: list[Widget] = []
        super().__init__(**kwargs)

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        self._all.append(widget)
        if isinstance(widget, Part):
            widget.fbind("when", self._arrange)
        super().add_widget(widget, *args, **kwargs)

    def _arrange(self, *_: object) -> None:
        wanted = [w for w in self._all if getattr(w, "when", True)]
        if wanted != list(reversed(self.children)):
            self.clear_widgets()
            for widget in wanted:
                super().add_widget(widget)


class Page(ScrollView):
    """A page that scrolls when it must and fills the window when it need not."""

    def to_top(self) -> None:
        """To the first line, at rest: a tap that changes how long a page is leaves it rolling, past what it shows now."""
        self.effect_y.reset(self.effect_y.max)
        self.scroll_y = 1


class TopBar(BoxLayout):
    """Title and a way back."""

    words = StringProperty("")
    can_go_back = BooleanProperty(True)
    vm = ObjectProperty(None, allownone=True)


for _widget in (Card, Chip, SyncBadge, Note, Avatar, Rows, Step, Fact, Ring, Dot, PinDots, Part, Stack, Page, TopBar):
    Factory.register(_widget.__name__, cls=_widget)

"""What moves: toasts that come and go, skeletons instead of blank pages, a mark that draws itself."""

from __future__ import annotations

from typing import Any

from kivy.animation import Animation
from kivy.factory import Factory
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

FADE_S = 0.16


class Toast(BoxLayout):
    """Short words at the foot of the window. `shown` runs 0..1."""

    words = StringProperty("")
    icon_name = StringProperty("")
    shown = NumericProperty(0.0)

    def come(self, words: str, icon_name: str) -> None:
        self.words, self.icon_name = words, icon_name
        self._to(1.0)

    def go(self) -> None:
        self._to(0.0)

    def _to(self, shown: float) -> None:
        Animation.cancel_all(self, "shown")
        Animation(shown=shown, d=FADE_S, t="out_quad").start(self)

    def on_shown(self, *_: object) -> None:
        if self.shown == 0.0:
            self.words = self.icon_name = ""


class Skeleton(Widget):
    """A grey bar where words will stand; it breathes while it waits."""

    glow = NumericProperty(0.5)
    waiting = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._breath = Animation(glow=1.0, d=0.7) + Animation(glow=0.5, d=0.7)
        self._breath.repeat = True
        super().__init__(**kwargs)

    def on_waiting(self, *_: object) -> None:
        self._breath.cancel(self)
        if self.waiting:
            self._breath.start(self)


class BigMark(FloatLayout):
    """The large round sign of a result; it grows into place."""

    icon_name = StringProperty("check")
    tint = ColorProperty((0, 0, 0, 1))
    grown = NumericProperty(1.0)

    def play(self) -> None:
        Animation.cancel_all(self, "grown")
        self.grown = 0.4
        Animation(grown=1.0, d=0.2, t="out_back").start(self)


for _widget in (Toast, Skeleton, BigMark):
    Factory.register(_widget.__name__, cls=_widget)

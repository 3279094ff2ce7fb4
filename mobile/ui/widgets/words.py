"""Text that never clips: labels that are as high as their words, or as wide as their line."""

from __future__ import annotations

from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.factory import Factory
from kivy.properties import ColorProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from mobile.ui.icons import icon
from mobile.ui.widgets.wrap import wrapped

SLACK_PX = 6  # SDL measures a hair less than it draws


class Inked(Label):
    """Words in the theme's ink and size unless `ink` and `measure` say otherwise. kv sets these, never `color` or
    `font_size`: two rules bound to one property would fight whenever the theme changes."""

    ink = ColorProperty(None, allownone=True)
    measure = NumericProperty(0)
    usual = NumericProperty(0)


class Words(Inked):
    """Wraps to its width and is as high as it needs."""

    def texture_update(self, *largs: Any) -> None:
        width = self.text_size[0]
        if width and not self.shorten:
            room = max(1.0, width - self.padding[0] - self.padding[2])
            self._label.text = wrapped(self.text, room, self.font_name, self.font_size)
        super().texture_update(*largs)


class OneLine(Inked):
    """One line, as large as its words."""


class FitWords(Words):
    """As wide as its words, but never wider than `max_width`: then it wraps. For chips and buttons."""

    max_width = NumericProperty(10_000)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("text", "font_size", "font_name", "max_width"):
            self.fbind(name, self.fit)
        self.fit()

    def fit(self, *_: object) -> None:
        natural = CoreLabel(font_size=self.font_size, font_name=self.font_name).get_extents(self.text)[0]
        self.width = max(1, min(natural + SLACK_PX, self.max_width))


class NameLine(Inked):
    """A person's or a store's name: Regular has the rare characters; what is too long ends in an ellipsis."""


class Icon(Inked):
    """A drawn icon by name."""

    name = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_name()

    def on_name(self, *_: object) -> None:
        self.text = icon(self.name)


for _widget in (Inked, Words, OneLine, FitWords, NameLine, Icon):
    Factory.register(_widget.__name__, cls=_widget)

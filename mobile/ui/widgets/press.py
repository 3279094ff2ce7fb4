"""Everything a finger can press: it answers at once, and is at least 48 dp each way."""

from __future__ import annotations

from typing import Any

from kivy.animation import Animation
from kivy.factory import Factory
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

PRESS_S = 0.12
BREATHS = 3


class Pressable(ButtonBehavior):
    """`pressed` runs 0..1 so that kv can draw the press; a disabled one does not answer."""

    pressed = NumericProperty(0.0)

    def on_state(self, _widget: object, state: str) -> None:
        Animation.cancel_all(self, "pressed")
        Animation(pressed=1.0 if state == "down" else 0.0, d=PRESS_S, t="out_quad").start(self)


class PrimaryButton(Pressable, BoxLayout):
    """The one thing to do on a page. `busy` shows that it is being done."""

    words = StringProperty("")
    icon_name = StringProperty("")
    busy = BooleanProperty(False)


class QuietButton(Pressable, BoxLayout):
    """Something else that can be done."""

    words = StringProperty("")
    icon_name = StringProperty("")


class IconButton(Pressable, AnchorLayout):
    """A known sign without words: back, erase."""

    icon_name = StringProperty("")
    tint = ColorProperty((0, 0, 0, 1))


class PunchButton(Pressable, FloatLayout):
    """The big round one. `breath` glows slowly where a thumb is awaited."""

    words = StringProperty("")
    at = StringProperty("")
    icon_name = StringProperty("")
    breath = NumericProperty(0.0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        breath = Animation(breath=1.0, d=1.4, t="in_out_sine") + Animation(breath=0.0, d=1.4, t="in_out_sine")
        for _ in range(BREATHS - 1):
            breath += Animation(breath=1.0, d=1.4, t="in_out_sine") + Animation(breath=0.0, d=1.4, t="in_out_sine")
        self._breathing = breath

    def breathe(self, awake: bool) -> None:
        """A few times when its page comes to the front, then still: an endless one would never let the screen rest."""
        self._breathing.cancel(self)
        self.breath = 0.0
        if awake:
            self._breathing.start(self)

    def collide_point(self, x: float, y: float) -> bool:
        """Round: its corners are not the button."""
        radius = min(self.width, self.height) / 2
        return bool((x - self.center_x) ** 2 + (y - self.center_y) ** 2 <= radius**2)


class Row(Pressable, BoxLayout):
    """A line of a list that leads somewhere."""


class Choice(Pressable, AnchorLayout):
    """One segment of a Segmented."""

    words = StringProperty("")
    value = StringProperty("")
    chosen = BooleanProperty(False)
    inner_height = NumericProperty(0)


class Segmented(BoxLayout):
    """One of a few. `options` are (value, words) pairs; `on_choose` tells which value was tapped."""

    options = ListProperty([])
    value = StringProperty("")
    tapped = StringProperty("")
    tallest = NumericProperty(0)

    __events__ = ("on_choose",)

    def on_choose(self, *_: object) -> None:
        """For kv."""

    def on_kv_post(self, _root: object) -> None:
        self._fill()

    def on_options(self, *_: object) -> None:
        self._fill()

    def on_value(self, *_: object) -> None:
        for choice in self.children:
            choice.chosen = choice.value == self.value

    def _fill(self) -> None:
        choices = list(reversed(self.children))
        if [c.value for c in choices] != [value for value, _ in self.options]:
            self.clear_widgets()
            choices = [Choice(value=value) for value, _ in self.options]
            for choice in choices:
                choice.bind(on_release=self._choose, inner_height=self._measure)
                self.add_widget(choice)
        for choice, (value, words) in zip(choices, self.options, strict=True):
            choice.words, choice.chosen = words, value == self.value

    def _measure(self, *_: object) -> None:
        self.tallest = max((choice.inner_height for choice in self.children), default=0)

    def _choose(self, choice: Choice) -> None:
        self.tapped = choice.value
        self.dispatch("on_choose")


class PadKey(Pressable, AnchorLayout):
    """A key of the PIN pad."""

    words = StringProperty("")
    icon_name = StringProperty("")


class PinPad(BoxLayout):
    """Twelve large keys. Which one was tapped travels with the event and is kept nowhere."""

    clear_words = StringProperty("")

    __events__ = ("on_digit", "on_erase", "on_clear")

    def on_digit(self, _digit: str) -> None:
        """For kv: `on_digit: root.vm.tap_digit(args[1])`."""

    def on_erase(self) -> None:
        """For kv."""

    def on_clear(self) -> None:
        """For kv."""


class Tab(Pressable, BoxLayout):
    """One of the places at the foot of the phone."""

    words = StringProperty("")
    icon_name = StringProperty("")
    chosen = BooleanProperty(False)
    alert = BooleanProperty(False)
    count = StringProperty("")


class LinkRow(Row):
    """A settings line: icon, words, a way on."""

    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    vm = ObjectProperty(None, allownone=True)


for _widget in (
    PrimaryButton,
    QuietButton,
    IconButton,
    PunchButton,
    Row,
    Choice,
    Segmented,
    PadKey,
    PinPad,
    Tab,
    LinkRow,
):
    Factory.register(_widget.__name__, cls=_widget)

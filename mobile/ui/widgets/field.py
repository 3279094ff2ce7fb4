"""A line to type in, with its name above and room for fat fingers."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


class Field(BoxLayout):
    """`on_change` for every change by hand, `on_done` for Enter. `typed` is what stands there; `lines` above one: a text."""

    words = StringProperty("")
    hint = StringProperty("")
    typed = StringProperty("")
    icon_name = StringProperty("")
    focused = BooleanProperty(False)
    wrong = BooleanProperty(False)
    lines = NumericProperty(1)

    __events__ = ("on_done", "on_change")

    def on_done(self) -> None:
        """For kv."""

    def on_change(self, _text: str) -> None:
        """For kv: `on_change: root.vm.type_code(args[1])`."""

    def on_typed(self, _field: object, text: str) -> None:
        """From the view-model: what a QR brought along, or nothing after a page was left."""
        if self.ids and self.ids.input.text != text:
            self.ids.input.text = text

    def take(self, text: str) -> None:
        """From the keyboard."""
        if text != self.typed:
            self.typed = text
            self.dispatch("on_change", text)


Factory.register("Field", cls=Field)

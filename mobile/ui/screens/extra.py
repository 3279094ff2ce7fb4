"""The extra proof the store's draw asked for: a photo that stays here, or the manager's PIN; and a way home without either."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.ui.picture import png_of
from mobile.ui.say import Say
from mobile.ui.screens.camera import CameraPage
from mobile.ui.widgets.press import Row
from mobile.viewmodels.proofs import ExtraState


class WhoManages(Row):
    """A manager who may say the word. The whole line is the target."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    name = StringProperty("")


Factory.register("WhoManages", cls=WhoManages)


class ExtraPage(CameraPage):
    """The camera runs only while a photo is being taken, and only to show what it will take."""

    def in_front(self, is_in_front: bool) -> None:
        if not is_in_front:
            self.rest()

    def on_state(self, _page: object, state: ExtraState) -> None:
        if state.step == "photo":
            self.begin_to_look()
        else:
            self.rest()

    def read(self, pixels: bytes, width: int, height: int) -> None:
        """Nothing is searched for in a face."""

    def take(self) -> None:
        if self.texture is not None:
            self.vm.take_photo(png_of(self.texture.pixels, *self.texture.size))

    def managers(self, state: ExtraState) -> list[dict[str, Any]]:
        return [{"vm": self.vm, "person_id": one.person_id, "name": one.name} for one in state.managers]

    def pin_words(self, say: Say, state: ExtraState) -> str:
        return say("kiosk.extra_pin", name=state.manager.name) if state.manager is not None else ""

"""The extra proof the store's draw asked for: a photo that stays here, or the manager's PIN; and a way home without either."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.ui.picture import png_of
from mobile.ui.say import Say
from mobile.ui.screens.camera import PhotoPage
from mobile.ui.widgets.press import Row
from mobile.viewmodels.proofs import ExtraState


class WhoManages(Row):
    """A manager who may say the word. The whole line is the target."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    name = StringProperty("")


Factory.register("WhoManages", cls=WhoManages)


class ExtraPage(PhotoPage):
    """A face, as it is: the picture stays with the store."""

    def is_taking(self, state: ExtraState) -> bool:
        return state.step == "photo"

    def as_kept(self, pixels: bytes, width: int, height: int) -> bytes:
        return png_of(pixels, width, height)

    def managers(self, state: ExtraState) -> list[dict[str, Any]]:
        return [{"vm": self.vm, "person_id": one.person_id, "name": one.name} for one in state.managers]

    def pin_words(self, say: Say, state: ExtraState) -> str:
        return say("kiosk.extra_pin", name=state.manager.name) if state.manager is not None else ""

"""Photos as evidence: taken with the camera while that part of a page is up, shown beneath, and taken away again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.image import Image

from mobile.ui.picture import evidence_of
from mobile.ui.screens.camera import CameraPage

KNOWN = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


class Picture(Image):
    """A photo out of its bytes; nothing where they are none that can be shown."""

    photo = ObjectProperty(b"")

    def on_photo(self, *_: object) -> None:
        kind = next((kind for begins, kind in KNOWN.items() if self.photo.startswith(begins)), None)
        self.texture = CoreImage(BytesIO(self.photo), ext=kind).texture if kind is not None else None


class PhotoRow(BoxLayout):
    """A photo that was taken. `drop` takes it away; a row without its words cannot."""

    vm = ObjectProperty(None, allownone=True)
    photo = ObjectProperty(b"")
    name = StringProperty("")
    words = StringProperty("")
    drop = StringProperty("")


class PhotoTaking(BoxLayout):
    """What the camera sees, and the button that keeps it."""

    texture = ObjectProperty(None, allownone=True)
    page = ObjectProperty(None, allownone=True)
    told = StringProperty("")
    take = StringProperty("")
    full = BooleanProperty(False)


class EvidencePage(CameraPage):
    """The camera runs only while a photo is being taken, and only to show what it will take. The state says when (`taking`)."""

    def in_front(self, is_in_front: bool) -> None:
        if is_in_front:
            self.on_state(self, self.state)
        else:
            self.rest()

    def on_state(self, _page: object, state: Any) -> None:
        if state is not None and state.taking:
            self.begin_to_look()
        else:
            self.rest()

    def read(self, pixels: bytes, width: int, height: int) -> None:
        """Nothing is searched for in what it sees."""

    def take(self) -> None:
        if self.texture is not None:
            self.vm.take_photo(evidence_of(self.texture.pixels, *self.texture.size))


for _row in (Picture, PhotoRow, PhotoTaking):
    Factory.register(_row.__name__, cls=_row)

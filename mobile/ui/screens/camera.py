"""What pages with a camera share: it runs only while the page is in front, and a page without one says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.properties import ObjectProperty

from mobile.ui.picture import evidence_of
from mobile.ui.screens.page import FacePage

LOOKS_PER_S = 4

ReadQr = Callable[[bytes, int, int], str | None]


class CameraPage(FacePage):
    """`read_qr` turns the pixels of a frame (RGBA) into a text; which library does it is the device's affair."""

    texture = ObjectProperty(None, allownone=True)

    def __init__(self, *, read_qr: ReadQr | None = None, **kwargs: Any) -> None:
        self.read_qr = read_qr
        self._camera: Any = None
        self._event: Any = None
        super().__init__(**kwargs)

    def in_front(self, is_in_front: bool) -> None:
        if not is_in_front:
            self.rest()
            return
        self.begin_to_look()

    def begin_to_look(self) -> None:
        camera = _camera_class() if self.read_qr is not None else None
        if camera is None:
            self.vm.no_camera()
        elif self._camera is None:
            self._camera = camera(index=0, resolution=(1280, 720), stopped=True)
            self._camera.start()
            self._event = Clock.schedule_interval(lambda _dt: self.look(self._camera.texture), 1 / LOOKS_PER_S)

    def look(self, texture: Any) -> None:
        """One frame: shown, and searched for a QR."""
        self.texture = texture
        if texture is not None:
            self.read(texture.pixels, *texture.size)

    def read(self, pixels: bytes, width: int, height: int) -> None:
        text = self.read_qr(pixels, width, height) if self.read_qr is not None else None
        if text:
            self.vm.on_text(text)

    def rest(self) -> None:
        if self._event is not None:
            self._event.cancel()
        if self._camera is not None:
            self._camera.stop()
        self._camera = self._event = self.texture = None


class PhotoPage(CameraPage):
    """The camera runs only while a photo is being taken, and only to show what it will take."""

    def is_taking(self, state: Any) -> bool:
        """Whether this state of the page wants a photo."""
        return bool(state.taking)

    def in_front(self, is_in_front: bool) -> None:
        if is_in_front:
            self.on_state(self, self.state)
        else:
            self.rest()

    def on_state(self, _page: object, state: Any) -> None:
        if state is not None and self.is_taking(state):
            self.begin_to_look()
        else:
            self.rest()

    def read(self, pixels: bytes, width: int, height: int) -> None:
        """Nothing is searched for in what it sees."""

    def take(self) -> None:
        if self.texture is not None:
            self.vm.take_photo(self.as_kept(self.texture.pixels, *self.texture.size))

    def as_kept(self, pixels: bytes, width: int, height: int) -> bytes:
        """A frame as it is handed in."""
        return evidence_of(pixels, width, height)


def _camera_class() -> Any:
    """Looked for only when it is wanted: the search tries every library there is and takes its time."""
    from kivy.core.camera import Camera

    return Camera

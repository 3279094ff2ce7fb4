"""Photos and pages: shown out of their bytes, tapped, and looked at closely in the whole window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.factory import Factory
from kivy.graphics.transformation import Matrix
from kivy.input.motionevent import MotionEvent
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.image import Image

from mobile.ui.widgets.press import Pressable

KNOWN = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
CLOSE, CLOSEST = 2.5, 5.0  # times as large: by a double tap or the button; at most
WHEEL = {"scrolldown": 1.25, "scrollup": 0.8}


class Picture(Image):
    """A photo out of its bytes; nothing where they are none that can be shown."""

    photo = ObjectProperty(b"")

    def on_photo(self, *_: object) -> None:
        kind = next((kind for begins, kind in KNOWN.items() if self.photo.startswith(begins)), None)
        self.texture = CoreImage(BytesIO(self.photo), ext=kind).texture if kind is not None else None


class PhotoButton(Pressable, FloatLayout):
    """A photo that can be looked at more closely."""

    photo = ObjectProperty(b"")


class WholeView(FloatLayout):
    """One of several pictures in the whole window, as near as one likes. `pictures`: (words, bytes); only the one that is
    looked at is unpacked. Nothing below it is touched meanwhile."""

    pictures = ListProperty([])
    at = NumericProperty(0)
    words = StringProperty("")
    is_near = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._gone: Callable[[], None] = lambda: None

    def look(self, pictures: Sequence[tuple[str, bytes]], at: int, gone: Callable[[], None]) -> None:
        """Show these, this one first. `gone` is told when it closes."""
        self._gone = gone
        self.pictures, self.at = list(pictures), at
        self._show()

    def close(self) -> bool:
        """Whether there was something to close."""
        if not self.pictures:
            return False
        self.pictures = []
        self.ids.picture.photo = b""
        gone, self._gone = self._gone, lambda: None
        gone()
        return True

    def step(self, by: int) -> None:
        """To the next one or the one before, where there is one."""
        if 0 <= self.at + by < len(self.pictures):
            self.at += by
            self._show()

    def tap_nearer(self) -> None:
        """As it is read easily, or whole again."""
        self._zoom(1.0 if self.is_near else CLOSE, self.ids.stage.to_window(*self.ids.stage.center))

    def whole(self) -> None:
        """All of it in the space there is."""
        stage = self.ids.get("stage")
        if stage is not None:
            self.ids.lens.transform = Matrix().translate(stage.x, stage.y, 0)
            self.is_near = False

    def on_touch_down(self, touch: MotionEvent) -> bool:
        if super().on_touch_down(touch) and not (touch.is_double_tap or touch.is_mouse_scrolling):
            return True
        if not self.ids.stage.collide_point(*touch.pos):
            return True
        if touch.is_mouse_scrolling:
            self._zoom(self.ids.lens.scale * WHEEL.get(touch.button, 1.0), touch.pos)
        elif touch.is_double_tap:
            self._zoom(1.0 if self.is_near else CLOSE, touch.pos)
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        super().on_touch_move(touch)
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        super().on_touch_up(touch)
        self._settle()
        return True

    def _show(self) -> None:
        self.words, self.ids.picture.photo = self.pictures[self.at]
        self.whole()

    def _zoom(self, scale: float, about: tuple[float, float]) -> None:
        lens = self.ids.lens
        scale = min(CLOSEST, max(1.0, scale))
        by = scale / lens.scale
        lens.apply_transform(Matrix().scale(by, by, by), anchor=lens.to_local(*about))
        self._settle()

    def _settle(self) -> None:
        """Never smaller than the window, never out of it."""
        lens, stage = self.ids.lens, self.ids.stage
        if lens.scale <= 1.01:
            self.whole()
            return
        self.is_near = True
        (x, y), (width, height) = lens.bbox
        lens.x += min(0, stage.x - x) or max(0, stage.right - x - width)
        lens.y += min(0, stage.y - y) or max(0, stage.top - y - height)


for _widget in (Picture, PhotoButton, WholeView):
    Factory.register(_widget.__name__, cls=_widget)

"""A QR as a texture: one pixel a module, drawn large without smoothing. Who makes the modules is not its affair."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.graphics.texture import Texture
from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

QUIET_MODULES = 3

Matrix = tuple[tuple[bool, ...], ...]


class QrImage(Widget):
    """Always dark on white, whatever the theme: cameras expect it so."""

    matrix = ObjectProperty(None, allownone=True)
    texture = ObjectProperty(None, allownone=True)

    def on_matrix(self, *_: object) -> None:
        self.texture = _texture_of(self.matrix) if self.matrix else None


def _texture_of(matrix: Matrix) -> Texture:
    side = len(matrix) + 2 * QUIET_MODULES
    white, dark = b"\xff", b"\x11"
    quiet = [white * side] * QUIET_MODULES
    edge = white * QUIET_MODULES
    lines = [edge + b"".join(dark if on else white for on in line) + edge for line in matrix]
    texture = Texture.create(size=(side, side), colorfmt="luminance")
    texture.mag_filter = texture.min_filter = "nearest"
    # Rows go in from the foot: a texture's first row is its lowest.
    texture.blit_buffer(b"".join(reversed([*quiet, *lines, *quiet])), colorfmt="luminance", bufferfmt="ubyte")
    return texture


Factory.register("QrImage", cls=QrImage)

"""One soft shadow for all cards: a small texture made once and stretched at its middle.

Kivy's own BoxShadow keeps a framebuffer for each card and makes a new one whenever the card changes its size: with twelve
cards on a page that was 100 MB.
"""

from __future__ import annotations

import functools
import math

from kivy.event import EventDispatcher
from kivy.graphics.texture import Texture
from kivy.metrics import dp
from kivy.properties import ListProperty, NumericProperty, ObjectProperty

BLUR_DP = 7.0
RADIUS_DP = 16.0


class Shadow(EventDispatcher):
    """What kv needs of it: the texture, how far it reaches beyond the card, and the edge that is not stretched."""

    texture = ObjectProperty(None, allownone=True)
    reach = NumericProperty(0)
    border = ListProperty([0, 0, 0, 0])

    def make(self) -> None:
        if self.texture is not None:
            return
        reach, radius = round(dp(BLUR_DP) * 2), round(dp(RADIUS_DP))
        edge = reach + radius + round(dp(BLUR_DP))
        side = 2 * edge + 2
        texture = Texture.create(size=(side, side), colorfmt="rgba")
        texture.blit_buffer(_pixels(side, reach, radius, dp(BLUR_DP)), colorfmt="rgba", bufferfmt="ubyte")
        self.reach, self.border, self.texture = reach, [edge] * 4, texture


@functools.cache
def _pixels(side: int, reach: int, radius: int, blur: float) -> bytes:
    """White with the alpha of a rounded square whose edge is blurred; the colour comes from the theme."""
    half = side / 2
    straight = half - reach - radius
    pixels = bytearray()
    for row in range(side):
        up = abs(row + 0.5 - half) - straight
        for column in range(side):
            right = abs(column + 0.5 - half) - straight
            outside = math.hypot(max(up, 0.0), max(right, 0.0)) + min(max(up, right), 0.0) - radius
            alpha = 0.5 * math.erfc(outside / (blur * math.sqrt(2)))
            pixels += bytes((255, 255, 255, round(255 * alpha)))
    return bytes(pixels)


shadow = Shadow()

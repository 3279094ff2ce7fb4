"""Colours, sizes and fonts as tokens that live: kv binds to `theme.ink`, so a switch shows on the next frame.

Nothing here knows a screen. Contrast of every pair in `PAIRS` is computed by a test from these very tables.
"""

from __future__ import annotations

from pathlib import Path

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.metrics import dp, sp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty

FONTS = Path(__file__).with_name("fonts")

# token -> (light, dark)
COLOURS: dict[str, tuple[str, str]] = {
    "brand": ("#0B6B5D", "#4CC9B0"),
    "brand_soft": ("#DFF3EE", "#15342E"),
    "over_brand": ("#FFFFFF", "#06241F"),
    "ink": ("#111827", "#F3F4F6"),
    "ink2": ("#4B5563", "#C4CAD4"),
    "ink3": ("#6B7280", "#9AA3B2"),
    "surface": ("#F3F5F8", "#0F1419"),
    "card": ("#FFFFFF", "#1A2129"),
    "line": ("#E5E7EB", "#2C3641"),
    "well": ("#E9EDF2", "#26303B"),
    "good": ("#15803D", "#4ADE80"),
    "late": ("#B45309", "#FBBF24"),
    "bad": ("#B91C1C", "#FCA5A5"),
    "leave": ("#6D28D9", "#C4B5FD"),
    # States as text on their own 12 % tint: a shade deeper, for the tokens alone miss 4.5:1 there.
    "good_ink": ("#106430", "#6EE7A0"),
    "late_ink": ("#8F4207", "#FCD34D"),
    "bad_ink": ("#991717", "#FDBABA"),
    "leave_ink": ("#5A21B3", "#D3C8FE"),
    "quiet": ("#6B7280", "#9AA3B2"),
    "quiet_ink": ("#4B5563", "#C4CAD4"),
    "brand_ink": ("#0A5F53", "#6FDCC5"),
    "shadow": ("#1118271A", "#00000080"),
    "press": ("#1118271F", "#FFFFFF29"),
    "toast": ("#1F2937", "#E5E7EB"),
    "over_toast": ("#FFFFFF", "#111827"),
}

TINT = 0.12
TONES = ("good", "late", "bad", "leave", "quiet", "brand")

# (text, ground, tint over the ground or None, least contrast): what the screens really combine.
PAIRS: tuple[tuple[str, str, str | None, float], ...] = (
    *((ink, ground, None, 4.5) for ink in ("ink", "ink2") for ground in ("card", "surface", "well")),
    ("ink3", "card", None, 4.5),
    ("over_brand", "brand", None, 4.5),
    ("over_brand", "bad", None, 4.5),
    ("brand", "card", None, 4.5),
    ("brand", "surface", None, 4.5),
    ("brand_ink", "brand_soft", None, 4.5),
    ("ink", "brand_soft", None, 4.5),
    ("over_toast", "toast", None, 4.5),
    *((f"{tone}_ink", ground, tone, 4.5) for tone in TONES for ground in ("card", "surface")),
    *((tone, ground, None, 3.0) for tone in TONES for ground in ("card", "surface")),
    *((tone, "card", None, 4.5) for tone in ("good", "late", "bad", "leave")),
)

SCALES: tuple[float, ...] = (1.0, 1.2, 1.4, 1.6)
SPACING = (4, 8, 12, 16, 24, 32)
TARGET_DP = 48

# size in sp -> how much of the reader's text scale it follows: large type grows less, as Android 14 does it.
TYPE: dict[str, tuple[int, float]] = {
    "caption": (12, 1.0),
    "body2": (14, 1.0),
    "body": (16, 1.0),
    "title": (20, 0.8),
    "headline": (28, 0.6),
    "display": (40, 0.4),
    "clock": (56, 0.3),
}


class Theme(EventDispatcher):
    """One object the whole face binds to."""

    dark = BooleanProperty(False)
    scale = NumericProperty(1.0)

    brand = ColorProperty()
    brand_soft = ColorProperty()
    over_brand = ColorProperty()
    ink = ColorProperty()
    ink2 = ColorProperty()
    ink3 = ColorProperty()
    surface = ColorProperty()
    card = ColorProperty()
    line = ColorProperty()
    well = ColorProperty()
    good = ColorProperty()
    late = ColorProperty()
    bad = ColorProperty()
    leave = ColorProperty()
    good_ink = ColorProperty()
    late_ink = ColorProperty()
    bad_ink = ColorProperty()
    leave_ink = ColorProperty()
    quiet = ColorProperty()
    quiet_ink = ColorProperty()
    brand_ink = ColorProperty()
    shadow = ColorProperty()
    press = ColorProperty()
    toast = ColorProperty()
    over_toast = ColorProperty()

    caption = NumericProperty()
    body2 = NumericProperty()
    body = NumericProperty()
    title = NumericProperty()
    headline = NumericProperty()
    display = NumericProperty()
    clock = NumericProperty()

    def __init__(self) -> None:
        super().__init__()
        self.bind(dark=self._paint, scale=self._measure)
        self._paint()
        self._measure()

    def _paint(self, *_: object) -> None:
        for token, columns in COLOURS.items():
            setattr(self, token, columns[int(self.dark)])

    def _measure(self, *_: object) -> None:
        for name, (size, follows) in TYPE.items():
            setattr(self, name, round(sp(size) * (1 + (self.scale - 1) * follows)))


def register_fonts() -> None:
    """One family, three weights, and icons. Kivy has no fallback between fonts: each file holds Latin and Chinese."""
    for name, file in (
        ("Regular", "NotoSansSC-Regular.ttf"),
        ("Medium", "NotoSansSC-Medium.ttf"),
        ("Bold", "NotoSansSC-Bold.ttf"),
        ("Icons", "icons.ttf"),
    ):
        LabelBase.register(name, str(FONTS / file))


class Space:
    """Distances that never change. Not a property each: kv would keep a handler for every place that names one, and a
    page names hundreds."""

    def __init__(self) -> None:
        for step in SPACING:
            setattr(self, f"s{step}", dp(step))
        self.target = dp(TARGET_DP)
        self.chip_radius, self.card_radius, self.button_radius = dp(12), dp(16), dp(28)


register_fonts()
theme = Theme()
space = Space()

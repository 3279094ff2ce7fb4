"""What a designer would find wrong with a page, found by measuring every widget on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.textinput import TextInput

from mobile.ui.theme import TARGET_DP
from tests.ui.driver import WINDOW, Driver

SLACK = 1.5
# Names may end in an ellipsis: nobody's name has a longest length.
MAY_SHORTEN = ("NameLine",)
_KEY = re.compile(r"[a-z_]+(\.[a-z_0-9]+)+")


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    @property
    def is_empty(self) -> bool:
        return self.right - self.left < SLACK or self.top - self.bottom < SLACK

    def within(self, other: Box) -> bool:
        return (
            self.left >= other.left - SLACK
            and self.bottom >= other.bottom - SLACK
            and self.right <= other.right + SLACK
            and self.top <= other.top + SLACK
        )

    def cut_to(self, other: Box) -> Box:
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )


def complaints(driver: Driver) -> list[str]:
    """Everything wrong with what is on screen now."""
    shown = [w for w in driver.walk() if _is_seen(w)]
    found: list[str] = []
    for widget in shown:
        found += _clipped(widget)
        found += _outside(widget)
        found += _hard_to_hit(widget)
        found += _untranslated(widget)
    found += _overlapping(shown)
    return found


def _clipped(widget: Any) -> Iterator[str]:
    if not isinstance(widget, Label) or not widget.text:
        return
    wide, high = widget.texture_size
    if wide > widget.width + SLACK or high > widget.height + SLACK:
        yield f"{_called(widget)} is clipped: words {wide}x{high} in {widget.width:.0f}x{widget.height:.0f}"
    if widget.is_shortened and type(widget).__name__ not in MAY_SHORTEN:
        yield f"{_called(widget)} is cut short"


def _outside(widget: Any) -> Iterator[str]:
    """Out of the window sideways, or out of its parent; below the fold of a page that scrolls is where it may be."""
    box = _box(widget)
    scroll = _scroll_around(widget)
    window = Box(0, 0, *WINDOW.size)
    room = _box(scroll) if scroll is not None else window
    if box.left < room.left - SLACK or box.right > room.right + SLACK:
        yield f"{_called(widget)} reaches out of the {'page' if scroll else 'window'} sideways"
    elif scroll is None and not box.within(window):
        yield f"{_called(widget)} reaches out of the window"
    parent = widget.parent
    if parent is None or parent is WINDOW or isinstance(parent, ScrollView):
        return
    if (isinstance(widget, Label) or hasattr(widget, "pressed")) and not box.within(_box(parent)):
        yield f"{_called(widget)} reaches out of its {type(parent).__name__}"


def _hard_to_hit(widget: Any) -> Iterator[str]:
    is_target = (hasattr(widget, "pressed") and not widget.disabled) or isinstance(widget, TextInput)
    if is_target and (widget.width < TARGET_DP - 0.5 or widget.height < TARGET_DP - 0.5):
        yield f"{_called(widget)} is a target of {widget.width:.0f}x{widget.height:.0f} dp"


def _untranslated(widget: Any) -> Iterator[str]:
    text = getattr(widget, "text", "")
    says = isinstance(widget, Label | TextInput) and text
    if says and (_KEY.fullmatch(text.strip()) or re.search(r"\{[a-z_]+\}", text)):
        yield f"{_called(widget)} shows a key"


def _overlapping(shown: list[Any]) -> Iterator[str]:
    """Words over words, or a button over another. A button's own words lie on it, so each kind is held to its kind."""
    words = [(w, _seen_box(w, _word_box(w))) for w in shown if isinstance(w, Label) and w.text.strip()]
    targets = [(w, _seen_box(w, _box(w))) for w in shown if hasattr(w, "pressed") and not w.disabled]
    for kind in (words, targets):
        for index, (one, box) in enumerate(kind):
            for other, other_box in kind[index + 1 :]:
                if not box.cut_to(other_box).is_empty and not _is_toast(one) and not _is_toast(other):
                    yield f"{_called(one)} lies over {_called(other)}"


def _box(widget: Any) -> Box:
    left, bottom = widget.to_window(widget.x, widget.y)
    return Box(left, bottom, left + widget.width, bottom + widget.height)


def _word_box(label: Label) -> Box:
    """Where the words are: a label may be larger than they."""
    left, bottom, right, top = _box(label)
    wide, high = label.texture_size
    middle, centre = (left + right) / 2, (bottom + top) / 2
    return Box(middle - wide / 2, centre - high / 2, middle + wide / 2, centre + high / 2)


def _seen_box(widget: Any, box: Box) -> Box:
    scroll = _scroll_around(widget)
    return box if scroll is None else box.cut_to(_box(scroll))


def _scroll_around(widget: Any) -> Any:
    parent = widget.parent
    while parent is not None and parent is not WINDOW:
        if isinstance(parent, ScrollView):
            return parent
        parent = parent.parent
    return None


def _is_seen(widget: Any) -> bool:
    if widget.width < SLACK or widget.height < SLACK:
        return False
    while widget is not None and widget is not WINDOW:
        if widget.opacity == 0:
            return False
        widget = widget.parent
    return True


def _is_toast(widget: Any) -> bool:
    while widget is not None and widget is not WINDOW:
        if type(widget).__name__ == "Toast":
            return True
        widget = widget.parent
    return False


def _called(widget: Any) -> str:
    words = getattr(widget, "text", "") or getattr(widget, "words", "") or getattr(widget, "icon_name", "")
    return f"{type(widget).__name__} {words[:40]!r}"

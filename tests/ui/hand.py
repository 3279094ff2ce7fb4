"""A manager's finger on the tablet's score card: every touch and every swipe counted, and what a person needs for them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.ui.driver import WINDOW, Driver

# Card, Moran and Newell, The keystroke-level model (CACM 23:7, 1980): pointing 1.10 s, pressing and letting go 0.20 s, a decision
# 1.35 s; made for mice, so that a finger is rather quicker
TOUCH_S, DECISION_S = 1.30, 1.35
GOAL_S = 20
A_SWIPE = 0.75  # of the page's height


class Hand:
    """`spent`: milliseconds from each touch until its answer stood there."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.touches, self.swipes, self.spent = 0, 0, list[float]()

    @property
    def app_s(self) -> float:
        return sum(self.spent) / 1_000

    def person_s(self, decisions: int) -> float:
        """By the keystroke-level model."""
        return (self.touches + self.swipes) * TOUCH_S + decisions * DECISION_S

    def touch(self, test: Callable[[Any], bool], answered: Callable[[], Any], what: str) -> None:
        widget = self.driver.find(test, what)
        self._reach(widget)
        began = time.perf_counter()
        self.driver.tap(widget)
        self.driver.until(answered, what)
        self.spent.append((time.perf_counter() - began) * 1_000)
        self.touches += 1

    def _reach(self, widget: Any) -> None:
        """Swiped to where a finger can be."""
        from kivy.uix.scrollview import ScrollView

        page = next((one for one in _above(widget) if isinstance(one, ScrollView)), None)
        below = self._below(page, widget)
        if page is not None and below > 0:
            swipes = math.ceil(below / (page.height * A_SWIPE))
            page.scroll_y = max(0.0, page.scroll_y - swipes * page.height * A_SWIPE / (page.children[0].height - page.height))
            self.swipes += swipes
            self.driver.settle()
        assert self._below(page, widget) <= 0, "no finger gets there"

    def _below(self, page: Any, widget: Any) -> float:
        foot = page.to_window(page.x, page.y)[1] if page is not None else 0.0
        return float(foot - widget.to_window(widget.x, widget.y)[1])


def _above(widget: Any) -> list[Any]:
    found, above = [], widget.parent
    while above is not None and above is not above.parent and above is not WINDOW:
        found.append(above)
        above = above.parent
    return found


def score(hand: Hand, desk: Any, whom: str, wanted: Sequence[tuple[str, str]], give: str) -> None:
    """One card with a ready phrase, from the list of people until it is given. `wanted`: (metric, value) that one touch says;
    `give`: the button's words."""
    state = lambda: desk.state.scores
    hand.touch(lambda w: type(w).__name__ == "PersonToScore" and w.subject == whom, lambda: state().form, "the person")
    hand.driver.settle()
    for code, value in wanted:
        hand.touch(
            lambda w, code=code, value=value: _enters(w, code, value),
            lambda code=code, value=value: state().values.get(code) == value, f"{code} {value}",
        )  # fmt: skip
    hand.touch(lambda w: type(w).__name__ == "PhraseRow", lambda: state().comment, "a phrase")
    hand.touch(lambda w: getattr(w, "words", "") == give and hasattr(w, "pressed"), lambda: state().given, "given")


def _enters(widget: Any, code: str, value: str) -> bool:
    kind = type(widget).__name__
    if kind in ("LevelRow", "LevelTile"):
        return bool(widget.code == code and widget.value == value)
    return kind == "Choice" and widget.value == value and any(getattr(one, "code", "") == code for one in _above(widget))

"""Runs an app frame by frame under a virtual clock, and touches it the way fingers do."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.ui import headless_window

WINDOW = headless_window.install()

from kivy.base import EventLoop, stopTouchApp  # noqa: E402
from kivy.clock import Clock  # noqa: E402
from kivy.lang import Builder  # noqa: E402
from kivy.tests.common import UnitTestTouch  # noqa: E402
from kivy.uix.label import Label  # noqa: E402
from kivy.uix.textinput import TextInput  # noqa: E402

from mobile.ui.theme import theme  # noqa: E402
from mobile.ui.widgets.surfaces import Toned  # noqa: E402

SIZES = {"phone": (412, 915), "kiosk": (1280, 800)}
FPS = 30
REAL_WAIT_S = 15.0
A_STALL_S = 0.25  # one look counts for no more than this: a machine that stood still for ten seconds gave the core no time


class Driver:
    """One running app. Time passes only by `advance`; answers from other threads are waited for by `until`."""

    def __init__(self, app: Any, size: tuple[int, int]) -> None:
        self.app = app
        self._closed = False
        self._old_time = Clock.time
        self._now = max(Clock.time(), Clock._last_tick) + 1
        Clock._max_fps = 0
        Clock.time = lambda: self._now
        for child in list(WINDOW.children):
            WINDOW.remove_widget(child)
        EventLoop.ensure_window()
        WINDOW.become(*size)
        app._run_prepare()
        self.advance(0.1)

    def close(self) -> None:
        """Leaves the process as it was, so that the next test's app is alone."""
        if self._closed:
            return
        self._closed = True
        gone = list(self.everything())
        self.app.stop()
        stopTouchApp()
        Clock.time = self._old_time
        for child in list(WINDOW.children):
            WINDOW.remove_widget(child)
        for widget in gone:  # Kivy cannot free a page that kv still listens for; unbound, it costs memory but no time
            Builder.unbind_widget(widget.uid)
            if isinstance(widget, Toned):
                Toned.alive.discard(widget)
            elif hasattr(widget, "paint"):
                theme.unbind(dark=widget.paint)
        gc.freeze()  # what is never freed need not be walked through again and again while the next apps run

    def advance(self, seconds: float = 0.0) -> None:
        for _ in range(max(1, round(seconds * FPS))):
            self._now += 1 / FPS
            EventLoop.idle()

    def until(self, true: Callable[[], Any], what: str = "") -> Any:
        """Frames until it holds. Waits real time, because the core answers from its own thread."""
        waited = 0.0
        while waited < REAL_WAIT_S:
            began = time.monotonic()
            found = true()
            if found:
                return found
            self.advance()
            time.sleep(0.002)
            waited += min(time.monotonic() - began, A_STALL_S)
        raise AssertionError(f"never happened: {what or true}; on screen: {self.texts()}")

    def settle(self) -> None:
        """Transitions and presses end."""
        self.advance(0.4)

    def walk(self) -> Iterator[Any]:
        for child in list(WINDOW.children):
            yield from child.walk(restrict=True)

    def everything(self) -> Iterator[Any]:
        """Also what is not in the tree now: pages behind, parts that are folded away, rows kept for reuse."""
        seen: set[int] = set()
        waiting: list[Any] = [*WINDOW.children, *self.app.shell.pages.values(), self.app.shell.tabs]
        while waiting:
            widget = waiting.pop()
            if id(widget) in seen:
                continue
            seen.add(id(widget))
            yield widget
            waiting += [*widget.children, *getattr(widget, "_all", ())]
            views = getattr(widget, "view_adapter", None)
            if views is not None:
                waiting += [*views.views.values(), *(v for kept in views.dirty_views.values() for v in kept.values())]

    def texts(self) -> list[str]:
        return [w.text for w in self.walk() if isinstance(w, Label | TextInput) and w.text]

    def shows(self, words: str) -> bool:
        return any(words in text for text in self.texts())

    def wait_for(self, words: str) -> bool:
        return bool(self.until(lambda: self.shows(words), f"{words!r} on screen"))

    def page(self) -> Any:
        return self.app.shell.pages[self.app.model.navigator.here.screen]

    def on(self, screen: str) -> None:
        self.until(lambda: self.app.model.navigator.here.screen == screen, f"page {screen}")
        self.settle()

    def find(self, test: Callable[[Any], bool], what: str = "") -> Any:
        return self.until(lambda: next((w for w in self.walk() if test(w)), None), what)

    def button(self, words: str) -> Any:
        """What a finger would press to press these words."""

        def pressable(widget: Any) -> bool:
            said = getattr(widget, "words", None) == words or getattr(widget, "name", None) == words
            return said and hasattr(widget, "pressed")

        return self.find(pressable, f"a button {words!r}")

    def tap(self, widget: Any) -> None:
        if isinstance(widget, str):
            widget = self.button(widget)
        x, y = widget.to_window(*widget.center)
        self.touch(x, y)

    def touch(self, x: float, y: float) -> None:
        touch = UnitTestTouch(x, y)
        touch.touch_down()
        self.advance(0.05)
        touch.touch_up()
        self.advance(0.1)

    def type_pin(self, pin: str) -> None:
        for digit in pin:
            self.tap(self.find(lambda w, d=digit: type(w).__name__ == "PadKey" and w.words == d, f"key {digit}"))

    def type_into(self, field: Any, text: str) -> None:
        entry = field.ids.input
        self.tap(entry)
        WINDOW.dispatch("on_textinput", text)
        self.advance(0.05)

    def press_back(self) -> None:
        WINDOW.dispatch("on_keyboard", 27, 0, "", [])
        self.settle()

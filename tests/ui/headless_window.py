"""A Window that opens nothing: no X, no GL, no EGL. Layout, text measuring and touch dispatch are Kivy's own."""

from __future__ import annotations

import os
from typing import Any


def install() -> Any:
    """The process's one Window. Called before anything else of Kivy is imported."""
    for name in ("KIVY_NO_ARGS", "KIVY_NO_CONSOLELOG", "KIVY_USE_DEFAULTCONFIG", "KIVY_NO_FILELOG", "KIVY_NO_CONFIG"):
        os.environ.setdefault(name, "1")
    os.environ["KIVY_GL_BACKEND"] = "mock"
    os.environ["KIVY_WINDOW"] = "none"
    os.environ["KIVY_CLIPBOARD"] = "dummy"
    os.environ["KIVY_METRICS_DENSITY"] = "1"
    os.environ["KIVY_METRICS_FONTSCALE"] = "1"
    os.environ["KIVY_DPI"] = "96"

    import kivy.core.window as kivy_window
    from kivy.base import EventLoop
    from kivy.core.window import WindowBase

    if getattr(kivy_window.Window, "is_headless", False):
        return kivy_window.Window

    class HeadlessWindow(WindowBase):
        is_headless = True
        wanted = (412, 915)

        def create_window(self, *args: Any) -> None:
            self._size = self.wanted
            super().create_window(*args)

        def initialize_gl(self) -> None:
            from kivy.core.gl import init_gl

            init_gl(allowed=["mock"])

        def become(self, width: int, height: int) -> None:
            """Another screen size, as a rotated or another device."""
            self.wanted = self._size = (width, height)
            self.dispatch("on_resize", width, height)
            self.update_childsize()

        def mainloop(self) -> None:
            """Frames come from the test."""

        def flip(self) -> None:
            """Nothing to show."""

        def close(self) -> None:
            """Nothing is open."""

        def set_title(self, title: str) -> None:
            """Nobody reads it."""

        def set_icon(self, filename: str) -> None:
            """Nobody sees it."""

        def _get_window_pos(self) -> tuple[int, int]:
            return (0, 0)

        def _set_window_pos(self, x: int, y: int) -> None:
            """It is nowhere."""

        def set_system_cursor(self, cursor_name: str) -> bool:
            return True

        def on_draw(self) -> None:
            """Never touches GL."""

    window = kivy_window.Window = HeadlessWindow()
    if EventLoop.window is None:
        EventLoop.set_window(window)
    return window

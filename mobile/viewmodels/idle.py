"""A shared tablet that nobody touches goes back to its start page and forgets."""

from __future__ import annotations

from collections.abc import Callable

from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Timers

IDLE_S = 60.0


class IdleWatch:
    """Every touch and key starts the minute anew."""

    def __init__(self, timers: Timers, navigator: Navigator, toasts: Toasts, idle_s: float = IDLE_S) -> None:
        self._timers, self._navigator, self._toasts, self._idle_s = timers, navigator, toasts, idle_s
        self._stop: Callable[[], None] = timers.after(idle_s, self._idle)

    def touched(self) -> None:
        self._stop()
        self._stop = self._timers.after(self._idle_s, self._idle)

    def _idle(self) -> None:
        if self._navigator.here.screen not in ("starting", "enrol"):
            self._toasts.clear()
            self._navigator.home()
        self._stop = self._timers.after(self._idle_s, self._idle)

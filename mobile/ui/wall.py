"""The clock on the wall: what the core believes, carried on between its answers by a clock nobody can set."""

from __future__ import annotations

import time
from collections.abc import Callable

from mobile.viewmodels.viewmodel import Asks, unless_refused

ASK_EVERY_S = 15.0


class Wall:
    """Until the core has answered once, the device's own clock."""

    def __init__(self, asks: Asks, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._asks, self._steady_s = asks, steady_s
        self._ahead_s: float | None = None
        self._asked_s = float("-inf")

    def now_s(self) -> float:
        steady_s = self._steady_s()
        if steady_s - self._asked_s >= ASK_EVERY_S:
            self._asked_s = steady_s
            self._asks.ask(lambda core: core.now_ms(), self._learn, unless_refused)
        return time.time() if self._ahead_s is None else steady_s + self._ahead_s

    def _learn(self, now_ms: int) -> None:
        self._ahead_s = now_ms / 1000 - self._steady_s()

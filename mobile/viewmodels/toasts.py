"""Short words that come and go: what was just done or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mobile.core.views import Said
from mobile.viewmodels.viewmodel import Timers, ViewModel

Tone = Literal["good", "late", "bad", "quiet"]
SHOWN_FOR_S = 3.5


@dataclass(frozen=True)
class Toast:
    """`serial` makes the same words twice two toasts."""

    said: Said | None = None
    tone: Tone = "quiet"
    serial: int = 0


class Toasts(ViewModel[Toast]):
    def __init__(self, timers: Timers) -> None:
        super().__init__(Toast())
        self._timers = timers

    def say(self, code: str, tone: Tone = "quiet", **facts: object) -> None:
        self.show_said(Said(code, dict(facts)), tone)

    def show_said(self, said: Said, tone: Tone = "quiet") -> None:
        serial = self.state.serial + 1
        self.show(Toast(said, tone, serial))
        self._timers.after(SHOWN_FOR_S, lambda: self._gone(serial))

    def clear(self) -> None:
        self.show(Toast(None, "quiet", self.state.serial))

    def _gone(self, serial: int) -> None:
        if self.state.serial == serial:
            self.clear()

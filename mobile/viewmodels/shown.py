"""A page that shows what the core says, looks again when there is news, and says why when the core will not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mobile.core.views import Refused, Said
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

T = TypeVar("T")

LOOK_AGAIN_S = 30.0  # waiting times are told in minutes


@dataclass(frozen=True)
class Shown(Generic[T]):
    """`page` is None until the core has answered."""

    page: T | None = None
    problem: Said | None = None


class ShownViewModel(ViewModel[Shown[T]]):
    """Looks when its page comes to the front, at news, and every half minute; forgets when it goes."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, look: Callable[[Any], T]) -> None:
        super().__init__(Shown())
        self._asks, self._timers, self._navigator, self._look = asks, timers, navigator, look
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        if self._stop is None:
            self._stop = self._timers.every(LOOK_AGAIN_S, self.on_news)
        self.on_news()

    def on_leave(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(Shown())

    def on_news(self) -> None:
        self._asks.ask(self._look, self._seen, self._refused)

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()

    def _seen(self, page: T) -> None:
        if self._stop is not None:
            self.show(Shown(page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(Shown(self.state.page, error.said))

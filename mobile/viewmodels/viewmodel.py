"""State you can watch, and what a view-model needs from its surroundings. No Kivy, no threads of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from mobile.core.views import Refused

S = TypeVar("S")
R = TypeVar("R")


class Asks(Protocol):
    """Runs a question on the core's own thread, in the order of the taps; the answer arrives on the UI's."""

    def ask(
        self,
        fn: Callable[[Any], R],
        then: Callable[[R], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None: ...


class Timers(Protocol):
    """Later, and again. What comes back stops it."""

    def after(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]: ...

    def every(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]: ...


def unless_refused(error: BaseException) -> None:
    """For questions that only look: a device that has just been removed refuses them, and the face moves on by itself."""
    if not isinstance(error, Refused):
        raise error


class ViewModel(Generic[S]):
    """Holds one frozen state. Whoever changes it calls the watchers; nobody is called when nothing changed."""

    def __init__(self, initial: S) -> None:
        self._state = initial
        self._watchers: list[Callable[[S], None]] = []

    @property
    def state(self) -> S:
        return self._state

    def show(self, state: S) -> None:
        if state != self._state:
            self._state = state
            for watcher in tuple(self._watchers):
                watcher(state)

    def watch(self, watcher: Callable[[S], None]) -> Callable[[], None]:
        self._watchers.append(watcher)
        watcher(self._state)
        return lambda: self._watchers.remove(watcher)

    def on_enter(self) -> None:
        """The screen comes to the front."""

    def on_leave(self) -> None:
        """The screen goes away: forget what is personal."""

    def on_news(self) -> None:
        """Something visible changed in the core."""

    def on_back(self) -> bool:
        """Whether back meant something inside this page: a calendar that closes, words not sent."""
        return False

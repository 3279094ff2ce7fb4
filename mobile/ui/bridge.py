"""Between threads: questions go to the core's thread, answers and news come back on the frame after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from kivy.clock import Clock

R = TypeVar("R")


class AsksWorker(Protocol):
    """The part of `mobile.core.worker.Worker` that a face uses."""

    def ask(
        self,
        fn: Callable[[Any], Any],
        then: Callable[[Any], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> Any: ...


class UiAsks:
    """Asks the worker; `then` and `on_error` run on the UI thread."""

    def __init__(self, worker: AsksWorker) -> None:
        self._worker = worker

    def ask(
        self,
        fn: Callable[[Any], R],
        then: Callable[[R], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._worker.ask(
            fn,
            lambda answer: on_ui_thread(lambda: then(answer) if then is not None else None),
            lambda error: on_ui_thread(lambda: (on_error or _unexpected)(error)),
        )


class UiTimers:
    """Kivy's clock as the view-models know it."""

    def after(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        event = Clock.schedule_once(lambda _dt: do(), seconds)
        return lambda: event.cancel()

    def every(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        event = Clock.schedule_interval(lambda _dt: do(), seconds)
        return lambda: event.cancel()


def on_ui_thread(do: Callable[[], object]) -> None:
    """The one way from any thread to the screen."""
    Clock.schedule_once(lambda _dt: do(), 0)


def _unexpected(error: BaseException) -> None:
    """A bug, not a state of the world: it must be seen in the log and in tests, with its own trace."""
    raise error

"""What view-models stand on in a test: timers that run when told, questions answered on the spot, preferences in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Due:
    at_s: float
    do: Callable[[], None]
    every_s: float | None
    is_on: bool = True

    def stop(self) -> None:
        self.is_on = False


@dataclass
class HandTimers:
    """Time passes by `pass_s`, and what falls due happens in order."""

    now_s: float = 0.0
    due: list[_Due] = field(default_factory=list)

    def after(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        return self._add(_Due(self.now_s + seconds, do, None))

    def every(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        return self._add(_Due(self.now_s + seconds, do, seconds))

    def pass_s(self, seconds: float) -> None:
        until = self.now_s + seconds
        while True:
            ready = [due for due in self.due if due.is_on and due.at_s <= until]
            if not ready:
                break
            first = min(ready, key=lambda due: due.at_s)
            self.now_s = first.at_s
            if first.every_s is None:
                first.is_on = False
            else:
                first.at_s += first.every_s
            first.do()
        self.now_s = until

    @property
    def running(self) -> int:
        return sum(due.is_on for due in self.due)

    def _add(self, due: _Due) -> Callable[[], None]:
        self.due.append(due)
        return due.stop


@dataclass
class Asked:
    """Keeps questions until `answer()`: what happens meanwhile is the test's."""

    core: Any
    waiting: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def ask(self, fn: Any, then: Any = None, on_error: Any = None) -> None:
        self.waiting.append((fn, then, on_error))

    def answer(self) -> None:
        while self.waiting:
            fn, then, on_error = self.waiting.pop(0)
            try:
                answer = fn(self.core)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(error)
            else:
                if then is not None:
                    then(answer)


@dataclass
class Kept:
    """Preferences that last as long as the test."""

    what: dict[str, Any] = field(default_factory=dict)

    def load(self) -> dict[str, Any]:
        return self.what

    def keep(self, what: dict[str, Any]) -> None:
        self.what = what

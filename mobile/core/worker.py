"""One thread owns the core and its database; another carries requests, so that a tap never waits for the network.

Screens `ask`; answers come back on the worker's thread, and the UI's bridge takes them to its own. Between tasks the worker
looks at the plan, which is a level and not an event: nothing that is missed here can leave an operation unsent.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from mobile.core.app_core import AppCore
from mobile.core.exchange import Outgoing
from mobile.core.ports import Answer, NoSignal
from mobile.core.views import Refused

R = TypeVar("R")

_LOOK_MOST_S: Final = 30.0  # never sleep longer than this without a look at the plan
_AFTER_FAULT_S: Final = 5.0

log = logging.getLogger("outpost.worker")


@dataclass(frozen=True)
class _Task:
    fn: Callable[[Any], Any]
    then: Callable[[Any], None] | None
    on_error: Callable[[BaseException], None] | None


@dataclass(frozen=True)
class _Carried:
    out: Outgoing
    answer: Answer | NoSignal


class Worker:
    """Runs `fn(core)` in the order of the taps, and the sync loop between them."""

    def __init__(self, core: AppCore, *, syncs: bool = True) -> None:
        self._core, self._syncs = core, syncs
        self._tasks: queue.SimpleQueue[_Task | _Carried | None] = queue.SimpleQueue()
        self._to_carry: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self._cannot: BaseException | None = None
        self._rest_s = 0.0
        self._threads = [
            threading.Thread(target=self._work, name="outpost-core", daemon=True),
            threading.Thread(target=self._carry, name="outpost-link", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Finish what was asked, close the store, end. What a request on its way brings is not waited for."""
        self._tasks.put(None)
        self._to_carry.put(None)
        self._threads[0].join(timeout_s)

    def ask(
        self,
        fn: Callable[[Any], R],
        then: Callable[[R], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        """`then` and `on_error` are called on the worker's thread."""
        self._tasks.put(_Task(fn, then, on_error))

    def _work(self) -> None:
        try:
            self._core.start()
        except Exception as bad:  # said to whoever asks: the first screen shows why
            self._cannot = bad
            if not isinstance(bad, Refused):
                log.exception("the core did not start")
        while True:
            task = self._next()
            if task is None:
                break
            if isinstance(task, _Task):
                self._run(task)
            elif isinstance(task, _Carried):
                self._guarded(partial(self._take, task.out, task.answer))
            if self._cannot is None:
                self._guarded(self._core.pulse)
            if self._syncs and self._cannot is None:
                self._guarded(self._sync_if_due)
        self._core.close()

    def _next(self) -> _Task | _Carried | bool | None:
        """The next thing to do; False when nothing was asked until it was time to look at the plan."""
        try:
            return self._tasks.get(timeout=self._wait_s())
        except queue.Empty:
            return False

    def _wait_s(self) -> float:
        rest_s, self._rest_s = self._rest_s, 0.0
        if self._cannot is not None or not self._syncs or self._core.is_syncing:
            return _LOOK_MOST_S
        return min(_LOOK_MOST_S, max(rest_s, min(self._core.next_sync_in_s(), self._core.hearing.answers.next_in_s())))

    def _sync_if_due(self) -> None:
        if self._core.is_syncing:
            return
        out = self._core.begin_exchange() if self._core.next_sync_in_s() <= 0 else self._core.hearing.answers.begin()
        if out is not None:
            self._to_carry.put(out)

    def _take(self, out: Outgoing, answer: Answer | NoSignal) -> None:
        if out.what == "answers":
            self._core.hearing.answers.finish(out, answer)
        else:
            self._core.finish_exchange(out, answer)

    def _carry(self) -> None:
        while (out := self._to_carry.get()) is not None:
            try:
                answer = self._core.carry(out)
            except Exception as bad:  # a link that breaks its promise must not end syncing for ever
                log.exception("the link failed")
                answer = NoSignal(str(bad))
            self._tasks.put(_Carried(out, answer))

    def _run(self, task: _Task) -> None:
        try:
            if self._cannot is not None:
                raise self._cannot
            result = task.fn(self._core)
        except Exception as bad:
            if task.on_error is not None:
                task.on_error(bad)
            elif not isinstance(bad, Refused | NoSignal):
                log.exception("a task failed and nobody asked why")
            return
        if task.then is not None:
            task.then(result)

    def _guarded(self, do: Callable[[], Any]) -> None:
        try:
            do()
        except Exception:
            log.exception("syncing failed here")
            self._rest_s = _AFTER_FAULT_S

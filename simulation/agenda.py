"""What happens when: a queue of events, and the true time that jumps from one to the next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from simulation.clocks import TrueTime

Event = Callable[[], None]


class Agenda:
    """Events in order of time; those of the same moment in the order they were planned."""

    def __init__(self, time: TrueTime) -> None:
        self.time = time
        self._queue: list[tuple[int, int, Event]] = []
        self._numbers = count()
        self.happened = 0

    def at(self, ms: int, event: Event) -> None:
        heapq.heappush(self._queue, (ms, next(self._numbers), event))

    def after(self, ms: int, event: Event) -> None:
        self.at(self.time.now_ms + ms, event)

    def live_until(self, ms: int) -> None:
        """Let everything happen that is planned up to then. An exchange takes time, so an event may come a little late."""
        while self._queue and self._queue[0][0] <= ms:
            at_ms, _, event = heapq.heappop(self._queue)
            self.time.reach(at_ms)
            self.happened += 1
            event()
        self.time.reach(ms)

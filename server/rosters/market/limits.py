"""So many questions a minute from one asker, counted in memory: for addresses that nobody signs in at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime


class PerMinute:
    """Counts by asker in whole minutes. Each process counts for itself; the least recent askers are forgotten first."""

    def __init__(self, most: int, *, askers: int = 20_000) -> None:
        self._most, self._askers = most, askers
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wait_s(self, asker: str, now: datetime) -> int:
        """Count this question. 0: it may be answered; else in how many seconds to ask again."""
        minute, second = divmod(int(now.timestamp()), 60)
        with self._lock:
            since, count = self._counts.pop(asker, (minute, 0))
            count = count + 1 if since == minute else 1
            self._counts[asker] = minute, count
            if len(self._counts) > self._askers:
                self._counts.popitem(last=False)
        return 60 - second if count > self._most else 0

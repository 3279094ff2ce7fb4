"""How often an address asked lately, where anybody may ask without signing in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

TRIES, WITHIN, REMEMBERED = 30, timedelta(minutes=10), 10_000


class Tries:
    """In memory, a process each: a code of 54 bits needs no more than to be slow to try."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def may(self, who: str, now: datetime) -> bool:
        """Count this time; False when it is once too often."""
        with self._lock:
            lately = [at for at in self._asked.pop(who, []) if now - at < WITHIN]
            allowed = len(lately) < TRIES
            self._asked[who] = [*lately, now] if allowed else lately
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
            return allowed

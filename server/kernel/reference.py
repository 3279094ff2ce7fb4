"""What judging reads again and again (stores, fences, postings, tablets), kept in memory for as long as it is true.

`sync_feed.reference` is raised in the same transaction as any change of such a table (feed.is_reference), and every use
begins with reading that number in its own transaction. So a cached value is as fresh as a query would have been, on every
worker, at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any

MOST_ENTRIES = 200_000


class Reference:
    """One process's cache over one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._kept: dict[tuple[str, Hashable], Any] = {}

    @property
    def version(self) -> int:
        """The newest version this process has seen."""
        return self._version

    def at(self, version: int) -> Generation:
        """The values that hold at this version. An older reader gets an empty cache of its own and harms nobody."""
        with self._lock:
            if version < self._version:
                return Generation({})
            if version > self._version or len(self._kept) > MOST_ENTRIES:
                self._version, self._kept = version, {}
            return Generation(self._kept)


class Generation:
    """The cached values of one version."""

    def __init__(self, kept: dict[tuple[str, Hashable], Any]) -> None:
        self._kept = kept

    def many(
        self, kind: str, keys: Iterable[Hashable], load: Callable[[list[Any]], dict[Any, Any]]
    ) -> dict[Any, Any]:
        """Values by key. `load` gets the keys that are missing and answers those that exist; absence is cached too."""
        found: dict[Any, Any] = {}
        missing = []
        for key in keys:
            value = self._kept.get((kind, key), _NOTHING)
            if value is _NOTHING:
                missing.append(key)
            elif value is not None:
                found[key] = value
        if missing:
            loaded = load(missing)
            for key in missing:
                self._kept[kind, key] = value = loaded.get(key)
                if value is not None:
                    found[key] = value
        return found

    def one(self, kind: str, key: Hashable, load: Callable[[], Any]) -> Any:
        """One value, loaded when it is missing."""
        value = self._kept.get((kind, key), _NOTHING)
        if value is _NOTHING:
            value = self._kept[kind, key] = load()
        return value


_NOTHING = object()

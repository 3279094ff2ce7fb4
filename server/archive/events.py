"""What happens in the archive that other areas may have to follow, and how they feed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.kernel.db import ScopedSession


@dataclass(frozen=True)
class OperationsForgotten:
    """The bytes of these operations are made empty in this transaction. Whoever keeps salts for them drops them with it."""

    op_ids: tuple[str, ...]


Feeder = Callable[[ScopedSession, str], list[dict[str, Any]]]
FEEDS: dict[str, Feeder] = {}


def feeds(group: str) -> Callable[[Feeder], Feeder]:
    """Register who fills the group `training` or `performance`: fn(session, person_id) -> items, newest first.

    Until somebody does, the archive says that nobody feeds the group, which is not the same as nothing done.
    """

    def register(feeder: Feeder) -> Feeder:
        if FEEDS.setdefault(group, feeder) is not feeder:
            raise RuntimeError(f"two areas feed {group}")
        return feeder

    return register

"""What happens to stores that later areas may have to follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreClockChanged:
    """A store's zone or the hour its day turns is another: every instant computed from its days is, too."""

    store_id: str
    zone: str
    day_turns_at_min: int


@dataclass(frozen=True)
class OpeningHoursChanged:
    """When a store is open is another: shifts outside of it are seen anew."""

    store_id: str


@dataclass(frozen=True)
class StoreRenamed:
    """A store has another name: rows elsewhere that show it read differently now."""

    store_id: str

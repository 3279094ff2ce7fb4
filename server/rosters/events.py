"""What happens to rosters that later parts follow: the market, devices, proposals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class RosterPublished:
    """Days of a store are published. `shifts`: new or changed; `gone`: cancelled ones; `people`: whose shifts are others now."""

    store_id: str
    from_day: date
    to_day: date
    shifts: frozenset[str]
    gone: frozenset[str]
    people: frozenset[str]


@dataclass(frozen=True)
class WorkerFactsChanged:
    """What rosters are judged by changed for these people (None: for everybody): skills, terms, wishes, loans."""

    people: frozenset[str] | None = field(default_factory=frozenset)


@dataclass(frozen=True)
class KitChanged:
    """Kinds of shifts or roles that desks offer are others."""


@dataclass(frozen=True)
class ProfilesChanged:
    """Which rules judge which rosters changed somewhere."""


@dataclass(frozen=True)
class CellsChanged:
    """The working copy of a store is another."""

    store_id: str

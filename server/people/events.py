"""What happens to people that later areas may have to follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonLeft:
    """Somebody left the company just now."""

    person_id: str
    reason: str


@dataclass(frozen=True)
class PinOfferedAtKiosk:
    """A store's tablet brought a PIN for a person. A reaction refuses it when they do not work there."""

    person_id: str
    store_id: str
    offered_at_ms: int

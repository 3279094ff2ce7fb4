"""What the inbox tells later areas, in the transaction of the operation."""

from __future__ import annotations

from dataclasses import dataclass

from contract.inbox import About


@dataclass(frozen=True)
class ItemTicked:
    """Its receiver has read a notice where it stands."""

    about: About
    about_id: str
    receiver_id: str

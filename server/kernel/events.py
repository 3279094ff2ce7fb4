"""What follows elsewhere from something that happened: an area says it, later areas react, in the same transaction.

Areas are ordered and import only those before them; what must happen "upwards" is a reaction. One that fails, fails the
operation: work that may fail belongs in a job.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.kernel.perform import Work

Reaction = Callable[[Work, Any], None]
REACTIONS: dict[type, list[Reaction]] = {}


def reacts_to(event: type) -> Callable[[Reaction], Reaction]:
    """Register what follows from an event."""

    def register(reaction: Reaction) -> Reaction:
        known = REACTIONS.setdefault(event, [])
        if reaction not in known:
            known.append(reaction)
        return reaction

    return register


def tell(work: Work, event: Any) -> None:
    """Say what happened; everything that follows from it is done when this returns."""
    for reaction in REACTIONS.get(type(event), ()):
        reaction(work, event)

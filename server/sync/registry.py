"""Where each area's file enters how its rows read on devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from server.kernel.perform import DeviceFacts

Bodies = dict[str, bytes]
Projection = Callable[[sa.Connection, Sequence[str], DeviceFacts], Bodies]
PROJECTIONS: dict[str, Projection] = {}


def projects(entity: str) -> Callable[[Projection], Projection]:
    """Register fn(connection, ids, device) -> {id: body}: the current rows of an entity. What is not there is left out."""

    def register(projection: Projection) -> Projection:
        if PROJECTIONS.setdefault(entity, projection) is not projection:
            raise RuntimeError(f"two projections of {entity!r}")
        return projection

    return register

"""What the change feed adds to a transaction that changes one row: the same operation with and without it, in turn."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from benches import fleet
from contract.ids import new_id
from contract.stores import ChangeStore
from server.kernel import perform as kernel
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import perform
from server.stores import service

HANDLERS = service


@contextlib.contextmanager
def without_feed() -> Iterator[None]:
    """The kernel with its stamping taken out; what was marked is thrown away."""

    def flush_only(session: ScopedSession) -> None:
        session.flush()
        session.info.pop("feed", None)
        session.info.pop("reference_moved", None)

    kept, kernel.stamp = kernel.stamp, flush_only
    try:
        yield
    finally:
        kernel.stamp = kept


def overhead(db: Database, *, times: int = 300) -> tuple[float, float]:
    """(milliseconds without the feed, milliseconds with it): medians of alternating operations on one connection."""
    [store_id] = fleet.build(db, phones=1).stores
    taken: dict[bool, list[float]] = {False: [], True: []}
    for n in range(times * 2 + 40):
        with_feed = n % 2 == 0
        with contextlib.nullcontext() if with_feed else without_feed():
            operation = ChangeStore(store_id=store_id, address=f"Road {n}")
            started = time.perf_counter()
            outcome = perform(db, Actor.system(), operation, op_id=new_id(), now=datetime.now(UTC), secret=b"bench")
            spent = time.perf_counter() - started
        if outcome.status != "applied":
            raise RuntimeError(outcome)
        if n >= 40:
            taken[with_feed].append(spent * 1000)
    return statistics.median(taken[False]), statistics.median(taken[True])

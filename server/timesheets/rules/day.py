"""One person's days from plan, facts and leave: minutes, classes, state, and the working that a person can follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contract.hours import DayRow
from server.timesheets.rules.facts import Away, Fact, PlannedDay

__all__ = ["Away", "Fact", "PlannedDay", "reckon"]


def reckon(
    person_id: str, plan: Sequence[PlannedDay], facts: Sequence[Fact], away: Sequence[Away], *,
    wanted: Collection[str], now_ms: int,
) -> list[DayRow]:  # fmt: skip
    """The `wanted` business dates (ISO) of a person, in order.

    plan: the wanted days and at least the day before and after each, so that facts find the day they belong to; a date that
    is not in it gets no row. facts and away: in any order; the answer does not depend on it. Neighbours matter only for which
    day a fact belongs to.
    """
    return []
